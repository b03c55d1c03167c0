"""How many cores this process may use: so many threads work side by side."""

from __future__ import annotations

import os


def cores() -> int:
    """The cores that this process may run on where the system tells (Linux: taskset, Slurm, a cpuset), else all.

    More threads than that wait for each other, and each keeps its results in memory meanwhile. A limit on the time of
    the cores, as a container may have, is no number of cores and is not looked at.

    Example:
        >>> cores() >= 1
        True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
