"""The aligned neighbour distance: how far a curve is from the nearest normal ones, each moved in time to fit best."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int, Int32

from offbeat.blas import one_blas_thread
from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.neighbours import (
    MOST_REFERENCE_ROWS,
    columns_for_closeness,
    is_same_row,
    leave_out,
    own_places,
    thinned,
)
from offbeat.scoring.score import AbstractScore

# Reference curves times shifts: what a curve is compared with costs time in proportion.
MOST_COMPARISONS = 15_000
# Each way; longer curves are tried at every second step, every third, ...
MOST_SHIFTS = 7
# Rows looked at together, always as many: a product of another shape may round differently, and take another neighbour.
BLOCK_ROWS = 64


@dataclass(frozen=True, eq=False)
class AlignedNeighbourDistance(AbstractScore):
    """Mean over steps and over the k nearest reference curves of the squared difference to the best shift of each.

    Where a shift moves a reference curve in, its end is held. A curve that is itself among the reference curves is
    measured by the others, and one that equals the row is left out, as for `NeighbourDistance`.

    Attributes:
        reference: Normal curves, scaled. All is computed in their precision, as for `NeighbourDistance`.
        moves: 1 for features that are steps, 0 for those behind them (marks of missing cells), which stay in place.
        neighbours: k; all reference curves where there are fewer.
        alignment: The largest shift, as a share of the steps.
        numbers: Which rows of the fitted table the reference curves are, ascending; absent from a detector that was
            loaded.

    Reference:
        A distance under the best shift within a band is what dynamic time warping is left with when the whole curve
        has to move by one amount; it keeps a shape from being warped until it is normal.
    """

    multiplies: ClassVar[bool] = True
    reads_views: ClassVar[bool] = False

    reference: Float[np.ndarray, "reference features"]
    moves: Float[np.ndarray, "features"]
    neighbours: int
    alignment: float
    numbers: Int[np.ndarray, "reference"] | None = None

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each step's mean squared difference over the number of features."""
        answers = np.empty(rows.features.shape, self.reference.dtype)
        for part, nearest in self._nearest_by_block(rows):
            # From the differences, not from the product: exact also for equal curves.
            differences = self._shifted[nearest] - rows.features[part, np.newaxis]
            np.einsum("rkf,rkf->rf", differences, differences, out=answers[part])
            answers[part] /= np.float32(nearest.shape[1] * max(1, rows.features.shape[1]))
        return answers

    def expected(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """The mean of each curve's nearest ones, as they are shifted."""
        answers = np.empty(rows.features.shape, self.reference.dtype)
        for part, nearest in self._nearest_by_block(rows):
            answers[part] = self._shifted[nearest].mean(axis=1)
        return answers

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The reference curves, and which of their features are steps."""
        return {"reference": self.reference, "moves": self.moves}

    def _nearest_by_block(self, rows: ReconstructedRows) -> Iterator[tuple[slice, Int[np.ndarray, "some k"]]]:
        """Some of the curves at a time: which they are, and which of the shifted curves are nearest."""
        features, own = rows.features, own_places(rows, self.numbers)
        block = np.zeros((BLOCK_ROWS, features.shape[1]), self.reference.dtype)
        with one_blas_thread():
            for first in range(0, len(features), BLOCK_ROWS):
                part = slice(first, first + BLOCK_ROWS)
                piece = features[part]
                block[: len(piece)] = piece
                yield part, self._nearest(block, None if own is None else own[part])[: len(piece)]

    @functools.cached_property
    def places(self) -> Int[np.ndarray, "shifts features"]:
        """Which feature of a reference curve comes to lie where, for each shift."""
        steps = int(self.moves.sum())
        moved = np.clip(np.arange(steps) + shifts_of(steps, self.alignment)[:, np.newaxis], 0, steps - 1)
        others = np.tile(np.arange(steps, len(self.moves)), (len(moved), 1))
        return np.concatenate([moved, others], axis=1)

    @functools.cached_property
    def _shifted(self) -> Float[np.ndarray, "comparisons features"]:
        """Every reference curve at every shift, the shifts of a curve after one another."""
        return np.ascontiguousarray(self.reference[:, self.places]).reshape(-1, len(self.moves))

    @functools.cached_property
    def _prepared(self) -> tuple[Float[np.ndarray, "1 features"], Float[np.ndarray, "columns comparisons"]]:
        """The centre of the curves, and what a row less the centre and a 1 are multiplied by for closeness."""
        centre = self.reference.mean(axis=0, keepdims=True)
        return centre, columns_for_closeness(self._shifted, centre)

    def _nearest(
        self, block: Float[np.ndarray, "block features"], own: Int32[np.ndarray, "some"] | None
    ) -> Int[np.ndarray, "block k"]:
        """Which of the shifted curves are nearest, no two of one reference curve."""
        centre, columns = self._prepared
        closeness = np.concatenate([block - centre, np.ones((len(block), 1), block.dtype)], axis=1) @ columns
        by_curve = closeness.reshape(len(block), len(self.reference), -1)
        best = by_curve.argmax(axis=2)
        largest = np.take_along_axis(by_curve, best[..., np.newaxis], axis=2)[..., 0]
        if own is not None:
            leave_out(largest, own)
        others = max(1, len(self.reference) - (own is not None))
        k = min(self.neighbours, others)
        if k < others:
            first = largest.argmax(axis=1)
            same = is_same_row(block, self.reference[first])
            largest[same, first[same]] = -np.inf
        curves = np.argpartition(largest, largest.shape[1] - k, axis=1)[:, largest.shape[1] - k :]
        # In order of the curves: sums in another order would round differently.
        curves.sort(axis=1)
        return curves * by_curve.shape[2] + np.take_along_axis(best, curves, axis=1)


def shifts_of(steps: int, alignment: float) -> Int[np.ndarray, "shifts"]:
    """By how many steps a reference curve of so many is shifted: at most 7 amounts each way, and 0.

    Example:
        >>> shifts_of(60, 0.05).tolist(), shifts_of(1000, 0.05).tolist()[:4]
        ([-3, -2, -1, 0, 1, 2, 3], [-48, -40, -32, -24])
    """
    largest = math.floor(alignment * steps)
    apart = max(1, -(-largest // MOST_SHIFTS))
    each_way = np.arange(apart, largest + 1, apart)
    return np.concatenate([-each_way[::-1], [0], each_way])


def fit_aligned(
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"],
    *,
    neighbours: int,
    alignment: float,
    columns: tuple[int, ...],
    seed: int,
) -> AlignedNeighbourDistance:
    """Keep some of the curves to compare with: as many as their shifts allow.

    Args:
        features: All scaled rows.
        rows: The numbers of those that may be kept.
        neighbours: k.
        alignment: The largest shift, as a share of the steps.
        columns: For each feature the number of the column that it came from; each its own unless given.
        seed: For the choice, where there are too many.
    """
    steps = max(columns) + 1 if columns else features.shape[1]
    most = min(MOST_REFERENCE_ROWS, MOST_COMPARISONS // len(shifts_of(steps, alignment)))
    kept = thinned(rows, most, seed)
    moves = (np.arange(features.shape[1]) < steps).astype(np.float32)
    reference = np.ascontiguousarray(features[kept], dtype=np.float32)
    return AlignedNeighbourDistance(reference, moves, neighbours, alignment, kept)
