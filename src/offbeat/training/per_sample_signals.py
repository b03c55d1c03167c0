"""The error signals and derivatives of H2O-3's backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array


class PerSampleActivation(NamedTuple):
    """An activation, and its derivative as a function of its own output."""

    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]


ACTIVATIONS: Mapping[str, PerSampleActivation] = MappingProxyType(
    {
        # At a dropped unit's 0 the slope is 1: its weights are updated all the same, as in H2O.
        "tanh": PerSampleActivation(jnp.tanh, lambda output: 1 - output * output),
        "rectifier": PerSampleActivation(jax.nn.relu, lambda output: (output > 0).astype(output.dtype)),
        "elu": PerSampleActivation(jax.nn.elu, lambda output: jnp.where(output >= 0, 1.0, output + 1.0)),
        # H2O takes the output for the net input, of which the exponential would be the slope.
        "elu_with_h2os_slope": PerSampleActivation(
            jax.nn.elu, lambda output: jnp.where(output >= 0, 1.0, jnp.exp(output))
        ),
    }
)

LOSS_SIGNALS: Mapping[str, Callable[[Array, Array, float], Array]] = MappingProxyType(
    {
        "quadratic": lambda output, target, alpha: 2 * (output - target),
        "absolute": lambda output, target, alpha: jnp.where(output > target, 1.0, -1.0),
        "huber": lambda output, target, alpha: jnp.clip(2 * (output - target), -2.0, 2.0),
        "quantile": lambda output, target, alpha: jnp.where(target > output, -alpha, 1.0 - alpha),
    }
)
"""The error signal of one output by the loss' settings word."""
