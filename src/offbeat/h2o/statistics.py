"""Figures of a frame's columns: means, extremes, quantiles, counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import polars as pl

from offbeat.errors import DataError, SettingsError
from offbeat.h2o.arithmetic import AbstractArithmetic

PROBABILITIES = (0.01, 0.1, 0.25, 0.333, 0.5, 0.667, 0.75, 0.9, 0.99)
"""H2O's quantiles where none are asked for."""

Counted = TypeVar("Counted", bound="AbstractStatistics")


class AbstractStatistics(AbstractArithmetic):
    """The figures of a frame. A column that holds no numbers has the figure NaN."""

    def mean(self: Counted, skipna: bool = True, axis: int = 0, return_frame: bool = False) -> list[float] | Counted:
        """The mean of each column, or of each row.

        Args:
            skipna: Whether missing cells are left out; else a column with one has the mean NaN.
            axis: 0 for columns, 1 for rows; rows always come as a frame.
            return_frame: Whether to give a frame of one row instead of a list.
        """
        if axis == 1:
            return self._with(pl.DataFrame([_numbers(self.cells).mean_horizontal().alias("mean")]))
        means = self._figures(lambda column: column.mean(), skipna)
        if not return_frame:
            return means
        return self._with(pl.DataFrame(dict(zip(self.cells.columns, ([mean] for mean in means), strict=True))))

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

    def var(self, na_rm: bool = False) -> list[float]:
        """The variance of each column, with the divisor rows - 1; H2O gives the whole covariance matrix.

        Args:
            na_rm: Whether missing cells are left out; else a column with one has the variance NaN.
        """
        return self._figures(lambda column: column.var(), na_rm)

    def min(self) -> float:
        """The least number of the whole frame, as in H2O; of one column, `frame["x"].min()`."""
        return float(np.nanmin([np.nan, *self._figures(lambda column: column.min(), True)]))

    def max(self) -> float:
        """The greatest number of the whole frame, as in H2O; of one column, `frame["x"].max()`."""
        return float(np.nanmax([np.nan, *self._figures(lambda column: column.max(), True)]))

    def sum(self: Counted, skipna: bool = True, axis: int = 0, return_frame: bool = False) -> float | Counted:
        """The sum of the whole frame, as in H2O; or of each column or row.

        Args:
            skipna: Whether missing cells are left out; else one makes the sum NaN.
            axis: 0 for columns, 1 for rows; only where a frame is given.
            return_frame: Whether to give a frame of one sum a column (or row) instead of one number.
        """
        sums = self._figures(lambda column: column.sum(), skipna)
        if not return_frame and axis == 0:
            return float(np.sum(np.nan_to_num(sums) if skipna else sums))
        if axis == 1:
            return self._with(pl.DataFrame([_numbers(self.cells).sum_horizontal().alias("sum")]))
        return self._with(pl.DataFrame(dict(zip(self.cells.columns, ([each] for each in sums), strict=True))))

    def quantile(self: Counted, prob: Sequence[float] | None = None, combine_method: str = "interpolate") -> Counted:
        """Quantiles of the columns of numbers, missing cells left out.

        Args:
            prob: Probabilities from 0 to 1.
            combine_method: Between two cells: "interpolate", "low", "high", "average" (or "avg").

        Returns:
            Column `Probs`, then one column `<name>Quantiles` for each column of numbers.

        Raises:
            SettingsError: There is no such `combine_method`, or a probability lies outside of 0 to 1.
        """
        methods = {"interpolate": "linear", "low": "lower", "high": "higher", "average": "midpoint", "avg": "midpoint"}
        wanted = [float(each) for each in (PROBABILITIES if prob is None else prob)]
        if combine_method not in methods or not all(0 <= each <= 1 for each in wanted):
            raise SettingsError(f"quantile takes probabilities from 0 to 1 and one of {', '.join(methods)}.")
        numbers = _numbers(self.cells).get_columns()
        method: Any = methods[combine_method]
        found = {f"{column.name}Quantiles": [column.quantile(each, method) for each in wanted] for column in numbers}
        return self._with(pl.DataFrame({"Probs": wanted, **found}))

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
        """The different cells of the one column, in order.

        Args:
            include_nas: Whether missing is one of them.
        """
        column = self._only_column("unique")
        return self._with(pl.DataFrame([(column if include_nas else column.drop_nulls()).unique().sort()]))

    def table(self: Counted) -> Counted:
        """How often each cell of the one column occurs; the second column is `Count`."""
        column = self._only_column("table").drop_nulls()
        counts = column.value_counts(name="Count").sort(column.name)
        return self._with(counts.with_columns(pl.col("Count").cast(pl.Int64)))

    def _figures(self, figure: Callable[[pl.Series], Any], skip_missing: bool) -> list[float]:
        """One figure a column."""
        figures = []
        for column in self.cells.get_columns():
            known = column.dtype.is_numeric() and (skip_missing or not column.null_count())
            found = figure(column) if known and column.null_count() < len(column) else None
            figures.append(float("nan") if found is None else float(found))
        return figures

    def _only_column(self, method: str) -> pl.Series:
        if self.cells.width != 1:
            raise DataError(f"{method}() takes a frame of one column; this one has {self.cells.width}. Use frame['x'].")
        return self.cells.to_series()


def _numbers(cells: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([column for column in cells.get_columns() if column.dtype.is_numeric()])
