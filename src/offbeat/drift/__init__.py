"""Drift takes a `Detector` and rows that come in; gives alarms where these, or their scores, are no longer alike."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offbeat.drift.alarm import Alarm as Alarm
    from offbeat.drift.monitor import DriftMonitor as DriftMonitor
    from offbeat.drift.settings import DriftSettings as DriftSettings

_HOME = {
    "Alarm": "offbeat.drift.alarm",
    "DriftMonitor": "offbeat.drift.monitor",
    "DriftSettings": "offbeat.drift.settings",
}

__all__ = ["Alarm", "DriftMonitor", "DriftSettings"]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'offbeat.drift' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
