"""Training one row at a time, with the updates that H2O-3 makes; sequential, so the same seed gives the same weights.

Differs from gradient descent on the mean loss in four ways that matter for the result: the error signal of the output
layer is the derivative of the loss by the output, not by its net input (no derivative of the output activation); a
bias' ADADELTA memory is driven by the mean squared gradient of the neuron's weights; weights whose input is exactly 0,
and neurons whose error signal is, are left alone (`fast_mode`); and dropout does not rescale.

Reference:
    H2O-3 3.46, hex.deeplearning.Neurons (bprop, bpropOutputLayer, autoEncoderGradient) and DeepLearningTask. H2O runs
    this on several threads without locks; here rows follow one another, as there with `reproducible=True`, and the
    weights agree to 2e-7. Its momentum, whose ramp is never climbed there, climbs here as the documentation says.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int, UInt32

from offbeat.compilation import use_compilation_cache

PerSampleActivationWord = Literal["tanh", "rectifier", "elu"]
PerSampleLoss = Literal["quadratic", "absolute", "huber", "quantile"]
# H2O's running mean of a hidden unit's activation, which sparsity pulls towards its target.
ACTIVATION_MEMORY = 0.999


@dataclass(frozen=True)
class PerSampleSettings:
    """H2O's parameters by H2O's names and defaults; see its documentation of Deep Learning for each."""

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
    max_w2: float = float(np.finfo(np.float32).max)
    input_dropout_ratio: float = 0.0
    hidden_dropout_ratios: tuple[float, ...] = ()
    sparsity_beta: float = 0.0
    average_activation: float = 0.0
    fast_mode: bool = True


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
    """How many rows were seen, over all epochs."""


def first_state(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> PerSampleState:
    """The state before the first row.

    Args:
        weights: One inputs x outputs matrix a layer.
        biases: One vector a layer.
    """
    layers = []
    for weight, bias in zip(weights, biases, strict=True):
        unmoved, unmoved_bias = jnp.zeros(weight.shape, jnp.float32), jnp.zeros(bias.shape, jnp.float32)
        start, start_bias = jnp.asarray(weight, jnp.float32), jnp.asarray(bias, jnp.float32)
        layers.append(LayerState(start, start_bias, unmoved, unmoved, unmoved_bias, unmoved_bias, unmoved_bias))
    return PerSampleState(tuple(layers), jnp.int32(0))


def train_rows(
    state: PerSampleState,
    rows: Float[np.ndarray, "rows features"],
    settings: PerSampleSettings,
    words: UInt32[np.ndarray, "2"],
) -> PerSampleState:
    """The state after seeing each row once, in order.

    Args:
        state: Where to start.
        rows: Scaled rows; each is its own target.
        settings: How to update.
        words: Randomness of dropout; a row's draw follows from these and from how many rows came before it.
    """
    use_compilation_cache()
    return _program(settings)(state, jnp.asarray(rows, jnp.float32), jnp.asarray(words))


@functools.lru_cache(maxsize=16)
def _program(settings: PerSampleSettings) -> Callable[..., PerSampleState]:
    program: Callable[..., PerSampleState] = jax.jit(functools.partial(_see_rows, settings))
    return program


def _see_rows(
    settings: PerSampleSettings, state: PerSampleState, rows: Float[Array, "rows features"], words: UInt32[Array, "2"]
) -> PerSampleState:
    key = jax.random.wrap_key_data(words, impl="threefry2x32")

    def see(index: Int[Array, ""], state: PerSampleState) -> PerSampleState:
        return _see_row(settings, state, rows[index], key)

    seen: PerSampleState = lax.fori_loop(0, len(rows), see, state)
    return seen


def _see_row(
    settings: PerSampleSettings, state: PerSampleState, row: Float[Array, "features"], key: Array
) -> PerSampleState:
    inputs, output = _forward(settings, state, row, jax.random.fold_in(key, state.samples))
    signal = LOSS_SIGNALS[settings.loss](output, row, settings.quantile_alpha)
    layers: list[LayerState] = []
    for depth in reversed(range(len(state.layers))):
        layer, before = state.layers[depth], inputs[depth]
        # What reaches the layer before is measured with the weights as they were for this row.
        passed = (layer.weight @ signal) * ACTIVATIONS[settings.activation].slope(before) if depth else signal
        step = functools.partial(_adadelta if settings.adaptive_rate else _manual, settings, layer)
        moved, rates = step(_slopes(settings, layer, before, signal), depth, state.samples)
        moved = moved._replace(weight=_bounded(moved.weight, settings.max_w2))
        is_hidden = depth < len(state.layers) - 1
        if settings.sparsity_beta > 0 and is_hidden:
            moved = _made_sparse(settings, moved, rates, inputs[depth + 1])
        layers.append(moved)
        signal = passed
    return PerSampleState(tuple(reversed(layers)), state.samples + 1)


def _forward(
    settings: PerSampleSettings, state: PerSampleState, row: Float[Array, "features"], key: Array
) -> tuple[list[Array], Float[Array, "features"]]:
    """What goes into each layer, dropped units zeroed without rescaling, and what comes out of the last."""
    ratios = (settings.input_dropout_ratio, *settings.hidden_dropout_ratios)
    ratios += (0.0,) * (len(state.layers) - len(ratios))
    keys = jax.random.split(key, len(ratios))
    signal, inputs = row, []
    for layer, ratio, layer_key in zip(state.layers, ratios, keys, strict=True):
        kept = jnp.where(jax.random.bernoulli(layer_key, 1.0 - ratio, signal.shape), signal, 0.0) if ratio else signal
        inputs.append(kept)
        signal = ACTIVATIONS[settings.activation].function(kept @ layer.weight + layer.bias)
    return inputs, signal


class _Slopes(NamedTuple):
    """The gradient of one row, 0 where `fast_mode` leaves a weight alone, and which it does not leave alone, as 0/1."""

    weight: Float[Array, "inputs outputs"]
    bias: Float[Array, "outputs"]
    mean_squared: Float[Array, "outputs"]
    """The mean, over a unit's weights, of its squared gradient."""
    touched: Float[Array, "inputs outputs"]
    active: Float[Array, "outputs"]


