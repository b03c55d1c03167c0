"""Functions of each cell: logarithms, roots, rounding, running sums; their columns are named as H2O names them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.arithmetic import AbstractArithmetic, require_numbers
from offbeat.h2o.doubles import calculated

Applied = TypeVar("Applied", bound="AbstractFunctions")

_MOST_DIGITS = 300
"""Of numbers with more, a float does not hold the unit."""


class AbstractFunctions(AbstractArithmetic):
    """The functions of a frame of numbers. The column `x` becomes `log(x)`, `abs(x)`, ...; a missing cell stays so."""

    def abs(self: Applied) -> Applied:
        """Without the sign."""
        return self._named("abs", lambda cells: calculated(lambda mine, _: mine.abs(), cells, None))

    __abs__ = abs

    def sqrt(self: Applied) -> Applied:
        """The square root; missing below 0."""
        return self._named("sqrt", lambda cells: cells.sqrt())

    def exp(self: Applied) -> Applied:
        """e to the power of each cell."""
        return self._named("exp", lambda cells: cells.exp())

    def log(self: Applied) -> Applied:
        """The natural logarithm; missing below 0."""
        return self._named("log", lambda cells: cells.log())

    def log10(self: Applied) -> Applied:
        """The logarithm to the base 10; missing below 0."""
        return self._named("log10", lambda cells: cells.log10())

    def log1p(self: Applied) -> Applied:
        """The natural logarithm of 1 + x; missing below -1."""
        return self._named("log1p", lambda cells: cells.log1p())

    def __invert__(self: Applied) -> Applied:
        """1 where it is 0, and 0 elsewhere; missing where it is missing. Columns `!!(<name>)`, as H2O's."""
        return self._named("!!", lambda cells: (cells == 0).cast(pl.Int64))

    def round(self: Applied, digits: Any = 0) -> Applied:
        """To so many digits behind the point, halves away from 0; to whole numbers, halves to the even one.

        Args:
            digits: -300 to 300; below 0 to tens, hundreds, ..., where H2O makes all cells missing.

        Raises:
            DataError: `digits` is no such number.
        """
        if not isinstance(digits, int | float) or digits % 1 or not abs(digits) <= _MOST_DIGITS:
            raise DataError(f"round() takes a whole number of digits, -300 to 300; {digits!r} was given.")
        digits = int(digits)
        return self._of_numbers(
            lambda cells: cells if cells.dtype.is_integer() and digits >= 0 else _round(cells, digits)
        )

    def __round__(self: Applied, digits: int = 0) -> Applied:
        """The same as `round`."""
        return self.round(digits)

    def cumsum(self: Applied, axis: int = 0) -> Applied:
        """The running sums of each column, or of each row; behind a missing cell all are missing.

        Args:
            axis: 0 to go down the columns, 1 to go along the rows.

        Raises:
            DataError: There is no such axis.
        """
        if axis not in (0, 1):
            raise DataError(f"cumsum() goes down the columns (axis=0) or along the rows (axis=1), not axis={axis!r}.")
        if axis == 0:
            return self._of_numbers(_running_sums)
        sums: list[pl.Series] = []
        for column in self.cells.get_columns():
            require_numbers(column)
            sums.append((calculated(operator.add, sums[-1], column) if sums else column).alias(column.name))
        return self._with(pl.DataFrame(sums))

    def _named(self: Applied, function: str, of_cells: Callable[[pl.Series], pl.Series]) -> Applied:
        return self._of_numbers(lambda cells: of_cells(cells).alias(f"{function}({cells.name})"))

    def _of_numbers(self: Applied, of_cells: Callable[[pl.Series], pl.Series]) -> Applied:
        """A frame of what a function makes of each column of numbers."""
        results = []
        for column in self.cells.get_columns():
            require_numbers(column)
            result = of_cells(column)
            results.append(result.fill_nan(None) if result.dtype.is_float() else result)
        return self._with(pl.DataFrame(results))


def _round(cells: pl.Series, digits: int) -> pl.Series:
    """H2O's formula: the nearest whole number of units; exactly between two the outer one, or the even one at 0 digits.

    Example:
        >>> _round(pl.Series([2.675, -0.05]), 1).to_list(), _round(pl.Series([1.5, 2.5]), 0).to_list()
        ([2.7, -0.1], [2.0, 2.0])
    """
    numbers = cells.cast(pl.Float64).to_numpy()
    if digits == 0:
        return pl.Series(cells.name, np.round(numbers), nan_to_null=True)
    unit = 10.0 ** abs(digits)
    sizes = np.abs(numbers)
    if digits > 0:
        with np.errstate(over="ignore"):
            units = sizes * unit
            # A larger number has no digits there, and may have more units than a float holds.
            rounded = np.where(units < 2.0**52, np.floor(units + 0.5) / unit, sizes)
    else:
        rounded = np.floor(sizes / unit + 0.5) * unit
    return pl.Series(cells.name, np.sign(numbers) * rounded, nan_to_null=True)


def _running_sums(cells: pl.Series) -> pl.Series:
    """The running sums; all missing from the first missing cell on.

    Example:
        >>> _running_sums(pl.Series([1, 2, None, 4])).to_list()
        [1, 3, None, None]
    """
    sums = calculated(lambda mine, _: mine.cum_sum(), cells, None)
    if cells.dtype.is_integer() and cells.cast(pl.Float64).abs().sum() >= 2.0**62:
        sums = cells.cast(pl.Float64).cum_sum()
    is_known = cells.is_null().cum_sum() == 0
    return sums.zip_with(is_known, pl.Series([None], dtype=sums.dtype)).alias(cells.name)
