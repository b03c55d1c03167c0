"""The names of a frame's columns, and which of them hold a kind of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from offbeat.errors import DataError
from offbeat.h2o.arithmetic import AbstractCells
from offbeat.h2o.cell_choice import chosen_columns
from offbeat.h2o.column_types import type_word
from offbeat.h2o.python_objects import renamed

Renamed = TypeVar("Renamed", bound="AbstractNames")

_KINDS: Mapping[str, Sequence[str]] = {
    "numeric": ("int", "real"),
    "categorical": ("enum",),
    "string": ("string",),
    "time": ("time",),
    "uuid": (),
    "bad": (),
}
"""H2O's words for the types of columns, by those that `columns_by_type` takes."""


class AbstractNames(AbstractCells):
    """The names of the columns; setting them changes the frame."""

    @property
    def names(self) -> list[str]:
        """The column names; setting them renames the columns."""
        return self.cells.columns

    @names.setter
    def names(self, names: Sequence[Any]) -> None:
        self.cells = renamed(self.cells, names)

    columns = names
    col_names = names

    def set_names(self: Renamed, names: Sequence[Any]) -> Renamed:
        """Renames all columns of this frame, and gives it back.

        Args:
            names: One a column.
        """
        self.names = list(names)
        return self

    def rename(self: Renamed, columns: Mapping[str, Any]) -> Renamed:
        """Renames some columns of this frame, and gives it back.

        Args:
            columns: The new name for each old one.
        """
        self.names = [columns.get(name, name) for name in self.names]
        return self

    def set_name(self, col: str | int | None = None, name: Any = None) -> None:
        """Renames one column of this frame.

        Args:
            col: Its name or position; may be left out where there is one column.
            name: The new name.

        Raises:
            DataError: There is no such column, another one has that name, or it is none.
        """
        if col is None and self.cells.width != 1:
            raise DataError(f"The frame has {self.cells.width} columns; set_name() was not told which one to rename.")
        if not name or not isinstance(name, str):
            raise DataError(f"set_name() was given {'no name' if not name else repr(name)}; a word was expected.")
        before = chosen_columns(0 if col is None else col, self.names)[0]
        if name != before and name in self.names:
            raise DataError(f"The frame has a column '{name}' already; give '{before}' another name.")
        self.cells = self.cells.rename({before: name})

    def columns_by_type(self, coltype: str = "numeric") -> list[int]:
        """The positions of the columns of a type; H2O gives them as floats.

        Args:
            coltype: "numeric", "categorical", "string", "time", "uuid" or "bad"; no column is of the last two.

        Raises:
            DataError: There is no such type.
        """
        if coltype not in _KINDS:
            raise DataError(f"columns_by_type() takes {', '.join(_KINDS)}; {coltype!r} was given.")
        return [i for i, column in enumerate(self.cells.get_columns()) if type_word(column) in _KINDS[coltype]]
