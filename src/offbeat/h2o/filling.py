"""`impute` and `scale`: missing cells filled, and columns centred and scaled, by H2O's rules."""

from __future__ import annotations

from typing import Any, TypeVar

import polars as pl

from offbeat.errors import DataError, SettingsError
from offbeat.h2o.cell_choice import chosen_columns
from offbeat.h2o.column_types import as_number, levels_of, type_word
from offbeat.h2o.not_carried_over import NotCarriedOver
from offbeat.h2o.stored_cells import AbstractStored

Filled = TypeVar("Filled", bound="AbstractFilling")
_METHODS = {"interpolate": "linear", "low": "lower", "high": "higher", "average": "midpoint"}


class AbstractFilling(AbstractStored):
    """Missing cells filled, columns scaled."""

    def impute(
        self,
        column: str | int | None = -1,
        method: str = "mean",
        combine_method: str = "interpolate",
        by: Any = None,
        group_by_frame: Any = None,
        values: Any = None,
    ) -> list[float]:
        """Fill the missing cells of this frame, and of all frames of its name.

        Args:
            column: Name or position; with -1 or None every column, numbers by their mean and categories by their most
                common level, whatever `method` says, as in H2O.
            method: "mean" or "median" of numbers and times, or "mode", the most common cell, the first of several.
            combine_method: The median of an even number of cells: "interpolate", "average", "low" or "high".
            by: Refused where given.
            group_by_frame: Refused where given.
            values: Refused where given.

        Returns:
            What each column was filled with, of a level its place; NaN for a column that was left as it is.

        Raises:
            SettingsError: There is no such method.
            NotCarriedOver: Groups or values are given.
        """
        if by is not None or group_by_frame is not None or values is not None:
            raise NotCarriedOver(
                "H2OFrame.impute by groups or with values is not carried over from H2O; use "
                "frame[frame['column'].isna(), 'column'] = value, or pandas' groupby(...).transform('mean')."
            )
        if method not in ("mean", "median", "mode") or combine_method not in _METHODS:
            raise SettingsError(
                f"impute() takes the method mean, median or mode and combine_method {', '.join(_METHODS)}; "
                f"{method!r} and {combine_method!r} were given."
            )
        every = column is None or column == -1
        names = self.cells.columns if every else chosen_columns(column, self.cells.columns)
        figures, columns = [], []
        for each in self.cells.get_columns():
            how = ("mode" if each.dtype == pl.Enum else "mean") if every else method
            filler = _filler(each, how, combine_method) if each.name in names else None
            figures.append(_figure(each, filler))
            columns.append(each if filler is None else _filled(each, filler))
        self._stored.cells = pl.DataFrame(columns)
        return figures

    def scale(self: Filled, center: Any = True, scale: Any = True) -> Filled:
        """The columns of numbers less their means, divided by their standard deviations; others stay as they are.

        Args:
            center: Whether the means are subtracted; or a list of what is subtracted, one number a column.
            scale: Whether it is divided; or a list of what is multiplied with, one number a column. A column of one
                number is left at its width.

        Raises:
            DataError: `center` or `scale` is neither.
        """
        columns = []
        for i, column in enumerate(self.cells.get_columns()):
            if not column.dtype.is_numeric():
                columns.append(column)
                continue
            numbers = column.cast(pl.Float64)
            centre = _of_list(center, i, self.cells.width) if not isinstance(center, bool) else numbers.mean() or 0.0
            varies = numbers.min() != numbers.max()  # of equal numbers rounding may leave a deviation
            deviation = (numbers.std() if varies else None) or 1.0
            factor = _of_list(scale, i, self.cells.width) if not isinstance(scale, bool) else 1 / float(deviation)  # type: ignore[arg-type]
            centred = numbers if center is False else numbers - centre
            columns.append(
                column if center is False and scale is False else centred if scale is False else centred * factor
            )
        return self._with(pl.DataFrame(columns))


def _of_list(numbers: Any, place: int, width: int) -> float:
    if not isinstance(numbers, list | tuple):
        raise DataError(f"scale() takes True, False or a list of one number a column; {numbers!r} was given.")
    if len(numbers) != width:
        raise DataError(f"scale() takes one number a column; {len(numbers)} were given for {width} columns.")
    return float(numbers[place])


def _filler(column: pl.Series, method: str, combine_method: str) -> Any:
    """What a column's missing cells become; None where it has no such figure."""
    present = column.drop_nulls()
    if present.is_empty() or type_word(column) == "string":
        return None
    if method == "mode":
        return present.mode().sort()[0]
    if column.dtype == pl.Enum:
        return None
    numbers = as_number(present).cast(pl.Float64)
    how: Any = _METHODS[combine_method]
    return numbers.mean() if method == "mean" else numbers.quantile(0.5, how)


def _figure(column: pl.Series, filler: Any) -> float:
    """A filler as the number that H2O gives."""
    if filler is None:
        return float("nan")
    if column.dtype == pl.Enum:
        return float(levels_of(column).index(filler))
    if column.dtype.is_temporal() and not isinstance(filler, float):
        return float(as_number(pl.Series([filler], dtype=column.dtype))[0])
    return float(filler)


def _filled(column: pl.Series, filler: Any) -> pl.Series:
    if not column.null_count():
        return column
    if column.dtype.is_temporal() and isinstance(filler, float):
        return as_number(column).fill_null(round(filler)).cast(pl.Datetime("ms"))
    if column.dtype.is_integer() and filler != int(filler):
        return column.cast(pl.Float64).fill_null(filler)
    return column.fill_null(pl.Series([filler]).cast(column.dtype)[0])
