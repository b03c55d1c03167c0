"""A table of words for people: drawn by rich on a terminal, aligned plain text elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from offbeat.cli.saying import harmless, say

# These columns read as words; all others are numbers, and flush right.
_WORDS = ("", "added", "detector", "from", "kind", "most from", "name", "run", "settings", "stages", "trained on")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells under headings.

    Args:
        headings: One a column.
        rows: The cells, as they should appear.

    Example:
        >>> print_table(["row", "kind"], [["3", "normal"], ["12", "noise"]])
          row  kind
            3  normal
           12  noise
    """
    lines = [[harmless(cell) for cell in line] for line in (headings, *rows)]
    if sys.stdout.isatty():
        _print_with_rich(lines[0], lines[1:])
        return
    widths = [max(len(line[at]) for line in lines) for at in range(len(headings))]
    for line in lines:
        cells = [_aligned(*cell) for cell in zip(line, headings, widths, strict=True)]
        say(("  " + "  ".join(cells)).rstrip())


def _aligned(cell: str, heading: str, width: int) -> str:
    return cell.ljust(width) if heading in _WORDS else cell.rjust(width)


def _print_with_rich(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in headings:
        table.add_column(escape(heading), justify="left" if heading in _WORDS else "right")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)
