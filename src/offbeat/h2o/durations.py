"""Durations as the words that pandas writes for them, which is how they reach H2O."""

from __future__ import annotations

import polars as pl

_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_SECONDS_OF_A_DAY = 86_400


def duration_words(column: pl.Series) -> pl.Series:
    """Durations as text; missing where they are.

    Args:
        column: A column of durations.

    Example:
        >>> from datetime import timedelta
        >>> durations = [timedelta(hours=1), timedelta(days=2, milliseconds=5), timedelta(hours=-1)]
        >>> duration_words(pl.Series(durations)).to_list()
        ['0 days 01:00:00', '2 days 00:00:00.005000', '-1 days +23:00:00']
    """
    unit = getattr(column.dtype, "time_unit", None) or "us"
    per_second = _PER_SECOND[unit]
    count = pl.Series(column.name, column.to_physical()).to_frame("count").select(pl.col("count").cast(pl.Int128))
    seconds, nanoseconds = pl.col("count") // per_second, pl.col("count") % per_second * (10**9 // per_second)
    days, of_day = seconds // _SECONDS_OF_A_DAY, seconds % _SECONDS_OF_A_DAY
    clock = [_digits(part, 2) for part in (of_day // 3600, of_day // 60 % 60, of_day % 60)]
    parts = count.select(
        pl.format("{} days {}{}:{}:{}", days, pl.when(days < 0).then(pl.lit("+")).otherwise(pl.lit("")), *clock)
        + pl.when(nanoseconds == 0)
        .then(pl.lit(""))
        .when(nanoseconds % 1000 == 0)
        .then(pl.format(".{}", _digits(nanoseconds // 1000, 6)))
        .otherwise(pl.format(".{}", _digits(nanoseconds, 9)))
    )
    return parts.to_series().alias(column.name)


def _digits(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)
