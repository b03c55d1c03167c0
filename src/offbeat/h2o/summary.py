"""Frames as text: the first rows, and the table of figures that H2O prints for a frame."""

from __future__ import annotations

import html
from collections.abc import Sequence

import polars as pl

from offbeat.h2o.column_types import as_words, type_word

MOST_ROWS, MOST_COLUMNS = 10, 200
"""What H2O shows of a frame where nothing else is asked for."""
NARROW = 12
"""How many columns a line of text has room for; the web page's table takes all."""


def text_of(cells: pl.DataFrame, rows: int = MOST_ROWS, columns: int = NARROW) -> str:
    """The first rows of a frame, and its size.

    Args:
        cells: The cells of a frame.
        rows: How many rows to show.
        columns: How many columns to show.

    Example:
        >>> print(text_of(pl.DataFrame({"flow": [1.5, None], "kind": ["a", "b"]})))
          flow  kind
           1.5     a
                   b
        [2 rows x 2 columns]
    """
    header, body = _shown(cells, rows, columns)
    return "\n".join([*_aligned([header, *body]), size_of(cells)])


def html_of(cells: pl.DataFrame, rows: int = MOST_ROWS, columns: int = MOST_COLUMNS) -> str:
    """The first rows of a frame as a table for a notebook.

    Args:
        cells: The cells of a frame.
        rows: How many rows to show.
        columns: How many columns to show.
    """
    header, body = _shown(cells, rows, columns)
    return f"{html_table(header, body)}<pre style='font-size: smaller; margin-bottom: 1em;'>{size_of(cells)}</pre>"


def html_table(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table for a notebook.

    Args:
        header: The names of the columns.
        body: The cells, row by row.

    Example:
        >>> html_table(["flow"], [["< 1"]])
        '<table><thead><tr><th>flow</th></tr></thead><tbody><tr><td>&lt; 1</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{html.escape(name)}</th>" for name in header)
    lines = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in body]
    rows_of_table = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows_of_table}</tbody></table>"


def figures_of(cells: pl.DataFrame) -> dict[str, dict[str, object]]:
    """H2O's figures of each column: type, mins, mean, maxs, sigma, zeros, missing.

    Args:
        cells: The cells of a frame.
    """
    return {column.name: _figures(column) for column in cells.get_columns()}


def description_of(cells: pl.DataFrame, first_rows: int = MOST_ROWS) -> str:
    """The size of a frame, the figures of its columns, and its first rows, a line a figure.

    Args:
        cells: The cells of a frame.
        first_rows: How many rows stand below the figures.
    """
    figures = figures_of(cells.select(cells.columns[:NARROW]))
    lines = [["", *figures]]
    for name in ("type", "mins", "mean", "maxs", "sigma", "zeros", "missing"):
        lines.append([name, *(_plain(figures[column][name]) for column in figures)])
    _, body = _shown(cells, first_rows, NARROW)
    lines += [[str(number), *row[: len(figures)]] for number, row in enumerate(body)]
    return "\n".join([f"Rows:{cells.height}", f"Cols:{cells.width}", "", *_aligned(lines), size_of(cells)])


def _figures(column: pl.Series) -> dict[str, object]:
    kind = type_word(column)
    figures: dict[str, object] = {"type": kind, "missing": column.null_count()}
    if not column.dtype.is_numeric():
        return {**figures, "mins": "", "mean": "", "maxs": "", "sigma": "", "zeros": ""}
    spread = {"mins": column.min(), "mean": column.mean(), "maxs": column.max(), "sigma": column.std()}
    return {**figures, **spread, "zeros": int((column == 0).sum())}


def _shown(cells: pl.DataFrame, rows: int, columns: int) -> tuple[list[str], list[list[str]]]:
    """The header and the first cells as text."""
    first = cells.select(cells.columns[:columns]).head(rows)
    more = ["..."] if cells.width > columns else []
    texts = [_texts(column) for column in first.get_columns()]
    return [*first.columns, *more], [[*row, *more] for row in zip(*texts, strict=True)]


def _texts(column: pl.Series) -> list[str]:
    if column.dtype.is_float():
        return [_plain(cell) for cell in column]
    return as_words(column).fill_null("").to_list()


def _plain(cell: object) -> str:
    """A cell or figure in few characters; nothing where missing."""
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells, each column to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return ["".join(f"  {cell:>{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def size_of(cells: pl.DataFrame) -> str:
    """How many rows and columns there are, in words.

    Args:
        cells: The cells of a frame.
    """
    rows = "1 row" if cells.height == 1 else f"{cells.height} rows"
    return f"[{rows} x {cells.width} column{'s' if cells.width != 1 else ''}]"
