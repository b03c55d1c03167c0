"""Every line of code in the README runs as a stranger would run it: in processes of their own, in an empty folder.

Nothing in it needs the network but the first run of `script/demo` and `script/test`, which install. Here `script/demo`
runs where `script/test` has made the environment already; `.ci/run` runs both in a fresh one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from offbeat.data.heartbeats import heartbeat_job
from pages import CHECKOUT, README, blocks_of, lines_of_shell

ENVIRONMENT = CHECKOUT / ".venv"
SHELL = [line for block in blocks_of(README, "sh") for line in lines_of_shell(block)]
INSTALLED = ("script/demo", "script/test", ".venv/bin/offbeat detect good.csv new.csv")


@pytest.fixture
def own_files(tmp_path: Path) -> Path:
    """A folder with what users have: good.csv and new.csv."""
    job = heartbeat_job()
    for name, table in (("good.csv", job.train), ("new.csv", job.test)):
        np.savetxt(
            tmp_path / name, table.numbers(table.names), delimiter=",", header=",".join(table.names), comments=""
        )
    return tmp_path


def run(command: str, folder: Path) -> str:
    """What a shell command prints; it must succeed, and `offbeat` and `python` are those of the tests."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    answer = subprocess.run(["sh", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, f"{command}\n{answer.stdout}\n{answer.stderr}"
    return answer.stdout


def test_the_readme_has_two_commands_ten_lines_of_python_three_of_shell_and_a_picture() -> None:
    assert [line.split()[0] for line in SHELL[:2]] == ["script/demo", "script/test"]
    (python,) = blocks_of(README, "python")
    assert len([line for line in python.text.splitlines() if line.strip()]) == 10
    assert len([line for line in SHELL if line.startswith("offbeat ")]) == 3
    assert "](docs/heartbeats.png)" in README.read_text(encoding="utf-8")


def test_every_line_of_shell_is_run_by_a_test_below() -> None:
    assert [line for line in SHELL if not line.startswith("offbeat ")] == list(INSTALLED)


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (block,) = blocks_of(README, "python")
    (tmp_path / "readme.py").write_text(block.text)
    printed = run("python -W error readme.py", tmp_path).splitlines()
    assert 4 <= len(printed) <= 7
    assert {"motion-artefact: Row 39 scores", "premature-ventricular: Row 51 scores"} == {
        " ".join(line.split()[:4]) for line in printed[:2]
    }
    assert not any(line.startswith("normal: ") for line in printed)
    assert (tmp_path / "heartbeats.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "heartbeats.offbeat").stat().st_size > 10_000


@pytest.mark.slow
def test_the_shell_lines_of_the_readme_run(own_files: Path) -> None:
    detect, explain, score = [line for line in SHELL if line.startswith("offbeat ")]
    assert "of the 60 rows of new.csv are anomalous:" in run(detect, own_files)
    assert "Row 51 scores " in run(explain, own_files)
    assert "of the 60 rows of new.csv are anomalous.\nScores: scores.parquet" in run(score, own_files)
    assert {path.name for path in own_files.rglob("*.*")} == {
        *("good.csv", "new.csv", "new.html", "new.offbeat", "scores.parquet")
    }


@pytest.mark.slow
def test_the_demo_and_the_line_for_own_files_run(own_files: Path) -> None:
    demo, _, own = INSTALLED
    if not (ENVIRONMENT / "offbeat-test.txt").exists():
        pytest.skip("script/test has not made the environment .venv, and making one here would take minutes")
    assert "of the 60 rows of heartbeats are anomalous:" in run(str(CHECKOUT / demo), own_files)
    assert "of the 60 rows of new.csv are anomalous:" in run(str(CHECKOUT / own), own_files)
