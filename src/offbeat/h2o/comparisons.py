"""One column compared with a value or another column -> 1, 0 or missing, as H2O compares them.

Numbers, times and the places of levels are compared as numbers, text as text. A missing cell equals a missing cell and
nothing else; it is neither less nor greater than anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.column_types import as_number, levels_of, type_word
from offbeat.h2o.doubles import plain_number

Comparison = Literal["==", "!=", "<", "<=", ">", ">="]

_ORDERS: dict[str, Callable[[pl.Series, pl.Series], pl.Series]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NO_LEVEL = -1
"""The place of a word that is no level: before all levels, as in H2O."""


def compared(mine: pl.Series, theirs: Any, comparison: Comparison) -> pl.Series:
    """1 where the comparison holds, 0 where not; missing where categories are put in order with no word.

    Categories are put in the order of their levels, and equal no number; nor are they unequal to one, as in H2O.

    Args:
        mine: The column on the left.
        theirs: A number, a word, a time, None for missing, or a column of as many rows or one.
        comparison: Its sign.

    Raises:
        DataError: Text or None is put in order, or text is compared with a column that is none.

    Example:
        >>> flow = pl.Series("flow", [1.5, None, 4.0])
        >>> compared(flow, 2, "!=").to_list(), compared(flow, 2, ">").to_list()
        ([1, 1, 1], [0, 0, 1])
    """
    is_order = comparison in _ORDERS
    if isinstance(theirs, pl.Series):
        theirs = theirs.new_from_index(0, len(mine)) if len(theirs) == 1 else theirs
        marks = _ordered(mine, theirs, comparison) if is_order else _matched(mine, theirs, comparison)
    elif isinstance(theirs, str):
        marks = _ordered_by_word(mine, theirs, comparison) if is_order else _is_word(mine, theirs, comparison)
    else:
        value = _value(mine, theirs)
        if is_order and theirs is None:
            raise DataError(f"Column '{mine.name}' is neither less nor greater than None; isna() marks missing cells.")
        marks = _ordered(mine, value, comparison) if is_order else _is_value(mine, value, theirs, comparison)
    return marks.cast(pl.Int64).alias(mine.name)


def _matched(mine: pl.Series, theirs: pl.Series, comparison: str) -> pl.Series:
    """Two columns, equal or unequal: categories with categories by their words, other ones by their numbers."""
    words = {type_word(mine), type_word(theirs)}
    if words == {"enum"}:
        mine, theirs = mine.cast(pl.String), theirs.cast(pl.String)
    elif words != {"string"}:
        mine, theirs = _numbers(mine, theirs), _numbers(theirs, mine)
    return mine.eq_missing(theirs) if comparison == "==" else mine.ne_missing(theirs)


def _is_word(mine: pl.Series, word: str, comparison: str) -> pl.Series:
    """Equal or unequal to a word; a number or a time is equal to none."""
    is_text = mine.dtype in (pl.Enum, pl.String)
    same = (mine.cast(pl.String) == word).fill_null(False) if is_text else _constant(mine, False)
    return same if comparison == "==" else ~same


def _is_value(mine: pl.Series, value: pl.Series, given: Any, comparison: str) -> pl.Series:
    """Equal or unequal to a value that is no word."""
    if type_word(mine) == "enum" or (type_word(mine) == "time" and isinstance(given, int | float | np.number)):
        return _constant(mine, False)
    if type_word(mine) == "string":
        same = mine.is_null() if value.null_count() else _constant(mine, False)
        return same if comparison == "==" else ~same
    return _matched(mine, value, comparison)


def _ordered(mine: pl.Series, theirs: pl.Series, comparison: str) -> pl.Series:
    """Less or greater than the cells of another column; categories on the left have no order without a word."""
    if type_word(mine) == "enum" and type_word(theirs) != "string":
        return _constant(mine, None)
    return _ORDERS[comparison](_numbers(mine, theirs), _numbers(theirs, mine)).fill_null(False)


def _ordered_by_word(mine: pl.Series, word: str, comparison: str) -> pl.Series:
    """Before or behind the place of a word among the levels."""
    if type_word(mine) != "enum":
        raise DataError(
            f"Column '{mine.name}' is of type {type_word(mine)}; it is neither less nor greater than '{word}'. "
            "Compare numbers with a number and times with a datetime; words have an order after asfactor() only."
        )
    levels = levels_of(mine)
    place = levels.index(word) if word in levels else _NO_LEVEL
    return _ORDERS[comparison](mine.to_physical().cast(pl.Int64), pl.Series([place])).fill_null(False)


def _numbers(column: pl.Series, other: pl.Series) -> pl.Series:
    """A column's numbers: milliseconds of times, places of categories."""
    if type_word(column) == "string":
        raise DataError(
            f"Column '{column.name}' of type string cannot be compared so with '{other.name}' of type "
            f"{type_word(other)}; text is equal or unequal to text. Use asnumeric(), asfactor() or ascharacter() first."
        )
    return column.to_physical().cast(pl.Int64) if column.dtype == pl.Enum else as_number(column)


def _value(mine: pl.Series, given: Any) -> pl.Series:
    """One value as a column of as many rows as there are."""
    if isinstance(given, np.datetime64):
        given = given.astype("datetime64[ms]").item()
    if isinstance(given, date) and not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day)
    given = given if isinstance(given, datetime) else plain_number(given, f"Column '{mine.name}'")
    kind = pl.Datetime("ms") if isinstance(given, datetime) else pl.Float64
    if given is not None and not isinstance(given, datetime | int | float | np.number | np.bool_):
        raise DataError(
            f"Column '{mine.name}' is compared with a {type(given).__name__}; a number, a word, a time, None or a "
            "frame was expected."
        )
    return pl.Series(str(given), [given], dtype=kind, strict=False).new_from_index(0, len(mine))


def _constant(mine: pl.Series, mark: bool | None) -> pl.Series:
    return pl.repeat(mark, len(mine), dtype=pl.Boolean, eager=True)
