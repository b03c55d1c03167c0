"""The words that stand for a missing cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from offbeat.data.numerals import TEXT_TYPES
from offbeat.data.table import Table

MISSING_WORDS = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "?")
"""What is missing without being declared. Not in the list, on purpose: "None" and "-", which are categories in many
tables, and numbers such as -999, which may be measured values."""


def with_missing(table: Table, words: Sequence[str]) -> Table:
    """The table with missing cells where text is one of the words, or a number equals one that is a number.

    Args:
        table: Any table; a matrix is copied only if one of the words is a number.
        words: What else is missing beside `MISSING_WORDS`; "-999" also covers -999.0.

    Example:
        >>> with_missing(Table(pl.DataFrame({"flow": ["1.5", "?", "n/a"]})), ["n/a"]).column("flow").to_list()
        ['1.5', None, None]
    """
    if isinstance(table.cells, pl.DataFrame):
        return replace(table, cells=frame_with_missing(table.cells, words))
    numbers = _numbers_among(words)
    if not numbers:
        return table
    # isin on a float32 matrix would compare 0.1 with the float32 nearest to it, and find nothing.
    stands_for_missing = np.isin(table.cells, np.asarray(numbers, dtype=table.cells.dtype))
    return replace(table, cells=np.where(stands_for_missing, table.cells.dtype.type(np.nan), table.cells))


def frame_with_missing(frame: pl.DataFrame, words: Sequence[str]) -> pl.DataFrame:
    """The frame with missing cells, as `with_missing`.

    Args:
        frame: Any frame.
        words: What else is missing beside `MISSING_WORDS`.
    """
    numbers = _numbers_among(words)
    everything = [*MISSING_WORDS, *words]
    return pl.DataFrame([_cleared(column, everything, numbers) for column in frame.get_columns()])


def _cleared(column: pl.Series, words: list[str], numbers: list[float]) -> pl.Series:
    """One column without the words and numbers that stand for missing."""
    if column.dtype in TEXT_TYPES:
        missing = column.cast(pl.String).str.strip_chars().is_in(words)
    elif column.dtype.is_numeric() and numbers:
        missing = column.cast(pl.Float64).is_in(numbers)
    else:
        return column
    return column.set(missing.fill_null(False), None) if missing.any() else column


def _numbers_among(words: Sequence[str]) -> list[float]:
    """Those of the words that are numbers; NaN is missing anyway."""
    numbers = []
    for word in words:
        try:
            number = float(word)
        except ValueError:
            continue
        if number == number:
            numbers.append(number)
    return numbers
