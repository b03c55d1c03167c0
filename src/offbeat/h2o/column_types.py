"""H2O's types of columns (int, real, enum, string, time) on polars' series."""

from __future__ import annotations

from typing import Literal

import polars as pl

from offbeat.data.time_spellings import times_if_all, times_of
from offbeat.errors import DataError, SettingsError
from offbeat.h2o.durations import duration_words

TypeWord = Literal["int", "real", "enum", "string", "time"]

MOSTLY_DISTINCT = 0.95
"""Text with this share of distinct words is free text to H2O, and no category."""

_FIRST_MILLISECOND, _LAST_MILLISECOND = -62_135_596_800_000, 253_402_300_799_999
"""Where the years 1 and 9999, those of Python's calendar, begin and end."""
_NANOSECONDS = 1_000_000
"""Of a millisecond."""

_WORDS: dict[str, TypeWord] = {
    **dict.fromkeys(("int", "long"), "int"),
    **dict.fromkeys(("real", "numeric", "float", "double"), "real"),
    **dict.fromkeys(("enum", "factor", "categorical"), "enum"),
    "string": "string",
    "time": "time",
}


def type_word(column: pl.Series) -> TypeWord:
    """H2O's word for a column's type; floats that are all whole are int, as is a column of missing cells.

    Beyond what 64 bits count, at 2^63, whole numbers are real; so are floats without a row, which tell nothing else.

    Args:
        column: A column of a frame.

    Example:
        >>> type_word(pl.Series([1.0, None, 3.0])), type_word(pl.Series([1.5]))
        ('int', 'real')
    """
    if column.dtype.is_temporal():
        return "time"
    if column.dtype == pl.Enum:
        return "enum"
    if column.dtype == pl.String:
        return "string"
    if column.dtype.is_float() and column.is_empty():
        return "real"
    whole = column.dtype.is_integer() or bool(((column.abs() < 2.0**63) & (column == column.round())).all())
    return "int" if whole else "real"


