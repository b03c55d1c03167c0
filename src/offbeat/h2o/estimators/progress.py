"""What a person at a terminal sees of a training that takes longer than a second."""

from __future__ import annotations

import sys

from offbeat.training.reporting import Reporter, reporter

_silence: set[str] = set()


def silence(is_wanted: bool) -> None:
    """Whether nothing is shown from now on, as `h2o.no_progress()` and `h2o.show_progress()` ask for.

    Args:
        is_wanted: Whether it is.
    """
    if is_wanted:
        _silence.add("training")
    else:
        _silence.clear()


def progress() -> Reporter:
    """A bar on a terminal, or lines on a dumb one, where the user did not ask for silence; else nothing."""
    return reporter("auto" if sys.stderr.isatty() and not _silence else "none")
