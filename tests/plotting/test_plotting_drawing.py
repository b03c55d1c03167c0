"""Drawings are drawn here or in a process of their own, to the same picture."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from offbeat.plotting import Drawing, PaintingProcess, drawing, paint
from offbeat.plotting.painting import paint_all

LOSSES = Drawing("draw_history", {"training": np.array([0.9, 0.5, 0.4])})
SCORES = Drawing("draw_scores", {"scores": np.arange(20.0), "threshold": 15.0})

BESIDE = """
import sys
import numpy as np
from offbeat.plotting.drawing import Drawing, PaintingProcess
with PaintingProcess() as painter:
    (png,) = painter([Drawing("draw_history", {"training": np.array([0.9, 0.5, 0.4])})])
print(len(png), "matplotlib" in sys.modules)
"""

COUNTING = """
import os
import runpy
import sys
threads = sys.argv.pop()
def count():
    with open(threads, "a") as file:
        print(len(os.listdir("/proc/self/task")), file=file)
os.register_at_fork(before=count)
runpy.run_module("offbeat.plotting.painting", run_name="__main__")
"""


def test_a_process_paints_what_would_be_painted_here() -> None:
    with PaintingProcess() as painter:
        assert painter([LOSSES, SCORES]) == paint([LOSSES, SCORES])
    assert Image.open(io.BytesIO(paint([LOSSES])[0])).size == (1088, 576)


def test_the_other_process_spares_this_one_matplotlib() -> None:
    done = subprocess.run([sys.executable, "-c", BESIDE], capture_output=True, text=True, check=True, timeout=60)
    length, imported = done.stdout.split()
    assert int(length) == len(paint([LOSSES])[0])
    assert imported == "False"


def test_after_a_drawing_that_fails_the_process_goes_on() -> None:
    wrong = Drawing("draw_history", {"training": np.zeros(0), "no_such_argument": 1})
    with PaintingProcess() as painter:
        with pytest.raises(TypeError, match="no_such_argument"):
            painter([LOSSES, wrong])
        assert painter([LOSSES]) == paint([LOSSES])


@pytest.mark.parametrize("command", [("/no/such/program",), (sys.executable, "-c", "pass")], ids=["none", "dead"])
def test_without_a_process_it_is_painted_here(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setattr(drawing, "_COMMAND", command)
    with PaintingProcess() as painter:
        assert painter([LOSSES]) == paint([LOSSES])
        assert painter([SCORES]) == paint([SCORES])


def test_the_process_ends_with_its_work() -> None:
    with PaintingProcess() as painter:
        process = painter._process
    assert process is not None
    assert process.poll() is not None
    assert painter([LOSSES]) == paint([LOSSES]), "drawn here from then on"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the process does not fork")
def test_the_process_that_forks_has_one_thread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for library in ("OPENBLAS", "OMP", "MKL"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "2")
    threads = tmp_path / "threads"
    monkeypatch.setattr(drawing, "_COMMAND", (sys.executable, "-P", "-c", COUNTING, str(threads)))
    with PaintingProcess() as painter:
        assert painter([LOSSES, SCORES]) == paint([LOSSES, SCORES])
    assert set(threads.read_text().splitlines()) == {"1"}


def test_painting_ends_where_no_more_drawings_come() -> None:
    replies = io.BytesIO()
    paint_all(io.BytesIO(), replies)
    assert replies.getvalue() == b""