def as_h2o_parses(column: pl.Series) -> pl.Series:
    """A column as H2O would hold it: numbers wide, NaN missing, booleans and repeated words as categories.

    Text is of times where every word spells one; times are told to the millisecond, in UTC, whatever their zone. A time
    of day counts from the start of 1970, and durations are words, as pandas writes them.

    Args:
        column: Any column of numbers, words, booleans or times.

    Raises:
        DataError: The column holds lists, structures or objects.

    Example:
        >>> type_word(as_h2o_parses(pl.Series(["a", "b", "a"]))), type_word(as_h2o_parses(pl.Series(["x", "y"])))
        ('enum', 'string')
    """
    kind = column.dtype
    if kind == pl.Null or kind.is_float() or kind.is_decimal():
        return column.cast(pl.Float64).fill_nan(None)
    if kind.is_integer():
        whole = column.cast(pl.Int64, strict=False)
        return whole if whole.null_count() == column.null_count() else column.cast(pl.Float64)
    if kind == pl.Boolean:
        return as_factor(column)
    if kind in (pl.Date, pl.Datetime):
        return _in_utc(column).cast(pl.Datetime("ms"))
    if kind == pl.Time:
        return (column.to_physical() // _NANOSECONDS).cast(pl.Datetime("ms"))
    if kind == pl.Enum:
        return column
    if kind == pl.Categorical:
        return as_factor(column)
    if kind == pl.Duration:
        column = duration_words(column)
    elif kind != pl.String:
        raise DataError(f"Column '{column.name}' holds {kind}; numbers, words or times were expected.")
    if (times := times_if_all(column)) is not None:
        return times
    return column if _is_free_text(column) else as_factor(column)


def _is_free_text(column: pl.Series) -> bool:
    """Whether words hardly come again; numbers among them do not count."""
    present = column.drop_nulls()
    words = present.filter(present.str.strip_chars().cast(pl.Float64, strict=False).is_null())
    counted = words if len(words) else present
    distinct = counted.n_unique()
    return distinct > 1 and distinct >= MOSTLY_DISTINCT * len(counted)


def _in_utc(times: pl.Series) -> pl.Series:
    """Times without a zone, which are in UTC; those of a zone at the hour that it is there."""
    if getattr(times.dtype, "time_zone", None) is None:
        return times
    return times.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def as_words(column: pl.Series) -> pl.Series:
    """A column as text, null where missing; whole floats without their ".0", truth values as Python writes them.

    Args:
        column: Any column of a frame.
    """
    if column.dtype.is_float() and type_word(column) == "int":
        column = column.cast(pl.Int64)
    if column.dtype == pl.Boolean:
        return column.cast(pl.String).str.to_titlecase()
    return column.cast(pl.String)


def as_factor(column: pl.Series) -> pl.Series:
    """A column of categories; the levels stand in alphabetical order, numbers in theirs.

    Args:
        column: Any column.

    Example:
        >>> levels_of(as_factor(pl.Series([10, 9, 10])))
        ['9', '10']
    """
    if column.dtype == pl.Enum:
        return column
    words = as_words(column)
    in_order = (
        as_words(column.drop_nulls().unique().sort()) if column.dtype.is_numeric() else words.drop_nulls().unique()
    )
    levels = in_order.to_list() if column.dtype.is_numeric() else sorted(in_order.to_list())
    return words.cast(pl.Enum(levels))


def spelled_numbers(words: pl.Series) -> pl.Series | None:
    """The numbers that all words of a column spell; None where one is no number, or there is no word.

    Args:
        words: Text or categories.

    Example:
        >>> spelled_numbers(pl.Series(["01", None])).to_list(), spelled_numbers(pl.Series(["1", "a"]))
        ([1, None], None)
    """
    plain = words.cast(pl.String).str.strip_chars()
    if plain.null_count() == len(plain):
        return None
    # Whole ones first: a float has no room for an id of 17 digits.
    for kind in (pl.Int64, pl.Float64):
        numbers = plain.cast(kind, strict=False)
        if numbers.null_count() == plain.null_count():
            return numbers
    return None


def as_number(column: pl.Series) -> pl.Series:
    """A column of numbers: text as it reads, categories that are numbers by their words, others by their level's place.

    Args:
        column: Any column; text that is no number becomes missing, as in H2O.
    """
    if column.dtype.is_numeric():
        return column
    if column.dtype.is_temporal():
        return column.cast(pl.Datetime("ms")).to_physical().cast(pl.Int64)
    read = column.cast(pl.String).str.strip_chars().str.strip_prefix("$").cast(pl.Float64, strict=False)
    if column.dtype == pl.Enum and read.null_count() > column.null_count():
        return column.to_physical().cast(pl.Int64)
    return read.cast(pl.Int64) if type_word(read) == "int" else read


def levels_of(column: pl.Series) -> list[str]:
    """The levels of a column of categories, in order; none for other columns.

    Args:
        column: A column of a frame.
    """
    return column.dtype.categories.to_list() if isinstance(column.dtype, pl.Enum) else []


def asks_for_words(word: str) -> bool:
    """Whether one of H2O's words asks for levels or text, so that cells stay as they are written.

    Args:
        word: As for `as_type`.

    Example:
        >>> asks_for_words("factor"), asks_for_words("int"), asks_for_words("unknown")
        (True, False, False)
    """
    return _WORDS.get(word) in ("enum", "string")


def as_type(column: pl.Series, word: str) -> pl.Series:
    """A column as the type that one of H2O's words asks for.

    Args:
        column: Any column.
        word: "enum", "factor", "categorical", "numeric", "real", "int", "string", "time" or "unknown".

    Raises:
        SettingsError: There is no such type.
    """
    if word == "unknown":
        return column
    if word not in _WORDS:
        raise SettingsError(f"Column '{column.name}': '{word}' is no type. Use one of {', '.join(_WORDS)} or unknown.")
    match _WORDS[word]:
        case "enum":
            # H2O asks for the type before it reads the words: "10" stands before "2", and 1.0 is "1.0".
            return as_factor(column.cast(pl.String) if column.dtype.is_numeric() else column)
        case "string":
            return as_words(column)
        case "time":
            return _as_times(column)
        case _:
            return as_number(column)


def _as_times(column: pl.Series) -> pl.Series:
    """A column as times; numbers are milliseconds since 1970, also where words spell them beside dates."""
    if column.dtype.is_temporal():
        return column
    if column.dtype.is_numeric():
        return _of_milliseconds(column)
    words = as_words(column)
    times = times_of(words)
    return times.zip_with(times.is_not_null(), _of_milliseconds(words.str.strip_chars().cast(pl.Float64, strict=False)))


def _of_milliseconds(numbers: pl.Series) -> pl.Series:
    """The times that so many milliseconds after 1970 began are, parts of one cut off; missing beyond any calendar."""
    whole = numbers.cast(pl.Float64).floor() if numbers.dtype.is_float() else numbers
    within = whole.is_between(_FIRST_MILLISECOND, _LAST_MILLISECOND)
    return whole.set(~within.fill_null(False), None).cast(pl.Int64).cast(pl.Datetime("ms"))
