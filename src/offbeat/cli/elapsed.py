"""How long things take, the start of the interpreter included."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IMPORTED = time.perf_counter()


class Stopwatch:
    """Seconds spent by step.

    Example:
        >>> watch = Stopwatch()
        >>> with watch.step("read"):
        ...     pass
        >>> list(watch.seconds())
        ['read', 'total']
    """

    def __init__(self) -> None:
        self._steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Counts the time that its block takes under a name."""
        began = time.perf_counter()
        yield
        self._steps[name] = self._steps.get(name, 0.0) + time.perf_counter() - began

    def seconds(self) -> dict[str, float]:
        """The seconds of every step, and "total": all since the process began."""
        return {**self._steps, "total": seconds_since_start()}


def seconds_since_start() -> float:
    """Seconds since the process began; where the system does not tell, since this module was imported."""
    since_import = time.perf_counter() - _IMPORTED
    try:
        # Fields of proc(5): the process's name, in brackets, may hold blanks; the 22nd is its start in clock ticks.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        since_start = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):
        return since_import
    return max(since_start, since_import)
