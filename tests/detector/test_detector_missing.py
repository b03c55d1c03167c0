"""Missing cells: columns that few rows hold, and rows that lost what training always showed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_detectors import fitted, framed, new_readings, readings

import offbeat
from offbeat.cli import main


@pytest.mark.parametrize("seed", range(3))
def test_a_column_that_one_row_holds_is_harmless_whoever_draws_the_row(seed: int) -> None:
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=(400, 4)), np.full(400, np.nan)])
    rows[7, 4] = 1000.0  # of the training rows by seeds 1 and 2, held out by seed 0
    new = np.column_stack([rng.normal(size=(203, 4)), np.full(203, np.nan)])
    new[:3, :4] += 12.0
    detector = offbeat.fit(rows, seed=seed, progress="none", epochs=40)
    assert detector.detect(new).flags[:3].all()
    assert detector.score(rows)[7] < detector.score(new)[:3].min() / 10


def _lost() -> np.ndarray:
    rows = new_readings()
    rows[5] = np.nan
    rows[8, 1] = np.nan
    return rows


def test_the_note_says_what_missing_cells_count_as() -> None:
    found = fitted(framed(readings())).detect(framed(_lost()))
    assert found.note.endswith(found.table_note)
    assert found.table_note == (
        "1 row has no value at all: what is scored is what stands in for the missing cells, which may be as normal as "
        "can be. Missing cells of 'flow', 'rpm', 'heat', 'load' (in 2 rows) count as the column's mean: "
        "nothing tells such a gap from an average value. Where gaps should count, fit with missing_indicator=True "
        "(--missing-indicator true)."
    )
    robust = fitted(framed(readings()), scaling="robust").detect(framed(_lost())[8:9])
    assert robust.table_note.startswith("Missing cells of 'rpm' (in 1 row) count as the column's median: ")
    assert fitted(framed(readings())).detect(framed(new_readings())).table_note == ""


def test_cells_that_are_marked_need_no_note_but_empty_rows_do() -> None:
    detector = fitted(framed(readings()), missing_indicator=True)
    words = "1 row has no value at all: what is scored is what stands in for the missing cells, which may be as normal"
    assert detector.detect(framed(_lost())).table_note == f"{words} as can be."
    table = framed(readings()).with_columns(kind=pl.Series(["a", "b"] * 30))
    asked = table.with_columns(pl.when(pl.int_range(60) > 2).then(pl.all()))
    mixed = fitted(table, missing_indicator=True).detect(asked)
    assert mixed.table_note.startswith("3 rows have no value at all: ")


@pytest.mark.parametrize("words", [["score"], ["score", "--out", "scores.csv"], ["explain", "--rows", "5"]])
def test_the_command_line_says_it(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    fitted(framed(readings())).save("a.offbeat")
    framed(_lost()).fill_nan(None).write_csv("lost.csv")
    assert main([words[0], "a.offbeat", "lost.csv", *words[1:]]) == 0
    told = capsys.readouterr()
    note = "1 row has no value at all: what is scored is what stands in for the missing cells"
    assert note in (told.err if words == ["score"] else told.out)
    if words == ["score"]:
        assert "no value" not in told.out, "standard output is the scores and nothing else"


@pytest.mark.parametrize("scaling", ["standard", "robust", "minmax"])
def test_a_column_that_only_anomalous_rows_hold_gets_no_scale_from_them(scaling: str) -> None:
    codes = [None] * 60 + [100.0, 110.0, 120.0]
    truth = ["good"] * 60 + ["bad"] * 3
    rows = np.concatenate([readings(), readings()[:3]])
    table = framed(rows).with_columns(code=pl.Series(codes), y=pl.Series(truth))

    found = fitted(table, scaling=scaling, label="y", normal="good").detect(table)

    assert found.metrics is not None
    assert found.metrics.roc_auc == 1.0, "the worst of what normal rows never hold is no usual value"
