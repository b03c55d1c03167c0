"""The types of a frame's columns, and frames of other types."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.arithmetic import AbstractCells
from offbeat.h2o.cell_choice import chosen_columns
from offbeat.h2o.column_types import as_factor, as_number, as_words, levels_of, type_word

Typed = TypeVar("Typed", bound="AbstractTypes")


class AbstractTypes(AbstractCells):
    """H2O's types of columns: what they are, and how to change them."""

    @property
    def types(self) -> dict[str, str]:
        """H2O's word for each column's type: int, real, enum, string or time."""
        return {column.name: type_word(column) for column in self.cells.get_columns()}

    def type(self, col: str | int) -> str:
        """H2O's word for one column's type.

        Args:
            col: Its name or position.
        """
        return type_word(self.cells[chosen_columns(col, self.cells.columns)[0]])

    def asfactor(self: Typed) -> Typed:
        """The columns as categories.

        Raises:
            DataError: A column holds real numbers or times.
        """
        for name, word in self.types.items():
            if word in ("real", "time"):
                raise DataError(f"Only 'int' or 'string' are allowed for asfactor(), got {name}:{word}.")
        return self._with(pl.DataFrame([as_factor(column) for column in self.cells.get_columns()]))

    def asnumeric(self: Typed) -> Typed:
        """The columns as numbers; levels that are no numbers become their places, from 0."""
        return self._with(pl.DataFrame([as_number(column) for column in self.cells.get_columns()]))

    def ascharacter(self: Typed) -> Typed:
        """The columns as text."""
        return self._with(pl.DataFrame([as_words(column) for column in self.cells.get_columns()]))

    def isfactor(self) -> list[bool]:
        """Whether each column holds categories."""
        return [word == "enum" for word in self.types.values()]

    def isnumeric(self) -> list[bool]:
        """Whether each column holds numbers."""
        return [word in ("int", "real") for word in self.types.values()]

    def isstring(self) -> list[bool]:
        """Whether each column holds free text."""
        return [word == "string" for word in self.types.values()]

    ischaracter = isstring

    def levels(self) -> list[list[str]]:
        """The levels of each column, in order; empty where it holds no categories. An empty list where none does."""
        found = [levels_of(column) for column in self.cells.get_columns()]
        return found if any(found) else []

    def nlevels(self) -> list[int] | int:
        """How many levels each column has; 0 where no column has any."""
        return [len(levels) for levels in self.levels()] or 0
