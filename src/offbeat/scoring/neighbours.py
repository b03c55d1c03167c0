"""The neighbour distance: how far a row is from the nearest training rows, which no network can explain away."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float, Int, Int32

from offbeat.blas import one_blas_thread
from offbeat.networks.blocks import ReconstructedRows
from offbeat.randomness import Purpose, host_randomness
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.squares import row_sums_of_squares

# Distances to more rows cost time in proportion and change the ranking little; the subsample is drawn by the seed.
MOST_REFERENCE_ROWS = 2500
# A neighbourhood is wider than any crowd of anomalies should be. As a share it needs few rows to be measured by.
NEIGHBOURHOOD_SHARE = 0.05
MOST_NEIGHBOURHOOD_ROWS = 500
# Multiplied together, always as many: a product of another shape may round differently, and take another neighbour.
BLOCK_ROWS = 64
# Numbers held at once while the nearest are looked for, of as many blocks as that allows: little enough for the cache,
# and enough that threads side by side rarely wait for one another between one call of NumPy and the next.
CLOSENESS_AT_ONCE = 2**19
# One search for the nearest row after another is faster than sorting, up to about so many.
MOST_SEARCHES = 12
# So many numbers NumPy sorts in less time than it takes to part the largest of them from the others.
SORTED_FASTER = 750
# Numbers held at once while differences are squared: they stay in the processor's cache.
DIFFERENCES_AT_ONCE = 2**18
NOWHERE = np.int32(-1)
# Two rows are one and the same up to this squared difference, relative to the row's own square: the same cells, scaled
# by another program (an exported graph), differ in their last bits.
SAME_ROW = 1e-10


@dataclass(frozen=True, eq=False)
class NeighbourDistance(AbstractScore):
    """Mean over features and over the k nearest reference rows of the squared difference.

    A row that is itself among the reference rows is measured by the others (leave-one-out), while it is known which
    one it is: as long as the detector is fitted. So rows can be reference and set the threshold as well. Besides that,
    one reference row equal to the row is left out of any row's neighbours: training rows scored again do not find
    themselves, and new rows are treated as those that set the threshold. Neither is done where no more than k would be
    left, except that a row known to be a reference row is never measured by itself while there is another.

    Attributes:
        reference: Normal rows, scaled. All is computed in their precision: float32, unless more digits are asked for.
        neighbours: k; all reference rows where there are fewer.
        numbers: Which rows of the fitted table the reference rows are, ascending; absent from a detector that was
            loaded.

    Reference:
        Ramaswamy et al. 2000 use the distance to the k-th neighbour; the mean over k varies less (Angiulli & Pizzuti
        2002), and squared differences can be told apart by feature.
    """

    multiplies: ClassVar[bool] = True
    reads_views: ClassVar[bool] = False

    reference: Float[np.ndarray, "reference features"]
    neighbours: int
    numbers: Int[np.ndarray, "reference"] | None = None

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each feature's mean squared difference over the number of features."""
        return self._measured(rows, by_feature=True)

    def scores(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows"]:
        """The sum of a row's contributions, summed as the differences are squared."""
        return self._measured(rows, by_feature=False)

    def expected(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """The mean of each row's nearest reference rows."""
        answers = np.zeros(rows.features.shape, self.reference.dtype)
        for part, nearest in self._nearest_by_piece(rows):
            for places in nearest.T:
                answers[part] += self.reference[places]
            answers[part] /= np.float32(nearest.shape[1])
        return answers

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The reference rows."""
        return {"reference": self.reference}

    @functools.cached_property
    def _prepared(self) -> tuple[Float[np.ndarray, "1 features"], Float[np.ndarray, "columns reference"]]:
        """The centre of the reference rows, and what a row less the centre and a 1 are multiplied by for closeness.

        Without the shift to the centre, columns far from 0 (scaling="none") would leave nothing of it but rounding.
        """
        centre = self.reference.mean(axis=0, keepdims=True)
        return centre, columns_for_closeness(self.reference, centre)

    def _measured(self, rows: ReconstructedRows, *, by_feature: bool) -> Float[np.ndarray, "rows ..."]:
        """The mean of squared differences, over the number of features: of each feature, or the sum of all."""
        features = rows.features
        answers = np.empty(features.shape if by_feature else len(features), self.reference.dtype)
        for part, nearest in self._nearest_by_piece(rows):
            self._mean_squares(features[part], nearest, answers[part])
        return answers / np.float32(max(1, features.shape[1]))

    def _nearest_by_piece(self, rows: ReconstructedRows) -> Iterator[tuple[slice, Int[np.ndarray, "piece k"]]]:
        """Some of the rows at a time: which they are, and the places of their nearest reference rows."""
        features, own, precision = rows.features, own_places(rows, self.numbers), self.reference.dtype
        centre, columns = self._prepared
        blocks = _in_blocks(features, centre)
        at_once = max(1, CLOSENESS_AT_ONCE // (BLOCK_ROWS * len(self.reference)))
        closeness = np.empty((min(at_once, len(blocks)), BLOCK_ROWS, len(self.reference)), precision)
        # Also for a single piece: on a busy machine a product waits long for a second core.
        with one_blas_thread():
            for first in range(0, len(blocks), at_once):
                some = blocks[first : first + at_once]
                part = slice(first * BLOCK_ROWS, (first + at_once) * BLOCK_ROWS)
                piece = features[part]
                # |a - b|^2 by the product tells who is near, up to what all distances of a row have in common.
                product = np.matmul(some, columns, out=closeness[: len(some)])
                of_piece = product.reshape(-1, len(self.reference))[: len(piece)]
                yield part, self._nearest(piece, None if own is None else own[part], of_piece)

    def _nearest(
        self,
        rows: Float[np.ndarray, "rows features"],
        own: Int32[np.ndarray, "rows"] | None,
        closeness: Float[np.ndarray, "rows reference"],
    ) -> Int[np.ndarray, "rows k"]:
        """The places of each row's nearest reference rows; `closeness` is written over."""
        if own is not None:
            leave_out(closeness, own)
        others = max(1, len(self.reference) - (own is not None))
        k, every = min(self.neighbours, others), np.arange(len(rows))
        first = closeness.argmax(axis=1)
        if k < others and (same := is_same_row(rows, self.reference[first])).any():
            closeness[same, first[same]] = -np.inf
            first[same] = closeness[same].argmax(axis=1)
        if k > MOST_SEARCHES:
            return _largest(closeness, k)
        nearest = np.empty((len(rows), k), np.intp)
        nearest[:, 0] = first
        for place in range(1, k):
            closeness[every, nearest[:, place - 1]] = -np.inf
            nearest[:, place] = closeness.argmax(axis=1)
        return nearest

    def _mean_squares(
        self,
        rows: Float[np.ndarray, "rows features"],
        nearest: Int[np.ndarray, "rows k"],
        answers: Float[np.ndarray, "rows ..."],
    ) -> None:
        """Write the mean squared difference to the nearest rows, from the differences: exact also for equal rows.

        Args:
            rows: Some rows.
            nearest: The places of their nearest reference rows.
            answers: Gets a number for each feature, or, where it has one axis only, the sum of these.
        """
        step = max(1, DIFFERENCES_AT_ONCE // max(1, nearest.shape[1] * rows.shape[1]))
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            differences = self.reference.take(nearest[part], axis=0)
            differences -= rows[part][:, np.newaxis]
            if answers.ndim == 1:
                answers[part] = row_sums_of_squares(differences)
            else:
                np.einsum("rkf,rkf->rf", differences, differences, out=answers[part])
        answers /= np.float32(nearest.shape[1])


def _in_blocks(
    rows: Float[np.ndarray, "rows features"], centre: Float[np.ndarray, "1 features"]
) -> Float[np.ndarray, "blocks block columns"]:
    """The rows less the centre, and a 1, for `columns_for_closeness`; zeros fill the last block."""
    blocks = np.zeros((-(-len(rows) // BLOCK_ROWS), BLOCK_ROWS, rows.shape[1] + 1), centre.dtype)
    flat = blocks.reshape(-1, rows.shape[1] + 1)
    np.subtract(rows, centre, out=flat[: len(rows), :-1], casting="same_kind")
    flat[: len(rows), -1] = 1.0
    return blocks


def columns_for_closeness(
    points: Float[np.ndarray, "points features"], centre: Float[np.ndarray, "1 features"]
) -> Float[np.ndarray, "columns points"]:
    """What a row less the centre, and a 1, are multiplied by to tell how near each of the points is.

    The product is |row - centre|² - |row - point|²: larger for a nearer point. It has the precision of the points.
    """
    away = points - centre
    squares = np.square(away).sum(axis=1, keepdims=True)
    return np.ascontiguousarray(np.concatenate([2.0 * away, -squares], axis=1, dtype=points.dtype).T)


def own_places(
    rows: ReconstructedRows, numbers: Int[np.ndarray, "reference"] | None
) -> Int32[np.ndarray, "rows"] | None:
    """Where among the reference rows of these numbers each of the rows is, or `NOWHERE`; None where unknown."""
    if rows.numbers is None or numbers is None:
        return None
    places = np.minimum(np.searchsorted(numbers, rows.numbers), len(numbers) - 1)
    return np.where(numbers[places] == rows.numbers, places, NOWHERE).astype(np.int32)


def leave_out(closeness: Float[np.ndarray, "rows reference"], places: Int32[np.ndarray, "some"]) -> None:
    """Write over how near the first of the rows are to the reference rows at these places, but for `NOWHERE`."""
    known = np.flatnonzero(places != NOWHERE)
    closeness[known, places[known]] = -np.inf


def is_same_row(
    rows: Float[np.ndarray, "rows features"], others: Float[np.ndarray, "rows features"]
) -> Bool[np.ndarray, "rows"]:
    """Which of the rows are equal to their other one, but for rounding.

    Example:
        >>> is_same_row(np.array([[3.0, 4.0], [3.0, 4.0]]), np.array([[3.0, 4.000001], [3.0, 4.1]])).tolist()
        [True, False]
    """
    difference = rows - others
    size = rows.shape[1] + row_sums_of_squares(rows)
    return np.asarray(row_sums_of_squares(difference) <= SAME_ROW * size)


def _largest(numbers: Float[np.ndarray, "rows columns"], k: int) -> Int[np.ndarray, "rows k"]:
    """The columns of each row's k largest numbers, ascending."""
    height, width = numbers.shape
    in_order = np.sort(numbers, axis=1) if width <= SORTED_FASTER else np.partition(numbers, width - k, axis=1)
    least = in_order[:, width - k : width - k + 1]
    places = np.flatnonzero(numbers >= least)
    if len(places) == k * height:
        return places.reshape(height, k) - width * np.arange(height)[:, np.newaxis]
    # Somewhere several are as large as the least of them. Sorting their places out takes half as long again.
    return np.sort(np.argpartition(numbers, width - k, axis=1)[:, width - k :], axis=1)


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
