"""What a frame shows of itself, as text and in a notebook."""

from __future__ import annotations

from offbeat.h2o import summary
from offbeat.h2o.arithmetic import AbstractCells


class AbstractDisplay(AbstractCells):
    """The tables that H2O prints for a frame."""

    def show(self) -> None:
        """Prints the first rows."""
        print(repr(self))

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
