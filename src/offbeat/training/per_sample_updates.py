"""How a layer moves, given the slopes of its weights: ADADELTA, or a rate and a momentum that were set by hand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from offbeat.training.per_sample_state import LARGEST_FLOAT32, LayerState, PerSampleSettings, PerSampleState, pace

# H2O's running mean of a hidden unit's activation, which sparsity pulls towards its target.
ACTIVATION_MEMORY = 0.999


class Slopes(NamedTuple):
    """The gradient, 0 where `fast_mode` leaves a weight alone, and which it does not leave alone, as 0/1."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, "outputs"]
    mean_squared: Float[Array, "outputs"]
    """The mean, over a unit's weights, of its squared gradient."""
    touched: Float[Array, "_ _"] | float
    """1.0 where no weight is left alone."""
    active: Float[Array, "outputs"] | float


def penalised(
    settings: PerSampleSettings,
    layer: LayerState,
    weight: Float[Array, "inputs outputs"],
    bias: Float[Array, "outputs"],
    touched: Float[Array, "_ _"] | float,
    active: Float[Array, "outputs"] | float,
) -> Slopes:
    """The slopes of the loss with those of the penalties on weights and biases, `l1` and `l2`, added to them.

    Args:
        settings: How to update.
        layer: Before the step.
        weight: The loss' slopes by the weights.
        bias: The loss' slopes by the biases.
        touched: Which weights are not left alone, as 0/1.
        active: Which biases are not left alone, as 0/1.
    """
    weight = touched * (weight + settings.l1 * jnp.sign(layer.weight) + settings.l2 * layer.weight)
    bias = active * (bias + settings.l1 * jnp.sign(layer.bias) + settings.l2 * layer.bias)
    return Slopes(weight, bias, jnp.mean(weight * weight, axis=0), touched, active)


def moved(
    settings: PerSampleSettings, layer: LayerState, slopes: Slopes, depth: int, state: PerSampleState
) -> tuple[LayerState, Array]:
    """The layer after a step, and the rates that its biases moved by: 0 where `fast_mode` left one alone.

    Args:
        settings: How to update.
        layer: Before the step.
        slopes: Of a row, or of a batch of rows.
        depth: Which layer it is, from 0.
        state: Before the step; says how many rows were seen.
    """
    after, rates = (_adadelta if settings.adaptive_rate else _by_hand)(settings, layer, slopes, depth, state)
    return after._replace(weight=_bounded(after.weight, settings.max_w2)), rates * slopes.active


def _adadelta(
    settings: PerSampleSettings, layer: LayerState, slopes: Slopes, depth: int, state: PerSampleState
) -> tuple[LayerState, Array]:
    """Zeiler 2012, algorithm 1, for weights; for biases with the mean squared gradient of the neuron's weights."""
    remember = functools.partial(_remember, settings)
    squared = slopes.weight * slopes.weight
    weight_first, weight_second, rate = remember(
        approximate_root, layer.weight_first, layer.weight_second, squared, slopes.touched
    )
    bias_first, bias_second, bias_rate = remember(
        approximate_root_of_biases, layer.bias_first, layer.bias_second, slopes.mean_squared, slopes.active
    )
    after = layer._replace(
        weight=layer.weight - rate * slopes.weight,
        weight_first=weight_first,
        weight_second=weight_second,
        bias=layer.bias - bias_rate * slopes.bias,
        bias_first=bias_first,
        bias_second=bias_second,
    )
    return after, bias_rate


def _remember(
    settings: PerSampleSettings,
    root: Callable[[Array], Array],
    first: Array,
    second: Array,
    squared: Array,
    touched: Array | float,
) -> tuple[Array, Array, Array]:
    kept = 1.0 - (1.0 - settings.rho) * touched
    first = kept * first + (1.0 - settings.rho) * squared
    # Without the barrier XLA divides once for each of the arrays that the quotient goes into.
    first, quotient = lax.optimization_barrier((first, (second + settings.epsilon) / (first + settings.epsilon)))
    rate = root(quotient)
    return first, kept * second + (1.0 - settings.rho) * rate * rate * squared, rate


