"""matplotlib imported beside other work: it takes half a second, which a compiling network leaves to another core."""

from __future__ import annotations

from importlib import import_module
from threading import Thread

_MODULES = ("offbeat.plotting.report", "offbeat.plotting.curves", "offbeat.plotting.scores")


def import_early() -> Thread:
    """Start importing what a report needs; join the thread before the first figure.

    Example:
        >>> thread = import_early()
        >>> thread.join()
    """
    thread = Thread(target=_import_all, name="offbeat-plotting-import")
    thread.start()
    return thread


def _import_all() -> None:
    for module in _MODULES:
        import_module(module)
