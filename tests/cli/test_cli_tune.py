"""tune: the files that it writes, its table and its JSON."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from answers import Offbeat

import offbeat as library

NETWORK = ("--network", "dense", "--hidden", "2", "--epochs", "5", "--batch-size", "16", "--calibration", "0")
FEW_STEPS = (*NETWORK, "--trials", "1")


def test_tune_writes_a_detector_and_its_settings(offbeat: Offbeat, pumps: Path, tmp_path: Path) -> None:
    answer = offbeat("tune", pumps / "good.csv", *FEW_STEPS)

    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "ROC AUC of held-out rows against counterfeits of them:"
    assert lines[2].split() == ["separation", "shuffled", "patched", "outside", "settings"]
    assert lines[3].endswith("plain auto")
    assert "Tried 1 setting beside plain auto" in answer.out
    places = [f"Detector: {Path('offbeat-output/good.offbeat')}", f"Settings: {Path('offbeat-output/good.toml')}"]
    assert lines[-2:] == places
    assert answer.err.startswith("candidate 1 of 1: 0.")
    assert library.load("offbeat-output/good.offbeat").facts.rows == 80
    words = ("fit", pumps / "good.csv", "--config", "offbeat-output/good.toml", "--out", "again.offbeat", "--quiet")
    assert offbeat(*words).code == 0
    files = ("offbeat-output/good.offbeat", "again.offbeat")
    one, other = (library.load(file).score(pumps / "new.csv") for file in files)
    assert np.array_equal(one, other)


def test_tune_as_json_has_the_promised_shape(offbeat: Offbeat, pumps: Path) -> None:
    files = ("--out", "kept/a.offbeat", "--write-config", "kept/a.toml")
    record = offbeat("tune", pumps / "good.csv", *FEW_STEPS, *files, "--json").json

    assert set(record) == {"detector", "config", "worth_it", "gain", "interval", "best", "trials", "seconds"}
    assert (record["detector"], record["config"]) == (str(Path("kept/a.offbeat")), str(Path("kept/a.toml")))
    assert len(record["trials"]) == 2 and record["trials"][0]["settings"] == {}
    assert set(record["seconds"]) == {"read", "tune", "total"}


def test_a_full_disk_leaves_the_old_settings(offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Path("old.toml")
    old.write_text("epochs = 3\n")
    replace = Path.replace

    def full_disk(self: Path, target: Path) -> None:
        if target.suffix == old.suffix:
            raise OSError(errno.ENOSPC, "No space left on device", old.name)
        replace(self, target)

    monkeypatch.setattr(Path, "replace", full_disk)
    answer = offbeat("tune", pumps / "good.csv", *FEW_STEPS, "--write-config", old)
    assert (answer.code, answer.err.splitlines()[-1]) == (1, "Error: old.toml: No space left on device.")
    assert old.read_text() == "epochs = 3\n"
    assert list(Path().glob(".offbeat-*")) == []


def test_tune_refuses_what_it_cannot_search(offbeat: Offbeat, pumps: Path) -> None:
    answer = offbeat("tune", pumps / "new.csv")
    assert answer.code == 3
    assert "new.csv has 16 normal rows; a search needs 30 at least" in answer.err


@pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")
def test_an_interrupted_search_ends_with_the_best_so_far(pumps: Path, tmp_path: Path) -> None:
    command = "from offbeat.cli.process import run_and_leave; run_and_leave()"
    words = [sys.executable, "-c", command, "tune", str(pumps / "good.csv"), *NETWORK, "--trials", "100000"]
    with subprocess.Popen(words, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as searching:
        assert searching.stderr is not None and searching.stdout is not None
        assert searching.stderr.readline().startswith("candidate 1 of 100000: 0.")
        searching.send_signal(signal.SIGINT)
        told, out = searching.stderr.read(), searching.stdout.read()
    assert searching.returncode == 130
    assert "Interrupted: ending with the best of the" in told
    assert out.splitlines()[-1] == f"Settings: {Path('offbeat-output/good.toml')}"
    assert library.load(tmp_path / "offbeat-output/good.offbeat").facts.rows == 80
