"""What a frame shows of itself, as text and in a notebook."""

from __future__ import annotations

from typing import Any, TypeVar

from offbeat.errors import DataError
from offbeat.h2o import summary
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.giving import AbstractGiving

Shown = TypeVar("Shown", bound="AbstractDisplay")


class AbstractDisplay(AbstractGiving):
    """The tables that H2O prints for a frame."""

    def head(self: Shown, rows: Any = 10, cols: Any = 200) -> Shown:
        """The first rows and columns.

        Args:
            rows: How many.
            cols: How many.

        Raises:
            DataError: `rows` or `cols` is no count.
        """
        return self._with(self.cells.select(self.cells.columns[: _count(cols)]).head(_count(rows)))

    def tail(self: Shown, rows: Any = 10, cols: Any = 200) -> Shown:
        """The last rows, of the first columns.

        Args:
            rows: How many.
            cols: How many.

        Raises:
            DataError: `rows` or `cols` is no count.
        """
        return self._with(self.cells.select(self.cells.columns[: _count(cols)]).tail(_count(rows)))

    def show(self, use_pandas: bool | None = None, rows: Any = 10, cols: Any = None, **of_h2o: Any) -> None:
        """Prints the first rows and columns, and the size.

        Args:
            use_pandas: Whether pandas prints them.
            rows: How many rows.
            cols: How many columns; where None, as many as a line has room for, of pandas 200.
            **of_h2o: verbosity and fmt, without effect.

        Raises:
            DataError: `rows` or `cols` is no count.
        """
        check_arguments("H2OFrame.show", of_h2o)
        if use_pandas:
            first = self.head(rows, summary.MOST_COLUMNS if cols is None else cols).as_data_frame()
            print(first.to_string(), summary.size_of(self.cells), sep="\n")
        else:
            columns = summary.NARROW if cols is None else _count(cols)
            print(summary.text_of(self.cells, rows=_count(rows), columns=columns))

    def describe(self, chunk_summary: bool = False) -> None:
        """Prints the size, the figures of each column, and the first rows.

        Args:
            chunk_summary: Without effect; taken because H2O takes it.
        """
        print(summary.description_of(self.cells))

    def summary(self, return_data: bool = False) -> dict[str, dict[str, object]] | None:
        """Prints the figures of each column.

        Args:
            return_data: Whether to give them instead: a dict a column.
        """
        if return_data:
            return summary.figures_of(self.cells)
        print(summary.description_of(self.cells, first_rows=0))
        return None

    def __repr__(self) -> str:
        """The first rows as text."""
        return summary.text_of(self.cells)

    def _repr_html_(self) -> str:
        """The first rows as a notebook shows them."""
        return summary.html_of(self.cells)


def _count(number: Any) -> int:
    """The number itself, where it says how many rows or columns."""
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise DataError(f"So many rows or columns are a whole number, 0 or more; {number!r} was given.")
    return number
