"""Median and quartiles of columns with missing cells."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int

from offbeat.preprocessing.training_numbers import TrainingNumbers


def quartiles(
    training: TrainingNumbers, present: Int[np.ndarray, "columns"]
) -> tuple[Float64[np.ndarray, "columns"], Float64[np.ndarray, "columns"], Float64[np.ndarray, "columns"]]:
    """First quartile, median and third quartile of each column, interpolated linearly; 0 where no cell is present.

    Args:
        training: The training rows.
        present: How many cells of each column are not missing.

    Example:
        >>> low, median, high = quartiles(TrainingNumbers(np.array([[1.0], [2.0], [4.0]])), np.array([3]))
        >>> low.tolist(), median.tolist(), high.tolist()
        ([1.5], [2.0], [3.0])

    Reference:
        Hyndman and Fan, "Sample quantiles in statistical packages" (1996), definition 7: NumPy's default.
    """
    found = np.zeros((3, len(present)))
    first = 0
    for cells in training.sorted_columns():
        columns = slice(first, first + len(cells))
        for quarter in (1, 2, 3):
            found[quarter - 1, columns] = _quantile_of_sorted(cells, present[columns], quarter / 4)
        first += len(cells)
    low, median, high = found
    return low, median, high


def _quantile_of_sorted(
    cells: Float[np.ndarray, "columns rows"], present: Int[np.ndarray, "columns"], share: float
) -> Float64[np.ndarray, "columns"]:
    place = np.maximum(present - 1, 0) * share
    below = place.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(present - 1, 0))
    column = np.arange(len(cells))
    low, high = cells[column, below].astype(np.float64), cells[column, above].astype(np.float64)
    return np.where(present > 0, low + (high - low) * (place - below), 0.0)