def _slopes(
    settings: PerSampleSettings, layer: LayerState, before: Float[Array, "inputs"], signal: Float[Array, "outputs"]
) -> _Slopes:
    fed = (before != 0).astype(before.dtype) if settings.fast_mode else jnp.ones_like(before)
    active = (signal != 0).astype(signal.dtype) if settings.fast_mode else jnp.ones_like(signal)
    # Written out as vectors first: comparisons inside the loop over weights would keep it from being vectorised.
    fed, active = lax.optimization_barrier((fed, active))
    # The smaller of two vectors' entries costs little to recompute; a mask kept in memory would cost a pass over it.
    touched = jnp.minimum(fed[:, None], active[None, :])
    weight = before[:, None] * signal[None, :]
    if not (settings.l1 or settings.l2):
        # Of an outer product the mean square of a column is known without looking at it.
        return _Slopes(weight, signal, jnp.mean(before * before) * signal * signal, touched, active)
    weight = touched * (weight + settings.l1 * jnp.sign(layer.weight) + settings.l2 * layer.weight)
    bias = active * (signal + settings.l1 * jnp.sign(layer.bias) + settings.l2 * layer.bias)
    return _Slopes(weight, bias, jnp.mean(weight * weight, axis=0), touched, active)


def _adadelta(
    settings: PerSampleSettings, layer: LayerState, slopes: _Slopes, depth: int, samples: Array
) -> tuple[LayerState, Array]:
    """Zeiler 2012, algorithm 1, for weights; for biases with the mean squared gradient of the neuron's weights."""
    remember = functools.partial(_remember, settings)
    squared = slopes.weight * slopes.weight
    weight_first, weight_second, rate = remember(layer.weight_first, layer.weight_second, squared, slopes.touched)
    bias_first, bias_second, bias_rate = remember(
        layer.bias_first, layer.bias_second, slopes.mean_squared, slopes.active
    )
    moved = layer._replace(
        weight=layer.weight - rate * slopes.weight,
        weight_first=weight_first,
        weight_second=weight_second,
        bias=layer.bias - bias_rate * slopes.bias,
        bias_first=bias_first,
        bias_second=bias_second,
    )
    return moved, bias_rate


