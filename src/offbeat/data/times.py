"""Columns of dates and times as numbers: milliseconds since 1970-01-01 UTC; and such a number as a date again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from offbeat.data.numerals import TEXT_TYPES, as_text
from offbeat.data.time_spellings import times_of
from offbeat.errors import DataError

_ISO: Final = r"^(\d{4}-\d{1,2}-\d{1,2})[T ](\d{1,2}:\d{2})(:[0-9.]+)?Z?$"
"""With a T, a Z or no seconds, which `time_spellings` does not know."""


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
    without_seconds = text.str.contains(r"^[0-9-]+[T ]\d{1,2}:\d{2}Z?$").fill_null(False)
    usual = text.str.replace(_ISO, "$1 $2$3")
    moments = times_of(usual.zip_with(~without_seconds, usual + ":00")).dt.epoch("ms").cast(pl.Float64)
    found = text.cast(pl.Float64, strict=False).fill_null(moments)
    unread = text.is_not_null() & found.is_null()
    if unread.any():
        row, count = unread.arg_true()[0], int(unread.sum())
        raise DataError(
            f"{source}: column '{column.name}' holds text '{text[row][:60]}' at row {row} ({count} such "
            f"row{'' if count == 1 else 's'}); dates (2020-01-31), times (2020-01-31 13:30:00), or milliseconds since "
            "1970-01-01 were expected. Write it so, or leave the cell empty."
        )
    return found.alias(column.name)


def date_of(milliseconds: float) -> str | None:
    """The date and time that milliseconds since 1970-01-01 UTC mean, to the second; None beyond the years 1 to 9999.

    Example:
        >>> date_of(1.5e12), date_of(86400000.0), date_of(1e18)
        ('2017-07-14 02:40:00', '1970-01-02', None)
    """
    try:
        moment = datetime(1970, 1, 1) + timedelta(seconds=round(milliseconds / 1000))
    except (OverflowError, ValueError):
        return None
    return str(moment).removesuffix(" 00:00:00")
