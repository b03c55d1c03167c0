"""Text -> times, in the spellings that H2O's parser knows; ISO's are among them, but for the T and a zone."""

from __future__ import annotations

import polars as pl

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = (
    r"(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
"""A month's name, in polars' language of patterns."""

_MONTH = rf"(?<month>{MONTH})"
_YEAR = r"(?<year>\d{4}|\d{2})"
_TIME = r"(?<hour>\d{1,2}):(?<minute>\d{1,2}):(?<second>\d{1,2})(?:\.(?<fraction>\d+))?(?: ?(?<half>AM|PM))?"

_SPELLINGS = (
    rf"^(?<year>\d{{4}})-(?<month>\d{{1,2}})(?:-(?<day>\d{{1,2}}))?(?: +{_TIME})?$",
    rf"^(?<year>\d{{4}})(?<month>\d{{2}})(?<day>\d{{2}})-{_TIME}$",
    rf"^(?:(?<day>\d{{1,2}})-?)?{_MONTH}-?{_YEAR}(?:[ :]+{_TIME})?$",
    rf"^(?<year>\d{{2}})-{_MONTH}$",
    rf"^(?<month>\d{{1,2}})/(?<day>\d{{1,2}})/{_YEAR}(?:[ :]+{_TIME})?$",
    rf"^(?<month>\d{{1,2}})-(?<day>\d{{1,2}})-{_YEAR}(?:[ :]+{_TIME})?$",
    rf"^{_TIME}$",
)
"""Year first; a month's name; American dates; a time of day, which counts from the start of 1970."""

_FIRST_YEAR = 69
"""Two digits of a year from here on are of the 20th century, as in POSIX."""


def times_of(words: pl.Series) -> pl.Series:
    """The times that words spell, in UTC and to the millisecond; missing where a word spells none.

    Args:
        words: A column of text.

    Example:
        >>> words = pl.Series(["2020-01-31", "31-Jan-20", "1/31/2020 05:00:00 PM", "2020-02-30", "soon"])
        >>> [str(time) for time in times_of(words)]
        ['2020-01-31 00:00:00', '2020-01-31 00:00:00', '2020-01-31 17:00:00', 'None', 'None']
    """
    words = words.str.strip_chars()
    found = pl.Series(words.name, [None] * len(words), dtype=pl.Datetime("ms"))
    for spelling in _SPELLINGS:
        if found.null_count() == words.null_count():
            break
        fits = words.str.contains(spelling).fill_null(False)
        if fits.any():
            found = found.zip_with(found.is_not_null(), _spelled(words, spelling, fits))
    return found


def times_if_all(words: pl.Series) -> pl.Series | None:
    """The times of a column of which every word spells one; None where one does not, or there is no word.

    Args:
        words: A column of text; missing cells do not matter.
    """
    first = words.drop_nulls().head(1)
    if not len(first) or times_of(first).null_count():
        return None
    found = times_of(words)
    return found if found.null_count() == words.null_count() else None


def _spelled(words: pl.Series, spelling: str, fits: pl.Series) -> pl.Series:
    """The times of the words that are spelled so, which are those that fit."""
    parts = pl.DataFrame(words.str.extract_groups(spelling)).unnest(words.name)
    lacking = [pl.lit(None, dtype=pl.String).alias(name) for name in _PARTS if name not in parts.columns]
    text = parts.with_columns(lacking).select(pl.format("{}-{}-{} {}:{}:{}.{}", *_numbers())).to_series()
    return text.set(~fits, None).str.to_datetime("%Y-%m-%d %H:%M:%S%.3f", time_unit="ms", strict=False)


_PARTS = ("year", "month", "day", "hour", "minute", "second", "fraction", "half")


def _numbers() -> list[pl.Expr]:
    """Year, month, day, hour, minute, second and milliseconds, in digits."""
    year, month, hour = pl.col("year"), pl.col("month"), pl.col("hour")
    century = pl.when(year.cast(pl.Int64) >= _FIRST_YEAR).then(pl.lit("19")).otherwise(pl.lit("20"))
    full = pl.when(year.str.len_chars() == 2).then(century + year).otherwise(year.fill_null("1970"))
    named = month.str.to_lowercase().str.head(3).replace(_MONTHS, [str(number) for number in range(1, 13)])
    half = pl.col("half")
    clock = pl.when(half.is_null()).then(hour.fill_null("0").cast(pl.Int64)).otherwise(_hour_of_half(hour, half))
    rest = [pl.col(name).fill_null("0") for name in ("minute", "second")]
    milliseconds = pl.col("fraction").fill_null("").str.head(3).str.pad_end(3, "0")
    return [full, named.fill_null("1"), pl.col("day").fill_null("1"), clock, *rest, milliseconds]


def _hour_of_half(hour: pl.Expr, half: pl.Expr) -> pl.Expr:
    """The hour of the day: 12 AM is 0, 12 PM is 12; others than 1 to 12 are no hour."""
    number = hour.cast(pl.Int64)
    in_half = pl.when(number.is_between(1, 12)).then(number % 12)
    return in_half + pl.when(half == "PM").then(12).otherwise(0)
