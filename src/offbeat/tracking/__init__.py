"""Tracking takes a `Detector` and what it was fitted on; gives a recorded `Run`, and versions of named detectors."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offbeat.tracking.comparison import compare_runs as compare_runs
    from offbeat.tracking.index import list_runs as list_runs
    from offbeat.tracking.recording import record_run as record_run
    from offbeat.tracking.registry import Registry as Registry
    from offbeat.tracking.run import Run as Run
    from offbeat.tracking.run import open_run as open_run
    from offbeat.tracking.table_fingerprint import fingerprint as fingerprint

_HOME = {
    "Registry": "offbeat.tracking.registry",
    "Run": "offbeat.tracking.run",
    "compare_runs": "offbeat.tracking.comparison",
    "fingerprint": "offbeat.tracking.table_fingerprint",
    "list_runs": "offbeat.tracking.index",
    "open_run": "offbeat.tracking.run",
    "record_run": "offbeat.tracking.recording",
}

__all__ = ["Registry", "Run", "compare_runs", "fingerprint", "list_runs", "open_run", "record_run"]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when it is first asked for: listing runs needs no JAX."""
    if name not in _HOME:
        raise AttributeError(f"module 'offbeat.tracking' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
