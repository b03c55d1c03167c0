"""Reconstruction of many rows, in blocks of one fixed shape.

The shape is fixed so that the answer for a row is the same, to the last bit, whichever rows stand beside it and however
many there are: a matrix product may round differently for another number of rows, not for another position in a block.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Float32, Int

from offbeat.alignment import aligned_empty
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.programs import Program, own_numbers

BLOCK_ROWS = 256
Measured = TypeVar("Measured")
# One call gets about this much: enough to hide the cost of a call, little enough that one row stays cheap.
CALL_BYTES = 2**20


@dataclass(frozen=True)
class ReconstructedRows:
    """Some rows after one another, with what the network made of them.

    Attributes:
        first: How many rows came before them.
        features: Scaled.
        views: As `AbstractAutoencoder.views` gives them.
        numbers: Which rows of the table these are, where they were chosen by number.
    """

    first: int
    features: Float[np.ndarray, "rows features"]
    views: Float[np.ndarray, "rows views features"]
    numbers: Int[np.ndarray, "rows"] | None = None

    @property
    def values(self) -> Float[np.ndarray, "rows features"]:
        """The reconstruction: the mean of the views."""
        return self.views[:, 0] if self.views.shape[1] == 1 else self.views.mean(axis=1)


def reconstruct_in_blocks(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Iterator[ReconstructedRows]:
    """Reconstruct the rows piece by piece, in order, in memory that does not grow with their number."""
    return measure_in_blocks(network, features, lambda piece: piece)


def measure_in_blocks(
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    measure: Callable[[ReconstructedRows], Measured],
    rows: Int[np.ndarray, "chosen"] | None = None,
) -> Iterator[Measured]:
    """What `measure` makes of the rows and their reconstruction, piece by piece, in order.

    The pieces are worked on side by side, one a core: a block is too small to keep two cores busy (measured on two:
    92 GFLOP/s with one piece at a time, 120 with two, of 175 that NumPy's largest product reaches).

    Args:
        network: A trained network.
        features: Scaled rows.
        measure: Called in several threads; looks at its own piece only.
        rows: Which rows; all of them unless given. They are gathered piece by piece, not copied as a whole.
    """
    rows_a_call = rows_in_one_call(features.shape[1])

    def work(first: int) -> Measured:
        part = slice(first, first + rows_a_call)
        numbers = None if rows is None else rows[part]
        chosen = features[part] if numbers is None else _gathered(features, numbers)
        made = _in_one_call(network, chosen, rows_a_call, "views")
        views = made.reshape(len(chosen), network.view_count, -1)
        return measure(ReconstructedRows(first, chosen, views, numbers))

    yield from side_by_side(work, range(0, len(features if rows is None else rows), rows_a_call))


def reconstruct(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows features"]:
    """The reconstruction of every row, in the scaled space of the features."""
    pieces = [piece.values for piece in reconstruct_in_blocks(network, features)]
    return np.concatenate(pieces) if pieces else np.zeros(features.shape, np.float32)


def make_ready(network: AbstractAutoencoder, width: int) -> None:
    """Compile or load, for networks of this one's shape, the program that reconstructs: beside other work, say."""
    reconstruct(network, np.zeros((1, width), np.float32))


def reconstruct_views(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows views features"]:
    """Every view of every row, as `AbstractAutoencoder.views`; at least one row."""
    return np.concatenate([piece.views for piece in reconstruct_in_blocks(network, features)])


def encode(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows latent"]:
    """The latent code of every row."""
    width = _latent_width(network, features.shape[1])
    rows_a_call = rows_in_one_call(max(features.shape[1], width))
    pieces = [
        _in_one_call(network, features[first : first + rows_a_call], rows_a_call, "latent")
        for first in range(0, len(features), rows_a_call)
    ]
    return np.concatenate(pieces) if pieces else np.zeros((0, width), np.float32)


def rows_in_one_call(width: int) -> int:
    """How many rows of so many features go to the device in one call."""
    return BLOCK_ROWS * max(1, CALL_BYTES // (4 * BLOCK_ROWS * max(width, 1)))


def side_by_side(work: Callable[[int], Measured], firsts: range) -> Iterator[Measured]:
    """What `work` makes of each, in order, by a thread for each core, and one more for while one waits its turn."""
    if len(firsts) <= 1:
        yield from map(work, firsts)
        return
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores + 1) as pool:
        waiting: deque[Future[Measured]] = deque()
        for first in firsts:
            waiting.append(pool.submit(work, first))
            # No further ahead than the cores need: results that nobody took yet are memory.
            if len(waiting) > 2 * cores:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _in_one_call(
    network: AbstractAutoencoder,
    rows: Float[np.ndarray, "rows features"],
    rows_a_call: int,
    wanted: Literal["views", "latent"],
) -> Float[np.ndarray, "rows units"]:
    blocks = _whole(rows, rows_a_call).reshape(-1, BLOCK_ROWS, rows.shape[1])
    with _precision_of(network), jax.default_matmul_precision("highest"):
        made = _PROGRAMS[wanted](network, blocks, np.int32(-(-len(rows) // BLOCK_ROWS)))
    return np.asarray(made).reshape(rows_a_call, -1)[: len(rows)]


def _gathered(
    features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"]
) -> Float32[np.ndarray, "chosen features"]:
    """Some of the rows, where a program can read them without a copy."""
    chosen = aligned_empty((len(rows), features.shape[1]))
    chosen[...] = features[rows]
    return chosen


def _whole(rows: Float[np.ndarray, "some features"], count: int) -> Float32[np.ndarray, "rows features"]:
    """So many rows, zeros behind those that are given; the given ones themselves where that is all."""
    if len(rows) == count and rows.dtype == np.float32 and rows.flags.c_contiguous:
        return rows
    whole = aligned_empty((count, rows.shape[1]))
    whole[: len(rows)] = rows
    whole[len(rows) :] = 0.0
    return whole


def _precision_of(network: AbstractAutoencoder) -> AbstractContextManager[object]:
    """float64 for a network whose weights are, as imported ones may be; elsewhere JAX would round them to float32."""
    is_double = any(leaf.dtype == np.float64 for leaf in jax.tree.leaves(network))
    return own_numbers(double=is_double)


def _run_blocks(
    wanted: Literal["views", "latent"],
    network: AbstractAutoencoder,
    blocks: Float[Array | np.ndarray, "blocks rows features"],
    count: Int[Array, ""] | np.int32,
) -> Float[Array, "blocks rows units"]:
    # The number of blocks in use is data, not shape: one compiled program serves one row and a million.
    measure = _MEASURED[wanted]
    units = jax.eval_shape(measure, network, blocks[0]).shape[1]

    def add(index: Int[Array, ""], made: Array) -> Array:
        return made.at[index].set(measure(network, blocks[index]))

    return lax.fori_loop(0, count, add, jnp.zeros((*blocks.shape[:-1], units)))


def _views(network: AbstractAutoencoder, rows: Float[Array, "rows features"]) -> Float[Array, "rows units"]:
    return jax.vmap(lambda row: network.views(row).ravel())(rows)


def _latent(network: AbstractAutoencoder, rows: Float[Array, "rows features"]) -> Float[Array, "rows units"]:
    return jax.vmap(lambda row: network(row).latent)(rows)


_MEASURED: Mapping[Literal["views", "latent"], Callable[[Any, Any], Any]] = {"views": _views, "latent": _latent}
_PROGRAMS = {wanted: Program(functools.partial(_run_blocks, wanted), f"{wanted} of blocks") for wanted in _MEASURED}


def _latent_width(network: AbstractAutoencoder, width: int) -> int:
    with _precision_of(network):
        return int(jax.eval_shape(_latent, network, np.zeros((1, width), np.float32)).shape[1])
