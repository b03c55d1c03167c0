"""offbeat learns what normal looks like with autoencoders, and says which rows do not fit, how sure it is, and why.

The public names, in the order data flows: `read` a table, `fit` a detector on normal rows, let it `detect`; `save` it,
and `load` it again. `import offbeat` is cheap; the numerical libraries are imported when a name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from offbeat.version import __version__

if TYPE_CHECKING:
    from offbeat.data.readers import read as read
    from offbeat.data.table import Table as Table
    from offbeat.detector.archive import load as load
    from offbeat.detector.config import Settings as Settings
    from offbeat.detector.detections import Detections as Detections
    from offbeat.detector.detector import Detector as Detector
    from offbeat.detector.fit import fit as fit
    from offbeat.detector.tune import tune as tune
    from offbeat.detector.tuning import Tuning as Tuning
    from offbeat.errors import OffbeatError as OffbeatError
    from offbeat.evaluation.report import Report as Report
    from offbeat.training.history import History as History

_HOME = {
    "read": "offbeat.data.readers",
    "Table": "offbeat.data.table",
    "Settings": "offbeat.detector.config",
    "fit": "offbeat.detector.fit",
    "Detector": "offbeat.detector.detector",
    "Detections": "offbeat.detector.detections",
    "tune": "offbeat.detector.tune",
    "Tuning": "offbeat.detector.tuning",
    "History": "offbeat.training.history",
    "Report": "offbeat.evaluation.report",
    "load": "offbeat.detector.archive",
    "OffbeatError": "offbeat.errors",
}

__all__ = [
    "Detections",
    "Detector",
    "History",
    "OffbeatError",
    "Report",
    "Settings",
    "Table",
    "Tuning",
    "__version__",
    "fit",
    "load",
    "read",
    "tune",
]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module 'offbeat' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return __all__
