"""What a person at a terminal sees of a training that takes longer than a second."""

from __future__ import annotations

import sys

from offbeat.h2o import session
from offbeat.training.reporting import Reporter, reporter


def progress() -> Reporter:
    """A bar on a terminal, where the user did not ask for silence by `h2o.no_progress()`; else nothing."""
    is_wanted = getattr(session, "is_progress_shown", lambda: True)()
    return reporter("bar" if is_wanted and sys.stderr.isatty() else "none")