def _remember(
    settings: PerSampleSettings, first: Array, second: Array, squared: Array, touched: Array
) -> tuple[Array, Array, Array]:
    kept = 1.0 - (1.0 - settings.rho) * touched
    first = kept * first + (1.0 - settings.rho) * squared
    # Without the barrier XLA divides once for each of the arrays that the quotient goes into.
    first, quotient = lax.optimization_barrier((first, (second + settings.epsilon) / (first + settings.epsilon)))
    rate = approximate_root(quotient)
    return first, kept * second + (1.0 - settings.rho) * rate * rate * squared, rate


def approximate_root(value: Float[Array, "*axes"]) -> Float[Array, "*axes"]:
    """H2O's square root of positive numbers, from half their exponent; up to 5 % off.

    Reference:
        H2O-3 3.46, water.util.MathUtils.approxSqrt: half of the bits plus 532483686.
    """
    bits = lax.bitcast_convert_type(value, jnp.int32)
    return lax.bitcast_convert_type(jnp.int32(532483686) + lax.shift_right_logical(bits, jnp.int32(1)), jnp.float32)


def _manual(
    settings: PerSampleSettings, layer: LayerState, slopes: _Slopes, depth: int, samples: Array
) -> tuple[LayerState, Array]:
    """The annealed rate with momentum: Nesterov's as H2O has it (no look-ahead), or the memory of one step."""
    seen = samples.astype(jnp.float32)
    climbed = jnp.minimum(seen / max(settings.momentum_ramp, 1.0), 1.0)
    momentum = settings.momentum_start + climbed * (settings.momentum_stable - settings.momentum_start)
    rate = settings.rate * settings.rate_decay**depth / (1 + settings.rate_annealing * seen) * (1 - momentum)

    def move(value: Array, memory: Array, slope: Array, touched: Array) -> tuple[Array, Array]:
        if not (settings.momentum_start or settings.momentum_stable):
            return value - rate * slope, memory
        if settings.nesterov_accelerated_gradient:
            velocity = momentum * memory - slope
            moved, remembered = value + rate * velocity, velocity
        else:
            moved, remembered = value - rate * slope + momentum * memory, -rate * slope
        return jnp.where(touched > 0, moved, value), jnp.where(touched > 0, remembered, memory)

    weight, weight_first = move(layer.weight, layer.weight_first, slopes.weight, slopes.touched)
    bias, bias_first = move(layer.bias, layer.bias_first, slopes.bias, slopes.active)
    moved = layer._replace(weight=weight, weight_first=weight_first, bias=bias, bias_first=bias_first)
    return moved, jnp.broadcast_to(rate, bias.shape)


def _made_sparse(
    settings: PerSampleSettings, layer: LayerState, rates: Float[Array, "units"], activation: Float[Array, "units"]
) -> LayerState:
    """The layer with its biases pulled so that the units' mean activations come near the target."""
    mean = ACTIVATION_MEMORY * layer.activation + (1 - ACTIVATION_MEMORY) * activation
    bias = layer.bias - rates * settings.sparsity_beta * (mean - settings.average_activation)
    return layer._replace(bias=bias, activation=mean)


def _bounded(weight: Float[Array, "inputs outputs"], max_w2: float) -> Float[Array, "inputs outputs"]:
    """Each neuron's incoming weights, scaled down where their squares sum to more than the bound."""
    if max_w2 >= float(np.finfo(np.float32).max):
        return weight
    sums = jnp.sum(weight * weight, axis=0)
    shrunk = jnp.where(sums > max_w2, approximate_root(max_w2 / jnp.maximum(sums, max_w2)), 1.0)
    return weight * shrunk[None, :]


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
