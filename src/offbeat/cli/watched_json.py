"""Lines of JSON that were added to a file or a pipe: which are rows, and the table of these."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.server.json_rows import kind_in_words, parse_lines, table_of_rows
from offbeat.server.refusal import Refusal

_NO_COLUMN = "it has none of the columns that are learned from"
_EXPECTED = {"objects": "an object", "lists": "a list of cells"}


def see_lines(layout: dict[str, Any], text: bytes, columns: Collection[str]) -> None:
    """Remember what lines are like: one that lacks a column which others had has a missing cell.

    Args:
        layout: Where it is remembered. "columns": of which columns objects have had cells; "kinds": how many objects
            with any of them, and how many lists, there were.
        text: Lines of JSON.
        columns: Those that are learned from.
    """
    seen = dict.fromkeys(layout.get("columns", ()))
    kinds = {"objects": int(bool(seen)), "lists": 0} | layout.get("kinds", {})
    rows = [row for _, row in _values(text)]
    cells = [_cells(row, columns) for row in rows if isinstance(row, dict)]
    seen |= dict.fromkeys(name for row in cells for name in row)
    kinds["objects"] += sum(not seen or bool(row) for row in cells)
    kinds["lists"] += sum(isinstance(row, list) for row in rows)
    layout |= {"columns": list(seen), "kinds": kinds}


def without_other_lines(text: bytes, layout: dict[str, Any]) -> tuple[bytes, dict[int, str]]:
    """The text with each line emptied that is JSON and no row like the others, and why, by its number from 0.

    Rows are objects or lists, whichever there were more of so far; objects where there were as many. An object with
    none of the columns that objects have had is a log's other event.

    Args:
        text: Lines of JSON.
        layout: What `see_lines` remembers.
    """
    columns, kinds = layout["columns"], layout["kinds"]
    usual = "lists" if kinds["lists"] > kinds["objects"] else "objects"
    reasons: dict[int, str] = {}
    for number, row in _values(text):
        if not isinstance(row, list if usual == "lists" else dict):
            reasons[number] = f"it is {kind_in_words(row)}; {_EXPECTED[usual]} was expected, as in most lines"
        elif isinstance(row, dict) and columns and not _cells(row, columns):
            reasons[number] = _NO_COLUMN
    lines = text.split(b"\n")
    for number in reasons:
        lines[number] = b""
    return b"\n".join(lines), reasons


def table_of_lines(text: bytes, name: str, columns: Collection[str]) -> Table:
    """The table of some lines of JSON; of objects these columns only, if there are any.

    Args:
        text: Lines, each a list of cells, an object, or blank.
        name: What errors call the file.
        columns: Those that objects have had; what else they hold may be anything.

    Raises:
        DataError: A line holds no row.
    """
    try:
        rows = parse_lines(text)
        if columns and all(isinstance(row, dict) for row in rows):
            rows = [dict.fromkeys(columns) | _cells(row, columns) for row in rows]
        return replace(table_of_rows(rows), source=name)
    except Refusal as refusal:
        raise DataError(f"{name}: {refusal.message}") from None


def _cells(row: dict[str, Any], columns: Collection[str]) -> dict[str, Any]:
    """An object's cells of the columns, under their names: blanks around a key are none of its name."""
    return {name: cell for key, cell in row.items() if (name := key if key in columns else key.strip()) in columns}


def _values(text: bytes) -> Iterator[tuple[int, Any]]:
    """What the lines stand for that are JSON, by their number from 0."""
    for number, line in enumerate(text.split(b"\n")):
        with suppress(orjson.JSONDecodeError):
            yield number, orjson.loads(line)
