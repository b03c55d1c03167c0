"""Columns of whole numbers kept exact: a float holds them up to 2**53 only, and identifiers are often longer."""

from __future__ import annotations

import polars as pl

_EXACT_AS_FLOATS = 2.0**53
_WHOLE = r"^[+-]?[0-9]+$"


def are_inexact(floats: pl.Series) -> bool:
    """Whether a column may have held whole numbers that floats do not hold, such as identifiers of 17 digits.

    Args:
        floats: What was read as floats, null where missing.
    """
    return bool((floats.abs() >= _EXACT_AS_FLOATS).any())


def narrowed(column: pl.Series) -> pl.Series:
    """Floats as whole numbers where all are; any other column as it is.

    Args:
        column: A column that began with whole numbers.

    Example:
        >>> narrowed(pl.Series([1.0, None])).to_list(), narrowed(pl.Series([1.0, 2.5])).to_list()
        ([1, None], [1.0, 2.5])
    """
    if not column.dtype.is_float() or are_inexact(column) or not (column == column.round()).all():
        return column
    return column.cast(pl.Int64)


def exact(text: pl.Series, numbers: pl.Series) -> pl.Series:
    """The numbers that words spell: as floats, or as what holds them exactly where all of them are whole.

    Args:
        text: Words that are all numbers, null where missing, without blanks around them.
        numbers: The same as floats.

    Returns:
        Whole numbers of 64 or 128 bits; floats, also where there are numbers of over 38 digits, which 128 bits do not
        hold.

    Example:
        >>> words = pl.Series(["20000000000000000001", "+7"])
        >>> exact(words, words.cast(pl.Float64)).to_list()
        [20000000000000000001, 7]
    """
    if not numbers.count() or not text.str.contains(_WHOLE).all():
        return numbers
    for kind in (pl.Int64, pl.Int128):
        whole = text.cast(kind, strict=False)
        if whole.null_count() == text.null_count():
            return whole
    return numbers
