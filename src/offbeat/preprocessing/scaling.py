"""From the training rows to an offset and a divisor for each numeric column: feature = (value - offset) / divisor.

A constant training column says nothing about what a large deviation is. Dividing by its spread, which is zero or
rounding noise, would let a change from 1 to 1.001 outweigh all other columns. Its divisor is therefore the constant
itself, and at least 1: a deviation counts by what share of the constant it is, and changing 1 to 1.001 gives a feature
of 0.001, where an ordinary value of an ordinary column gives about 1. Noise around exactly 0 is not told from a column
in a very small unit, and is scaled as one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from offbeat.preprocessing.column_summary import ColumnSummary
from offbeat.preprocessing.quartiles import quartiles
from offbeat.preprocessing.settings import ScalingWord
from offbeat.preprocessing.training_numbers import TrainingNumbers

IQR_OF_NORMAL = 1.3489795003921634
"""The interquartile range of a normal distribution with standard deviation 1: twice its upper quartile."""


@dataclass(frozen=True, eq=False)
class Scale:
    """How each column becomes a feature: (value - offset) / divisor.

    Attributes:
        offset: In the column's own unit.
        divisor: In the column's own unit; above 0.
        centre: The value that stands in for a missing one, in the column's own unit.
    """

    offset: Float64[np.ndarray, "columns"]
    divisor: Float64[np.ndarray, "columns"]
    centre: Float64[np.ndarray, "columns"]


def standard(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """Mean 0 and standard deviation 1 on the training rows."""
    return Scale(summary.mean, _unless_constant(summary, summary.std), summary.mean)


def robust(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """Median 0, and the interquartile range of a standard normal: outliers in training hardly move it.

    Where half of the cells or more are equal, the interquartile range is zero (or rounding noise), and the standard
    deviation takes its place.
    """
    low, median, high = quartiles(training, summary.present)
    spread = (high - low) / IQR_OF_NORMAL
    spread = np.where(high - low > summary.noise, spread, summary.std)
    return Scale(median, _unless_constant(summary, spread), median)


def standard_global(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """Mean 0 for each column, and one divisor for all: the root of their mean variance.

    For columns of one unit, such as the steps of a curve: where the curve hardly moves, noise stays as small as it is.
    """
    spreads = summary.std[(summary.present > 0) & ~summary.constant]
    largest = float(spreads.max(initial=0.0))
    # Relative to the largest, because the square of a very small or large unit is no float.
    divisor = largest * np.sqrt(np.mean((spreads / largest) ** 2)) if largest > 0 else 0.0
    divisor = divisor or max(1.0, float(summary.magnitude.max(initial=0.0)))
    return Scale(summary.mean, np.full_like(summary.mean, divisor), summary.mean)


def minmax(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """0 at the column's training minimum, 1 at its maximum; other rows may fall outside."""
    return Scale(summary.minimum, _unless_constant(summary, summary.maximum - summary.minimum), summary.mean)


def minmax_global(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """0 at the smallest training value of the whole table, 1 at its largest: the columns keep their relative sizes.

    Reference:
        https://www.tensorflow.org/tutorials/generative/autoencoder, third example (one minimum and one maximum for
        all heartbeats).
    """
    seen = summary.present > 0
    smallest = float(summary.minimum.min(where=seen, initial=np.inf)) if seen.any() else 0.0
    largest = float(summary.maximum.max(where=seen, initial=-np.inf)) if seen.any() else 0.0
    constant = largest - smallest <= summary.noise.max(initial=0.0)
    divisor = max(abs(smallest), abs(largest), 1.0) if constant else largest - smallest
    return Scale(np.full_like(summary.mean, smallest), np.full_like(summary.mean, divisor), summary.mean)


def normalize(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """Mean 0 and range 1 on the training rows; a constant column is divided by 1.

    Reference:
        H2O-3, `hex.DataInfo` with `TransformType.NORMALIZE`. We depart in one point: a column that differs by
        rounding noise only is constant here, where H2O divides by the noise.
    """
    spread = summary.maximum - summary.minimum
    return Scale(summary.mean, np.where(summary.constant, 1.0, spread), summary.mean)


def unscaled(training: TrainingNumbers, summary: ColumnSummary) -> Scale:
    """The values as they are."""
    return Scale(np.zeros_like(summary.mean), np.ones_like(summary.mean), summary.mean)


SCALINGS: Mapping[ScalingWord, Callable[[TrainingNumbers, ColumnSummary], Scale]] = {
    "standard": standard,
    "robust": robust,
    "standard-global": standard_global,
    "minmax": minmax,
    "minmax-global": minmax_global,
    "normalize": normalize,
    "none": unscaled,
}
"""The settings' word for each scaling."""


def _unless_constant(summary: ColumnSummary, spread: Float64[np.ndarray, "columns"]) -> Float64[np.ndarray, "columns"]:
    return np.where(summary.constant, np.maximum(summary.magnitude, 1.0), spread)
