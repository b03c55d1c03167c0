"""Columns of dates and times as numbers: milliseconds since 1970-01-01 UTC."""

from __future__ import annotations

from typing import Final

import polars as pl

from offbeat.data.numerals import TEXT_TYPES, as_text
from offbeat.data.time_spellings import times_of
from offbeat.errors import DataError

FORMATS: Final = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")
"""Of dates and times in text; a T may stand where the blank is, and a Z at the end. `time_spellings` has others."""


def milliseconds_of(column: pl.Series, source: str) -> pl.Series:
    """Dates and times as milliseconds; numbers are taken for milliseconds already.

    What has no time zone counts as UTC, and a date as the midnight that it begins with.

    Args:
        column: Dates, with times or without; text such as 2020-01-31, 2020-01-31 13:30:00.5 or 31-Jan-20; or numbers.
        source: What the error calls the table.

    Returns:
        Float64; anything that is neither text nor a date is given back as it is.

    Raises:
        DataError: A cell is text that is no date; names the first such row, and how many there are.

    Example:
        >>> milliseconds_of(pl.Series("day", ["1970-01-02", None, "1970-01-01 00:00:01.5"]), "pumps.csv").to_list()
        [86400000.0, None, 1500.0]
    """
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        return column.dt.epoch("ms").cast(pl.Float64)
    if column.dtype not in TEXT_TYPES:
        return column
    text = as_text(column)
    in_words = text.str.replace(r"^(\d{4}-\d{2}-\d{2})T([0-9:.]+)Z?$", "$1 $2")
    read = [in_words.str.to_datetime(form, strict=False, time_unit="ms").dt.epoch("ms") for form in FORMATS]
    found = pl.select(pl.coalesce(text.cast(pl.Float64, strict=False), *read)).to_series().alias(column.name)
    if found.null_count() > text.null_count():
        found = found.fill_null(times_of(text).dt.epoch("ms").cast(pl.Float64))
    unread = text.is_not_null() & found.is_null()
    if unread.any():
        row, count = unread.arg_true()[0], int(unread.sum())
        raise DataError(
            f"{source}: column '{column.name}' holds text '{text[row][:60]}' at row {row} ({count} such "
            f"row{'' if count == 1 else 's'}); dates (2020-01-31), times (2020-01-31 13:30:00), or milliseconds since "
            "1970-01-01 were expected. Write it so, or leave the cell empty."
        )
    return found.cast(pl.Float64)
