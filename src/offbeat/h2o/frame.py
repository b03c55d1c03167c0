"""`H2OFrame`: H2O's frame as a thin layer over polars, held in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import numpy as np
import polars as pl

from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.assignment import assigned
from offbeat.h2o.cell_choice import chosen_columns, chosen_rows, marked_rows, taken_rows
from offbeat.h2o.conversion import AbstractTypes
from offbeat.h2o.display import AbstractDisplay
from offbeat.h2o.doubles import plain_number
from offbeat.h2o.filling import AbstractFilling
from offbeat.h2o.functions import AbstractFunctions
from offbeat.h2o.giving import cell_of
from offbeat.h2o.marks import AbstractMarks
from offbeat.h2o.missing_cells import MissingWords, without_words, words_by_column
from offbeat.h2o.modules_not_carried_over import FunctionInH2O
from offbeat.h2o.naming import AbstractNames
from offbeat.h2o.not_carried_over import FRAME_HINTS, not_carried_over
from offbeat.h2o.python_objects import cells_of, parsed, parsed_text, renamed, retyped
from offbeat.h2o.random_rows import split_rows, uniform_rows
from offbeat.h2o.reshaping import side_by_side, stacked
from offbeat.h2o.statistics import AbstractStatistics
from offbeat.h2o.stored_cells import AbstractStored


@final
class H2OFrame(
    AbstractStatistics,
    AbstractFunctions,
    AbstractMarks,
    AbstractFilling,
    AbstractNames,
    AbstractTypes,
    AbstractDisplay,
    AbstractStored,
):
    """Named columns of H2O's types; assignment changes the frame, every other method gives a new one.

    A frame that is changed has a new name, see `stored_cells`.

    Attributes:
        cells: The columns: whole and real numbers, `pl.Enum` (enum), text (string) and times; null where missing.

    Example:
        >>> frame = H2OFrame({"flow": [1.5, 2.5, 4.0], "kind": ["a", "b", "a"]})
        >>> frame["twice"] = frame["flow"] * 2
        >>> frame[frame["kind"] == "a", "twice"].as_data_frame(use_pandas=False)
        [['twice'], ['3'], ['8']]
    """

    def __init__(
        self,
        python_obj: Any = None,
        destination_frame: str | None = None,
        header: int = 0,
        separator: str = ",",
        column_names: Sequence[str] | None = None,
        column_types: Sequence[str | None] | Mapping[str, str] | None = None,
        na_strings: MissingWords = None,
        **of_h2o: Any,
    ) -> None:
        """A frame of a Python object.

        Args:
            python_obj: A dict of columns, a list of rows, a flat list (one column), a NumPy array, a data frame of
                pandas or polars, or a frame, which is copied.
            destination_frame: Its name; made up where None.
            header: 1 where the first row of a list of rows holds the names; else they are C1, C2, ...
            separator: Without effect: nothing goes through a file.
            column_names: Other names, one a column.
            column_types: H2O's words, one a column, or a dict from names to words.
            na_strings: Words that stand for a missing cell in all columns, a list of words a column, or a dict from
                names to words; a word that spells a number stands for the number too.
            **of_h2o: Arguments that only H2O has; without effect, refused where H2O would do something else.

        Raises:
            DataError: The object is no frame; says what was expected.
            NotCarriedOver: An argument of H2O's would change the frame; says what to do instead.
        """
        check_arguments("H2OFrame", of_h2o)
        is_copied = isinstance(python_obj, H2OFrame) and not na_strings
        found = python_obj.cells if isinstance(python_obj, H2OFrame) else cells_of(_or_empty(python_obj), header)
        named = renamed(found, column_names)
        if na_strings:
            words = named.with_columns(pl.col(pl.Enum).cast(pl.String))
            named = without_words(words, words_by_column(na_strings, named.columns))
        is_frame = isinstance(python_obj, H2OFrame)
        typed = retyped if is_copied else parsed if is_frame else parsed_text
        self._store(typed(named, column_types), destination_frame)

    @classmethod
    def of(cls, cells: pl.DataFrame, key: str | None = None, is_named: bool = True) -> H2OFrame:
        """A frame of cells that have H2O's types already.

        Args:
            cells: The columns.
            key: The frame's name; made up where None.
            is_named: Whether that is a name of the user's, under which the frame is kept until it is removed.
        """
        frame = cls.__new__(cls)
        frame._store(cells, key, is_named)
        return frame

    @classmethod
    def from_python(cls, python_obj: Any, **settings: Any) -> H2OFrame:
        """The same as `H2OFrame(python_obj, ...)`.

        Args:
            python_obj: As there.
            settings: As there.
        """
        return cls(python_obj, **settings)

    # --- size ---

    @property
    def nrows(self) -> int:
        """How many rows there are."""
        return self.cells.height

    @property
    def ncols(self) -> int:
        """How many columns there are."""
        return self.cells.width

    nrow = nrows
    ncol = ncols

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.cells.shape

    @property
    def dim(self) -> list[int]:
        """Rows and columns."""
        return [*self.cells.shape]

    def __len__(self) -> int:
        """How many rows there are."""
        return self.cells.height

    def __iter__(self) -> Iterator[H2OFrame]:
        """The columns, each as a frame."""
        return (self[name] for name in self.names)

    def __contains__(self, name: object) -> bool:
        """Whether there is a column of that name."""
        return name in self.names

    # --- choosing and changing cells ---

    def __getitem__(self, item: Any) -> Any:
        """Columns, rows or one cell.

        Args:
            item: A column (name, position), several (list, slice), a frame of 0 and 1 that marks rows, or
                `rows, columns`. Negative numbers count from the end.

        Returns:
            A frame; for one row number and one column the cell itself (numbers as float, NaN or None where missing).
        """
        if isinstance(item, H2OFrame):
            return self._with(taken_rows(self.cells, self._rows(item)))
        if not isinstance(item, tuple):
            return self._with(self.cells.select(chosen_columns(item, self.names)))
        rows, columns = item
        chosen = taken_rows(self.cells.select(chosen_columns(columns, self.names)), self._rows(rows))
        if isinstance(rows, int) and isinstance(columns, int | str):
            return cell_of(chosen.to_series())
        return self._with(chosen)

    def __setitem__(self, item: Any, value: Any) -> None:
        """Changes cells, or adds a column.

        Args:
            item: A column, several, a frame of 0 and 1 that marks rows, or `rows, columns`; a new name adds a column.
            value: A number, a word, None for missing, or a frame.
        """
        rows, columns = item if isinstance(item, tuple) else (slice(None), item)
        if isinstance(item, H2OFrame):
            rows, columns = item, slice(None)
        is_new = isinstance(columns, str) and columns not in self.names
        names = [columns] if is_new else chosen_columns(columns, self.names)
        everywhere = isinstance(rows, slice) and rows == slice(None)
        numbers = None if everywhere else self._rows(rows)
        self.cells = assigned(self.cells, numbers, names, value.cells if isinstance(value, H2OFrame) else value)

    def drop(self, index: Any, axis: int = 1) -> H2OFrame:
        """The frame without some columns or rows.

        Args:
            index: A column name or position or a list of those; a list of row numbers with `axis=0`.
            axis: 1 for columns, 0 for rows.
        """
        if axis == 0:
            return self._with(taken_rows(self.cells, np.setdiff1d(np.arange(self.nrows), self._rows(index))))
        return self._with(self.cells.drop(chosen_columns(index, self.names)))

    def pop(self, i: str | int) -> H2OFrame:
        """Takes a column out of this frame, and gives it.

        Args:
            i: Its name or position.
        """
        taken = chosen_columns(i, self.names)
        column = self._with(self.cells.select(taken))
        self.cells = self.cells.drop(taken)
        return column

    def cbind(self, data: Any) -> H2OFrame:
        """The frame with more columns on its right; a name that is there already gets a number.

        Args:
            data: A frame with as many rows, a number, or a list of those.

        Raises:
            DataError: The numbers of rows differ, or it is no frame.
        """
        others = data if isinstance(data, list) else [data]
        return self._with(side_by_side([self.cells, *(_cells_or_number(other) for other in others)]))

    def rbind(self, data: H2OFrame | list[H2OFrame]) -> H2OFrame:
        """The frame with more rows below; levels that are new come to the others.

        Args:
            data: A frame with the same columns, or a list of those.

        Raises:
            DataError: The columns or their types differ.
        """
        others = data if isinstance(data, list) else [data]
        return self._with(stacked([self.cells, *(other.cells for other in others)]))

    def concat(self, frames: list[H2OFrame], axis: int = 1) -> H2OFrame:
        """Other frames on the right, or below.

        Args:
            frames: The others.
            axis: 1 for the right, 0 for below.
        """
        return self.cbind(frames) if axis == 1 else self.rbind(frames)

    def sort(self, by: Any, ascending: Any = True) -> H2OFrame:
        """The rows in the order of some columns, missing cells first; categories in the order of their levels.

        Args:
            by: A column or a list of columns.
            ascending: True or False for all columns, or a list of those, one a column.
        """
        names = chosen_columns(by, self.names)
        order = _directions(ascending, len(names))
        if len(order) != len(names):
            raise DataError(f"sort() takes one direction a column; {len(order)} were given for {len(names)} columns.")
        descending = [not up for up in order]
        return self._with(self.cells.sort(names, descending=descending, nulls_last=False, maintain_order=True))

    def runif(self, seed: int | None = None) -> H2OFrame:
        """A random number from 0 to 1 for each row, column `rnd`; not the numbers that H2O draws.

        Args:
            seed: The same seed gives the same numbers.
        """
        return self._with(pl.DataFrame({"rnd": uniform_rows(self.nrows, seed)}))

    def split_frame(
        self,
        ratios: Sequence[float] | float | None = None,
        destination_frames: Sequence[str] | None = None,
        seed: int | None = None,
    ) -> list[H2OFrame]:
        """Random parts of the rows; the last part takes what the ratios leave. Not the rows that H2O draws.

        Args:
            ratios: About which share of the rows each part gets, or the first of two; [0.75] where None.
            destination_frames: The parts' names, one more than ratios.
            seed: The same seed gives the same parts.

        Raises:
            SettingsError: The ratios add up to 1 or more.
        """
        shares = [0.75] if ratios is None else [ratios] if isinstance(ratios, float | int) else ratios
        marks = split_rows(uniform_rows(self.nrows, seed), shares)
        keys: Sequence[str | None] = destination_frames or [None] * len(marks)
        if len(keys) != len(marks):
            raise DataError(f"There are {len(marks)} parts; {len(keys)} destination_frames were given.")
        return [H2OFrame.of(self.cells.filter(part), key) for part, key in zip(marks, keys, strict=True)]

    def to_table(self) -> Table:
        """The frame as offbeat's own `Table`: categories as words, missing cells as null."""
        return Table(self.cells.with_columns(pl.col(pl.Enum).cast(pl.String)), source=f"frame '{self.key}'")

    def __getattr__(self, name: str) -> Any:
        """What is not carried over says so, and what to do instead."""
        if name.startswith("_") or name == "cells":
            raise AttributeError(f"'H2OFrame' has no attribute '{name}'")
        raise not_carried_over("H2OFrame", name, FRAME_HINTS, "use frame.as_data_frame() and pandas")

    def _with(self, cells: pl.DataFrame) -> H2OFrame:
        return H2OFrame.of(cells)

    def _rows(self, rows: Any) -> np.ndarray:
        """The numbers of the chosen rows."""
        if isinstance(rows, H2OFrame):
            return marked_rows(rows.cells, self.nrows)
        return chosen_rows(rows, self.nrows)


def _directions(ascending: Any, columns: int) -> list[bool]:
    """Whether each column is sorted upwards; all are where nothing is said."""
    if isinstance(ascending, list | tuple | np.ndarray) and len(ascending):
        return [bool(each) for each in ascending]
    return [ascending is None or isinstance(ascending, list | tuple | np.ndarray) or bool(ascending)] * columns


def _or_empty(python_obj: Any) -> Any:
    return {} if python_obj is None else python_obj


def _cells_or_number(data: Any) -> Any:
    plain = data.cells if isinstance(data, H2OFrame) else plain_number(data, "cbind")
    if not isinstance(plain, pl.DataFrame | int | float | str | None):
        raise DataError(f"cbind() takes frames with as many rows, and numbers; a {type(data).__name__} was given.")
    return plain


sys.modules[__name__].__class__ = FunctionInH2O  # h2o.frame is a function there, beside the module
