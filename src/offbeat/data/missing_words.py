"""The words that stand for a missing cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from offbeat.data.numerals import TEXT_TYPES, as_text
from offbeat.data.table import Table

MISSING_WORDS = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "?")
"""What is missing without being declared. Not in the list, on purpose: "None" and "-", which are categories in many
tables, and numbers such as -999, which may be measured values."""


def with_missing(table: Table, words: Sequence[str]) -> Table:
    """The table with missing cells where text is one of the words, or a number equals one that is a number.

    Numbers are compared in the column's own precision: of a float32 column, -99.9 is the float32 nearest to it. Text
    that is numbers throughout is compared as numbers too.

    Args:
        table: Any table; a matrix is copied only if one of the words is a number.
        words: What else is missing beside `MISSING_WORDS`; "-999" also covers -999.0.

    Example:
        >>> with_missing(Table(pl.DataFrame({"flow": ["1.5", "?", "n/a"]})), ["n/a"]).column("flow").to_list()
        ['1.5', None, None]
    """
    numbers = _numbers_among(words)
    if isinstance(table.cells, pl.DataFrame):
        frame = frame_with_missing(table.cells, words)
        if numbers:
            frame = pl.DataFrame([_without_spelled(column, numbers) for column in frame.get_columns()])
        return replace(table, cells=frame)
    if not numbers:
        return table
    # isin on a float32 matrix would compare 0.1 with the float32 nearest to it, and find nothing.
    stands_for_missing = np.isin(table.cells, np.asarray(numbers, dtype=table.cells.dtype))
    return replace(table, cells=np.where(stands_for_missing, table.cells.dtype.type(np.nan), table.cells))


def frame_with_missing(frame: pl.DataFrame, words: Sequence[str]) -> pl.DataFrame:
    """The frame with missing cells, as `with_missing`; but text is compared as it is written only.

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
        missing = as_text(column).is_in(words)
    elif column.dtype.is_numeric() and numbers:
        wanted = pl.Series(numbers, dtype=column.dtype if column.dtype.is_float() else pl.Float64)
        missing = column.cast(wanted.dtype).is_in(wanted.implode())
    else:
        return column
    return column.set(missing.fill_null(False), None) if missing.any() else column


def _without_spelled(column: pl.Series, numbers: list[float]) -> pl.Series:
    """One column without the numbers, where it is text that spells numbers throughout; any other as it is."""
    if column.dtype not in TEXT_TYPES:
        return column
    spelled = as_text(column).cast(pl.Float64, strict=False)
    missing = spelled.is_in(numbers)
    if spelled.null_count() > column.null_count() or not missing.any():
        return column
    return column.set(missing.fill_null(False), None)


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
