"""One compiled program that takes the parameters through all batches of a chunk of rows."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jaxtyping import Array, Float, Int, Int32, UInt32

from offbeat.programs import Program
from offbeat.training.corruption import corrupt
from offbeat.training.layout import Layout, sum_of_weights
from offbeat.training.losses import before_softmax, penalty_weight, row_loss
from offbeat.training.optimizers import build_optimizer
from offbeat.training.schedules import rate_share
from offbeat.training.settings import TrainingSettings
from offbeat.training.trimming import without_largest


class TrainingState(NamedTuple):
    """Everything that a step changes."""

    parameters: Any
    optimizer: Any
    step: Any
    """How many steps were taken, as an int32 scalar: a float32 could not count beyond 16 million."""


class Chunk(NamedTuple):
    """Batches that go to the device together: a part of an epoch, or several short epochs one after another."""

    batches: Float[Array | np.ndarray, "batches batch features"]
    rows: Int32[Array | np.ndarray, "batches"]
    """How many rows of each batch are real; the padding behind them has no weight."""

    epoch: Int32[Array | np.ndarray, "batches"]
    """Which of the chunk's epochs each batch belongs to, from 0."""

    number: Int32[Array | np.ndarray, "batches"]
    """Where each batch stands within its epoch, from 0: with the epoch's words it decides dropout and noise."""

    used: Int32[Array, ""] | np.int32
    """How many of the batches are there; the others are room that this chunk does not need."""

    words: UInt32[Array | np.ndarray, "epochs 2"]
    """Two words of randomness for each of the chunk's epochs."""


class Pace(NamedTuple):
    """The numbers of a run that may change without compiling again."""

    learning_rate: Float[Array, ""] | np.float32
    steps: Float[Array, ""] | np.float32
    """Steps of the whole training, which the schedule is stretched over."""

    trim: Float[Array, ""] | np.float32 = np.float32(0.0)
    """The share of a batch's rows that a step leaves out."""


Run = Callable[[TrainingState, Chunk, Pace], tuple[TrainingState, Array]]
Step = Callable[..., tuple[TrainingState, Array]]
"""Takes the state, a batch, the weights of its rows, randomness and pace."""


def first_state(layout: Layout, settings: TrainingSettings, network: Any) -> TrainingState:
    """The state before the first step."""
    parameters = layout.pack(network)
    start = build_optimizer(settings).init
    shapes = jax.eval_shape(jax.vmap(start) if layout.networks else start, parameters)
    zeros = jax.tree.map(lambda shape: np.zeros(shape.shape, shape.dtype), shapes)
    return TrainingState(parameters, zeros, np.int32(0))


def epoch_program(layout: Layout, settings: TrainingSettings, columns: tuple[int, ...] = ()) -> Run:
    """The program for a layout and settings; the same one for all settings that differ only in what is data to it.

    Args:
        layout: Of the network's parameters.
        settings: How to learn.
        columns: See `offbeat.training.corruption.corrupt`.

    Returns:
        A function of the state, a chunk and the pace, to the next state and the summed loss of the rows of each of the
        chunk's epochs. The state that goes in is used up.
    """
    looked_at = max(settings.masking, settings.shift, settings.warp) > 0
    columns = columns if looked_at else ()  # nothing else looks at them
    trim = float(settings.trim > 0)  # whether rows are left out; how many is data
    return _compiled(layout, settings.model_copy(update={**_NOT_IN_THE_PROGRAM, "trim": trim}), columns)


# What the loop around the program needs and the program does not.
_NOT_IN_THE_PROGRAM: dict[str, object] = {
    name: TrainingSettings.model_fields[name].default
    for name in (
        "learning_rate",
        "batch_size",
        "epochs",
        "validation",
        "patience",
        "stopping",
        "min_improvement",
        "max_seconds",
        "seed",
    )
}


@functools.lru_cache(maxsize=32)
def _compiled(layout: Layout, settings: TrainingSettings, columns: tuple[int, ...]) -> Run:
    run = functools.partial(_run_chunk, layout, settings, columns)
    facts = f"an epoch of {layout!r}, {settings!r}, {columns!r}"
    return Program(run, facts, like=lambda state, *_: (state, 0), donated=(0,))


def _run_chunk(
    layout: Layout,
    settings: TrainingSettings,
    columns: tuple[int, ...],
    state: TrainingState,
    chunk: Chunk,
    pace: Pace,
) -> tuple[TrainingState, Float[Array, "epochs"]]:
    places = jnp.arange(chunk.batches.shape[1])
    # Randomness that nothing draws from would still be traced: a tenth of a second for the notebooks' networks.
    draws = (
        max(settings.noise, settings.masking, settings.shift, settings.warp) > 0
        or layout.unpack(state.parameters).draws
    )

    take: Step = functools.partial(_step, layout, settings, columns)
    if layout.networks:
        take = functools.partial(_step_of_each, take, layout.networks)

    def step(index: Int[Array, ""], carried: tuple[TrainingState, Array]) -> tuple[TrainingState, Array]:
        state, losses = carried
        epoch = chunk.epoch[index]
        key = _key(chunk, index) if draws else None
        weights = (places < chunk.rows[index]).astype(jnp.float32)
        rows = chunk.batches[index]
        state, loss = take(state, rows, weights, key, pace)
        return state, losses.at[epoch].add(loss)

    # The number of batches is data: a short last chunk and a fractional epoch need no program of their own.
    return lax.fori_loop(0, chunk.used, step, (state, jnp.zeros(len(chunk.words))))


