"""H2O-3's updates on the mean gradient of a batch of rows: one step a batch in place of one a row.

H2O takes `mini_batch_size` and sets it back to 1. Here a batch moves each weight once, by ADADELTA or by hand, with the
mean over the batch of the slopes that its rows would have had one by one. `fast_mode` leaves a weight alone where its
input is exactly 0, or the error signal of its neuron, in every row of the batch. A batch of one row does what
`train_rows` does.
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
from offbeat.training.per_sample_updates import ACTIVATION_MEMORY, Slopes, penalised

ROWS_A_CALL = 8192
"""About so many rows go to a program at once; a short last part needs no other program."""


@own_numbers()
def train_batches(
    state: PerSampleState,
    rows: Float[np.ndarray | Array, "rows features"],
    settings: PerSampleSettings,
    words: UInt32[np.ndarray, "2"],
    batch_size: int,
    order: Int[np.ndarray, "seen"] | None = None,
) -> PerSampleState:
    """The state after seeing rows batch by batch; the last batch may be short.

    Args:
        state: Where to start.
        rows: Scaled rows; each is its own target.
        settings: How to update.
        words: Randomness of dropout; a batch's draw follows from these and from how many rows came before it.
        batch_size: How many rows move the weights once.
        order: Which rows to see, in which order; every one once where None.
    """
    # A short batch is filled up: a size beyond all rows would only cost time and memory.
    size = min(batch_size, max(1, len(rows), 0 if order is None else len(order)))
    batches = max(1, ROWS_A_CALL // size)
    for places, count in parts_of(order, len(rows), batches * size):
        state = program_of(_see_batches, settings)(state, rows, places.reshape(batches, size), count, words)
    return state


def _see_batches(
    settings: PerSampleSettings,
    state: PerSampleState,
    rows: Float[Array, "rows features"],
    places: Int[Array, "batches batch"],
    count: Int[Array, ""],
    words: UInt32[Array, "2"],
) -> PerSampleState:
    key = jax.random.wrap_key_data(words, impl="threefry2x32")
    size = places.shape[1]

    def see(index: Int[Array, ""], state: PerSampleState) -> PerSampleState:
        real = (jnp.arange(size) < count - index * size).astype(jnp.float32)
        return _see_batch(settings, state, rows[places[index]], real, key)

    seen: PerSampleState = lax.fori_loop(0, (count + size - 1) // size, see, state)
    return seen


def _see_batch(
    settings: PerSampleSettings,
    state: PerSampleState,
    batch: Float[Array, "batch features"],
    real: Float[Array, "batch"],
    key: Array,
) -> PerSampleState:
    """One step of every layer; rows that are not real fill the last batch up."""
    inputs, output = forward(settings, state, batch, jax.random.fold_in(key, state.samples))
    signal = LOSS_SIGNALS[settings.loss](output, batch, settings.quantile_alpha) * real[:, None]
    count = jnp.sum(real)
    slopes = functools.partial(_slopes, settings, state, real)
    means = [jnp.sum(activation * real[:, None], axis=0) / count for activation in inputs[1:]]
    layers = layers_after(settings, state, inputs, signal, slopes, means, ACTIVATION_MEMORY**count)
    return PerSampleState(layers, state.samples + count.astype(jnp.int32), state.before)


def _slopes(
    settings: PerSampleSettings,
    state: PerSampleState,
    real: Float[Array, "batch"],
    depth: int,
    before: Float[Array, "batch inputs"],
    signal: Float[Array, "batch outputs"],
) -> Slopes:
    """The mean slopes of a batch."""
    count = jnp.sum(real)
    touched: Array | float = 1.0
    active: Array | float = 1.0
    if settings.fast_mode:
        fed = jnp.any((before != 0) & (real[:, None] > 0), axis=0).astype(before.dtype)
        signalled = jnp.any(signal != 0, axis=0).astype(signal.dtype)
        fed, signalled = lax.optimization_barrier((fed, signalled))
        touched, active = jnp.minimum(fed[:, None], signalled[None, :]), signalled
    weight, bias = before.T @ signal / count, jnp.sum(signal, axis=0) / count
    if settings.l1 or settings.l2:
        return penalised(settings, state.layers[depth], weight, bias, touched, active)
    return Slopes(weight, bias, jnp.mean(weight * weight, axis=0), touched, active)
