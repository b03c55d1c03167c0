"""Activation functions by the words that settings use."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def linear(x: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """The identity."""
    return x


def gelu(x: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """x times the normal distribution function of x: exactly, not by the approximation with tanh."""
    return jax.nn.gelu(x, approximate=False)


Activation = Callable[[Array], Array]

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "tanh": jnp.tanh,
        "relu": jax.nn.relu,
        "silu": jax.nn.silu,
        "leaky-relu": jax.nn.leaky_relu,
        "elu": jax.nn.elu,
        "selu": jax.nn.selu,
        "gelu": gelu,
        "softplus": jax.nn.softplus,
        "sigmoid": jax.nn.sigmoid,
        "linear": linear,
    }
)
"""From the settings word to the function. Slopes are the field's usual ones: leaky-relu 0.01, elu alpha 1."""


def activation_function(word: str) -> Activation:
    """The function that a settings word stands for.

    Args:
        word: A key of `ACTIVATIONS`, or leaky-relu with its slope below 0.

    Example:
        >>> float(activation_function("leaky-relu:0.25")(jnp.float32(-2.0)))
        -0.5
    """
    name, _, slope = word.partition(":")
    return functools.partial(jax.nn.leaky_relu, negative_slope=float(slope)) if slope else ACTIVATIONS[name]
