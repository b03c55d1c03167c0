"""Reconstruction of many rows, in blocks of one fixed shape.

The shape is fixed so that the answer for a row is the same, to the last bit, whichever rows stand beside it and however
many there are: a matrix product may round differently for another number of rows, not for another position in a block.
"""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Float32, Int

from offbeat.alignment import aligned_empty
from offbeat.cores import cores
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.programs import Program, own_numbers

BLOCK_ROWS = 256
Measured = TypeVar("Measured")
# One call gets about this much: enough to hide the cost of a call, little enough that one row stays cheap.
CALL_BYTES = 2**20


@dataclass(frozen=True)
class ReconstructedRows:
    """Some rows, with what the network made of them.

    Attributes:
        features: Scaled.
        views: As `AbstractAutoencoder.views` gives them.
        numbers: Which rows of the table these are, where they were chosen by number.
    """

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
    network: AbstractAutoencoder | None,
    features: Float[np.ndarray, "rows features"],
    measure: Callable[[ReconstructedRows], Measured],
    rows: Int[np.ndarray, "chosen"] | None = None,
) -> Iterator[Measured]:
    """What `measure` makes of the rows and their reconstruction, piece by piece, in order.

    Args:
        network: As for `measure_pieces`.
        features: Scaled rows.
        measure: Called in several threads; looks at its own piece only.
        rows: Which rows; all of them unless given. They are gathered piece by piece, not copied as a whole.
    """

    values = features.astype(np.float32, copy=False)

    def piece_of(part: slice) -> Float32[np.ndarray, "piece features"]:
        return values[part] if rows is None else _gathered(values, rows[part])

    height = len(features) if rows is None else len(rows)
    yield from measure_pieces(network, features.shape[1], height, piece_of, measure, rows)


def measure_pieces(
    network: AbstractAutoencoder | None,
    width: int,
    height: int,
    piece_of: Callable[[slice], Float[np.ndarray, "piece features"]],
    measure: Callable[[ReconstructedRows], Measured],
    rows: Int[np.ndarray, "height"] | None = None,
) -> Iterator[Measured]:
    """As `measure_in_blocks`, of rows that need not all be in memory.

    The pieces are worked on side by side, one a core: a block is too small to keep two cores busy (measured on two:
    92 GFLOP/s with one piece at a time, 120 with two, of 175 that NumPy's largest product reaches).

    Args:
        network: A trained network; None where `measure` does not look at what one makes of the rows: no views then.
        width: How many features a row has.
        height: How many rows there are.
        piece_of: Gives the scaled rows of a slice; called in several threads.
        measure: As there.
        rows: Which rows of a table these are, where they were chosen by number.
    """
    if height == 0:
        return
    most_rows = rows_in_one_call(width)
    run = None if network is None else _Run(network, width, "views", rows=height)

    def work(first: int) -> Measured:
        part = slice(first, min(first + most_rows, height))
        chosen = piece_of(part)
        made = np.empty((len(chosen), 0), np.float32) if run is None else run(chosen)
        views = made.reshape(len(chosen), 0 if network is None else network.view_count, width)
        return measure(ReconstructedRows(chosen, views, None if rows is None else rows[part]))

    yield from side_by_side(work, range(0, height, most_rows))


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
    if len(features) == 0:
        return np.zeros((0, _latent_width(network, features.shape[1])), np.float32)
    run = _Run(network, features.shape[1], "latent", rows=len(features))
    pieces = (features[first : first + run.most_rows] for first in range(0, len(features), run.most_rows))
    return np.concatenate([run(piece) for piece in pieces])


def rows_in_one_call(width: int) -> int:
    """How many rows of so many features go to the device in one call."""
    return BLOCK_ROWS * max(1, CALL_BYTES // (4 * BLOCK_ROWS * max(width, 1)))


def side_by_side(work: Callable[[int], Measured], firsts: range) -> Iterator[Measured]:
    """What `work` makes of each, in order, by a thread for each core, and one more for while one waits its turn."""
    if len(firsts) <= 1:
        yield from map(work, firsts)
        return
    threads = cores()
    with ThreadPoolExecutor(threads + 1) as pool:
        waiting: deque[Future[Measured]] = deque()
        for first in firsts:
            waiting.append(pool.submit(work, first))
            # No further ahead than the cores need: results that nobody took yet are memory.
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Run:
    """A network and the program that takes pieces of rows through it, made ready for all the pieces of a table."""

    def __init__(self, network: AbstractAutoencoder, width: int, wanted: Literal["views", "latent"], rows: int) -> None:
        """Compile or load the program.

        Args:
            network: A trained network.
            width: How many features a row has.
            wanted: What of its answer.
            rows: How many rows there will be in all.
        """
        latent = _latent_width(network, width) if wanted == "latent" else 0
        self.most_rows = rows_in_one_call(max(width, latent))
        blocks = jax.ShapeDtypeStruct((self.most_rows // BLOCK_ROWS, BLOCK_ROWS, width), np.float32)
        is_double = _is_double(network)
        with own_numbers(double=is_double), jax.default_matmul_precision("highest"):
            # Once for all pieces; for a single one this would take longer than the call needs for it. Outside of this
            # context JAX would round float64 that is not at the device yet.
            self._network = jax.device_put(network) if is_double or rows > self.most_rows else network
            self._program = _PROGRAMS[wanted].compiled_for(self._network, blocks, np.int32(0))

    def __call__(self, rows: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows units"]:
        """What the network makes of at most `most_rows` rows; may be called in several threads."""
        blocks = _whole(rows, self.most_rows).reshape(-1, BLOCK_ROWS, rows.shape[1])
        made = self._program(self._network, blocks, np.int32(-(-len(rows) // BLOCK_ROWS)))
        return np.asarray(made).reshape(self.most_rows, -1)[: len(rows)]


def _gathered(
    features: Float32[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"]
) -> Float32[np.ndarray, "chosen features"]:
    """Some of the rows, where a program can read them without a copy; a view where they stand one after another."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        return features[rows[0] : rows[-1] + 1]
    chosen = aligned_empty((len(rows), features.shape[1]))
    # With the default mode NumPy would gather into a buffer of its own, and copy.
    return np.take(features, rows, axis=0, out=chosen, mode="clip")


def _whole(rows: Float[np.ndarray, "some features"], count: int) -> Float32[np.ndarray, "rows features"]:
    """So many rows, zeros behind the given ones in their last block; they themselves where there are no more."""
    if len(rows) == count and rows.dtype == np.float32 and rows.flags.c_contiguous:
        return rows
    whole = aligned_empty((count, rows.shape[1]))
    whole[: len(rows)] = rows
    whole[len(rows) : -(-len(rows) // BLOCK_ROWS) * BLOCK_ROWS] = 0.0
    return whole


def _is_double(network: AbstractAutoencoder) -> bool:
    """Whether its weights are float64, as imported ones may be."""
    return any(leaf.dtype == np.float64 for leaf in jax.tree.leaves(network))


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
    with own_numbers(double=_is_double(network)):
        return int(jax.eval_shape(_latent, network, np.zeros((1, width), np.float32)).shape[1])
