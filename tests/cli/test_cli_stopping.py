"""Told to stop by a signal, at whatever moment it comes."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from offbeat.cli.stopping import Stop, stopped_by_signals

# Interrupts a wait after so many calls and returns of functions, one more each time, until it ends before that.
AT_EVERY_MOMENT = """
import signal, sys
from offbeat.cli.stopping import stopped_by_signals

for moment in range(1, 1000):
    with stopped_by_signals() as stop:
        left = moment

        def interrupt(*_):
            global left
            left -= 1
            if not left:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGTERM)

        sys.setprofile(interrupt)
        stop.wait(0.001)
        sys.setprofile(None)
        if left > 0:
            break
        assert stop.is_set() and stop.wait(1000.0)
print("moments", moment)
"""


def test_a_signal_may_come_at_any_moment_of_a_wait() -> None:
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    done = subprocess.run(
        [sys.executable, "-c", AT_EVERY_MOMENT], env=variables, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    word, moments = done.stdout.split()
    assert word == "moments" and int(moments) > 3


def test_a_wait_ends_at_its_time_or_when_told() -> None:
    stop = Stop()
    assert not stop.wait(0.01) and not stop.is_set()
    stop.set()
    began = time.monotonic()
    assert stop.wait(1000.0) and stop.wait(1000.0) and time.monotonic() - began < 500


@pytest.mark.parametrize("seconds", [1e12, math.inf])
def test_a_wait_may_be_as_long_as_one_likes(seconds: float) -> None:
    stop = Stop()
    threading.Timer(0.05, stop.set).start()
    assert stop.wait(seconds)


def test_handlers_are_put_back() -> None:
    before = [signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)]
    with stopped_by_signals() as stop:
        signal.raise_signal(signal.SIGINT)
        assert stop.is_set()
    assert [signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)] == before
