"""A frame's cells for what stands outside: pandas, lists, single values."""

from __future__ import annotations

from typing import Any

import polars as pl

from offbeat.errors import DataError, MissingDependencyError
from offbeat.h2o.arithmetic import AbstractCells
from offbeat.h2o.column_types import as_words, spelled_numbers, type_word
from offbeat.h2o.frame_data import frame_data

_TRUTH_VALUES = ("True", "TRUE", "true", "False", "FALSE", "false")
"""The words that pandas reads as truth values, where a column has no others."""


class AbstractGiving(AbstractCells):
    """The ways out of a frame."""

    def as_data_frame(self, use_pandas: bool = True, header: bool = True, use_multi_thread: bool = False) -> Any:
        """The frame as pandas, or as a list of rows of text.

        Args:
            use_pandas: Whether to give a pandas frame; missing numbers are NaN, missing words NaN too. Whole numbers
                are int64 where none is missing. Words and levels that all spell numbers or truth values come as these,
                as in H2O.
            header: Whether the list starts with the names.
            use_multi_thread: Without effect; taken because H2O takes it.

        Raises:
            MissingDependencyError: pandas is not installed.
        """
        if not use_pandas:
            return [*([self.cells.columns] if header else []), *_words_of(self.cells)]
        try:
            import pandas
        except ImportError as error:
            message = "as_data_frame() needs pandas, which is not installed: pip install pandas; or use_pandas=False."
            raise MissingDependencyError(message) from error
        return pandas.DataFrame({column.name: _for_pandas(column) for column in self.cells.get_columns()})

    def get_frame_data(self) -> str:
        """The frame as CSV in one text, as H2O's server sends it; see `frame_data`."""
        return frame_data(self.cells)

    def getrow(self) -> list[Any]:
        """The cells of a frame of one row."""
        if self.cells.height != 1:
            raise DataError(f"getrow() takes a frame of one row; this one has {self.cells.height}.")
        return [cell_of(column) for column in self.cells.get_columns()]

    def flatten(self) -> Any:
        """The cell of a frame of one row and one column."""
        if self.cells.shape != (1, 1):
            raise DataError(f"flatten() takes a frame of one cell; this one has {self.cells.shape} rows and columns.")
        return self.getrow()[0]


def cell_of(column: pl.Series) -> Any:
    """The first cell of a column: numbers as float, NaN where missing, as H2O gives them.

    Args:
        column: A column of a frame.
    """
    cell = column[0]
    if column.dtype.is_numeric():
        return float("nan") if cell is None else float(cell)
    return cell


def _words_of(cells: pl.DataFrame) -> list[list[str]]:
    """The cells as text, row by row; missing cells are empty.

    Args:
        cells: The cells of a frame.
    """
    columns = [as_words(column).fill_null("").to_list() for column in cells.get_columns()]
    return [list(row) for row in zip(*columns, strict=True)]


def _for_pandas(column: pl.Series) -> Any:
    """A column as pandas would read it from H2O's CSV: NaN where a number or word is missing."""
    if column.dtype.is_temporal():
        return column.to_numpy()
    numbers = column if column.dtype.is_numeric() else spelled_numbers(column)
    if numbers is not None:
        are_whole = numbers.len() and not numbers.null_count() and type_word(numbers) == "int"
        return (numbers.cast(pl.Int64) if are_whole else numbers).to_numpy()
    words = column.cast(pl.String)
    present = words.drop_nulls()
    are_truth_values = len(present) and present.is_in(_TRUTH_VALUES).all()
    cells = (words.str.to_lowercase() == "true" if are_truth_values else words).to_numpy()
    if are_truth_values and len(present) == len(words):
        return cells
    cells = cells.astype(object)
    cells[column.is_null().to_numpy()] = float("nan")
    return cells
