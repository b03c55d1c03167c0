"""Reconstruction of many rows, in blocks of one fixed shape.

The shape is fixed so that the answer for a row is the same, to the last bit, whichever rows stand beside it and however
many there are: a matrix product may round differently for another number of rows, not for another position in a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from offbeat.compilation import use_compilation_cache
from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction

BLOCK_ROWS = 256
# One call gets about this much: enough to hide the cost of a call, little enough that one row stays cheap.
CALL_BYTES = 2**21


@dataclass(frozen=True)
class ReconstructedRows:
    """Some rows after one another, with what the network made of them."""

    first: int
    features: Float[np.ndarray, "rows features"]
    values: Float[np.ndarray, "rows features"]
    latent: Float[np.ndarray, "rows latent"]


def reconstruct_in_blocks(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Iterator[ReconstructedRows]:
    """Reconstruct the rows piece by piece, in order, in memory that does not grow with their number."""
    use_compilation_cache()
    width = features.shape[1]
    blocks = max(1, CALL_BYTES // (4 * BLOCK_ROWS * max(width, 1)))
    buffer = np.zeros((blocks, BLOCK_ROWS, width), np.float32)
    for first in range(0, len(features), blocks * BLOCK_ROWS):
        rows = features[first : first + blocks * BLOCK_ROWS]
        buffer.reshape(-1, width)[: len(rows)] = rows
        count = -(-len(rows) // BLOCK_ROWS)
        with jax.default_matmul_precision("highest"):
            values, latent = _reconstruct(network, buffer, np.int32(count))
        yield ReconstructedRows(
            first=first,
            features=rows,
            values=np.asarray(values).reshape(-1, width)[: len(rows)],
            latent=np.asarray(latent).reshape(blocks * BLOCK_ROWS, -1)[: len(rows)],
        )


def reconstruct(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows features"]:
    """The reconstruction of every row, in the scaled space of the features."""
    pieces = [piece.values for piece in reconstruct_in_blocks(network, features)]
    return np.concatenate(pieces) if pieces else np.zeros(features.shape, np.float32)


def encode(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows latent"]:
    """The latent code of every row."""
    pieces = [piece.latent for piece in reconstruct_in_blocks(network, features)]
    if pieces:
        return np.concatenate(pieces)
    width = jax.eval_shape(_one_block, network, np.zeros((1, features.shape[1]), np.float32)).latent.shape[1]
    return np.zeros((0, width), np.float32)


@jax.jit
def _reconstruct(
    network: AbstractAutoencoder,
    blocks: Float[Array | np.ndarray, "blocks rows features"],
    count: Int[Array, ""] | np.int32,
) -> tuple[Float[Array, "blocks rows features"], Float[Array, "blocks rows latent"]]:
    # The number of blocks in use is data, not shape: one compiled program serves one row and a million.
    shapes = jax.eval_shape(_one_block, network, blocks[0])

    def add(index: Int[Array, ""], answers: tuple[Array, Array]) -> tuple[Array, Array]:
        made = _one_block(network, blocks[index])
        return answers[0].at[index].set(made.values), answers[1].at[index].set(made.latent)

    empty = tuple(jnp.zeros((len(blocks), *shape.shape), shape.dtype) for shape in (shapes.values, shapes.latent))
    return lax.fori_loop(0, count, add, empty)


def _one_block(network: AbstractAutoencoder, rows: Float[Array, "rows features"]) -> Reconstruction:
    return jax.vmap(lambda row: network(row))(rows)
