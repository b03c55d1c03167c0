"""The numeric cells of the training rows, read some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

BLOCK_VALUES = 2**16
"""Values worked on at once. As float64 they take half a megabyte: they stay in the processor's cache, and no second
copy of a large table is ever made."""

SORTED_COLUMNS = 16
"""Columns sorted at once: 16 float32 of one row fill a cache line, so that no fetched byte is wasted."""


@dataclass(frozen=True, eq=False)
class TrainingNumbers:
    """The training rows of a numeric matrix, NaN for missing, without a copy of them.

    Attributes:
        matrix: All rows of the table; a column each.
        rows: Which rows are training rows; None for all.
    """

    matrix: Float[np.ndarray, "_ columns"]
    rows: Int[np.ndarray, "rows"] | None = None

    @property
    def height(self) -> int:
        """The number of training rows."""
        return len(self.matrix) if self.rows is None else len(self.rows)

    def blocks(self) -> Iterator[Float64[np.ndarray, "_ _"]]:
        """The training rows in order, some at a time, as float64."""
        for start, stop in block_bounds(self.height, self.matrix.shape[1]):
            yield rows_between(self.matrix, self.rows, start, stop).astype(np.float64)

    def sorted_columns(self) -> Iterator[Float[np.ndarray, "_ _"]]:
        """Some columns at a time, each as one sorted row of the array, missing cells last."""
        for first in range(0, self.matrix.shape[1], SORTED_COLUMNS):
            columns = self.matrix[:, first : first + SORTED_COLUMNS]
            chosen = columns if self.rows is None else columns[self.rows]
            yield np.sort(chosen.T, axis=1)


def block_bounds(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """First row and end of each block of a table with so many rows and columns.

    Example:
        >>> list(block_bounds(70_000, 1))
        [(0, 65536), (65536, 70000)]
    """
    step = max(1, BLOCK_VALUES // max(1, columns))
    for start in range(0, rows, step):
        yield start, min(start + step, rows)


def rows_between(
    matrix: Float[np.ndarray, "_ columns"], rows: Int[np.ndarray, "_"] | None, start: int, stop: int
) -> Float[np.ndarray, "rows columns"]:
    """The rows from `start` to before `stop` of a matrix, or of the chosen `rows` of it."""
    return matrix[start:stop] if rows is None else matrix[rows[start:stop]]
