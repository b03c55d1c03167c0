"""What H2O-3's updates need to know, and what they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

PerSampleActivationWord = Literal["tanh", "rectifier", "elu", "elu_with_h2os_slope"]
PerSampleLoss = Literal["quadratic", "absolute", "huber", "quantile"]
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
MOST_SAMPLES = int(np.iinfo(np.int32).max)
"""How many rows a state can count."""


@dataclass(frozen=True)
class PerSampleSettings:
    """H2O's parameters by H2O's names and defaults; see its documentation of Deep Learning for each.

    `zeros_among_inputs` is none of H2O's: whether an input of a row can be exactly 0. Where none can, `fast_mode` has
    nothing to look for in the first layer, and training is up to twice as fast. Nor is `annealed_by_row`: whether
    `rate_annealing` counts the rows before each row, as H2O's documentation says, or those before its iteration.
    """

    activation: PerSampleActivationWord = "rectifier"
    loss: PerSampleLoss = "quadratic"
    quantile_alpha: float = 0.5
    adaptive_rate: bool = True
    rho: float = 0.99
    epsilon: float = 1e-8
    rate: float = 0.005
    rate_annealing: float = 1e-6
    rate_decay: float = 1.0
    momentum_start: float = 0.0
    momentum_stable: float = 0.0
    momentum_ramp: float = 1e6
    nesterov_accelerated_gradient: bool = True
    l1: float = 0.0
    l2: float = 0.0
    max_w2: float = LARGEST_FLOAT32
    input_dropout_ratio: float = 0.0
    hidden_dropout_ratios: tuple[float, ...] = ()
    sparsity_beta: float = 0.0
    average_activation: float = 0.0
    fast_mode: bool = True
    zeros_among_inputs: bool = True
    annealed_by_row: bool = True

    def dropout(self, layers: int) -> tuple[float, ...]:
        """The share of dropped inputs of each layer.

        Args:
            layers: How many layers the network has.
        """
        ratios = (self.input_dropout_ratio, *self.hidden_dropout_ratios)
        return ratios + (0.0,) * (layers - len(ratios))


class LayerState(NamedTuple):
    """One layer and its memory: for ADADELTA squared gradients and squared steps, else the last step and nothing."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, "outputs"]
    weight_first: Float[Array, "inputs outputs"]
    weight_second: Float[Array, "inputs outputs"]
    bias_first: Float[Array, "outputs"]
    bias_second: Float[Array, "outputs"]
    activation: Float[Array, "outputs"]
    """Running mean of each unit's activation."""


class PerSampleState(NamedTuple):
    """Everything that a row changes."""

    layers: tuple[LayerState, ...]
    samples: Int[Array, ""]
    """How many rows were seen, over all epochs; `MOST_SAMPLES` at most."""
    before: Int[Array, ""]
    """How many of them were seen before the iteration began."""


def first_state(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> PerSampleState:
    """The state before the first row.

    Args:
        weights: One inputs x outputs matrix a layer.
        biases: One vector a layer.
    """
    layers = []
    for weight, bias in zip(weights, biases, strict=True):
        start, start_bias = _placed(weight), _placed(bias)
        unmoved, unmoved_bias = _placed(np.zeros_like(weight)), _placed(np.zeros_like(bias))
        layers.append(LayerState(start, start_bias, unmoved, unmoved, unmoved_bias, unmoved_bias, unmoved_bias))
    return PerSampleState(tuple(layers), jax.device_put(np.int32(0)), jax.device_put(np.int32(0)))


def next_iteration(state: PerSampleState) -> PerSampleState:
    """The state where an iteration begins.

    Args:
        state: After the rows before.
    """
    return state._replace(before=state.samples)


def _placed(numbers: np.ndarray) -> Float[Array, "*axes"]:
    """As float32 for the program; made by NumPy, for JAX would compile a program for each shape of zeros."""
    return jax.device_put(numbers.astype(np.float32))


def pace(settings: PerSampleSettings, depth: int, state: PerSampleState) -> tuple[float | Array, float | Array]:
    """The rate of a layer and the momentum, where they are set by hand.

    Args:
        settings: How to update.
        depth: Which layer, from 0.
        state: Says how many rows were seen.
    """
    seen = state.samples * 1.0
    annealing = settings.rate_annealing * (seen if settings.annealed_by_row else state.before * 1.0)
    climbed = jnp.minimum(seen / max(settings.momentum_ramp, 1.0), 1.0)
    momentum = settings.momentum_start + climbed * (settings.momentum_stable - settings.momentum_start)
    rate = settings.rate * settings.rate_decay**depth / (1 + annealing) * (1 - momentum)
    return rate, momentum
