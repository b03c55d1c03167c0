"""The weights and biases that training starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float

from offbeat.errors import SettingsError
from offbeat.h2o.estimators.seeds import first_weights
from offbeat.h2o.frame import H2OFrame
from offbeat.training.per_sample_state import PerSampleState, first_state

MOST_WEIGHTS = 10**8
"""H2O trains no larger model."""


def initial_state(inputs: int, parameters: Mapping[str, Any], seed: int) -> PerSampleState:
    """The state before the first row: what the user gave for a layer, else what the distribution gives.

    Args:
        inputs: How many inputs the network has.
        parameters: From `checked_parameters`.
        seed: H2O's parameter.

    Raises:
        SettingsError: Given weights have another shape, or the network is too large.
    """
    sizes = (inputs, *parameters["hidden"], inputs)
    shapes = list(pairwise(sizes))
    if (count := sum(fan_in * fan_out for fan_in, fan_out in shapes)) > MOST_WEIGHTS:
        raise SettingsError(f"The network would have {count:,} weights; at most {MOST_WEIGHTS:,} were expected.")
    word, scale = parameters["initial_weight_distribution"], parameters["initial_weight_scale"]
    weights = [first_weights(seed, depth, *shape, word, scale) for depth, shape in enumerate(shapes)]
    biases = [_bias(depth, sizes, parameters) for depth in range(len(shapes))]
    for depth, given in _given("initial_weights", parameters, len(shapes)):
        expected = (sizes[depth + 1], sizes[depth])
        weights[depth] = _shaped(given, expected, f"initial_weights[{depth}]", "units x inputs").T
    for depth, given in _given("initial_biases", parameters, len(shapes)):
        biases[depth] = _shaped(given, (sizes[depth + 1], 1), f"initial_biases[{depth}]", "units x 1")[:, 0]
    return first_state(weights, biases)


def _bias(depth: int, sizes: Sequence[int], parameters: Mapping[str, Any]) -> Float[np.ndarray, "outputs"]:
    """H2O starts rectifiers in their upper half: .5 in the first hidden layer, 1 in the others."""
    is_output, rectifies = depth == len(sizes) - 2, parameters["activation"].startswith("rectifier")
    height = 0.0 if is_output or not rectifies else 0.5 if depth == 0 else 1.0
    return np.full(sizes[depth + 1], height)


def _given(name: str, parameters: Mapping[str, Any], layers: int) -> list[tuple[int, Any]]:
    """The layers that the user gave something for."""
    given = parameters[name]
    if given is None:
        return []
    if not isinstance(given, list | tuple) or len(given) != layers:
        count = len(given) if isinstance(given, list | tuple) else 1
        raise SettingsError(
            f"{name} has {count} entries; {layers} were expected, a frame or None for each hidden layer and the output."
        )
    return [(depth, each) for depth, each in enumerate(given) if each is not None]


def _shaped(given: Any, expected: tuple[int, int], where: str, axes: str) -> Float[np.ndarray, "_ _"]:
    frame = H2OFrame.named(given) if isinstance(given, str) else given
    numbers = (frame if isinstance(frame, H2OFrame) else H2OFrame(frame)).cells.to_numpy()
    if numbers.shape != expected:
        found = " x ".join(map(str, numbers.shape))
        raise SettingsError(f"{where} is {found}; {' x '.join(map(str, expected))} ({axes}) was expected.")
    if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers.astype(np.float64)).all():
        raise SettingsError(f"{where} holds cells that are no finite numbers.")
    return numbers.astype(np.float64)
