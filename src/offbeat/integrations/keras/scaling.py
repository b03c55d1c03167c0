"""Layers that scale and shift each number by itself: one factor and one summand for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from jaxtyping import Float64

from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.integrations.keras.layers import KerasLayer
from offbeat.integrations.keras.weights import KerasWeights
from offbeat.persistence.format import shown

SMALLEST_STD: Final = 1e-7
"""Below this Normalization takes a standard deviation for 0 (Keras's `backend.epsilon()`)."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """x * factor + shift, one of each for every number of an example, its axes put into one.

    Attributes:
        factor: Of every number.
        shift: Of every number.
        mean: That of x over the rows that the layer learned from, where it knows.
    """

    factor: Float64[np.ndarray, "units"]
    shift: Float64[np.ndarray, "units"]
    mean: Float64[np.ndarray, "units"] | None = None


def batch_normalization(layer: KerasLayer, shape: tuple[int, ...], weights: KerasWeights) -> Scaling:
    """As it is after training: by the moving mean and variance.

    Reference:
        Ioffe and Szegedy 2015, algorithm 2.
    """
    config = layer.config
    _require_last_axis(config.get("axis", -1), layer, shape, weights)
    epsilon = _number(config.get("epsilon", 1e-3), layer, weights)
    names = [name for name, key in (("gamma", "scale"), ("beta", "center")) if config.get(key, True)]
    arrays = {
        name: weights.array(layer.place, index, shape[-1:], layer.shown).astype(np.float64)
        for index, name in enumerate([*names, "mean", "variance"])
    }
    _require(bool((arrays["variance"] + epsilon > 0).all()), layer, "a variance below 0", weights)
    factor = arrays.get("gamma", np.ones(shape[-1])) / np.sqrt(arrays["variance"] + epsilon)
    shift = arrays.get("beta", np.zeros(shape[-1])) - arrays["mean"] * factor
    return _of_every_number(factor, shift, shape, arrays["mean"])


def normalization(layer: KerasLayer, shape: tuple[int, ...], weights: KerasWeights) -> Scaling:
    """(x - mean) / standard deviation, by values from the file; or the way back, with `invert`."""
    config = layer.config
    if config.get("mean") is not None:
        mean, variance = (_array(config.get(name), layer, shape, weights) for name in ("mean", "variance"))
    else:
        axis = config.get("axis", -1)
        if kept := () if axis in (None, []) else shape[-1:]:
            _require_last_axis(axis, layer, shape, weights)
        mean, variance = (weights.array(layer.place, index, kept, layer.shown).astype(np.float64) for index in (0, 1))
    _require(bool((variance >= 0).all()), layer, "a variance below 0", weights)
    std = np.maximum(np.sqrt(variance), SMALLEST_STD)
    if config.get("invert"):
        return _of_every_number(std, mean, shape)
    return _of_every_number(1.0 / std, -mean / std, shape, mean)


def rescaling(layer: KerasLayer, shape: tuple[int, ...], weights: KerasWeights) -> Scaling:
    """x * scale + offset."""
    factor, shift = (_array(layer.config.get(name), layer, shape, weights) for name in ("scale", "offset"))
    return _of_every_number(factor, shift, shape)


SCALINGS: Mapping[str, Callable[[KerasLayer, tuple[int, ...], KerasWeights], Scaling]] = MappingProxyType(
    {"BatchNormalization": batch_normalization, "Normalization": normalization, "Rescaling": rescaling}
)
"""From Keras's class of a layer to what it does to an example of some shape."""


def _of_every_number(
    factor: np.ndarray, shift: np.ndarray, shape: tuple[int, ...], mean: np.ndarray | None = None
) -> Scaling:
    means = None if mean is None else np.broadcast_to(mean, shape).ravel()
    return Scaling(np.broadcast_to(factor, shape).ravel(), np.broadcast_to(shift, shape).ravel(), means)


def _array(found: Any, layer: KerasLayer, shape: tuple[int, ...], weights: KerasWeights) -> np.ndarray:
    """Numbers from the configuration, one for all or one for each place along the last axes."""
    if isinstance(found, dict) and found.get("class_name") == "__numpy__" and isinstance(found.get("config"), dict):
        found = found["config"].get("value")  # how Keras writes an array of NumPy's
    try:
        numbers = np.asarray(found, dtype=np.float64)
        np.broadcast_to(numbers, shape)
    except (ValueError, TypeError, OverflowError):
        numbers = np.array(math.nan)
    _require(bool(np.isfinite(numbers).all()), layer, "no numbers to scale by that fit its input", weights)
    return numbers


def _number(found: object, layer: KerasLayer, weights: KerasWeights) -> float:
    _require(isinstance(found, int | float) and not isinstance(found, bool), layer, "no number for epsilon", weights)
    return float(found)  # type: ignore[arg-type]


def _require_last_axis(axis: object, layer: KerasLayer, shape: tuple[int, ...], weights: KerasWeights) -> None:
    if axis not in (-1, len(shape), [-1], [len(shape)]):
        raise DetectorFileError(
            f"{weights.where}: {layer.shown} ({layer.kind}) scales along axis {shown(str(axis))} of examples of the "
            f"shape {shape}; only scaling along the last one can be imported. Put it after a Flatten, or scale the "
            "table instead, and train the model again."
        )


def _require(condition: bool, layer: KerasLayer, otherwise: str, weights: KerasWeights) -> None:
    if not condition:
        raise DetectorFileError(f"{weights.where}: {layer.shown} ({layer.kind}) has {otherwise}. {DAMAGED}")
