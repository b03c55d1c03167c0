"""Features to their reconstruction: one table from the class of a network to its nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp
import numpy as np

from offbeat.errors import DetectorFileError
from offbeat.integrations.onnx.activations import activate
from offbeat.integrations.onnx.graph import Value
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.denoiser import CODE_WIDTH, MultiScaleDenoiser, level_code
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.layers import Affine


def reconstruction_of(network: AbstractAutoencoder, features: Value) -> Value:
    """The reconstruction in the scaled space, computed in the type of `features`.

    Args:
        network: The detector's; dropout and noise are absent, as when it scores.
        features: (rows, features), float32 or float64.

    Raises:
        DetectorFileError: The export knows no nodes for this kind of network.
    """
    nodes = NETWORKS.get(type(network))
    if nodes is None:
        raise DetectorFileError(
            f"ONNX cannot express this detector: its network is a {type(network).__name__}; the export knows "
            f"{', '.join(kind.__name__ for kind in NETWORKS)}. Fit with network='dense' or network='denoiser'."
        )
    return nodes(network, features)


def _dense(network: DenseAutoencoder, features: Value) -> Value:
    signal = features
    for layer, word in zip(network.layers, (*network.activation, network.output_activation), strict=True):
        signal = activate(word, _affine(layer, signal))
    return signal


def _denoiser(network: MultiScaleDenoiser, features: Value) -> Value:
    """The mean over noise levels, with what all levels share computed once.

    The level's code only adds to the first layer's bias, and the last layer is linear: the mean of its outputs is its
    output for the mean.
    """
    first, *others = network.layers
    product = features @ np.asarray(first.weight, features.dtype)[:-CODE_WIDTH]
    signals = []
    for bias in _biases(network, features.dtype):
        signal = product + bias
        for layer in others[:-1]:
            signal = _affine(layer, activate(network.activation, signal))
        signals.append(activate(network.activation, signal) if others else signal)
    return _affine(others[-1], _mean(signals)) if others else _mean(signals)


def _biases(network: MultiScaleDenoiser, precision: np.dtype) -> list[np.ndarray]:
    """The first layer's bias at each level, the level's code multiplied in."""
    weight, bias = (np.asarray(array, np.float64) for array in (network.layers[0].weight, network.layers[0].bias))
    codes = [np.asarray(level_code(jnp.float32(level)), np.float64) for level in network.levels]
    return [(bias + code @ weight[-CODE_WIDTH:]).astype(precision) for code in codes]


def _affine(layer: Affine, signal: Value) -> Value:
    return signal @ np.asarray(layer.weight, signal.dtype) + np.asarray(layer.bias, signal.dtype)


def _mean(values: list[Value]) -> Value:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total / float(len(values))


NETWORKS: Mapping[type[AbstractAutoencoder], Callable[[Any, Value], Value]] = MappingProxyType(
    {DenseAutoencoder: _dense, MultiScaleDenoiser: _denoiser}
)
"""From the class of a network to its nodes."""
