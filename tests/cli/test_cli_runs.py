"""`--track`, and `offbeat runs`: fits are recorded, listed, shown and compared."""

from __future__ import annotations

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from answers import Offbeat

import offbeat as library
from offbeat.detector.detector import Detector
from offbeat.errors import FileError
from offbeat.tracking import Registry, fingerprint, open_run

QUICK = ("--hidden", "2", "--epochs", "60", "--batch-size", "8", "--threshold", "mean+3std")
TRACKED = ("--tracking", "tracking")


def test_a_fit_is_recorded_listed_and_shown(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat(
        *("fit", pumps / "good.csv", *QUICK, "--out", "pumps.offbeat", "--quiet", "--json"),
        *("--track", "tracking", "--run-name", "first", "--register", "pumps"),
    )
    run = open_run("tracking", "latest")
    assert answer.json["recorded"] == {"run": run.id, "tracking": "tracking", "registered": "pumps", "version": 1}
    assert (run.name, run.command) == ("first", "fit")
    assert run.data["train"] == fingerprint(library.read(pumps / "good.csv"))
    assert run.detector.read_bytes() == Path("pumps.offbeat").read_bytes()
    assert Registry("tracking").version("pumps").record.run == run.id

    listed = offbeat("runs", "list", "--tracking", "tracking")
    assert listed.out.splitlines()[0].split() == ["run", "name", "trained", "on", "rows", "loss", "ROC", "AUC"]
    assert listed.out.splitlines()[1].split() == [run.id, "first", "good.csv", "80", f"{run.metrics['loss']:.6g}"]
    headings, cells = listed.out.splitlines()
    for heading, word in (("run", run.id), ("name", "first"), ("trained on", "good.csv")):
        assert headings.index(f" {heading}") == cells.index(f" {word}"), "words stand below the start of their heading"
    (entry,) = offbeat("runs", "list", "--tracking", "tracking", "--json").json["runs"]
    assert (entry["id"], entry["metrics"]) == (run.id, run.metrics)

    shown = offbeat("runs", "show", run.id[-8:], "--tracking", "tracking").out
    assert shown.startswith(f"Run {run.id} (first): offbeat {library.__version__}, fit\n")
    assert "train: 80 rows x 3 columns of good.csv, sha256 " in shown
    assert "  hidden                       [2]\n" in shown
    record = offbeat("runs", "show", "latest", "--tracking", "tracking", "--json").json
    assert record["losses"] == run.losses() and len(record["losses"]) == 60
    assert record["files"] == json.loads((run.folder / "run.json").read_text())["files"]

    renamed = run.folder.rename(run.folder.with_name("good"))
    told = f"\nDamaged: {renamed}: this folder holds a run, and its name is no run's id. Rename it to {run.id}.\n"
    assert offbeat("runs", "list", "--tracking", "tracking").out.endswith(told)
    renamed.rename(run.folder)

    (run.folder / "losses.csv").unlink()
    shown = offbeat("runs", "show", "latest", "--tracking", "tracking").out
    assert [
        line.split()[0] for line in shown.splitlines() if line.endswith(" bytes, gone: put it back from a copy")
    ] == ["losses.csv"]
    refused = offbeat("runs", "show", "latest", "--tracking", "tracking", "--json").json["error"]["message"]
    assert "the losses of the run cannot be read (No such file or directory)" in refused


def test_detect_records_what_was_found_and_runs_are_compared(offbeat: Offbeat, pumps: Path) -> None:
    for epochs in ("60", "61"):
        words = (
            "detect",
            pumps / "labelled.csv",
            *QUICK,
            "--test-size",
            "0.5",
            "--epochs",
            epochs,
            "--track",
            "tracking",
        )
        answer = offbeat(*words, "--label", "state", "--normal", "good")
        assert answer.code == 0, answer.err
    two = open_run("tracking", "latest")
    assert answer.out.splitlines()[-1] == f"Run:      {two.id} in tracking"
    assert two.data["test"].rows == 8
    assert (two.settings["test_size"], two.settings["split_seed"]) == (0.5, 0)
    assert (two.folder / "report.html").read_bytes() == Path("offbeat-output/labelled.html").read_bytes()
    assert {"accuracy", "anomalous.recall", "flagged"} <= set(two.metrics)

    ids = [run["id"] for run in offbeat("runs", "list", "--tracking", "tracking", "--json").json["runs"]]
    compared = offbeat("runs", "compare", *ids, "--tracking", "tracking").out
    assert compared.splitlines()[0].split() == ids
    assert compared.splitlines()[1].split() == ["epochs", "61", "60"]
    assert compared.splitlines()[1].startswith("  epochs  ")
    assert "Fitted on the same rows; settings that are not shown are the same." in compared
    record = offbeat("runs", "compare", *ids, "--tracking", "tracking", "--json").json
    assert (record["settings"], record["same_data"]) == ({"epochs": [61.0, 60.0]}, True)


def test_validation_tables_are_recorded_and_compared(offbeat: Offbeat, pumps: Path) -> None:
    words = ("fit", pumps / "good.csv", *QUICK, "--track", "tracking", "--quiet", "--validation-table")
    for table in ("new.csv", "labelled.csv"):
        (copy := Path("held.csv")).write_bytes((pumps / table).read_bytes())
        assert offbeat(*words, copy).code == 0
    two = open_run("tracking", "latest")
    ids = [run["id"] for run in offbeat("runs", "list", "--tracking", "tracking", "--json").json["runs"]]

    assert two.data["validation"] == fingerprint(library.read("held.csv"))
    assert "\nvalidation: 16 rows x 4 columns of held.csv, sha256 " in offbeat("runs", "show", two.id, *TRACKED).out
    told = "Fitted on the same rows, the loss of each epoch not measured on the same table; settings that are not shown"
    assert told in offbeat("runs", "compare", *ids, *TRACKED).out
    assert offbeat("runs", "compare", *ids, *TRACKED, "--json").json["same_validation"] is False
    alone = offbeat("runs", "compare", ids[0], *TRACKED)
    assert (alone.code, alone.err) == (2, "Error: Two runs or more are compared. 'offbeat runs show' shows one.\n")


def test_detect_records_the_validation_table(offbeat: Offbeat, pumps: Path) -> None:
    words = (pumps / "good.csv", pumps / "new.csv", *QUICK, "--no-report", "--validation-table", pumps / "labelled.csv")
    assert offbeat("detect", *words, *("--track", "tracking")).code == 0

    run = open_run("tracking", "latest")
    assert list(run.data) == ["train", "validation", "test"]
    assert run.data["validation"] == fingerprint(library.read(pumps / "labelled.csv"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_validation_table_may_be_a_pipe(offbeat: Offbeat, pumps: Path) -> None:
    os.mkfifo("held.csv")
    with ThreadPoolExecutor(1) as beside:
        beside.submit(Path("held.csv").write_bytes, (pumps / "new.csv").read_bytes())
        words = ("--validation-table", "held.csv", "--track", "tracking", "--quiet")
        assert offbeat("fit", pumps / "good.csv", *QUICK, *words).code == 0
    assert open_run("tracking", "latest").data["validation"].rows == 16


def test_a_place_that_cannot_be_recorded_in_is_the_error_of_files(offbeat: Offbeat, pumps: Path) -> None:
    Path("taken").touch()
    answer = offbeat("fit", pumps / "good.csv", "--track", "taken", *QUICK)
    assert answer.code == 1
    assert answer.err == (
        "Error: taken: the run cannot be recorded there (Not a directory). "
        "Choose a folder that you may write to, or another name.\n"
    )
    assert [entry.name for entry in Path().iterdir()] == ["taken"], "said before anything was trained"
    Path("tracking").mkdir()
    Path("tracking", "registry").touch()
    words = ("detect", pumps / "good.csv", pumps / "new.csv", "--track", "tracking", "--register", "pumps", *QUICK)
    answer = offbeat(*words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("Error: tracking: the run cannot be recorded there (Not a directory). ")
    assert not Path("offbeat-output").exists()


def test_where_recording_fails_it_is_told_what_was_written(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(detector: Detector, path: Path) -> Path:
        if "runs" in path.parts:
            raise FileError(f"{path} cannot be written", os.strerror(errno.ENOSPC), errno.ENOSPC)
        return saved(detector, path)

    saved = Detector.save
    monkeypatch.setattr(Detector, "save", save)
    answer = offbeat("fit", pumps / "good.csv", "--track", "tracking", "--out", "a.offbeat", *QUICK, "--json")
    message = (
        "tracking: the run cannot be recorded there (No space left on device). Free some space in tracking, or choose "
        "another folder. Written before that: the detector a.offbeat."
    )
    assert (answer.code, answer.json) == (1, {"error": {"kind": "file", "message": message}})
    words = ("--out", "b.offbeat", "--report", "b.html", "--quiet", *QUICK)
    answer = offbeat("detect", pumps / "good.csv", pumps / "new.csv", "--track", "tracking", *words)
    assert answer.err.endswith(" Written before that: the detector b.offbeat, the report b.html.\n")
    assert Path("b.html").exists() and Path("b.offbeat").exists()


def test_without_runs_the_way_to_one_is_told(offbeat: Offbeat) -> None:
    assert "'offbeat fit TABLE --track offbeat-output/tracking' records one" in offbeat("runs", "list").out
    assert offbeat("runs", "list", "--json").json["runs"] == []
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("fit", "good.csv", "--run-name", "x"), 2, "--run-name needs --track"),
        (("fit", "good.csv", "--register", "pumps"), 2, "--register needs --track"),
        (("detect", "good.csv", "new.csv", "--tracking-uri", "http://x"), 2, "--tracking-uri needs --track"),
        (("fit", "good.csv", "--track", "mlflow"), 2, "--track mlflow needs --tracking-uri"),
        (("fit", "good.csv", "--track", "t", "--register", "../x"), 2, "'../x' cannot be a detector's name"),
        (("runs", "show", "x"), 2, "there is no run 'x'"),
    ],
)
def test_words_and_exit_codes(
    words: tuple[str, ...], code: int, message: str, offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    answer = offbeat(*[pumps / word if word.endswith(".csv") else word for word in words])

    assert (answer.code, answer.out) == (code, "")
    assert message in answer.err
    assert list(Path().iterdir()) == []
