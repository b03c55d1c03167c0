"""Whole numbers that never wrap around: H2O computes in doubles, so what 64 bits do not count is a real number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from offbeat.data.arrays import plain_cell
from offbeat.errors import DataError

EXACT = 2.0**62
"""Whole results below it are kept to the last digit, though a double has 53 bits only; beyond, they are doubles."""
_SAFE = 2.0**31
"""Sums and products of two numbers below it are exact."""
_WHOLE_NUMBERS = range(-(2**63), 2**63)


def plain_number(given: Any, what: str) -> Any:
    """A number as cells hold it: beyond 64 bits a real one. None, which stands for a missing cell, and others stay.

    Args:
        given: What was given, of Python or NumPy.
        what: What it was given for, for the error.

    Raises:
        DataError: It is larger than every real number.

    Example:
        >>> plain_number(7, "x"), plain_number(2**70, "x")
        (7, 1.1805916207174113e+21)
    """
    given = given.item() if isinstance(given, np.ndarray) and given.ndim == 0 else given
    plain = given if hasattr(given, "__len__") else plain_cell(given)  # lists and arrays are no cells
    if not isinstance(plain, int) or isinstance(plain, bool) or plain in _WHOLE_NUMBERS:
        return plain
    try:
        return float(plain)
    except OverflowError:
        digits = plain.bit_length() * 3 // 10
        raise DataError(f"{what}: a number of about {digits} digits was given; at most 1.8e308 was expected.") from None


def calculated(operation: Callable[[Any, Any], pl.Series], mine: pl.Series, theirs: Any) -> pl.Series:
    """The result of an operation on whole numbers as whole numbers where they fit, else as real ones.

    Args:
        operation: Cell by cell.
        mine: A column of numbers.
        theirs: Another one, a number or None.

    Example:
        >>> ids = pl.Series([10**10])
        >>> calculated(lambda a, b: a * b, ids, 2).to_list(), calculated(lambda a, b: a * b, ids, 10**10).to_list()
        ([20000000000], [1e+20])
    """
    result = operation(mine, theirs)
    if not result.dtype.is_integer() or max(_largest(mine), _largest(theirs)) < _SAFE:
        return result
    rough = operation(mine.cast(pl.Float64), theirs.cast(pl.Float64) if isinstance(theirs, pl.Series) else theirs)
    return result if (rough.abs() < EXACT).all() else rough.cast(pl.Float64)


def _largest(numbers: Any) -> float:
    """The largest absolute value; 0 where there is none."""
    if not isinstance(numbers, pl.Series):
        return float(abs(numbers or 0))
    lowest, highest = numbers.min(), numbers.max()
    return max(abs(float(bound)) for bound in (lowest or 0, highest or 0))  # type: ignore[arg-type]


def whole_where_it_fits(numbers: pl.Series) -> pl.Series:
    """Real numbers that all are whole as whole ones; as they are where one of them is too large.

    Args:
        numbers: Whole numbers as floats; NaN is missing.
    """
    numbers = numbers.fill_nan(None)
    return numbers.cast(pl.Int64) if (numbers.abs() < EXACT).all() else numbers
