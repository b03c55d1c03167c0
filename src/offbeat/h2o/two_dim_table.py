"""The tables that H2O prints: a header, named columns, and at most twenty rows."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from offbeat.errors import DataError
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.summary import html_table

MOST_ROWS = 20
"""Of a longer table H2O prints the first and last ten rows."""


@dataclass(frozen=True, eq=False)
class H2OTwoDimTable:
    """A small table by columns.

    Attributes:
        table_header: What stands above it.
        table_description: What stands behind that.
        col_header: The names of the columns; "" for the empty one that H2O puts before layers and scores.
        col_types: Without effect, as are the next two; taken because H2O takes them.
        col_formats: The same.
        row_header: The same.
        cell_values: The rows; "" where there is nothing to say.

    Example:
        >>> table = H2OTwoDimTable("Layers", "small", ["units", "rate"], cell_values=[(3, 0.005), (4, "")])
        >>> table["units"], table[-1]
        ([3, 4], [0.005, ''])
        >>> print(table)
        Layers: small
        units    rate
        -------  ------
        3        0.005
        4
    """

    table_header: str | None = None
    table_description: str | None = None
    col_header: Sequence[str] = ()
    col_types: Sequence[str] | None = None
    col_formats: Sequence[str] | None = None
    row_header: Any = None
    cell_values: Sequence[Sequence[Any]] = ()

    @property
    def caption(self) -> str:
        """The header and the description."""
        described = "" if self.table_description is None else f": {self.table_description}".rstrip(" ")
        return f"{self.table_header or ''}{described}"

    def __getitem__(self, choice: Any) -> Any:
        """The cells of a column, by its name or position; of several, a list of lists; a table of a slice of the rows.

        Args:
            choice: A name, a position, a list of those, or a slice.

        Raises:
            DataError: There is no such column.
        """
        if isinstance(choice, slice):
            return replace(self, cell_values=self.cell_values[choice])
        if isinstance(choice, list | tuple):
            return [self[each] for each in choice]
        header = list(self.col_header)
        if choice in header:
            choice = header.index(choice)
        if not isinstance(choice, int) or not -len(header) <= choice < len(header):
            raise DataError(f"The table has no column {choice!r}; it has {', '.join(map(repr, header))}.")
        return [row[choice] for row in self.cell_values]

    def as_data_frame(self) -> Any:
        """The table as pandas."""
        import pandas as pd

        return pd.DataFrame(list(self.cell_values), columns=list(self.col_header))

    def show(self, header: bool = True, rows: int = MOST_ROWS, **of_h2o: Any) -> None:
        """Print the table.

        Args:
            header: Whether its caption is printed.
            rows: Of a longer table, half as many are printed from each end; all where -1.
            **of_h2o: prefer_pandas, verbosity and fmt, without effect.
        """
        check_arguments("H2OTwoDimTable.show", of_h2o)
        print(self._text(header, rows))

    def __str__(self) -> str:
        """The caption and the rows, as H2O prints them."""
        return self._text(True, MOST_ROWS)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The caption and the rows as a notebook shows them."""
        rows = [[_text_of(cell) for cell in row] for row in self._shown(MOST_ROWS)]
        return f"<pre>{html.escape(self.caption)}</pre>{html_table(self.col_header, rows)}"

    def _text(self, with_caption: bool, rows: int) -> str:
        lines = [[_text_of(cell) for cell in row] for row in self._shown(rows)]
        header = list(self.col_header)
        # H2O's printer leaves a header two blanks more than its name.
        columns = list(zip(header, *lines, strict=True))
        widths = [max(len(name) + 2 if name else 2, *map(len, cells), 2) for name, *cells in columns]
        ruler = ["-" * width for width in widths]
        caption = [self.caption] if with_caption and self.caption else []
        return "\n".join(
            [*caption, *("  ".join(map(str.ljust, row, widths)).rstrip() for row in [header, ruler, *lines])]
        )

    def _shown(self, rows: int) -> Sequence[Sequence[Any]]:
        if rows < 0 or len(self.cell_values) <= rows:
            return self.cell_values
        half = rows // 2
        gap = tuple(name and "---" for name in self.col_header)
        return [*self.cell_values[:half], gap, *self.cell_values[len(self.cell_values) - half :]]


def _text_of(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
