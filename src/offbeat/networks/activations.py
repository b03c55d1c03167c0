"""Activation functions by the words that settings use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def linear(x: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """The identity."""
    return x


ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = MappingProxyType(
    {
        "tanh": jnp.tanh,
        "relu": jax.nn.relu,
        "silu": jax.nn.silu,
        "leaky-relu": jax.nn.leaky_relu,
        "elu": jax.nn.elu,
        "sigmoid": jax.nn.sigmoid,
        "linear": linear,
    }
)
"""From the settings word to the function. Slopes are the field's usual ones: leaky-relu 0.01, elu alpha 1."""
