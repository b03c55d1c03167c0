"""The neighbour distance: how far a row is from the nearest training rows, which no network can explain away."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int32

from offbeat.networks.blocks import BLOCK_ROWS, ReconstructedRows
from offbeat.programs import Program
from offbeat.randomness import Purpose, host_randomness
from offbeat.scoring.score import AbstractScore

# Distances to more rows cost time in proportion and change the ranking little; the subsample is drawn by the seed.
MOST_REFERENCE_ROWS = 5000
# A neighbourhood is wider than any crowd of anomalies should be. As a share it needs few rows to be measured by.
NEIGHBOURHOOD_SHARE = 0.05
MOST_NEIGHBOURHOOD_ROWS = 500
# With fewer sheets than this the second search costs more than the first one saves.
FEWEST_SHEETS = 16
NOWHERE = np.int32(-1)


@dataclass(frozen=True, eq=False)
class NeighbourDistance(AbstractScore):
    """Mean over features and over the k nearest reference rows of the squared difference.

    A row that is itself among the reference rows is measured by the others (leave-one-out), while it is known which
    one it is: as long as the detector is fitted. So rows can be reference and set the threshold as well.

    Attributes:
        reference: Normal rows, scaled.
        neighbours: k; all reference rows where there are fewer.
        numbers: Which rows of the fitted table the reference rows are, ascending; unknown once the fit is over.

    Reference:
        Ramaswamy et al. 2000 use the distance to the k-th neighbour; the mean over k varies less (Angiulli & Pizzuti
        2002), and squared differences can be told apart by feature.
    """

    reference: Float[np.ndarray, "reference features"]
    neighbours: int
    numbers: Int[np.ndarray, "reference"] | None = None

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each feature's mean squared difference over the number of features."""
        features, own = rows.features, self._own_places(rows)
        answers = np.empty_like(features, dtype=np.float32)
        block, places = np.zeros((BLOCK_ROWS, features.shape[1]), np.float32), np.full(BLOCK_ROWS, NOWHERE)
        for first in range(0, len(features), BLOCK_ROWS):
            part = slice(first, first + BLOCK_ROWS)
            piece = features[part]
            block[: len(piece)] = piece
            if own is not None:
                places[: len(piece)] = own[part]
            answers[part] = self._of_block(block, None if own is None else places)[: len(piece)]
        return answers / np.float32(max(1, features.shape[1]))

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The reference rows."""
        return {"reference": self.reference}

    def _own_places(self, rows: ReconstructedRows) -> Int32[np.ndarray, "rows"] | None:
        """Where among the reference rows each of the rows is, or `NOWHERE`; None where that is not known of any."""
        if rows.numbers is None or self.numbers is None:
            return None
        places = np.minimum(np.searchsorted(self.numbers, rows.numbers), len(self.numbers) - 1)
        return np.where(self.numbers[places] == rows.numbers, places, NOWHERE).astype(np.int32)

    def _of_block(
        self, block: Float[np.ndarray, "block features"], own: Int32[np.ndarray, "block"] | None
    ) -> Float[np.ndarray, "block features"]:
        others = len(self.reference) - (own is not None)
        k = min(self.neighbours, max(1, others))
        with jax.default_matmul_precision("highest"):
            if own is None:
                return np.asarray(_program(k)(block, self.reference))
            return np.asarray(_leave_one_out_program(k)(block, self.reference, own))


def fit_neighbours(
    features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"], neighbours: int, seed: int
) -> NeighbourDistance:
    """Keep some of the rows to compare with, at most `MOST_REFERENCE_ROWS` of them.

    Args:
        features: All scaled rows.
        rows: The numbers of those that may be kept.
        neighbours: k.
        seed: For the choice, where there are too many.
    """
    kept = thinned(rows, MOST_REFERENCE_ROWS, seed)
    return NeighbourDistance(np.ascontiguousarray(features[kept], dtype=np.float32), neighbours, kept)


def fit_neighbourhood(
    features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "chosen"], neighbours: int, seed: int
) -> NeighbourDistance:
    """The distance to the nearest twentieth of the rows: anomalies that have a few of their kind beside them are far.

    Args:
        features: All scaled rows.
        rows: The numbers of those that may be kept.
        neighbours: The least k.
        seed: For the choice, where there are too many.
    """
    kept = thinned(rows, MOST_NEIGHBOURHOOD_ROWS, seed)
    reference = np.ascontiguousarray(features[kept], dtype=np.float32)
    return NeighbourDistance(reference, neighbourhood_size(len(reference), neighbours), kept)


def neighbourhood_size(reference: int, neighbours: int) -> int:
    """How many of so many reference rows a neighbourhood has, and at least so many neighbours.

    Example:
        >>> neighbourhood_size(1000, 2), neighbourhood_size(20, 2)
        (50, 2)
    """
    return max(neighbours, math.ceil(NEIGHBOURHOOD_SHARE * reference))


def thinned(rows: Int[np.ndarray, "chosen"], most: int, seed: int) -> Int[np.ndarray, "kept"]:
    """All of the row numbers, or so many of them by the seed; ascending."""
    if len(rows) > most:
        rows = rows[host_randomness(seed, Purpose.REFERENCE_ROWS).choice(len(rows), most, replace=False)]
    return np.sort(rows)


def _near(k: int, block: Array, reference: Array, own: Array | None = None) -> Array:
    # |a - b|^2 by the product finds who is near; the differences themselves are then exact, also for equal rows.
    # Without the shift to the centre, columns far from 0 (scaling="none") would leave nothing of it but rounding.
    centre = jnp.mean(reference, axis=0, keepdims=True)
    shifted = reference - centre
    closeness = 2.0 * (block - centre) @ shifted.T - jnp.sum(shifted * shifted, axis=1)[None, :]
    if own is not None:
        closeness = jnp.where(jnp.arange(len(reference))[None, :] == own[:, None], -jnp.inf, closeness)
    nearest = _largest(closeness, k)

    def add(index: Array, total: Array) -> Array:
        return total + jnp.square(reference[nearest[:, index]] - block)

    # One neighbour after the other: all at once would take k times the block's memory.
    return jax.lax.fori_loop(0, k, add, jnp.zeros_like(block)) / k


def _largest(numbers: Float[Array, "rows columns"], k: int) -> Int[Array, "rows k"]:
    """The columns of each row's k largest numbers, the largest first.

    The columns are laid out as sheets of as many columns each; the k largest numbers stand in those k columns of a
    sheet whose largest over all sheets are largest. Finding these takes half the time of sorting out a whole row.
    """
    columns = numbers.shape[1]
    sheets = math.isqrt(columns // k)
    if sheets < FEWEST_SHEETS:
        return jax.lax.top_k(numbers, k)[1]
    width = -(-columns // sheets)
    padding = ((0, 0), (0, sheets * width - columns))
    stacked = jnp.pad(numbers, padding, constant_values=-jnp.inf).reshape(-1, sheets, width)
    _, best = jax.lax.top_k(jnp.max(stacked, axis=1), k)
    candidates = jnp.take_along_axis(stacked, best[:, None, :], axis=2).reshape(-1, sheets * k)
    _, place = jax.lax.top_k(candidates, k)
    return place // k * width + jnp.take_along_axis(best, place % k, axis=1)


@functools.cache
def _program(k: int) -> Program:
    return Program(functools.partial(_near, k), f"the {k} nearest rows")


@functools.cache
def _leave_one_out_program(k: int) -> Program:
    return Program(functools.partial(_near, k), f"the {k} nearest other rows")
