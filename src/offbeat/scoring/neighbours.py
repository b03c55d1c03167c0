"""The neighbour distance: how far a row is from the nearest training rows, which no network can explain away."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from offbeat.networks.blocks import BLOCK_ROWS, ReconstructedRows
from offbeat.programs import Program
from offbeat.randomness import Purpose, host_randomness
from offbeat.scoring.score import AbstractScore

# Distances to more rows cost time in proportion and change the ranking little; the subsample is drawn by the seed.
MOST_REFERENCE_ROWS = 5000


@dataclass(frozen=True, eq=False)
class NeighbourDistance(AbstractScore):
    """Mean over features and over the k nearest reference rows of the squared difference.

    Attributes:
        reference: Training rows, scaled.
        neighbours: k; all reference rows where there are fewer.

    Reference:
        Ramaswamy et al. 2000 use the distance to the k-th neighbour; the mean over k varies less (Angiulli & Pizzuti
        2002), and squared differences can be told apart by feature.
    """

    reference: Float[np.ndarray, "reference features"]
    neighbours: int

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each feature's mean squared difference over the number of features."""
        features = rows.features
        answers = np.empty_like(features, dtype=np.float32)
        block = np.zeros((BLOCK_ROWS, features.shape[1]), np.float32)
        for first in range(0, len(features), BLOCK_ROWS):
            piece = features[first : first + BLOCK_ROWS]
            block[: len(piece)] = piece
            answers[first : first + BLOCK_ROWS] = self._of_block(block)[: len(piece)]
        return answers / np.float32(max(1, features.shape[1]))

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The reference rows."""
        return {"reference": self.reference}

    def _of_block(self, block: Float[np.ndarray, "block features"]) -> np.ndarray:
        k = min(self.neighbours, len(self.reference))
        with jax.default_matmul_precision("highest"):
            return np.asarray(_mean_squared_differences(block, self.reference, k))


def fit_neighbours(
    features: Float[np.ndarray, "rows features"], train_rows: np.ndarray, neighbours: int, seed: int
) -> NeighbourDistance:
    """Keep training rows to compare with, at most `MOST_REFERENCE_ROWS` of them."""
    kept = train_rows
    if len(kept) > MOST_REFERENCE_ROWS:
        chosen = host_randomness(seed, Purpose.REFERENCE_ROWS).choice(len(kept), MOST_REFERENCE_ROWS, replace=False)
        kept = kept[np.sort(chosen)]
    return NeighbourDistance(np.ascontiguousarray(features[kept], dtype=np.float32), neighbours)


def _mean_squared_differences(
    block: Float[np.ndarray, "block features"], reference: Float[np.ndarray, "reference features"], k: int
) -> Float[Array, "block features"]:
    return _program(k)(block, reference)


def _near(k: int, block: Array, reference: Array) -> Array:
    # |a - b|^2 by the product finds who is near; the differences themselves are then exact, also for equal rows.
    # Without the shift to the centre, columns far from 0 (scaling="none") would leave nothing of it but rounding.
    centre = jnp.mean(reference, axis=0, keepdims=True)
    shifted = reference - centre
    closeness = 2.0 * (block - centre) @ shifted.T - jnp.sum(shifted * shifted, axis=1)[None, :]
    _, nearest = jax.lax.top_k(closeness, k)

    def add(index: Array, total: Array) -> Array:
        return total + jnp.square(reference[nearest[:, index]] - block)

    # One neighbour after the other: all at once would take k times the block's memory.
    return jax.lax.fori_loop(0, k, add, jnp.zeros_like(block)) / k


@functools.cache
def _program(k: int) -> Program:
    return Program(functools.partial(_near, k), f"the {k} nearest rows")
