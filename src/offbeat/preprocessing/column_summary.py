"""What scalings need to know of each column: mean, standard deviation, extremes, and what is rounding noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float64, Int

from offbeat.preprocessing.training_numbers import TrainingNumbers

NOISE_ULPS = 8
"""A column whose range is within this many rounding steps of its largest value is constant but for rounding noise."""

SMALLEST_SPREAD = 1e-300
"""A smaller spread cannot be divided by without leaving float64."""


@dataclass(frozen=True, eq=False)
class ColumnSummary:
    """Each column in a few numbers, over its training cells that are not missing; all 0 where there is no such cell.

    Attributes:
        present: How many cells are not missing.
        mean: Their mean.
        std: Their standard deviation, divided by n (not n - 1).
        minimum: The smallest.
        maximum: The largest.
        noise: The largest spread that rounding in the table's own precision explains.
    """

    present: Int[np.ndarray, "columns"]
    mean: Float64[np.ndarray, "columns"]
    std: Float64[np.ndarray, "columns"]
    minimum: Float64[np.ndarray, "columns"]
    maximum: Float64[np.ndarray, "columns"]
    noise: Float64[np.ndarray, "columns"]

    @property
    def magnitude(self) -> Float64[np.ndarray, "columns"]:
        """The largest absolute value of each column."""
        return np.maximum(np.abs(self.minimum), np.abs(self.maximum))

    @property
    def constant(self) -> Bool[np.ndarray, "columns"]:
        """Which columns hold one value only, up to rounding noise."""
        return self.maximum - self.minimum <= self.noise


def summarise(training: TrainingNumbers) -> ColumnSummary:
    """Mean, standard deviation and extremes of each column, in float64.

    The standard deviation comes from a second pass over the distances to the mean, so that a column such as a time
    stamp (1.7e9 s ± 100 s) keeps its digits.

    Example:
        >>> summary = summarise(TrainingNumbers(np.array([[1.0], [np.nan], [3.0]])))
        >>> summary.mean.tolist(), summary.std.tolist(), summary.present.tolist()
        ([2.0], [1.0], [2])

    Reference:
        The corrected two-pass algorithm: Chan, Golub, LeVeque, "Algorithms for computing the sample variance" (1983),
        formula 1.7.
    """
    # Values that are too large to compute with end as infinite extremes, which the caller refuses with names.
    with np.errstate(over="ignore", invalid="ignore"):
        return _with_spread(training, _extremes_and_rough_mean(training))


def _extremes_and_rough_mean(training: TrainingNumbers) -> ColumnSummary:
    columns = training.matrix.shape[1]
    present, total = np.zeros(columns, dtype=np.int64), np.zeros(columns)
    minimum, maximum = np.full(columns, np.inf), np.full(columns, -np.inf)
    for block in training.blocks():
        missing = np.isnan(block)
        present += len(block) - np.count_nonzero(missing, axis=0)
        total += _without_missing(block, missing).sum(axis=0)
        minimum = np.fmin(minimum, np.fmin.reduce(block, axis=0))
        maximum = np.fmax(maximum, np.fmax.reduce(block, axis=0))
    minimum[present == 0] = maximum[present == 0] = 0.0
    noise = NOISE_ULPS * float(np.finfo(training.matrix.dtype).eps) * np.maximum(np.abs(minimum), np.abs(maximum))
    return ColumnSummary(
        present=present,
        mean=total / np.maximum(present, 1),
        std=np.zeros(columns),
        minimum=minimum,
        maximum=maximum,
        noise=np.maximum(noise, SMALLEST_SPREAD),
    )


def _with_spread(training: TrainingNumbers, rough: ColumnSummary) -> ColumnSummary:
    """The same summary with its standard deviation, and with the rounding error of the mean taken off."""
    reach = np.maximum(rough.maximum - rough.mean, rough.mean - rough.minimum)
    # In units of the reach, squares neither overflow (values of 1e200) nor vanish (values of 1e-200).
    unit = np.where(reach > SMALLEST_SPREAD, reach, 1.0)
    total, squares = np.zeros_like(unit), np.zeros_like(unit)
    for block in training.blocks():
        distance = (block - rough.mean) / unit
        distance = _without_missing(distance, np.isnan(distance))
        total += distance.sum(axis=0)
        squares += np.einsum("ij,ij->j", distance, distance)
    count = np.maximum(rough.present, 1)
    variance = np.maximum(squares - total**2 / count, 0.0) / count
    return replace(rough, mean=rough.mean + unit * total / count, std=unit * np.sqrt(variance))


def _without_missing(
    block: Float64[np.ndarray, "rows columns"], missing: Bool[np.ndarray, "rows columns"]
) -> Float64[np.ndarray, "rows columns"]:
    return np.where(missing, 0.0, block) if missing.any() else block
