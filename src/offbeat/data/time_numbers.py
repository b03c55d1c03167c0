"""Numbers that are times: digits of the calendar, such as 20200131, or what was counted since 1970."""

from __future__ import annotations

import polars as pl

DATES = "dates or times"

_FIRST_DAY, _LAST_DAY = 1900_01_01, 2100_12_31
_FEWEST_TIMES = 5
"""So many different numbers are not all times by chance."""

_CLOCK = r"^([01]\d|2[0-3])([0-5]\d){0,2}$"
_DIGITS_OF_A_CLOCK = (0, 2, 4, 6)
"""None, hours, minutes or seconds behind the day."""

_FIRST_SECOND, _LAST_SECOND = 1_104_537_600, 2_000_000_000
"""2005 to 2033: numbers of customers count from 1,000,000,000 on, and 2,000,000,000 and more are telephones'."""

_FEWEST_RISING = 21
"""So many different numbers are in order because they were written down so; fewer may be a short table of amounts."""

_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


def reason_of_times(column: pl.Series) -> str | None:
    """Why a column of numbers is left out for being times, or None.

    Amounts may be as large as times since 1970 are. But what never falls from row to row lies beyond the training
    rows ever after: there is nothing to learn from it, whatever it is.

    Args:
        column: Numbers of any type.

    Example:
        >>> reason_of_times(pl.Series([202001310000, 202001310010, 202001312350, 202002010000, 202002010010]))
        'dates or times'
        >>> reason_of_times(pl.Series("at", [1704067200 + 60 * minute for minute in range(60)]))
        "by their size seconds since 1970, as they never fall from row to row; amounts? Then say numeric=['at']"
    """
    there = column.drop_nulls() if column.null_count() else column
    if not len(there):
        return None
    if there.dtype.is_integer() and _are_of_the_calendar(there):
        return DATES
    unit = _unit_since_1970(there)
    if unit is None:
        return None
    return (
        f"by their size {unit} since 1970, as they never fall from row to row; amounts? Then say "
        f"numeric=[{column.name!r}]"
    )


def _are_of_the_calendar(column: pl.Series) -> bool:
    """Whether whole numbers are days, written as 20200131, with the digits of a clock behind each or without."""
    for digits in _DIGITS_OF_A_CLOCK:
        first, end = _FIRST_DAY * 10**digits, (_LAST_DAY + 1) * 10**digits
        if not first <= column[0] < end:  # nearly every column ends here, after a look at one cell
            continue
        if int(column.min()) < first or int(column.max()) >= end or column.n_unique() < _FEWEST_TIMES:  # type: ignore[arg-type]
            return False
        text = column.cast(pl.String)
        days = text.str.head(8).str.to_date("%Y%m%d", strict=False)
        return days.null_count() == 0 and (digits == 0 or text.str.slice(8).str.contains(_CLOCK).all())
    return False


def _unit_since_1970(column: pl.Series) -> str | None:
    """What the numbers count if all lie between 2005 and 2033 and none is below the one before it."""
    units = [unit for unit, size in _UNITS.items() if _FIRST_SECOND * size <= column[0] < _LAST_SECOND * size]
    if not units:
        return None
    numbers = column.cast(pl.Float64).fill_nan(None).drop_nulls()
    if not numbers.is_sorted() or numbers[-1] >= _LAST_SECOND * _UNITS[units[0]]:
        return None
    return units[0] if numbers.n_unique() >= _FEWEST_RISING else None
