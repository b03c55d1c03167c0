"""Comparisons and arithmetic of frames, cell by cell; a missing cell makes the result of arithmetic missing."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.column_types import as_number, type_word
from offbeat.h2o.comparisons import Comparison, compared
from offbeat.h2o.division import remainder, whole_quotient
from offbeat.h2o.doubles import calculated, plain_number
from offbeat.h2o.power import power

CellOperation = Callable[[Any, Any], Any]
AnyFrame = TypeVar("AnyFrame", bound="AbstractCells")
Arithmetic = TypeVar("Arithmetic", bound="AbstractArithmetic")


class AbstractCells(ABC):
    """What the methods of a frame are built on: its cells, and a way to a frame of other cells.

    Attributes:
        cells: The columns as they are.
    """

    cells: pl.DataFrame

    @abstractmethod
    def _with(self: AnyFrame, cells: pl.DataFrame) -> AnyFrame:
        """A new frame of these cells."""


class AbstractArithmetic(AbstractCells):
    """The operators of a frame; the other side is a number, a word, a frame as wide, or a frame of one column.

    Whole numbers never wrap around: where 64 bits do not hold a result, it is real, as all numbers are in H2O.

    Logic gives 1, 0 or missing; so do comparisons, as in `comparisons`. Times count as milliseconds since 1970.
    """

    def __add__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, operator.add)

    def __radd__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, operator.add)

    def __sub__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, operator.sub)

    def __rsub__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, lambda mine, theirs: theirs - mine)

    def __mul__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, operator.mul)

    def __rmul__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, operator.mul)

    def __truediv__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell; x / 0 is infinite, 0 / 0 missing."""
        return self._numeric(other, operator.truediv)

    def __rtruediv__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, lambda mine, theirs: theirs / mine)

    def __mod__(self: Arithmetic, other: Any) -> Arithmetic:
        """What division leaves, cell by cell, with the sign of the cell on the left."""
        return self._numeric(other, remainder)

    def __rmod__(self: Arithmetic, other: Any) -> Arithmetic:
        """What division leaves, cell by cell."""
        return self._numeric(other, lambda mine, theirs: remainder(theirs, mine))

    def __floordiv__(self: Arithmetic, other: Any) -> Arithmetic:
        """The whole quotient, cell by cell, towards 0, as in H2O; Python's goes down."""
        return self._numeric(other, whole_quotient)

    def __rfloordiv__(self: Arithmetic, other: Any) -> Arithmetic:
        """The whole quotient, cell by cell, towards 0."""
        return self._numeric(other, lambda mine, theirs: whole_quotient(theirs, mine))

    def __pow__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell; the power 0 gives 1, of a missing cell too."""
        return self._numeric(other, power)

    def __rpow__(self: Arithmetic, other: Any) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(other, lambda mine, theirs: power(theirs, mine))

    def __neg__(self: Arithmetic) -> Arithmetic:
        """Cell by cell."""
        return self._numeric(-1, operator.mul)

    def __lt__(self: Arithmetic, other: Any) -> Arithmetic:
        """1 where less, 0 where not."""
        return self._compared(other, "<")

    def __le__(self: Arithmetic, other: Any) -> Arithmetic:
        """1 where less or equal, 0 where not."""
        return self._compared(other, "<=")

    def __gt__(self: Arithmetic, other: Any) -> Arithmetic:
        """1 where greater, 0 where not."""
        return self._compared(other, ">")

    def __ge__(self: Arithmetic, other: Any) -> Arithmetic:
        """1 where greater or equal, 0 where not."""
        return self._compared(other, ">=")

    def __eq__(self: Arithmetic, other: object) -> Arithmetic:  # type: ignore[override]
        """1 where equal, 0 where not; a missing cell equals missing cells only."""
        return self._compared(other, "==")

    def __ne__(self: Arithmetic, other: object) -> Arithmetic:  # type: ignore[override]
        """1 where unequal, 0 where not; a missing cell is unequal to every number and word."""
        return self._compared(other, "!=")

    __hash__ = object.__hash__

    def __and__(self: Arithmetic, other: Any) -> Arithmetic:
        """1 where both are unequal to 0."""
        return self._logic(other, operator.and_)

    def __or__(self: Arithmetic, other: Any) -> Arithmetic:
        """1 where one is unequal to 0."""
        return self._logic(other, operator.or_)

    def _numeric(self: Arithmetic, other: Any, operation: CellOperation) -> Arithmetic:
        def of_one_column(mine: pl.Series, theirs: Any) -> pl.Series:
            result = calculated(operation, *_numbers(mine, theirs))
            return result.fill_nan(None) if result.dtype.is_float() else result

        return self._each_column(other, of_one_column)

    def _compared(self: Arithmetic, other: Any, comparison: Comparison) -> Arithmetic:
        return self._each_column(other, lambda mine, theirs: compared(mine, theirs, comparison))

    def _logic(self: Arithmetic, other: Any, operation: CellOperation) -> Arithmetic:
        def combined(mine: pl.Series, theirs: Any) -> pl.Series:
            for column in (mine, theirs):
                if isinstance(column, pl.Series):
                    require_numbers(column)  # not times
            mine, theirs = _numbers(mine, theirs)
            known = None if theirs is None else theirs != 0
            right = known if isinstance(known, pl.Series) else pl.Series([known], dtype=pl.Boolean)
            return operation(mine != 0, right).cast(pl.Int64)

        return self._each_column(other, combined)

    def _each_column(self: Arithmetic, other: Any, operation: CellOperation) -> Arithmetic:
        """A frame of the operation's results, named as this frame."""
        columns = self.cells.get_columns()
        if not isinstance(other, AbstractCells):
            return self._with(pl.DataFrame([operation(mine, other).alias(mine.name) for mine in columns]))
        theirs = other.cells.get_columns()
        if len(columns) == 1 and len(theirs) > 1:
            return self._with(pl.DataFrame([operation(columns[0], each).alias(each.name) for each in theirs]))
        partners = theirs * len(columns) if len(theirs) == 1 else theirs
        if len(partners) != len(columns) or other.cells.height not in (1, self.cells.height):
            raise DataError(
                f"Frames of {self.cells.shape} and {other.cells.shape} rows and columns do not fit together; "
                "frames of the same size, or one of a single column, were expected."
            )
        pairs = zip(columns, partners, strict=True)
        return self._with(pl.DataFrame([operation(mine, their).alias(mine.name) for mine, their in pairs]))


