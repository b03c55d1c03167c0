"""Numbers to a power, by Java's rules, which are H2O's."""

from __future__ import annotations

from typing import Any

import polars as pl


def power(left: Any, right: Any) -> pl.Series:
    """Cell by cell; the power 0 gives 1, of a missing cell too, and another power of a missing cell is missing.

    Args:
        left: A column, or a number where `right` is one.
        right: A column as long, a column of one row, or a number; None is a missing number.

    Example:
        >>> power(pl.Series([3, None]), 2).to_list(), power(pl.Series([3, None]), 0).to_list()
        ([9.0, None], [1.0, 1.0])
    """
    bases, exponents = _floats(left), _floats(right)
    bases, exponents = _as_long(bases, len(exponents)), _as_long(exponents, len(bases))
    return (bases**exponents).zip_with((exponents != 0).fill_null(True), pl.Series([1.0])).alias(bases.name)


def _floats(numbers: Any) -> pl.Series:
    series = numbers if isinstance(numbers, pl.Series) else pl.Series([numbers])
    return series.cast(pl.Float64).fill_nan(None)


def _as_long(numbers: pl.Series, height: int) -> pl.Series:
    return numbers.new_from_index(0, height) if len(numbers) == 1 else numbers
