"""Runs: what is remembered, that it is there as a whole or not at all, and that the index is worth nothing."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import offbeat
from offbeat.data.table import Table
from offbeat.errors import DataError, FileError, SettingsError
from offbeat.tracking import Run, compare_runs, fingerprint, list_runs, open_run, record_run
from offbeat.tracking.index import INDEX

DAY = timedelta(days=1)
ROWS = np.random.default_rng(1).normal(size=(40, 3))


def _detector(**changes: object) -> offbeat.Detector:
    return offbeat.fit(ROWS, **{"hidden": [2], "epochs": 4, "threshold": "mean+3std", "progress": "none", **changes})


def _pairs(rows: list[list[int]]) -> pl.DataFrame:
    return pl.DataFrame({"a": pl.Series(rows, dtype=pl.Array(pl.Int64, 2))})


@pytest.fixture(scope="module")
def detector() -> offbeat.Detector:
    return _detector(validation=0.25)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tracking"


def test_a_run_remembers_settings_data_losses_metrics_and_the_detector(
    detector: offbeat.Detector, folder: Path
) -> None:
    run = record_run(folder, detector, ROWS, metrics={"mine": 0.5}, name="first")

    assert (run.name, run.command, run.offbeat_version) == ("first", "python", offbeat.__version__)
    assert (run.settings["hidden"], run.resolved["network"]) == ([2], detector.resolved.network)
    assert run.data["train"] == fingerprint(offbeat.read(ROWS))
    assert [row["loss"] for row in run.losses()] == list(detector.history.loss)
    assert [row["validation_loss"] for row in run.losses()] == list(detector.history.validation_loss)
    assert [row["epoch"] for row in run.losses()] == [1, 2, 3, 4]
    assert run.metrics["mine"] == 0.5
    assert run.metrics["loss"] == detector.history.loss[-1]
    assert run.metrics["threshold"] == detector.threshold.value
    assert run.training == {"trained_on": 30, "validated_on": 10, "epochs": 4} | {
        name: getattr(detector.history, name) for name in ("best_epoch", "stopped", "seconds")
    }
    assert (offbeat.load(run.detector).score(ROWS) == detector.score(ROWS)).all()
    assert open_run(folder, run.id) == open_run(folder, "latest") == run
    for name, file in run.files.items():
        content = (run.folder / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)


def test_what_was_found_and_the_report_are_kept(folder: Path, tmp_path: Path) -> None:
    table = pl.DataFrame(ROWS, schema=["a", "b", "c"]).with_columns(pl.Series("state", ["bad"] * 4 + ["good"] * 36))
    detector = offbeat.fit(
        table, label="state", normal="good", hidden=[2], epochs=4, threshold="mean+3std", progress="none"
    )
    found = detector.detect(table)
    (tmp_path / "report.html").write_text("<p>found</p>")
    run = record_run(folder, detector, table, found=found, report=tmp_path / "report.html")

    assert found.metrics is not None
    assert run.metrics["roc_auc"] == found.metrics.roc_auc
    assert run.metrics["anomalous.recall"] == found.metrics.anomalous.recall
    assert run.metrics["confusion.normal_passed"] == found.metrics.confusion.normal_passed
    assert (run.metrics["rows"], run.metrics["flagged"]) == (40, len(found))
    assert (run.data["train"].columns, run.data["test"].rows) == (4, 40)
    assert (run.folder / "report.html").read_text() == "<p>found</p>"


def test_runs_are_listed_latest_first(detector: offbeat.Detector, folder: Path) -> None:
    runs = [record_run(folder, detector, ROWS, name=name) for name in ("one", "two")]

    listed = list_runs(folder)
    assert [run.id for run in listed] == [run.id for run in reversed(runs)]
    assert {run.name for run in listed} == {"one", "two"}
    assert (listed[0].rows, listed[0].source, listed[0].damage) == (40, "the table", "")
    assert (listed[0].metrics, listed[0].settings) == (runs[1].metrics, runs[1].settings)


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 99, b"SQLite format 3\0" + b"\xff" * 5000])
def test_the_index_can_be_lost(content: bytes | None, detector: offbeat.Detector, folder: Path) -> None:
    record_run(folder, detector, ROWS)
    before = list_runs(folder)
    (folder / INDEX).unlink()
    if content is not None:
        (folder / INDEX).write_bytes(content)

    assert list_runs(folder) == before


def test_an_index_of_another_format_is_made_anew(detector: offbeat.Detector, folder: Path) -> None:
    record_run(folder, detector, ROWS)
    before = list_runs(folder)
    database = sqlite3.connect(folder / INDEX)
    database.executescript("DROP TABLE runs; CREATE TABLE runs (id); PRAGMA user_version = 99")
    database.close()

    assert list_runs(folder) == before


def test_an_index_that_is_in_use_is_left_alone(
    detector: offbeat.Detector, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_run(folder, detector, ROWS)
    before, bits = list_runs(folder), (folder / INDEX).read_bytes()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=0.05))
    other = connect(folder / INDEX)
    other.execute("BEGIN EXCLUSIVE")

    assert list_runs(folder) == before
    assert record_run(folder, detector, ROWS).id == list_runs(folder)[0].id
    other.close()
    assert (folder / INDEX).read_bytes() == bits
    assert len(list_runs(folder)) == 2


@pytest.mark.skipif(os.name != "posix", reason="limits on the size of files are POSIX's")
def test_runs_are_listed_where_the_index_cannot_grow(detector: offbeat.Detector, folder: Path) -> None:
    import resource

    run = record_run(folder, detector, ROWS)
    record = json.loads((run.folder / "run.json").read_text())
    for number in range(100):
        other = folder / "runs" / f"20200101-000000000-{number:08x}"
        other.mkdir()
        (other / "run.json").write_text(json.dumps(record | {"id": other.name}))
    bits, most = (folder / INDEX).read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as a full disk: what is written beyond fails
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(bits), most[1]))
    try:
        listed = list_runs(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
        signal.signal(signal.SIGXFSZ, before)
    assert len(listed) == 101 and listed[0].id == run.id and listed[-1].id == "20200101-000000000-00000000"
    assert list_runs(folder) == listed


def test_runs_that_are_moved_away_or_brought_are_seen(detector: offbeat.Detector, folder: Path, tmp_path: Path) -> None:
    one, two = record_run(folder, detector, ROWS), record_run(folder, detector, ROWS)
    shutil.move(two.folder, tmp_path / two.id)
    assert [run.id for run in list_runs(folder)] == [one.id]
    shutil.move(tmp_path / two.id, two.folder)
    assert {run.id for run in list_runs(folder)} == {one.id, two.id}


def test_a_damaged_record_hides_no_other_and_may_be_put_back(detector: offbeat.Detector, folder: Path) -> None:
    one, two = record_run(folder, detector, ROWS), record_run(folder, detector, ROWS)
    whole = (one.folder / "run.json").read_text()
    (one.folder / "run.json").write_text(json.dumps({**json.loads(whole), "metrics": {"loss": "low"}}))
    (folder / INDEX).unlink()

    listed = {run.id: run for run in list_runs(folder)}
    assert listed[two.id].damage == ""
    assert "'metrics.loss': Input should be a valid number" in listed[one.id].damage
    with pytest.raises(DataError, match=r"run\.json: this is no record of a run that offbeat .* reads"):
        open_run(folder, one.id)
    (one.folder / "run.json").write_text(whole)
    assert [run.damage for run in list_runs(folder)] == ["", ""]
    (two.folder / "run.json").write_text("{")  # damaged when the index knew it already
    assert ["this is no record of a run" in run.damage for run in list_runs(folder)] == [
        run.id == two.id for run in list_runs(folder)
    ]


def test_a_run_whose_folder_was_renamed_is_told(detector: offbeat.Detector, folder: Path) -> None:
    one, two = record_run(folder, detector, ROWS), record_run(folder, detector, ROWS)
    renamed = one.folder.rename(one.folder.with_name("good"))
    listed = list_runs(folder)
    assert [(run.id, run.damage) for run in listed] == [
        (two.id, ""),
        ("good", f"{renamed}: this folder holds a run, and its name is no run's id. Rename it to {one.id}."),
    ]
    (renamed / "run.json").write_text("{")
    assert list_runs(folder)[1].damage.startswith(
        f"{renamed}: this folder holds a run, and its name is no run's id. {renamed}/run.json: this is no record of"
    )
    shutil.rmtree(two.folder)
    assert [run.id for run in list_runs(folder)] == ["good"]


def test_losses_that_cannot_be_read_are_told(detector: offbeat.Detector, folder: Path) -> None:
    run = record_run(folder, detector, ROWS)
    (run.folder / "losses.csv").write_text("epoch,loss\n1,low\n")
    with pytest.raises(DataError, match=r"losses\.csv: the losses of the run cannot be read \(it is damaged\)"):
        run.losses()
    (run.folder / "losses.csv").unlink()
    with pytest.raises(DataError, match=r"\(No such file or directory\)\. Put the file back from a copy\."):
        run.losses()


@pytest.mark.skipif(os.name != "posix", reason="pipes are POSIX's")
def test_a_report_that_went_into_a_pipe_is_not_waited_for(
    detector: offbeat.Detector, folder: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "report.html" not in record_run(folder, detector, ROWS, report=tmp_path / "pipe").files


def test_a_threshold_that_is_not_set_is_no_metric(detector: offbeat.Detector, folder: Path) -> None:
    run = record_run(folder, detector.with_threshold("none"), ROWS)
    assert "threshold" not in run.metrics and "threshold" in record_run(folder, detector, ROWS).metrics


def test_what_is_not_there_is_told(detector: offbeat.Detector, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no run 'x'\. No run was recorded there"):
        open_run(folder, "x")
    one, two = record_run(folder, detector, ROWS), record_run(folder, detector, ROWS)
    with pytest.raises(SettingsError, match=rf"there is no run 'x'\. The latest ones are '.*'{min(one.id, two.id)}'"):
        open_run(folder, "x")
    with pytest.raises(SettingsError, match="'202' is part of more than one run's id"):
        open_run(folder, "202")
    assert open_run(folder, one.id[-8:]) == one
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="the run cannot be recorded there"):
        record_run(tmp_path / "file", detector, ROWS)


def test_a_full_disk_is_told_with_the_folder_that_was_named(
    detector: offbeat.Detector, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError) as caught:
        record_run(folder, detector, ROWS)
    assert str(caught.value) == (
        f"{folder}: the run cannot be recorded there (No space left on device). Free some space in {folder}, or choose "
        "another folder."
    )
    assert list((folder / "runs").iterdir()) == []


def test_runs_are_compared(detector: offbeat.Detector, folder: Path) -> None:
    one = record_run(folder, detector, ROWS, metrics={"mine": 1})
    other = _detector(validation=0.25, epochs=2)
    two = record_run(folder, other, ROWS)

    compared = compare_runs([one, two])
    assert (compared.runs, compared.same_data) == ((one.id, two.id), True)
    assert compared.settings == {"epochs": (4.0, 2.0)}
    assert compared.metrics["mine"] == (1.0, None)
    assert compared.metrics["loss"] == (detector.history.loss[-1], other.history.loss[-1])
    three = record_run(folder, detector, ROWS[::-1])
    assert not compare_runs([one, three]).same_data


def test_the_validation_table_is_remembered_and_compared(folder: Path) -> None:
    tables = [ROWS[:10] + shift for shift in (0.0, 0.5)]
    detectors = [_detector(validation=table) for table in tables]
    one, two = (
        record_run(folder, fitted, ROWS, validation=table) for fitted, table in zip(detectors, tables, strict=True)
    )
    again, untold, none = (
        record_run(folder, detectors[0], ROWS, validation=tables[0]),
        record_run(folder, detectors[0], ROWS),
        record_run(folder, _detector(), ROWS),
    )

    assert one.data["validation"] == fingerprint(offbeat.read(tables[0]))
    assert open_run(folder, one.id) == one
    same = [compare_runs([one, other]).same_validation for other in (again, two, untold, none)]
    assert same == [True, False, None, False]
    assert compare_runs([one, untold, two]).same_validation is False, "two of them are known to differ"
    assert (compare_runs([none, none]).same_validation, compare_runs([one, two]).same_data) == (True, True)


def test_a_run_alone_is_not_compared(detector: offbeat.Detector, folder: Path) -> None:
    with pytest.raises(SettingsError, match="Two runs or more are compared"):
        compare_runs([record_run(folder, detector, ROWS)])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [1.0, 2.0]}), True),
        (pl.DataFrame({"a": [0.0, None]}), np.array([[-0.0], [np.nan]]), False),  # another name: C1
        (pl.DataFrame({"C1": [0.0, None]}), np.array([[-0.0], [np.nan]], np.float32), True),
        (pl.DataFrame({"a": [1, 2]}), pl.DataFrame({"a": [2, 1]}), False),
        (pl.DataFrame({"a": ["x", "yz"]}), pl.DataFrame({"a": ["xy", "z"]}), False),
        (pl.DataFrame({"a": ["x", None]}), pl.DataFrame({"a": ["x", "-1"]}), False),
        (pl.DataFrame({"a": [1], "b": [2]}), pl.DataFrame({"b": [2], "a": [1]}), False),
        (pl.DataFrame({"a": [DAY, None]}), pl.DataFrame({"a": [DAY, None]}).cast(pl.Duration("ms")), True),
        (pl.DataFrame({"a": [DAY]}), pl.DataFrame({"a": [2 * DAY]}), False),
        (pl.DataFrame({"a": [[1, 2], None]}), pl.DataFrame({"a": [[1, 2], None]}), True),
        (pl.DataFrame({"a": [[1, 2], [3]]}), pl.DataFrame({"a": [[1], [2, 3]]}), False),
        (_pairs([[1, 2]]), _pairs([[1, 2]]), True),
        (_pairs([[1, 2]]), _pairs([[1, 3]]), False),
        (pl.DataFrame({"a": [b"\xff", None]}), pl.DataFrame({"a": [b"\xff", None]}), True),
        (pl.DataFrame({"a": [b"\xff"]}), pl.DataFrame({"a": [b"\xfe"]}), False),
        (pl.DataFrame({"a": [b"x"]}), pl.DataFrame({"a": ["x"]}), True),
    ],
)
def test_a_fingerprint_is_that_of_names_and_cells(one: object, other: object, same: bool) -> None:
    assert (fingerprint(offbeat.read(one)).sha256 == fingerprint(offbeat.read(other)).sha256) is same


def test_fingerprints_are_those_of_earlier_runs() -> None:
    frame = pl.DataFrame(
        {
            "flow": [1.5, None],
            "valve": ["open", None],
            "when": [datetime(2020, 1, 1, 12), None],
            "note": [b"odd", None],
            "both": [{"a": 1}, None],
            "good": [True, None],
        }
    )
    assert fingerprint(Table(frame)).sha256 == "cfec5cbbda26fff4aa631981378554573d2e4da04329c7d531f18fc79faef814"


def test_a_fit_that_leaves_out_columns_of_odd_kinds_is_recorded(folder: Path) -> None:
    frame = pl.DataFrame(ROWS, schema=["a", "b", "c"])
    odd = frame.with_columns(took=pl.lit(DAY), tags=pl.concat_list("a", "b"), raw=pl.lit(b"\xff"))
    settings = {"hidden": [2], "epochs": 2, "threshold": "mean+3std", "progress": "none"}
    run = record_run(folder, offbeat.fit(odd, ignore=["took", "tags", "raw"], **settings), odd)
    assert run.data["train"].columns == 6


_RECORD_FOREVER = """
import sys, offbeat
from offbeat.tracking import record_run
detector = offbeat.load(sys.argv[1])
rows = detector.read(sys.argv[2])
while True:
    print(record_run(sys.argv[3], detector, rows, report=sys.argv[2]).id, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_nothing_recorded_is_lost_and_no_half_is_listed(
    detector: offbeat.Detector, folder: Path, tmp_path: Path
) -> None:
    detector.save(tmp_path / "detector.offbeat")
    np.savetxt(tmp_path / "rows.csv", ROWS, delimiter=",")
    command = [sys.executable, "-c", _RECORD_FOREVER, tmp_path / "detector.offbeat", tmp_path / "rows.csv", folder]
    told: list[str] = []
    for attempt in range(3):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        told += [process.stdout.readline().strip() for _ in range(5)]
        time.sleep(0.003 * attempt)
        os.kill(process.pid, signal.SIGKILL)
        told += [line.strip() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        process.wait()
        process.stdout.close()

    listed = list_runs(folder)
    assert set(told) <= {run.id for run in listed}
    assert len(listed) <= len(told) + 3
    for summary in listed:
        run: Run = open_run(folder, summary.id)
        assert summary.damage == ""
        assert {file.name for file in run.folder.iterdir()} == {*run.files, "run.json"}
        assert hashlib.sha256(run.detector.read_bytes()).hexdigest() == run.files["detector.offbeat"].sha256
