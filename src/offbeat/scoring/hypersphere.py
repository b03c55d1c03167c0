"""The distance to the hypersphere's centre: how far a row's latent code is from the codes of the training rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float64, Int

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import BLOCK_ROWS, ReconstructedRows, encode
from offbeat.programs import Program, own_numbers
from offbeat.scoring.score import AbstractScore

STEPS = 16
"""Points of the line along which gradients are summed."""

NEXT_TO_NOTHING = 1e-12
_ROWS_AT_A_TIME = 2**14


@dataclass(frozen=True, eq=False)
class HypersphereDistance(AbstractScore):
    """Mean squared difference between the latent code and the mean code of the training rows.

    A feature's share of a row's score is the size of its integrated gradient on the line from the mean training row to
    the row; the shares are scaled to sum to the score, because the mean row's own distance is not quite 0.

    Attributes:
        network: Whose code it is.
        centre: The mean code.
        start: The mean training row.

    Reference:
        Ruff et al. 2018 (Deep SVDD), equation 5, with the centre of their section 3.3; the encoder is the
        autoencoder's, which they only start from. Sundararajan et al. 2017, equation 3, for the gradients.
    """

    reads_views: ClassVar[bool] = False

    network: AbstractAutoencoder
    centre: Float[np.ndarray, "latent"]
    start: Float[np.ndarray, "features"]

    def scores(self, rows: ReconstructedRows) -> Float64[np.ndarray, "rows"]:
        """The distance, without what each feature adds to it."""
        code = encode(self.network, rows.features)
        return np.square(np.subtract(code, self.centre, dtype=np.float64)).mean(axis=1)

    def contributions(self, rows: ReconstructedRows) -> Float64[np.ndarray, "rows features"]:
        """Each feature's share of the distance; they sum to it."""
        # Of an absurd row a gradient may be no float32: it then has all of the score, or shares it with others such.
        largest = float(np.finfo(np.float32).max)
        sizes = np.nan_to_num(self._gradients(rows.features), nan=0.0, posinf=largest) + NEXT_TO_NOTHING
        return self.scores(rows)[:, None] * sizes / sizes.sum(axis=1, keepdims=True)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The mean code and the mean row."""
        return {"centre": self.centre, "start": self.start}

    def _gradients(self, features: Float[np.ndarray, "rows features"]) -> Float64[np.ndarray, "rows features"]:
        """The size of each feature's integrated gradient, block by block of one shape, as networks are run."""
        answers = np.empty(features.shape)
        block = np.zeros((BLOCK_ROWS, features.shape[1]), np.float32)
        for first in range(0, len(features), BLOCK_ROWS):
            piece = features[first : first + BLOCK_ROWS]
            block[: len(piece)] = piece
            with own_numbers(), jax.default_matmul_precision("highest"):
                made = np.asarray(_PROGRAM(self.network, self.centre, self.start, block))
            answers[first : first + BLOCK_ROWS] = made[: len(piece)]
        return answers


def fit_hypersphere(
    network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"], train_rows: Int[np.ndarray, "train"]
) -> HypersphereDistance:
    """The mean code and the mean row of the training rows.

    Args:
        network: The trained network.
        features: Scaled rows.
        train_rows: Which of them to fit on, at least one.
    """
    codes = _mean(encode(network, piece) for piece in _pieces(features, train_rows))
    rows = _mean(iter(_pieces(features, train_rows)))
    return HypersphereDistance(network, codes, rows)


def _pieces(features: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(rows), _ROWS_AT_A_TIME):
        yield features[rows[first : first + _ROWS_AT_A_TIME]]


def _mean(pieces: Iterator[np.ndarray]) -> Float[np.ndarray, "width"]:
    total: np.ndarray | float = 0.0
    count = 0
    for piece in pieces:
        total, count = total + piece.sum(axis=0, dtype=np.float64), count + len(piece)
    return np.asarray(total / count, np.float32)


def _integrated(
    network: AbstractAutoencoder,
    centre: Float[Array, "latent"] | Float[np.ndarray, "latent"],
    start: Float[Array, "features"] | Float[np.ndarray, "features"],
    block: Float[Array, "rows features"] | Float[np.ndarray, "rows features"],
) -> Float[Array, "rows features"]:
    def distance(x: Float[Array, "features"]) -> Float[Array, ""]:
        return jnp.mean(jnp.square(network(x).latent - centre))

    def of_row(row: Array) -> Float[Array, "features"]:
        way = row - start

        def add(step: Int[Array, ""], total: Float[Array, "features"]) -> Float[Array, "features"]:
            return total + jax.grad(distance)(start + (step + 0.5) / STEPS * way)

        return jnp.abs(way * jax.lax.fori_loop(0, STEPS, add, jnp.zeros_like(row)) / STEPS)

    return jax.vmap(of_row)(jnp.asarray(block))


_PROGRAM = Program(_integrated, "integrated gradients of the distance of codes")
