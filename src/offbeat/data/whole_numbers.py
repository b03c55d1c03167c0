"""Columns of whole numbers kept exact: a float holds them up to 2**53 only, and identifiers are often longer."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Shaped

_EXACT_AS_FLOATS = 2.0**53
_WHOLE = r"^[+-]?[0-9]+$"


def are_inexact(floats: pl.Series) -> bool:
    """Whether a column may have held whole numbers that floats do not hold, such as identifiers of 17 digits.

    Args:
        floats: What was read as floats, null where missing.
    """
    return bool((floats.abs() >= _EXACT_AS_FLOATS).any())


def holds_inexact(numbers: Shaped[np.ndarray, "..."]) -> bool:
    """As `are_inexact`, of an array.

    Args:
        numbers: Whole numbers, or what they became as floats, NaN where missing.
    """
    return bool((numbers >= _EXACT_AS_FLOATS).any() or (numbers <= -_EXACT_AS_FLOATS).any())


def of_numbers(name: str, cells: Sequence[int | float | None]) -> pl.Series:
    """A column of Python's numbers: as floats, or where these do not hold whole ones, as what does.

    Args:
        name: Of the column.
        cells: None where missing.

    Returns:
        Floats; whole numbers of 64 or 128 bits; floats again beyond these, infinite where no float is as large.

    Example:
        >>> of_numbers("id", [10**17 + 1, None]).to_list(), of_numbers("flow", [5, 10**400]).to_list()
        ([100000000000000001, None], [5.0, inf])
    """
    largest = max((abs(cell) for cell in cells if cell is not None and cell == cell), default=0)
    if _EXACT_AS_FLOATS <= largest < 2**127 and not any(isinstance(cell, float) for cell in cells):
        return pl.Series(name, cells, dtype=pl.Int64 if largest < 2**63 else pl.Int128)
    if largest > sys.float_info.max:
        beyond = {True: math.inf, False: -math.inf}
        cells = [beyond[cell > 0] if cell is not None and abs(cell) > sys.float_info.max else cell for cell in cells]
    return pl.Series(name, cells, dtype=pl.Float64, strict=False)


def of_integers(name: str, cells: Shaped[np.ndarray, "rows"]) -> pl.Series:
    """A column of NumPy's whole numbers: as floats, or as it is where these are inexact.

    Args:
        name: Of the column.
        cells: Of any integer type.
    """
    return pl.Series(name, cells if holds_inexact(cells) else cells.astype(np.float64))


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
