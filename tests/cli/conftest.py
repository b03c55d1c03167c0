"""The command line run within the test process, and a small job of pump readings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from answers import Answer, Offbeat

from offbeat.cli import main

# A small network and a threshold over the training scores: one program to compile, no folds.
QUICK = ("--hidden", "2", "--epochs", "60", "--batch-size", "8", "--threshold", "mean+3std")


@pytest.fixture
def offbeat(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offbeat:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Answer:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def pumps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: good.csv, new.csv (rows 3 and 11 are bad), labelled.csv (the same with 'state'), pumps.offbeat."""
    folder = tmp_path_factory.mktemp("pumps")
    rng = np.random.default_rng(5)
    good, new = _readings(80, rng), _readings(16, rng)
    new[3, 0] += 9.0
    new[11, 2] -= 12.0
    states = ["bad" if row in (3, 11) else "good" for row in range(16)]
    _write(folder / "good.csv", ["flow", "rpm", "heat"], good.tolist())
    _write(folder / "new.csv", ["flow", "rpm", "heat"], new.tolist())
    with_state = [[*cells, state] for cells, state in zip(new.tolist(), states, strict=True)]
    _write(folder / "labelled.csv", ["flow", "rpm", "heat", "state"], with_state)
    out = folder / "pumps.offbeat"
    assert main(["fit", str(folder / "good.csv"), "--out", str(out), "--quiet", *QUICK]) == 0
    return folder


def _readings(rows: int, rng: np.random.Generator) -> np.ndarray:
    flow = rng.normal(50.0, 4.0, rows)
    rpm = 30.0 * flow + rng.normal(0.0, 5.0, rows)
    heat = 80.0 - 0.5 * flow + rng.normal(0.0, 0.3, rows)
    return np.stack([flow, rpm, heat], axis=1)


def _write(path: Path, names: list[str], rows: list[list[Any]]) -> None:
    lines = [",".join(names), *(",".join(str(cell) for cell in cells) for cells in rows)]
    path.write_text("\n".join(lines) + "\n")
