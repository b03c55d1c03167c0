"""What passes through the layers: activations forwards; error signals and derivatives of H2O-3's backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from offbeat.training.per_sample_state import PerSampleSettings, PerSampleState


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


def forward(
    settings: PerSampleSettings, state: PerSampleState, rows: Float[Array, "*rows features"], key: Array
) -> tuple[list[Array], Float[Array, "*rows features"]]:
    """What goes into each layer, dropped units zeroed without rescaling, and what comes out of the last.

    Args:
        settings: Which activation, and how many units are dropped.
        state: The layers.
        rows: One row, or a batch of them.
        key: Randomness of dropout.
    """
    ratios = settings.dropout(len(state.layers))
    keys = jax.random.split(key, len(ratios))
    signal, inputs = rows, []
    for layer, ratio, layer_key in zip(state.layers, ratios, keys, strict=True):
        kept = jnp.where(jax.random.bernoulli(layer_key, 1.0 - ratio, signal.shape), signal, 0.0) if ratio else signal
        inputs.append(kept)
        net_input = kept @ layer.weight
        signal = ACTIVATIONS[settings.activation].function(net_input + jnp.broadcast_to(layer.bias, net_input.shape))
    return inputs, signal
