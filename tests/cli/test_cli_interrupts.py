"""Ctrl-C, sent at moments at which Python would lose it or could not bear it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals differ elsewhere")

COMMAND = """
import sys
sys.path.insert(0, {folder!r})
import offbeat.cli.inspect
from offbeat.cli.process import run_and_leave

def inspect():
    import gc, signal, time
    {at_work}
    print("the command ended")

offbeat.cli.inspect.inspect = inspect
sys.argv = ["offbeat", "inspect"]
run_and_leave()
"""
LATE = """
    def callback(phase, _):
        gc.callbacks.remove(callback)
        signal.raise_signal(signal.SIGINT)
    gc.callbacks.append(callback)
    gc.collect()
"""
SWALLOWED = f"{LATE}    time.sleep(60)\n"
ORDERLY = """
    try:
        signal.raise_signal(signal.SIGINT)
    finally:
        time.sleep(1.2)
        print("in order")
"""


def _run(folder: Path, at_work: str, *, ignoring: bool = False) -> subprocess.CompletedProcess[str]:
    script = COMMAND.format(folder=str(folder), at_work=at_work)
    if ignoring:
        script = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{script}"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50)


@pytest.mark.parametrize("at_work", ["signal.raise_signal(signal.SIGINT)", SWALLOWED], ids=["told", "lost"])
def test_an_interrupt_ends_the_command_also_where_python_loses_it(tmp_path: Path, at_work: str) -> None:
    done = _run(tmp_path, at_work)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "" or done.stderr.startswith("Exception ignored"), "Python's own words for what it lost"


def test_what_is_put_in_order_is_not_broken_off_by_the_second_try(tmp_path: Path) -> None:
    done = _run(tmp_path, ORDERLY)
    assert (done.returncode, done.stdout) == (130, "in order\n")


def test_an_interrupt_that_came_too_late_is_told_by_the_code(tmp_path: Path) -> None:
    done = _run(tmp_path, LATE)
    assert (done.returncode, done.stdout) == (130, "the command ended\n")


def test_an_import_is_not_broken_off_by_an_exception(tmp_path: Path) -> None:
    module = (
        "import signal\ntry:\n    signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt:\n    print('raised')\n"
    )
    (tmp_path / "compiled_module.py").write_text(module)
    done = _run(tmp_path, "import compiled_module")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_who_ignores_interrupts_is_obeyed(tmp_path: Path) -> None:
    done = _run(tmp_path, "signal.raise_signal(signal.SIGINT)", ignoring=True)
    assert (done.returncode, done.stdout) == (0, "the command ended\n")
