"""From rows to batches: shuffled on the host, in chunks whose memory does not grow with the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from offbeat.randomness import Purpose, host_randomness
from offbeat.training.epoch import Chunk

# Rows of a chunk are copied out of order; at this size the copy stays a small share of the data and of the time.
CHUNK_BYTES = 2**24
# A chunk runs without a look at the clock: one row at a time, this many steps take some tenths of a second.
CHUNK_STEPS = 2**12


@dataclass(frozen=True)
class BatchPlan:
    """How the rows of an epoch are cut.

    Attributes:
        batch_size: Rows a step, never more than there are rows.
        batches: Batches a chunk has room for, the same in every chunk so that one program serves them all.
    """

    batch_size: int
    batches: int


def plan_batches(rows: int, features: int, batch_size: int) -> BatchPlan:
    """A plan for an epoch of so many rows.

    Example:
        >>> plan_batches(rows=20, features=210, batch_size=32)
        BatchPlan(batch_size=20, batches=1)
    """
    size = max(1, min(batch_size, rows))
    needed = max(1, -(-rows // size))
    room = max(1, min(CHUNK_STEPS, CHUNK_BYTES // (4 * max(features, 1) * size)))
    chunks = -(-needed // room)
    return BatchPlan(batch_size=size, batches=-(-needed // chunks))


def chunks_of_epoch(
    features: Float[np.ndarray, "rows features"],
    order: Int[np.ndarray, "chosen"],
    plan: BatchPlan,
) -> Iterator[Chunk]:
    """The chosen rows in the given order, chunk by chunk; zeros that count for nothing fill up the last batch."""
    capacity = plan.batches * plan.batch_size
    for first in range(0, len(order), capacity):
        # Without `out`, with which NumPy would gather into a buffer of its own and copy.
        rows = np.take(features, order[first : first + capacity], axis=0).astype(np.float32, copy=False)
        padding = np.zeros((capacity - len(rows), features.shape[1]), np.float32)
        batches = np.concatenate([rows, padding]) if len(padding) else rows
        yield Chunk(batches.reshape(plan.batches, plan.batch_size, -1), np.int32(len(rows)))


def order_of_epoch(rows: Int[np.ndarray, "rows"], seed: int, epoch: int, share: float) -> Int[np.ndarray, "chosen"]:
    """The rows that an epoch visits, shuffled; a share below 1 is the fractional last epoch, at least one row."""
    order = host_randomness(seed, Purpose.SHUFFLE, epoch).permutation(rows)
    return order if share >= 1 else order[: max(1, round(share * len(rows)))]


def words_of_epoch(seed: int, epoch: int, chunk: int) -> np.ndarray:
    """Two words of randomness for dropout and noise in one chunk."""
    return np.random.SeedSequence([seed, epoch, chunk]).generate_state(2, np.uint32)
