"""SIGINT and SIGTERM ask a command that runs for long to end in good order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import TIMEOUT_MAX
from typing import Final

_CENTURIES: Final = TIMEOUT_MAX / 2


class Stop:
    """Whether the command was told to stop, and a wait that ends when it is.

    No Event: a handler that sets one waits for ever for a lock where the signal came while the one it interrupts,
    which was about to wait, held that lock. Putting into a SimpleQueue may interrupt anything.
    """

    def __init__(self) -> None:
        self._is_set, self._told = False, SimpleQueue[None]()

    def is_set(self) -> bool:
        """Whether it was told to."""
        return self._is_set

    def set(self, *_: object) -> None:
        """Tell it to; also as the handler of a signal."""
        self._is_set = True
        self._told.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait so long, some centuries at most, or until told to stop; whether it was."""
        if not self._is_set:
            with suppress(Empty):
                self._told.get(timeout=min(seconds, _CENTURIES))
        return self._is_set


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """What SIGINT and SIGTERM tell to stop, instead of ending the process."""
    stop = Stop()
    before = [(kind, signal.signal(kind, stop.set)) for kind in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield stop
    finally:
        for kind, handler in before:
            signal.signal(kind, handler)
