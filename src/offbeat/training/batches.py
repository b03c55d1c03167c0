"""From rows to batches: shuffled on the host, in chunks whose memory does not grow with the data."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int, Int32, UInt32

from offbeat.alignment import aligned_empty
from offbeat.randomness import Purpose, host_randomness
from offbeat.training.epoch import Chunk

# Rows of a chunk are copied out of order; at this size the copy stays a small share of the data and of the time. There
# are two of them: at twice the size a table of 80 MB is trained on in 12 MB more, and in the same time.
CHUNK_BYTES = 2**22
# A chunk runs without a look at the clock: one row at a time, this many steps take some tenths of a second.
CHUNK_STEPS = 2**12
# Handing a chunk to the device costs up to milliseconds on a busy machine, more than a short epoch takes; several go
# together as long as they stay below these.
BURST_BYTES = 2**23
BURST_STEPS = 2**9


@dataclass(frozen=True)
class BatchPlan:
    """How the rows of an epoch are cut.

    Attributes:
        batch_size: Rows a step, never more than there are rows.
        batches: Batches a chunk has room for, the same in every chunk so that one program serves them all.
        epochs: Epochs that go into one chunk; 1 where an epoch needs several chunks, or something between two epochs.
    """

    batch_size: int
    batches: int
    epochs: int = 1


def plan_batches(rows: int, features: int, batch_size: int, *, together: bool = False) -> BatchPlan:
    """A plan for epochs of so many rows.

    Args:
        rows: How many rows an epoch visits.
        features: Width of a row.
        batch_size: Rows a step, as the user wishes.
        together: Whether several short epochs may go without a look at the weights between them.

    Example:
        >>> plan_batches(rows=20, features=210, batch_size=32)
        BatchPlan(batch_size=20, batches=1, epochs=1)
    """
    size = max(1, min(batch_size, rows))
    needed = max(1, -(-rows // size))
    step_bytes = 4 * max(features, 1) * size
    epochs = min(BURST_STEPS // needed, BURST_BYTES // (step_bytes * needed)) if together else 1
    if epochs > 1:
        return BatchPlan(size, needed * epochs, epochs)
    room = max(1, min(CHUNK_STEPS, CHUNK_BYTES // step_bytes))
    chunks = -(-needed // room)
    return BatchPlan(batch_size=size, batches=-(-needed // chunks))


def chunks_of_epochs(
    features: Float[np.ndarray, "rows features"],
    orders: Sequence[Int[np.ndarray, "_"]],
    words: UInt32[np.ndarray, "epochs 2"],
    plan: BatchPlan,
) -> Iterator[Chunk]:
    """The rows of one epoch in several chunks, or those of several epochs in one; zeros that count for nothing fill up.

    A chunk's batches are overwritten when the next but one is asked for: whatever works on it must have ended by then.

    Args:
        features: All rows.
        orders: For each epoch the rows that it visits, in order; no more epochs than the plan puts into a chunk.
        words: Two words of randomness an epoch, `plan.epochs` of them.
        plan: How to cut.
    """
    needed = [-(-len(order) // plan.batch_size) for order in orders]
    number = np.concatenate([np.arange(count) for count in needed])
    epoch = np.repeat(np.arange(len(orders)), needed)
    sizes = np.minimum(np.repeat([len(order) for order in orders], needed) - number * plan.batch_size, plan.batch_size)
    visited, ends = np.concatenate(orders), np.cumsum(sizes)
    shape = (plan.batches, plan.batch_size, features.shape[1])
    buffers = itertools.cycle([aligned_empty(shape) for _ in range(min(2, -(-len(sizes) // plan.batches)))])
    values = features.astype(np.float32, copy=False)
    for first in range(0, len(sizes), plan.batches):
        part = slice(first, first + plan.batches)
        rows = visited[ends[first] - sizes[first] : ends[part][-1]]
        yield Chunk(
            batches=_gather(values, rows, sizes[part], next(buffers)),
            rows=_with_room(sizes[part], plan),
            epoch=_with_room(epoch[part], plan),
            number=_with_room(number[part], plan),
            used=np.int32(len(sizes[part])),
            words=words,
        )


def _gather(
    features: Float32[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"],
    sizes: Int[np.ndarray, "used"],
    batches: Float32[np.ndarray, "batches batch features"],
) -> Float32[np.ndarray, "batches batch features"]:
    """Fills the buffer with the rows as batches of these sizes, each filled up with zeros."""
    room = np.pad(sizes, (0, len(batches) - len(sizes)))
    is_row = (np.arange(batches.shape[1]) < room[:, None]).ravel()
    places = np.zeros(len(is_row), np.int64)
    places[is_row] = rows
    flat = batches.reshape(len(is_row), -1)
    # With the default mode NumPy would gather into a buffer of its own, and copy.
    np.take(features, places, axis=0, out=flat, mode="clip")
    flat[~is_row] = 0.0
    return batches


def _with_room(values: Int[np.ndarray, "used"], plan: BatchPlan) -> Int32[np.ndarray, "batches"]:
    return np.pad(values, (0, plan.batches - len(values))).astype(np.int32)


def order_of_epoch(rows: Int[np.ndarray, "rows"], seed: int, epoch: int, share: float) -> Int[np.ndarray, "chosen"]:
    """The rows that an epoch visits, shuffled; a share below 1 is the fractional last epoch, at least one row."""
    order = host_randomness(seed, Purpose.SHUFFLE, epoch).permutation(rows)
    return order if share >= 1 else order[: max(1, round(share * len(rows)))]


def words_of_epochs(seed: int, first: int, epochs: int) -> UInt32[np.ndarray, "epochs 2"]:
    """Two words of randomness for dropout and noise in each of some epochs."""
    sequences = (np.random.SeedSequence([seed, epoch]) for epoch in range(first, first + epochs))
    return np.stack([sequence.generate_state(2, np.uint32) for sequence in sequences])