def approximate_root(value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """H2O's square root of positive numbers, from half their exponent; up to 5 % off.

    Reference:
        H2O-3 3.46, water.util.MathUtils.approxSqrt of floats: half of the bits plus 532483686.
    """
    return _halved_bits(lax.bitcast_convert_type(value, jnp.int32), 532483686)


def approximate_root_of_biases(value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """H2O's square root of doubles, which the memory of its biases is made of; 0.4 % below that of floats.

    Every step of a bias scales the next ones: with the root of floats, biases were 5 % off after 60 rows.

    Reference:
        H2O-3 3.46, water.util.MathUtils.approxSqrt of doubles: half of the upper 32 bits plus 1072632448, of which 20
        hold digits; moved to where a float32 has them.
    """
    return _halved_bits(lax.bitcast_convert_type(value, jnp.int32) & jnp.int32(~7), 532433408)


def _halved_bits(bits: Int[Array, "*axes"], added: int) -> Float[Array, "*axes"]:
    return lax.bitcast_convert_type(jnp.int32(added) + lax.shift_right_logical(bits, jnp.int32(1)), jnp.float32)


def _by_hand(
    settings: PerSampleSettings, layer: LayerState, slopes: Slopes, depth: int, state: PerSampleState
) -> tuple[LayerState, Array]:
    """The annealed rate with momentum: Nesterov's as H2O has it (no look-ahead), or the memory of one step."""
    rate, momentum = pace(settings, depth, state)

    def move(value: Array, memory: Array, slope: Array, touched: Array | float) -> tuple[Array, Array]:
        if not (settings.momentum_start or settings.momentum_stable):
            return value - rate * slope, memory
        if settings.nesterov_accelerated_gradient:
            velocity = momentum * memory - slope
            after, remembered = value + rate * velocity, velocity
        else:
            after, remembered = value - rate * slope + momentum * memory, -rate * slope
        if isinstance(touched, float):
            return after, remembered
        return jnp.where(touched > 0, after, value), jnp.where(touched > 0, remembered, memory)

    weight, weight_first = move(layer.weight, layer.weight_first, slopes.weight, slopes.touched)
    bias, bias_first = move(layer.bias, layer.bias_first, slopes.bias, slopes.active)
    after = layer._replace(weight=weight, weight_first=weight_first, bias=bias, bias_first=bias_first)
    return after, jnp.broadcast_to(rate, bias.shape)


def made_sparse(
    settings: PerSampleSettings,
    layer: LayerState,
    rates: Float[Array, "units"],
    activation: Float[Array, "units"],
    memory: float | Array = ACTIVATION_MEMORY,
) -> LayerState:
    """The layer with its biases pulled so that the units' mean activations come near the target.

    Args:
        settings: How to update.
        layer: After its step.
        rates: By which its biases moved, from `moved`; biases left alone are not pulled either, as in H2O.
        activation: Of its units, for a row, or the mean over a batch.
        memory: Which share of the running mean is kept.
    """
    mean = memory * layer.activation + (1 - memory) * activation
    bias = layer.bias - rates * settings.sparsity_beta * (mean - settings.average_activation)
    return layer._replace(bias=bias, activation=mean)


def _bounded(weight: Float[Array, "inputs outputs"], max_w2: float) -> Float[Array, "inputs outputs"]:
    """Each neuron's incoming weights, scaled down where their squares sum to more than the bound."""
    if max_w2 >= LARGEST_FLOAT32:
        return weight
    sums = jnp.sum(weight * weight, axis=0)
    shrunk = jnp.where(sums > max_w2, approximate_root(max_w2 / jnp.maximum(sums, max_w2)), 1.0)
    return weight * shrunk[None, :]