def _numbers(mine: pl.Series, theirs: Any) -> tuple[pl.Series, Any]:
    """Both sides of an operation: columns of numbers, or a number or None on the right."""
    mine = _number_or_time(mine)
    if isinstance(theirs, pl.Series):
        return mine, _number_or_time(theirs)
    if isinstance(theirs, str):
        raise DataError(f"'{theirs}' is no number; arithmetic with column '{mine.name}' takes numbers.")
    number = plain_number(theirs, f"Column '{mine.name}'")
    if number is not None and not isinstance(number, int | float):
        raise DataError(
            f"A {type(number).__name__} is no number; arithmetic with column '{mine.name}' takes numbers and frames."
        )
    return mine, number


def _number_or_time(column: pl.Series) -> pl.Series:
    """A column of numbers; of times, their milliseconds."""
    if column.dtype.is_temporal():
        return as_number(column)
    require_numbers(column)
    return column


def require_numbers(column: pl.Series) -> None:
    """Nothing where a column holds numbers.

    Args:
        column: Of a frame.

    Raises:
        DataError: It does not; says what to do.
    """
    if not column.dtype.is_numeric():
        raise DataError(
            f"Column '{column.name}' is of type {type_word(column)}; arithmetic takes int and real. "
            "Use asnumeric(), or leave the column out."
        )
