"""Integrations takes files that other systems wrote; gives a `Detector`, or files that they read."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offbeat.integrations.h2o_mojo.conversion import open_mojo as open_mojo
    from offbeat.integrations.keras.conversion import open_keras as open_keras
    from offbeat.integrations.onnx.export import export_onnx as export_onnx
    from offbeat.integrations.opening import open_model as open_model

_HOME = {
    "open_model": "offbeat.integrations.opening",
    "open_mojo": "offbeat.integrations.h2o_mojo.conversion",
    "open_keras": "offbeat.integrations.keras.conversion",
    "export_onnx": "offbeat.integrations.onnx.export",
}

__all__ = ["export_onnx", "open_keras", "open_model", "open_mojo"]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when it is first asked for: a reader of one format needs no other."""
    if name not in _HOME:
        raise AttributeError(f"module 'offbeat.integrations' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
