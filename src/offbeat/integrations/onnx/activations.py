"""Activation functions as nodes, each as `offbeat.networks.activations` defines it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from offbeat.errors import DetectorFileError
from offbeat.integrations.onnx.graph import Value

# Composed of plain operators where onnxruntime has the ready one for float32 only (Elu, Selu, Softplus), keeps its
# number in float32 (LeakyRelu), or is off by 1e-7 where the answer is 0 (Sigmoid, which SiLU multiplies by the input).
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def activate(word: str, x: Value) -> Value:
    """The activation that a settings word names.

    Args:
        word: A key of `offbeat.networks.activations.ACTIVATIONS`, or leaky-relu with its slope below 0.
        x: What to apply it to.

    Raises:
        DetectorFileError: The word has no nodes here.
    """
    name, _, slope = word.partition(":")
    if name == "leaky-relu":
        return _leaky_relu(x, float(slope) if slope else 0.01)
    if name not in NODES:
        raise DetectorFileError(
            f"ONNX cannot express this detector: its activation '{word}' is not known to the export, which has "
            f"{', '.join(['leaky-relu', *NODES])}."
        )
    return NODES[name](x)


def _leaky_relu(x: Value, slope: float) -> Value:
    return x.at_least(x * slope)  # slopes are from 0 to 1


def _exponential(x: Value, alpha: float) -> Value:
    """alpha (exp(x) - 1) below 0, x above."""
    return x.at_least(0.0) + (x.graph.apply("Exp", x.at_most(0.0)) - 1.0) * alpha


def _one_plus_exponential(x: Value) -> Value:
    """1 + exp(-x); infinite below -88 in float32, which is right where it divides."""
    return x.graph.apply("Exp", x * -1.0) + 1.0


def _sigmoid(x: Value) -> Value:
    return x.graph.apply("Reciprocal", _one_plus_exponential(x))


def _softplus(x: Value) -> Value:
    return x.at_least(0.0) + x.graph.apply("Log", _one_plus_exponential(x.graph.apply("Abs", x)))


def _gelu(x: Value) -> Value:
    # onnxruntime has no Erf for float64; between -1 and 1 its float32 is off by 1e-7 at most.
    erf = x.graph.apply("Erf", (x * math.sqrt(0.5)).as_type(np.float32)).as_type(x.dtype)
    return x * (erf + 1.0) * 0.5


NODES: Mapping[str, Callable[[Value], Value]] = MappingProxyType(
    {
        "tanh": lambda x: x.graph.apply("Tanh", x),
        "relu": lambda x: x.graph.apply("Relu", x),
        "silu": lambda x: x / _one_plus_exponential(x),
        "elu": lambda x: _exponential(x, 1.0),
        "selu": lambda x: _exponential(x, SELU_ALPHA) * SELU_SCALE,
        "gelu": _gelu,
        "softplus": _softplus,
        "sigmoid": _sigmoid,
        "linear": lambda x: x,
    }
)
"""From the settings word to the nodes; leaky-relu, which has a number of its own, is beside it."""
