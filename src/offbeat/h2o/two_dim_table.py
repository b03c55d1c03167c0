"""The tables that H2O prints: a caption, named columns, and at most twenty rows."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from offbeat.h2o.summary import html_table

MOST_ROWS = 20
"""Of a longer table H2O prints the first and last ten rows."""


@dataclass(frozen=True)
class TwoDimTable:
    """A small table by columns.

    Attributes:
        caption: What stands above it.
        col_header: The names of the columns; "" for the empty one that H2O puts before layers and scores.
        cell_values: The rows; "" where there is nothing to say.

    Example:
        >>> table = TwoDimTable("Layers", ("units", "rate"), ((3, 0.005), (4, "")))
        >>> table["units"]
        [3, 4]
        >>> print(table)
        Layers
        units    rate
        -------  ------
        3        0.005
        4
    """

    caption: str
    col_header: tuple[str, ...]
    cell_values: tuple[tuple[Any, ...], ...]

    def __getitem__(self, column: str | int) -> list[Any]:
        """The cells of a column, by its name or position."""
        position = column if isinstance(column, int) else self.col_header.index(column)
        return [row[position] for row in self.cell_values]

    def as_data_frame(self) -> Any:
        """The table as pandas."""
        import pandas as pd

        return pd.DataFrame(list(self.cell_values), columns=list(self.col_header))

    def show(self) -> None:
        """Print the table."""
        print(self)

    def __str__(self) -> str:
        """The caption and the rows, as H2O prints them."""
        lines = [[_text(cell) for cell in row] for row in self._shown()]
        header = list(self.col_header)
        # H2O's printer leaves a header two blanks more than its name.
        columns = list(zip(header, *lines, strict=True))
        widths = [max(len(name) + 2 if name else 2, *map(len, cells), 2) for name, *cells in columns]
        ruler = ["-" * width for width in widths]
        return "\n".join(
            [self.caption, *("  ".join(map(str.ljust, row, widths)).rstrip() for row in [header, ruler, *lines])]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The caption and the rows as a notebook shows them."""
        rows = [[_text(cell) for cell in row] for row in self._shown()]
        return f"<pre>{html.escape(self.caption)}</pre>{html_table(self.col_header, rows)}"

    def _shown(self) -> Sequence[tuple[Any, ...]]:
        if len(self.cell_values) <= MOST_ROWS:
            return self.cell_values
        half = MOST_ROWS // 2
        return [*self.cell_values[:half], tuple(name and "---" for name in self.col_header), *self.cell_values[-half:]]


def _text(cell: object) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)
