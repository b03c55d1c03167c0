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

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int, UInt32

from offbeat.programs import own_numbers
from offbeat.training.per_sample_backwards import layers_after
from offbeat.training.per_sample_parts import parts_of, program_of
from offbeat.training.per_sample_signals import LOSS_SIGNALS, forward
from offbeat.training.per_sample_state import PerSampleSettings, PerSampleState
from offbeat.training.per_sample_updates import Slopes, penalised

ROWS_A_CALL = 2048
"""A program takes so many rows or fewer, so that a short last part needs no other program."""


@own_numbers()
def train_rows(
    state: PerSampleState,
    rows: Float[np.ndarray | Array, "rows features"],
    settings: PerSampleSettings,
    words: UInt32[np.ndarray, "2"],
    order: Int[np.ndarray, "seen"] | None = None,
) -> PerSampleState:
    """The state after seeing rows one by one.

    Args:
        state: Where to start.
        rows: Scaled rows; each is its own target.
        settings: How to update.
        words: Randomness of dropout; a row's draw follows from these and from how many rows came before it.
        order: Which rows to see, in which order; every one once where None.
    """
    # Whatever else the machine has: one row is too little work to hand over.
    state, rows = jax.device_put((state, rows), jax.local_devices(backend="cpu")[0])
    for places, count in parts_of(order, len(rows), ROWS_A_CALL):
        state = program_of(_see_rows, settings)(state, rows, places, count, words)
    return state


def _see_rows(
    settings: PerSampleSettings,
    state: PerSampleState,
    rows: Float[Array, "rows features"],
    places: Int[Array, "places"],
    count: Int[Array, ""],
    words: UInt32[Array, "2"],
) -> PerSampleState:
    key = jax.random.wrap_key_data(words, impl="threefry2x32")

    def see(index: Int[Array, ""], state: PerSampleState) -> PerSampleState:
        return _see_row(settings, state, rows[places[index]], key)

    seen: PerSampleState = lax.fori_loop(0, count, see, state)
    return seen


def _see_row(
    settings: PerSampleSettings, state: PerSampleState, row: Float[Array, "features"], key: Array
) -> PerSampleState:
    inputs, output = forward(settings, state, row, jax.random.fold_in(key, state.samples))
    signal = LOSS_SIGNALS[settings.loss](output, row, settings.quantile_alpha)
    slopes = functools.partial(_slopes, settings, state)
    layers = layers_after(settings, state, inputs, signal, slopes, activations=inputs[1:])
    return PerSampleState(layers, state.samples + 1, state.before)


def _slopes(
    settings: PerSampleSettings,
    state: PerSampleState,
    depth: int,
    before: Float[Array, "inputs"],
    signal: Float[Array, "outputs"],
) -> Slopes:
    touched, active = _not_left_alone(settings, before, signal, depth)
    weight = before[:, None] * signal[None, :]
    if not (settings.l1 or settings.l2):
        # Of an outer product the mean square of a column is known without looking at it.
        return Slopes(weight, signal, jnp.mean(before * before) * signal * signal, touched, active)
    return penalised(settings, state.layers[depth], weight, signal, touched, active)


def _not_left_alone(
    settings: PerSampleSettings, before: Float[Array, "inputs"], signal: Float[Array, "outputs"], depth: int
) -> tuple[Array | float, Array | float]:
    """Which weights, and which biases, a row moves: 0/1, or 1.0 where no input and no signal can be exactly 0.

    Looking for zeros takes as long as all the rest, and only rectifiers, dropout and rows with zeros make them.
    """
    if not settings.fast_mode:
        return 1.0, 1.0
    is_rectified = settings.activation == "rectifier"
    dropped = settings.dropout(depth + 1)[depth]
    may_be_zero = bool(dropped) or (is_rectified if depth else settings.zeros_among_inputs)
    fed = (before != 0).astype(before.dtype) if may_be_zero else None
    active = (signal != 0).astype(signal.dtype) if is_rectified else None
    # Written out as vectors first: comparisons inside the loop over weights would keep it from being vectorised.
    fed, active = lax.optimization_barrier((fed, active))
    if fed is None:
        return (1.0, 1.0) if active is None else (active[None, :], active)
    if active is None:
        return fed[:, None], 1.0
    # The smaller of two vectors' entries costs little to recompute; a mask kept in memory would cost a pass over it.
    return jnp.minimum(fed[:, None], active[None, :]), active
