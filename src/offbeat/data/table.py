"""`Table`: named columns of equal length, the one form in which data enters offbeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Integer

from offbeat.data.names import made_up_names, nearest_name, repeated, subject_of
from offbeat.data.numerals import TEXT_TYPES, as_text, kind_error, matrix_of, require_finite
from offbeat.errors import DataError, name_some

Rows = slice | Sequence[int] | Integer[np.ndarray, "taken"] | Bool[np.ndarray, "rows"]
"""Which rows: a slice, row numbers from 0, or one mark a row."""

_MOST_CELLS_COPIED = 2**22


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Named columns of equal length; rows count from 0, a header is no row.

    Attributes:
        cells: A data frame, or a matrix of floats (NaN = missing) that is kept as it is, never copied.
        source: What errors call it: "pumps.csv", "the table".
        named: Whether the names are the data's own; False when C1, C2, ... were made up (no header, NumPy array).
        matrix_names: The names of a matrix's columns; C1, C2, ... when empty. A frame carries its own.
        decimal: The sign before decimals in the text that it was read from. Columns with the other sign are text.

    Raises:
        DataError: `matrix_names` does not fit the matrix, or names a column twice.

    Example:
        >>> table = Table(np.zeros((4, 3)), source="the table", named=False)
        >>> table
        Table(the table: 4 rows x 3 columns)
        >>> table.drop(["C2"]).names
        ('C1', 'C3')
    """

    cells: pl.DataFrame | Float[np.ndarray, "rows columns"]
    source: str = "the table"
    named: bool = True
    matrix_names: tuple[str, ...] = ()
    decimal: str = "."

    def __post_init__(self) -> None:
        """Checks that a matrix has one name a column."""
        names = self.names
        if len(names) != self.width:
            raise DataError(f"{self.subject}: there are {self.width} columns; {len(names)} names were given.")
        if len(set(names)) < len(names):
            twice = name_some(repeated(names))
            raise DataError(f"{self.subject}: columns are named twice: {twice}. Give each its own name.")

    def __repr__(self) -> str:
        """Source and size; the cells are in `cells`."""
        return f"Table({self.source}: {self.height} rows x {self.width} columns)"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        if isinstance(self.cells, pl.DataFrame):
            return tuple(self.cells.columns)
        return self.matrix_names or made_up_names(self.width)

    @property
    def subject(self) -> str:
        """The source as a sentence starts with it: "The table", but "pumps.csv"."""
        return subject_of(self.source)

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.cells.shape[0]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.cells.shape[1]

    def position(self, column: str | int) -> int:
        """Where a column stands, counted from 0.

        Args:
            column: Its name, or its position, negative from the end; "-1" is a position when no column has that name.

        Raises:
            DataError: There is no such column; says which there are and which was likely meant.

        Example:
            >>> Table(pl.DataFrame({"flow": [1.0], "rpm": [2.0]})).position(-1)
            1
        """
        if isinstance(column, str) and column in self._positions:
            return self._positions[column]
        index = _as_index(column)
        if index is None:
            raise DataError(f"{self.subject}: there is no column '{column}'. {self._meant(str(column))}")
        if not -self.width <= index < self.width:
            raise DataError(
                f"{self.subject}: there is no column {index}; it has {self.width} columns, "
                f"0 to {self.width - 1} from the front or -1 to -{self.width} from the end."
            )
        return index % self.width

    def column(self, column: str | int) -> pl.Series:
        """One column, as it was read.

        Args:
            column: As for `position`.
        """
        position = self.position(column)
        if isinstance(self.cells, pl.DataFrame):
            return self.cells.to_series(position)
        return pl.Series(self.names[position], np.ascontiguousarray(self.cells[:, position]))

    def words(self, column: str | int) -> pl.Series:
        """One column as text, null where missing; 1, 1.0 and "1" are the same word, so are true and "true".

        Blanks around a word, also around a category, are no part of it. Categories are compared by these words, so that
        a code that was read as a whole number in one file and as a float in the next (one cell was missing) stays the
        same category.

        Args:
            column: As for `position`.

        Raises:
            DataError: It holds objects of a library's own type.

        Example:
            >>> Table(pl.DataFrame({"code": [1.0, None, 2.5]})).words("code").to_list()
            ['1', None, '2.5']
        """
        series = self.column(column)
        if isinstance(series.dtype, pl.BaseExtension):
            raise kind_error(series, self.subject, "words")
        if not series.dtype.is_float():
            return as_text(series) if series.dtype in TEXT_TYPES else series.cast(pl.String)
        series = series.fill_nan(None)
        whole = series.is_finite() & (series == series.round()) & (series.abs() < 2**53)
        as_integers = series.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
        return as_integers.fill_null(series.cast(pl.String)) if series.len() else series.cast(pl.String)

    def numbers(self, names: Sequence[str | int]) -> Float[np.ndarray, "rows columns"]:
        """Some columns as numbers, missing cells as NaN.

        Args:
            names: Which columns, in the wanted order, each as for `position`.

        Returns:
            float64; float32 where all of the columns are. A view of the matrix, not a copy, where that is possible.

        Raises:
            DataError: A cell is text, a date or infinite; names column, first row, value and what to do.

        Example:
            >>> Table(pl.DataFrame({"flow": [1, None], "rpm": [2.5, 3.5]})).numbers(["rpm", "flow"])
            array([[2.5, 1. ],
                   [3.5, nan]])
        """
        chosen = self.select(names)
        if not isinstance(chosen.cells, pl.DataFrame):
            require_finite(chosen.cells, chosen.names, self.subject)
            return chosen.cells
        if not names:
            return np.empty((self.height, 0))
        matrix = matrix_of(chosen.cells, self.subject, self.decimal)
        require_finite(matrix, chosen.names, self.subject)
        return matrix

    def of_numbers(self) -> Table:
        """The same table as a matrix, for who asks for its numbers again and again; as it is where a copy were large.

        Raises:
            DataError: As `numbers`, of all columns.
        """
        if not isinstance(self.cells, pl.DataFrame) or self.height * self.width > _MOST_CELLS_COPIED:
            return self
        return replace(self, cells=self.numbers(self.names), matrix_names=self.names)

    def take(self, rows: Rows) -> Table:
        """Some rows, in the order asked for.

        Args:
            rows: Row numbers from 0, one mark a row, or a slice (which copies nothing).

        Raises:
            DataError: A row number lies outside of the table.
        """
        if isinstance(rows, slice):
            return replace(self, cells=self.cells[rows])
        chosen = np.asarray(rows)
        numbers = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        outside = numbers[(numbers < 0) | (numbers >= self.height)]
        if chosen.dtype == bool and len(chosen) != self.height:
            raise DataError(f"{self.subject}: one mark a row was expected, {self.height} in all; {len(chosen)} came.")
        if len(outside):
            there_are = "is 1 row, row 0" if self.height == 1 else f"are {self.height} rows, from 0 on"
            raise DataError(f"{self.subject}: there {there_are}; row {outside[0]} was asked for.")
        return replace(self, cells=self.cells[numbers])

    def select(self, names: Sequence[str | int]) -> Table:
        """Some columns, in the order asked for; neighbours in their own order are not copied.

        Args:
            names: Each as for `position`.

        Raises:
            DataError: There is no such column, or one is asked for twice.
        """
        if tuple(names) == self.names:  # as a detector asks for its own columns of every table
            return self
        positions = [self.position(name) for name in names]
        chosen = tuple(self.names[position] for position in positions)
        if isinstance(self.cells, pl.DataFrame):
            if len(set(chosen)) < len(chosen):
                raise DataError(f"{self.subject}: a column was asked for twice among {name_some(chosen)}.")
            return replace(self, cells=self.cells.select(chosen))
        if positions and positions == list(range(positions[0], positions[0] + len(positions))):
            return replace(self, cells=self.cells[:, positions[0] : positions[-1] + 1], matrix_names=chosen)
        return replace(self, cells=self.cells[:, positions], matrix_names=chosen)

    def drop(self, columns: Sequence[str | int]) -> Table:
        """All columns but some.

        Args:
            columns: Each as for `position`; all positions are those of this table.

        Raises:
            DataError: There is no such column.
        """
        dropped = {self.position(column) for column in columns}
        return self.select([position for position in range(self.width) if position not in dropped])

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.names)}

    def _meant(self, word: str) -> str:
        """The names there are, and the likely one."""
        near = nearest_name(word, self.names)
        there = f"It has {name_some(self.names)}." if self.width else "It has no columns."
        return f"Did you mean '{near}'? {there}" if near else there


def _as_index(column: str | int) -> int | None:
    """The position that an integer, or text such as "-1", stands for."""
    if not isinstance(column, str):
        return column
    try:
        return int(column)
    except ValueError:
        return None
