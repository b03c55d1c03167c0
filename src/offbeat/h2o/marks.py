"""Columns of 1 and 0: where cells are in a list, whether any or all are set, and one of two values by them."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.arithmetic import AbstractArithmetic, require_numbers
from offbeat.h2o.column_types import as_factor, as_number, as_words, levels_of
from offbeat.h2o.doubles import plain_number

Marked = TypeVar("Marked", bound="AbstractMarks")


class AbstractMarks(AbstractArithmetic):
    """Marks of cells, and what is done by them."""

    def isin(self: Marked, item: Any) -> Marked:
        """1 where a cell equals the item, or one of several; 0 elsewhere.

        Args:
            item: A number, a word, None, or a list, tuple or set of those.

        Raises:
            DataError: The list is empty.
        """
        if isinstance(item, range | np.ndarray) or hasattr(item, "to_list"):
            item = item.to_list() if hasattr(item, "to_list") else list(item)
        if not isinstance(item, list | tuple | set):
            return self == item
        if not item:
            raise DataError("isin() looks for the cells of a list; the list is empty.")
        found = reduce(operator.or_, (self == each for each in item))
        is_words = self.cells.width == 1 and not self.cells.to_series().dtype.is_numeric()
        return self._with(found.cells.rename({self.cells.columns[0]: "C1"})) if is_words else found

    def any(self) -> bool:
        """Whether a cell is unequal to 0, `True`, text, or missing.

        As in H2O, a column of categories other than `True` and `False` ends the search, with the answer False.
        """
        for column in self.cells.get_columns():
            set_ones = _set_cells(column)
            if set_ones is None or set_ones.any():
                return set_ones is not None
        return False

    def all(self) -> bool:
        """Whether every cell is unequal to 0, `True`, text, or missing; not with categories other than these."""
        return all(
            set_ones is not None and bool(set_ones.all()) for set_ones in map(_set_cells, self.cells.get_columns())
        )

    def any_na_rm(self) -> bool:
        """Whether a cell is unequal to 0, text, or not the first of its categories; missing ones do not count."""
        return any(bool((_codes(column) != 0).any()) for column in self.cells.get_columns())

    def ifelse(self: Marked, yes: Any, no: Any) -> Marked:
        """One of two values by each mark: `yes` where it is unequal to 0, `no` where it is 0; columns `C1`, `C2`, ...

        A missing mark leaves the cell missing. Two frames of categories give categories; H2O gives their places.

        Args:
            yes: A number, a word, None for missing, or a frame as large as this one, or of as many rows.
            no: Likewise; words where `yes` is words, numbers where it is numbers.

        Raises:
            DataError: The sizes differ, or words and numbers are mixed.

        Example:
            >>> from offbeat.h2o import H2OFrame
            >>> frame = H2OFrame({"score": [0.1, 0.9]})
            >>> (frame["score"] > 0.5).ifelse("odd", "fine").as_data_frame(use_pandas=False)
            [['C1'], ['fine'], ['odd']]
        """
        marks = self._marks()
        chosen = [_chosen(mark, _partner(yes, self, i), _partner(no, self, i)) for i, mark in enumerate(marks)]
        return self._with(pl.DataFrame([column.alias(f"C{i + 1}") for i, column in enumerate(chosen)]))

    def _marks(self) -> list[pl.Series]:
        columns = self.cells.get_columns()
        for column in columns:
            require_numbers(column)
        return columns


def _set_cells(column: pl.Series) -> pl.Series | None:
    """The cells that `any` and `all` look for, missing ones among them; None for categories that are no truth values.

    Reference:
        H2O-3, `AstAny`, `AstAll` and `ArrayUtils.isBoolColumn`.
    """
    if column.dtype != pl.Enum:
        return (_codes(column) != 0).fill_null(True)
    if sorted(level.lower() for level in levels_of(column)) not in (["false"], ["true"], ["false", "true"]):
        return None
    return (column.cast(pl.String).str.to_lowercase() == "true").fill_null(True)


def _codes(column: pl.Series) -> pl.Series:
    """A column as the numbers that H2O counts: places of categories, milliseconds of times, 1 for text."""
    if column.dtype == pl.String:
        return column.is_not_null().cast(pl.Int64).set(column.is_null(), None)
    return column.to_physical() if column.dtype == pl.Enum else as_number(column)


def _partner(value: Any, marks: AbstractMarks, place: int) -> pl.Series:
    """What one column of marks chooses from: a column as long."""
    height = marks.cells.height
    if isinstance(value, AbstractMarks):
        if value.cells.shape not in {(height, marks.cells.width), (height, 1)}:
            raise DataError(
                f"ifelse() of {marks.cells.shape} rows and columns takes frames of that size; "
                f"{value.cells.shape} was given."
            )
        return value.cells.to_series(place if value.cells.width > 1 else 0)
    plain = value if isinstance(value, str) else plain_number(value, "ifelse()")
    if plain is not None and not isinstance(plain, str | int | float):
        raise DataError(f"ifelse() takes numbers, words and frames; a {type(value).__name__} was given.")
    kind = pl.String if isinstance(plain, str) else pl.Int64 if isinstance(plain, int) else pl.Float64
    value_column = pl.Series("C1", [plain], dtype=kind).new_from_index(0, height)
    return value_column.fill_nan(None) if kind == pl.Float64 else value_column


def _chosen(mark: pl.Series, yes: pl.Series, no: pl.Series) -> pl.Series:
    """The cells of one or the other column.

    Example:
        >>> _chosen(pl.Series([1, 0, None]), pl.Series([5, 6, 7]), pl.Series([0.5, 0.5, 0.5])).to_list()
        [5.0, 0.5, None]
    """
    kinds = {"number" if each.dtype.is_numeric() else str(each.dtype.is_temporal()) for each in _known(yes, no)}
    if len(kinds) > 1:
        raise DataError("ifelse() chooses from two columns of numbers, of words or of times; they are mixed.")
    are_words = "False" in kinds
    if are_words:
        yes, no = as_words(yes), as_words(no)
    elif yes.dtype != no.dtype:
        kind = next((each.dtype for each in (yes, no) if each.dtype.is_temporal()), pl.Float64)
        yes, no = yes.cast(kind), no.cast(kind)
    chosen = yes.zip_with((mark != 0).fill_null(False), no)
    chosen = chosen.zip_with(mark.is_not_null(), pl.Series([None], dtype=chosen.dtype).new_from_index(0, len(mark)))
    return as_factor(chosen) if are_words else chosen


def _known(*columns: pl.Series) -> list[pl.Series]:
    """Those of them that hold a cell."""
    return [column for column in columns if column.null_count() < len(column)]
