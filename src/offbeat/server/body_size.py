"""How large a table a body may become: a few bytes may announce many columns for many rows."""

from __future__ import annotations

import re

from offbeat.server.refusal import Refusal

MOST_CELLS = 50_000_000
"""Of a table, whose body may be much smaller: in Parquet a column of equal values is a few bytes."""

MOST_FURTHER_COLUMNS = 10_000
"""Beyond those of the detector: a column takes up to half a millisecond of a thread, whatever it holds."""

_FEW_CELLS = 4_000_000
"""Of objects, whatever they lack: a table of so many takes a thread about a second."""
_MOST_LACKING = 50


def require_rows(height: int, most_rows: int) -> None:
    """Nothing where a request has rows, and not too many.

    Raises:
        Refusal: 400 without rows; 413 with too many.
    """
    if not height:
        raise Refusal("request", "The body has no rows; at least one was expected.")
    if height > most_rows:
        raise Refusal("too-large", f"The body has {height:,} rows; at most {most_rows:,} are taken. Send it in parts.")


def require_cells(cells: int) -> None:
    """Nothing where a table is not too large.

    Raises:
        Refusal: 413.
    """
    if cells > MOST_CELLS:
        raise Refusal("too-large", f"The body has {cells:,} cells; at most {MOST_CELLS:,} are taken.")


def require_given_cells(rows: int, columns: int, given: int) -> None:
    """Nothing where objects give a share of the cells that their names make, or these are few.

    Args:
        rows: How many objects there are.
        columns: How many names they have among them; one that an object lacks is a missing cell of its row.
        given: How many cells they have in all.

    Raises:
        Refusal: 413.
    """
    require_cells(rows * columns)
    if rows * columns > max(_FEW_CELLS, _MOST_LACKING * given):
        raise Refusal(
            "too-large",
            f"The {rows:,} rows of the body have {columns:,} names of columns among them, and {given:,} cells: nearly "
            "all cells would be missing. Give every row the same names.",
        )


def require_columns(columns: int, known: int) -> None:
    """Nothing where a table has not many more columns than the detector.

    Args:
        columns: How many it has.
        known: How many the detector has.

    Raises:
        Refusal: 413.
    """
    if columns > known + MOST_FURTHER_COLUMNS:
        raise Refusal(
            "too-large",
            f"The body has {columns:,} columns, and the detector {known:,}; at most {known + MOST_FURTHER_COLUMNS:,} "
            "are taken. Leave the others out.",
        )


def require_narrow_lines(body: bytes, known: int, columns: int, delimiter: str) -> None:
    """Nothing where the lines of CSV make no table that is too large; they are not read yet.

    Each line becomes a row as wide as the others, however short it is.

    Args:
        body: The lines.
        known: How many columns the detector has.
        columns: How many the lines have.
        delimiter: Between the cells.

    Raises:
        Refusal: 413.
    """
    require_columns(columns, known)
    ends = b"\n" if b"\n" in body else b"\r"
    if body.count(ends) * columns > MOST_CELLS:
        # Ends of lines within quotes are none of rows; they are looked for only where it matters.
        quoted = re.compile(rb"(?:\A|(?<=[\r\n" + re.escape(delimiter.encode()) + rb']))"(?:[^"]++|"")*+"')
        require_cells(quoted.sub(b"", body).count(ends) * columns)
