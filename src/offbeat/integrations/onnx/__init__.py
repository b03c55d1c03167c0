"""ONNX takes a `Detector`; gives one file that onnxruntime scores raw columns with, and a scorer for it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offbeat.integrations.onnx.export import export_onnx as export_onnx
    from offbeat.integrations.onnx.scorer import OnnxScorer as OnnxScorer

_HOME = {"export_onnx": "offbeat.integrations.onnx.export", "OnnxScorer": "offbeat.integrations.onnx.scorer"}

__all__ = ["OnnxScorer", "export_onnx"]


def __getattr__(name: str) -> Any:
    """A public name, imported from its home when asked for: the scorer must stand where there is no JAX."""
    if name not in _HOME:
        raise AttributeError(f"module 'offbeat.integrations.onnx' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME[name]), name)
