"""A bar on a terminal, lines in a log after a second, silence for what is short and on request."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import types

import pytest
from small_training import rows, trained

from offbeat.training import reporting
from offbeat.training.reporting import ProgressStyle, reporter

SCRIPT = """
from offbeat.training import reporting
reporting.SECONDS_BEFORE_SHOWING = {after}
with reporting.reporter("auto", "training") as report:
    report.epoch(1, 4, 0.5, None)
    report.epoch(2, 4, 0.25, 0.375)
"""


class Clock:
    """A clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(reporting, "time", types.SimpleNamespace(monotonic=lambda: self.now))


def _on_a_terminal(script: str, term: str = "xterm") -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": term, "COLUMNS": "100"}
    process = subprocess.Popen([sys.executable, "-c", script], stderr=theirs, stdout=theirs, env=environment)
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait() == 0, written.decode()
    return written.decode()


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    written = _on_a_terminal(SCRIPT.format(after=0))
    assert "training" in written
    assert "2/4" in written
    assert "loss 0.25, validation 0.375" in written
    assert written.rstrip().endswith("\x1b[2K"), "the last thing is to erase the line"


def test_a_terminal_gets_nothing_for_what_takes_less_than_a_second() -> None:
    assert _on_a_terminal(SCRIPT.format(after=60)) == ""


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_draw_gets_lines(term: str) -> None:
    written = _on_a_terminal(SCRIPT.format(after=0), term)
    assert written.splitlines() == [
        "training: epoch 1 of 4, loss 0.5",
        "training: epoch 2 of 4, loss 0.25, validation 0.375",
    ]


def test_a_pipe_gets_lines() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(after=0)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == ""
    # The second would come five seconds later, were it not the last.
    assert done.stderr == "training: epoch 1 of 4, loss 0.5\ntraining: epoch 2 of 4, loss 0.25, validation 0.375\n"


def test_lines_begin_after_a_second_and_come_every_five(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(monkeypatch)
    with reporter("lines", "fitting") as report:
        for epoch in range(1, 81):
            clock.now += 0.25
            report.epoch(epoch, 80, 1 / epoch, 2 / epoch)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "fitting: epoch 4 of 80, loss 0.25, validation 0.5",
        "fitting: epoch 24 of 80, loss 0.04167, validation 0.08333",
        "fitting: epoch 44 of 80, loss 0.02273, validation 0.04545",
        "fitting: epoch 64 of 80, loss 0.01562, validation 0.03125",
        "fitting: epoch 80 of 80, loss 0.0125, validation 0.025",
    ]


def test_lines_tell_of_folds_to_whom_has_waited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(monkeypatch)
    with reporter("lines", "threshold", waited=3.6) as report:
        for done in range(3):
            report.folds(done, 2)
            clock.now += 2.0
    assert capsys.readouterr().err.splitlines() == [
        "threshold: 0 of 2 folds done",
        "threshold: 1 of 2 folds done",
        "threshold: 2 of 2 folds done",
    ]
    with reporter("lines", "threshold", waited=0.1) as report:
        report.folds(0, 2)
        report.folds(2, 2)
    assert capsys.readouterr().err == ""


def test_a_bar_tells_of_folds() -> None:
    script = SCRIPT.split("with")[0].format(after=0)
    written = _on_a_terminal(
        f"{script}\nwith reporting.reporter('bar', 'threshold') as report:\n    report.folds(2, 5)\n"
    )
    assert "threshold" in written
    assert "2/5" in written
    assert "folds" in written


@pytest.mark.parametrize("style", ["none", "lines", "bar", "auto"])
def test_short_runs_show_nothing(style: ProgressStyle, capfd: pytest.CaptureFixture[str]) -> None:
    with reporter(style) as report:
        report.epoch(1, 2, 0.5, None)
    assert capfd.readouterr() == ("", "")


def test_silence_lasts_however_long_it_takes(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = Clock(monkeypatch)
    with reporter("none") as report:
        clock.now += 3600
        report.epoch(1, 2, 0.5, None)
    assert capfd.readouterr() == ("", "")


def test_a_bar_goes_away_when_training_fails() -> None:
    written = _on_a_terminal(SCRIPT.format(after=0) + "    raise SystemExit(0)\n")
    assert "training" in written
    assert written.rstrip().endswith("\x1b[2K")


def test_training_tells_its_epochs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(reporting, "SECONDS_BEFORE_SHOWING", 0.0)
    monkeypatch.setattr(reporting, "SECONDS_BETWEEN_LINES", 0.0)
    _, history = trained(rows(20), {"progress": "lines", "validation": rows(5)})
    assert capsys.readouterr().err.splitlines() == [
        f"training: epoch {epoch} of 3, loss {loss:.4g}, validation {held:.4g}"
        for epoch, (loss, held) in enumerate(zip(history.loss, history.validation_loss, strict=True), start=1)
    ]
