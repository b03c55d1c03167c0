"""The command as a process of its own, which starts and ends as quickly as it can."""

from __future__ import annotations

import gc
import io
import os
import sys
import warnings
from contextlib import suppress
from typing import Any, Final, NoReturn

from offbeat.cli.interrupts import INTERRUPTED, code_after_interrupts, heed_interrupts

PYTHONS_OWN: Final = gc.get_threshold()
"""How often Python looks for garbage unless it is told otherwise."""


def run_and_leave() -> NoReturn:
    """Run the command that the process was started with, and end the process with its exit code."""
    heed_interrupts()
    # Imports and compiling make 300,000 objects that live to the end; searching them for garbage took a sixth of the
    # start, and still a twentieth where it was done every 50,000.
    gc.set_threshold(500_000, 20, 100)
    from pathlib import Path

    from offbeat.cli.program import run
    from offbeat.cli.standard_output import standard_output

    sys.stdout = standard_output(sys.stdout)
    # One that was closed before the start is None, and the next file to be opened would get its number.
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    warnings.formatwarning = _in_one_line
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")  # names of columns and files may hold what it cannot
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # a second one, while the first was being told
        code = INTERRUPTED
    code = code_after_interrupts(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    # Taking JAX down in good order takes half a second; all files are written and closed.
    os._exit(code)


_AS_PYTHON_TELLS: Final = warnings.formatwarning


def _in_one_line(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> str:
    """Only the words of what is offbeat's own warning; any other as Python tells it, with file and line."""
    from offbeat.cli.saying import harmless
    from offbeat.errors import OldCopyWarning

    if issubclass(category, OldCopyWarning):
        return harmless(f"Warning: {message}\n")
    return harmless(_AS_PYTHON_TELLS(message, category, *where, **more))


def stay() -> None:
    """Look for garbage as often as Python does from now on: the command has started, and will run for long.

    What lives by now lives to the end, and is not looked through again.
    """
    gc.freeze()
    gc.set_threshold(*PYTHONS_OWN)
