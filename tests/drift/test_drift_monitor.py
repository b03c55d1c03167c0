"""The watch as a whole: how often it cries wolf, what it finds and how soon, and that it can be interrupted."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jax
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import offbeat
from offbeat.data.table import Table
from offbeat.drift.alarm import Alarm
from offbeat.drift.column_watch import ColumnFinding, ColumnWatch
from offbeat.drift.monitor import DriftMonitor
from offbeat.drift.score_watch import QUIET, RUN, ScoreWatch
from offbeat.drift.settings import DriftSettings
from offbeat.errors import DataError
from offbeat.integrations import open_keras
from offbeat.preprocessing.reference import fit_reference

QUICK = {"hidden": [2], "epochs": 5, "score": "squared", "progress": "none"}
IMPORTED = Path(__file__).resolve().parents[1] / "files" / "imported"
NOON = "2026-01-01T12:00:00.000+00:00"


def readings(rows: int, seed: int, *, flow: float = 50.0, shut: float = 0.3, gaps: float = 0.02) -> pl.DataFrame:
    """A pump: numbers of which some are missing, and a valve."""
    rng = np.random.default_rng(seed)
    flows = rng.normal(flow, 4.0, rows)
    heat = np.where(rng.random(rows) < gaps, np.nan, 80 - 0.5 * flows + rng.normal(0, 1, rows))
    valve = np.where(rng.random(rows) < shut, "shut", "open")
    return pl.DataFrame({"flow": flows, "heat": heat, "stage": rng.integers(0, 3, rows), "valve": valve})


@pytest.fixture(scope="module")
def pumps() -> offbeat.Detector:
    return offbeat.fit(readings(2000, 0), **QUICK)


def monitor_of(detector: offbeat.Detector, **settings: float) -> DriftMonitor:
    return DriftMonitor(detector, "pumps", DriftSettings.model_validate(settings), clock=lambda: NOON)


@pytest.mark.parametrize(("p_value", "told"), [(0.0, "below 1e-300"), (1e-300, "1e-300"), (0.000412, "0.00041")])
def test_no_p_value_is_told_to_be_zero(p_value: float, told: str) -> None:
    sentence = ColumnFinding(0, 500, (("flow", p_value), ("heat", 0.01))).sentence
    assert sentence.endswith(f"as in the rows that the detector learned from (p-value {told}).")


# --- how often it cries wolf ---


def test_columns_keep_to_their_rate(pumps: offbeat.Detector) -> None:
    """80 watches of 6 windows each, at a rate of 20 %; references of 300 rows, so that their own luck counts."""
    alarmed = 0
    for seed in range(80):
        table = pumps.schema.align(Table(readings(300 + 6 * 60, 1000 + seed)))
        reference = fit_reference(pumps.preprocessor, table, np.arange(300))
        watch = ColumnWatch(pumps.preprocessor, reference, 0.2, 60)
        alarmed += bool(watch.look(table.take(slice(300, None))))
    assert alarmed <= 28, "the 99.9 % point of 80 draws at 20 %"


def test_scores_keep_to_their_rate() -> None:
    """150 watches of 4 runs each, ties included, at a rate of 20 %, among only 40 calibration scores."""
    alarmed = 0
    for seed in range(150):
        scores = np.random.default_rng(seed).gamma(2.0, size=2040).round(1 + seed % 2)
        alarmed += bool(ScoreWatch(scores[:40], 0.2, 0.0, seed).look(scores[40:]))
    assert alarmed <= 42


def test_rare_anomalies_are_no_drift() -> None:
    """A detector is there to find some; by default one row in twenty may be."""
    rng = np.random.default_rng(5)
    alarmed = 0
    for seed in range(20):
        scores = rng.gamma(2.0, size=6000)
        scores[rng.random(6000) < 0.04] = 100.0
        alarmed += bool(ScoreWatch(rng.gamma(2.0, size=500), 0.05, 0.05, seed).look(scores))
    assert alarmed <= 4


# --- what it finds, and how soon ---


def test_nothing_changed_and_nothing_is_told(pumps: offbeat.Detector) -> None:
    monitor = monitor_of(pumps)
    assert monitor.watch(readings(3000, 7)) == []
    status = monitor.status()
    assert status["rows"] == 3000 and status["columns"]["windows"] == 6 and status["columns"]["drifted"] == []
    assert not status["scores"]["drifted"] and 0 < status["scores"]["capital"] < status["scores"]["alarm_at"]
    assert [entry["column"] for entry in status["columns"]["smallest"]] != [] and status["notes"] == []


@pytest.mark.parametrize(
    ("change", "column"),
    [({"flow": 51.5}, "flow"), ({"gaps": 0.08}, "heat"), ({"shut": 0.5}, "valve")],
    ids=["shifted", "missing", "levels"],
)
def test_a_changed_column_is_named_within_a_window(
    pumps: offbeat.Detector, change: dict[str, float], column: str
) -> None:
    monitor = monitor_of(pumps)
    assert monitor.watch(readings(1000, 8)) == []
    (alarm,) = [alarm for alarm in monitor.watch(readings(500, 9, **change)) if alarm.kind == "columns"]
    assert alarm.columns[0][0] == column and alarm.columns[0][1] < 1e-4
    assert (alarm.first, alarm.rows, alarm.when, alarm.detector) == (1000, 1500, NOON, "pumps")
    assert "In rows 1,000 to 1,499 the column" in alarm.sentence and f"'{column}'" in alarm.sentence


def test_a_drift_that_stays_is_told_once_and_one_that_comes_back_again(pumps: offbeat.Detector) -> None:
    monitor = monitor_of(pumps)
    moved, usual = {"flow": 55.0}, {}
    told = [
        sum(alarm.kind == "columns" for alarm in monitor.watch(readings(500, 10 + window, **change)))
        for window, change in enumerate([moved, moved, usual, moved])
    ]
    assert told == [1, 0, 0, 1]


def test_an_unseen_level_and_an_unseen_value_are_found() -> None:
    rows = pl.DataFrame({"mode": ["a", "b"] * 200, "constant": [0.1] * 400})
    detector = offbeat.fit(rows, categorical=["mode"], **QUICK)
    new = pl.DataFrame({"mode": ["a", "b", "c", "a"] * 25, "constant": [0.1] * 99 + [0.2]})
    monitor = monitor_of(detector, window=100)
    columns = dict(monitor.watch(new)[0].columns)
    assert set(columns) == {"mode"}
    assert monitor.watch(new.with_columns(constant=pl.lit(0.1000001)))[0].columns[0][0] == "constant"


@pytest.mark.parametrize(("shift", "rows"), [(1.0, 150), (0.5, 500), (-1.0, 150)])
def test_shifted_scores_are_found_within_so_many_rows(shift: float, rows: int) -> None:
    """By one and by half a standard deviation, after 2,000 usual rows; docs/drift.md states the numbers."""
    late = []
    for seed in range(9):
        rng = np.random.default_rng(seed)
        watch = ScoreWatch(rng.normal(size=500), 0.005, 0.05, seed)
        assert watch.look(rng.normal(size=2000)) == []
        (finding, *_) = [*watch.look(rng.normal(shift, 1, 3000)), None]
        assert finding is not None and finding.higher == (shift > 0)
        late.append(finding.end - 2000)
    assert np.median(late) <= rows
    assert ("higher" if shift > 0 else "lower") in finding.sentence


def test_scores_that_stay_changed_are_told_once() -> None:
    rng = np.random.default_rng(0)
    watch = ScoreWatch(rng.normal(size=500), 0.005, 0.05, 0)
    assert len(watch.look(rng.normal(2, 1, 5 * QUIET))) == 1 and watch.drifted
    assert watch.look(rng.normal(0, 1, RUN)) == [] and not watch.drifted
    assert len(watch.look(rng.normal(2, 1, QUIET))) == 1


# --- what it rests on ---


def test_training_scores_are_no_calibration(pumps: offbeat.Detector) -> None:
    fitted = offbeat.fit(readings(400, 0), **QUICK, threshold="mean+3std")
    monitor = monitor_of(fitted)
    assert monitor.notes == (
        "No scores of normal rows are known that were held out: scores are compared with the first ones.",
    )
    assert [alarm for alarm in monitor.watch(readings(1000, 3)) if alarm.kind == "scores"] == []


def test_a_file_of_before_knows_no_columns() -> None:
    old = offbeat.load(Path(__file__).resolve().parents[1] / "files" / "format-1.offbeat")
    monitor = monitor_of(old)
    assert "only scores are watched" in monitor.notes[0]
    assert monitor.status()["columns"] is None and monitor.finish() == []


@settings(max_examples=8)
@given(cuts=st.lists(st.integers(1, 700), max_size=8), kept=st.booleans())
def test_batches_and_interruptions_change_nothing(pumps: offbeat.Detector, cuts: list[int], kept: bool) -> None:
    found = pumps.detect(pl.concat([readings(600, 20), readings(500, 21, flow=56.0), readings(300, 22)]))
    whole = monitor_of(pumps, window=200)
    expected = [*whole.look(found.table, found.scores), *whole.finish()]

    monitor, alarms = monitor_of(pumps, window=200), list[Alarm]()
    for part in np.split(np.arange(1400), np.minimum(np.cumsum(np.array(cuts, int)), 1400)):
        if kept:
            again = monitor_of(pumps, window=200)
            assert again.restore(json.loads(json.dumps(monitor.to_dict())))
            monitor = again
        alarms += monitor.look(found.table.take(part), found.scores[part])
    alarms += monitor.finish()

    assert sorted(map(repr, alarms)) == sorted(map(repr, expected)) and len(expected) >= 2
    assert monitor.status() == whole.status()


def test_what_was_kept_of_another_watch_is_not_taken_over(pumps: offbeat.Detector) -> None:
    record = monitor_of(pumps, window=200).to_dict()
    assert not monitor_of(pumps, window=300).restore(record)
    other = offbeat.fit(readings(500, 1), **QUICK)
    assert not monitor_of(other, window=200).restore(record)
    for damage in ({}, [], {**record, "scores": {}}, {**record, "columns": {"rows": "many"}}, {**record, "format": 2}):
        with pytest.raises(DataError, match="What was kept of the watch is damaged"):
            monitor_of(pumps, window=200).restore(damage)


def test_an_imported_model_is_told_from_another_with_the_same_columns() -> None:
    """They know no scores of normal rows: nothing but their weights differs."""
    imported = open_keras(IMPORTED / "sequential.keras", scaling="none")
    other = dataclasses.replace(imported, network=jax.tree.map(lambda weights: 2 * weights, imported.network))
    record = monitor_of(imported).to_dict()
    assert monitor_of(imported).restore(record)
    assert not monitor_of(other).restore(record)


def test_an_alarm_as_plain_values(pumps: offbeat.Detector) -> None:
    (alarm, *_) = monitor_of(pumps).watch(readings(500, 9, flow=60.0))
    record = json.loads(json.dumps(alarm.to_dict()))
    assert Alarm.from_dict(record) == alarm
    assert list(record) == ["when", "detector", "kind", "first", "rows", "columns", "capital", "sentence"]
    assert record["columns"][0]["column"] == alarm.columns[0][0]
