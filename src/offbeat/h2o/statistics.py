"""Figures of a frame's columns: means, extremes, quantiles, counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.errors import DataError, SettingsError
from offbeat.h2o.arithmetic import AbstractArithmetic
from offbeat.h2o.column_types import as_number, type_word
from offbeat.h2o.reshaping import side_by_side

PROBABILITIES = (0.01, 0.1, 0.25, 0.333, 0.5, 0.667, 0.75, 0.9, 0.99)
"""H2O's quantiles where none are asked for."""

Counted = TypeVar("Counted", bound="AbstractStatistics")


class AbstractStatistics(AbstractArithmetic):
    """The figures of a frame. A column that holds neither numbers nor times has the figure NaN."""

    def mean(
        self: Counted, skipna: bool = True, axis: int = 0, return_frame: bool = False, na_rm: bool | None = None
    ) -> list[float] | Counted:
        """The mean of each column, or of each row; of a row without a number missing.

        Args:
            skipna: Whether missing cells are left out; else a column or row with one has the mean NaN.
            axis: 0 for columns, 1 for rows; rows always come as a frame.
            return_frame: Whether to give a frame of one row instead of a list.
            na_rm: Another name of `skipna`, which wins.
        """
        skipped = skipna if na_rm is None else na_rm
        if axis == 1:
            return self._with(_of_rows(self.cells, pl.mean_horizontal, skipped, "mean"))
        means = self._figures(lambda column: column.mean(), skipped)
        return self._one_row(means) if return_frame else means

    def median(self, na_rm: bool = False) -> list[float]:
        """The median of each column.

        Args:
            na_rm: Whether missing cells are left out; else a column with one has the median NaN.
        """
        return self._figures(lambda column: column.median(), na_rm)

    def sd(self, na_rm: bool = False) -> list[float]:
        """The standard deviation of each column, with the divisor rows - 1.

        Args:
            na_rm: Whether missing cells are left out; else a column with one has the deviation NaN.
        """
        return self._figures(lambda column: column.std(), na_rm)

    def var(self: Counted, na_rm: bool = False) -> float | Counted:
        """The variance of the one column, with the divisor rows - 1; of several their covariance matrix.

        Args:
            na_rm: Whether rows with a missing cell are left out; else all that such a column enters is NaN.
        """
        columns = self.cells.drop_nulls() if na_rm else self.cells
        numbers = np.column_stack([_as_floats(column) for column in columns.get_columns()])
        if len(numbers) < 2:
            numbers = np.full((2, columns.width), np.nan)
        matrix = np.atleast_2d(np.cov(numbers, rowvar=False))
        if columns.width == 1:
            return float(matrix[0, 0])
        return self._with(pl.DataFrame(matrix, schema=columns.columns).fill_nan(None))

    def min(self) -> float:
        """The least number of the whole frame, text left out; NaN if one is missing."""
        return self._extreme(np.min)

    def max(self) -> float:
        """The greatest number of the whole frame, text left out, NaN if one is missing."""
        return self._extreme(np.max)

    def sum(
        self: Counted, skipna: bool = True, axis: int = 0, return_frame: bool = False, na_rm: bool | None = None
    ) -> float | Counted:
        """The sum of the whole frame, as in H2O; or of each column or row.

        Args:
            skipna: Whether missing cells are left out; else one makes the sum NaN. A column of text always does.
            axis: 0 for columns, 1 for rows; only where a frame is given.
            return_frame: Whether to give a frame of one sum a column (or row) instead of one number.
            na_rm: Another name of `skipna`, which wins.
        """
        skipped = skipna if na_rm is None else na_rm
        if axis == 1 and return_frame:
            return self._with(_of_rows(self.cells, pl.sum_horizontal, skipped, "sum"))
        sums = self._figures(lambda column: column.cast(pl.Float64).sum(), skipped, of_nothing=0.0)
        return self._one_row(sums) if return_frame else float(np.sum(sums))

    def quantile(
        self: Counted, prob: Sequence[float] | float | None = None, combine_method: str = "interpolate"
    ) -> Counted:
        """Quantiles of the columns, missing cells left out; missing where a column holds no numbers.

        Args:
            prob: Probabilities from 0 to 1, or one.
            combine_method: Between two cells: "interpolate", "low", "high", "average" (or "avg").

        Returns:
            Column `Probs`, then one column `<name>Quantiles` for each column.

        Raises:
            SettingsError: There is no such `combine_method`, or a probability lies outside of 0 to 1.
        """
        methods = {"interpolate": "linear", "low": "lower", "high": "higher", "average": "midpoint", "avg": "midpoint"}
        asked = PROBABILITIES if prob is None else [prob] if isinstance(prob, float | int) else prob
        wanted = [float(each) for each in asked]
        if combine_method not in methods or not all(0 <= each <= 1 for each in wanted):
            raise SettingsError(f"quantile takes probabilities from 0 to 1 and one of {', '.join(methods)}.")
        method: Any = methods[combine_method]
        found = {
            f"{column.name}Quantiles": [
                column.quantile(each, method) if column.dtype.is_numeric() else None for each in wanted
            ]
            for column in self.cells.get_columns()
        }
        return self._with(
            pl.DataFrame({"Probs": wanted, **found}, schema_overrides=dict.fromkeys(["Probs", *found], pl.Float64))
        )

    def nacnt(self) -> list[int]:
        """How many cells of each column are missing."""
        return [column.null_count() for column in self.cells.get_columns()]

    def isna(self: Counted) -> Counted:
        """1 where a cell is missing; columns `isNA(<name>)`."""
        marks = [column.is_null().cast(pl.Int64).alias(f"isNA({column.name})") for column in self.cells.get_columns()]
        return self._with(pl.DataFrame(marks))

    def na_omit(self: Counted) -> Counted:
        """The rows without a missing cell."""
        return self._with(self.cells.drop_nulls())

    def unique(self: Counted, include_nas: bool = False) -> Counted:
        """The different cells of the one column, in order, as column `C1`.

        Args:
            include_nas: Whether missing is one of them.
        """
        column = self._only_column("unique").alias("C1")
        return self._with(pl.DataFrame([(column if include_nas else column.drop_nulls()).unique().sort()]))

    def table(self: Counted, data2: Counted | None = None, dense: bool = True) -> Counted:
        """How often each cell of one column, or each pair of two, occurs; rows with a missing cell are left out.

        Args:
            data2: A frame with the second column, where this one has one.
            dense: Without a choice: pairs that do not occur have no row.

        Returns:
            The columns in order, then `Count`, or `Counts` for pairs and for real numbers.

        Raises:
            DataError: There are not one or two columns, or a wide table is asked for.
        """
        cells = self.cells if data2 is None else side_by_side([self.cells, data2.cells])
        if cells.width not in (1, 2) or not dense:
            asked = f"{cells.width} columns" if dense else "dense=False"
            raise DataError(f"table() counts the cells of one or two columns, one row a pair; {asked} was given.")
        is_counted_once = cells.width == 1 and type_word(cells.to_series()) != "real"
        counts = cells.drop_nulls().group_by(cells.columns).len("Count" if is_counted_once else "Counts")
        return self._with(counts.sort(cells.columns).with_columns(pl.last().cast(pl.Int64)))

    def _figures(
        self, figure: Callable[[pl.Series], Any], skip_missing: bool, of_nothing: float = np.nan
    ) -> list[float]:
        """One figure a column; that of nothing where a column of numbers has no cell."""
        figures = []
        for column in self.cells.get_columns():
            if not _has_figures(column) or (column.null_count() and not skip_missing):
                figures.append(float("nan"))
            elif column.null_count() == len(column):
                figures.append(of_nothing)
            else:
                found = figure(as_number(column))
                figures.append(float("nan") if found is None else float(found))
        return figures

    def _extreme(self, of: Callable[[Any], Any]) -> float:
        columns = [_as_floats(column) for column in self.cells.get_columns() if _has_figures(column)]
        return float(of(np.concatenate(columns))) if columns and len(columns[0]) else float("nan")

    def _one_row(self: Counted, figures: list[float]) -> Counted:
        named = zip(self.cells.columns, ([figure] for figure in figures), strict=True)
        return self._with(pl.DataFrame(dict(named)).fill_nan(None))

    def _only_column(self, method: str) -> pl.Series:
        if self.cells.width != 1:
            raise DataError(f"{method}() takes a frame of one column; this one has {self.cells.width}. Use frame['x'].")
        return self.cells.to_series()


def _numbers(cells: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([column for column in cells.get_columns() if column.dtype.is_numeric()])


def _of_rows(cells: pl.DataFrame, figure: Callable[..., pl.Expr], skip_missing: bool, name: str) -> pl.DataFrame:
    """A figure of the numbers of each row; missing where no column holds numbers."""
    numbers = _numbers(cells)
    if not numbers.width:
        return pl.DataFrame([pl.repeat(None, cells.height, dtype=pl.Float64, eager=True).alias(name)])
    return numbers.select(figure(pl.all().cast(pl.Float64), ignore_nulls=skip_missing).alias(name))


def _has_figures(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype.is_temporal()


def _as_floats(column: pl.Series) -> Float64[np.ndarray, "rows"]:
    """The numbers of a column, NaN where there is none; all of them where it holds text."""
    if not _has_figures(column):
        return np.full(len(column), np.nan)
    return as_number(column).cast(pl.Float64).fill_null(np.nan).to_numpy()
