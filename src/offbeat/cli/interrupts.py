"""Ctrl-C ends a command quietly and soon, wherever it meets it."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Final

INTERRUPTED: Final = 130
_AGAIN_AFTER: Final = 0.5


class _Heard:
    interrupt = False


def heed_interrupts() -> None:
    """Raise KeyboardInterrupt at Ctrl-C, as Python does, where that can be borne; end the process where it cannot.

    A compiled module whose import is broken off by an exception may crash the process. An exception that meets Python
    in a callback of its garbage collector, as JAX has one, is lost: it is raised again a little later, unless it is
    being handled by then. Whoever started the command so that it ignores Ctrl-C, as nohup does, is obeyed.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return
    signal.signal(signal.SIGINT, _interrupt)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _interrupt)


def bear_interrupt() -> None:
    """The interrupt was not lost, and the command goes on to end in its own time; only the next one breaks it off."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def code_after_interrupts(code: int) -> int:
    """The exit code, which tells of Ctrl-C also where the command had ended by then. No more of it is heeded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
    return INTERRUPTED if _Heard.interrupt else code


def _interrupt(number: int, frame: FrameType | None) -> None:
    _Heard.interrupt = True
    if _is_importing(frame):
        # Files are written in one step, so that none is left half.
        os._exit(INTERRUPTED)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_AFTER)
    if number == signal.SIGINT or not _is_ending():
        raise KeyboardInterrupt


def _is_ending() -> bool:
    """Whether the exception is under way, and something is put in order before it goes on."""
    error = sys.exception()
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