def _step(
    layout: Layout,
    settings: TrainingSettings,
    columns: tuple[int, ...],
    state: TrainingState,
    rows: Float[Array, "batch features"],
    weights: Float[Array, "batch"],
    key: Array | None,
    pace: Pace,
) -> tuple[TrainingState, Float[Array, ""]]:
    """The state after one batch, and the summed loss of its rows."""
    seen, network_key = _corrupted(rows, key, settings, columns)
    gradient, loss = _gradient(layout, settings, state.parameters, rows, seen, weights, network_key, pace)
    return _apply(settings, state, gradient, pace), loss


def _step_of_each(
    take: Step,
    networks: int,
    state: TrainingState,
    rows: Float[Array, "batch features"],
    weights: Float[Array, "batch"],
    key: Array | None,
    pace: Pace,
) -> tuple[TrainingState, Float[Array, ""]]:
    """A step of each of several networks, by its own loss and its own randomness; the loss is their mean."""
    keys = None if key is None else jax.random.split(key, networks)

    def of_one(parameters: Any, optimizer: Any, key: Array | None) -> tuple[Any, Any, Float[Array, ""]]:
        own = TrainingState(parameters, optimizer, state.step)
        after, loss = take(own, rows, weights, key, pace)
        return after.parameters, after.optimizer, loss

    parameters, optimizer, losses = jax.vmap(of_one)(state.parameters, state.optimizer, keys)
    return TrainingState(parameters, optimizer, optax.safe_increment(state.step)), jnp.mean(losses)


def _key(chunk: Chunk, index: Int[Array, ""]) -> Array:
    """The randomness of one batch: it follows from the epoch and the batch's place in it."""
    # Named, because two words fit no other kind, whatever the process has set as its default.
    epoch_key = jax.random.wrap_key_data(chunk.words[chunk.epoch[index]], impl="threefry2x32")
    return jax.random.fold_in(epoch_key, chunk.number[index])


def _gradient(
    layout: Layout,
    settings: TrainingSettings,
    parameters: Any,
    rows: Float[Array, "batch features"],
    seen: Float[Array, "batch features"],
    weights: Float[Array, "batch"],
    key: Array | None,
    pace: Pace,
) -> tuple[Any, Float[Array, ""]]:
    """Gradient of the objective over one batch, and the summed loss of its rows without penalties.

    The network is given the rows as they are seen, and is to answer with the rows as they are.
    """
    network = layout.unpack(parameters)
    loss_of, weight_of_penalty = row_loss(settings, network), penalty_weight(network, settings)

    def objective(parameters: Any) -> tuple[Float[Array, ""], Float[Array, ""]]:
        network = layout.unpack(parameters)
        made = _reconstruct(before_softmax(network), seen, key)
        losses = loss_of(made.values, rows)
        kept = without_largest(losses, weights, pace.trim) if settings.trim > 0 else weights
        penalties = settings.l1 * sum_of_weights(network, jnp.abs) if settings.l1 > 0 else 0.0
        penalties += 0.5 * settings.l2 * sum_of_weights(network, jnp.square) if settings.l2 > 0 else 0.0
        if weight_of_penalty > 0:
            penalties += weight_of_penalty * jnp.sum(kept * made.penalty) / jnp.sum(kept)
        return jnp.sum(kept * losses) / jnp.sum(kept) + penalties, jnp.sum(weights * losses)

    return jax.grad(objective, has_aux=True)(parameters)


def _corrupted(
    rows: Float[Array, "batch features"], key: Array | None, settings: TrainingSettings, columns: tuple[int, ...]
) -> tuple[Float[Array, "batch features"], Array | None]:
    """What the network sees of the rows, and the randomness that is left for it."""
    if key is None:
        return rows, None
    corruption_key, network_key = jax.random.split(key)
    seen = corrupt(
        rows,
        corruption_key,
        noise=settings.noise,
        masking=settings.masking,
        shift=settings.shift,
        warp=settings.warp,
        columns=columns,
    )
    return seen, network_key


def _reconstruct(network: Any, seen: Float[Array, "batch features"], key: Array | None) -> Any:
    """What the network makes of the rows that it sees."""
    if key is None:
        return jax.vmap(lambda row: network(row))(seen)
    return jax.vmap(lambda row, key: network(row, key=key))(seen, jax.random.split(key, len(seen)))


def _apply(settings: TrainingSettings, state: TrainingState, gradient: Any, pace: Pace) -> TrainingState:
    direction, optimizer = build_optimizer(settings).update(gradient, state.optimizer, state.parameters)
    step = state.step.astype(jnp.float32)
    rate = pace.learning_rate * rate_share(settings.schedule, settings.warmup, step, jnp.asarray(pace.steps))
    parameters = optax.apply_updates(state.parameters, jax.tree.map(lambda step: -rate * step, direction))
    return TrainingState(parameters, optimizer, optax.safe_increment(state.step))
