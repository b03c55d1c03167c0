"""The command as a process of its own, which starts and ends as quickly as it can."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

PYTHONS_OWN: Final = gc.get_threshold()
"""How often Python looks for garbage unless it is told otherwise."""


def run_and_leave() -> NoReturn:
    """Run the command that the process was started with, and end the process with its exit code."""
    # Imports make a million objects that live to the end; searching them for garbage took a sixth of the start.
    gc.set_threshold(50_000, 20, 100)
    from offbeat.cli.program import run

    # A stream that was closed before the start is None, and the next file to be opened would get its number.
    sys.stdout, sys.stderr = (stream or Path(os.devnull).open("w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Taking JAX down in good order takes half a second; all files are written and closed.
    os._exit(code)


def stay() -> None:
    """Look for garbage as often as Python does from now on: the command has started, and will run for long.

    What lives by now lives to the end, and is not looked through again.
    """
    gc.freeze()
    gc.set_threshold(*PYTHONS_OWN)
