"""Lines of JSON that were added to a file or a pipe: which are rows, and the table of these."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.server.json_rows import parse_lines, table_of_rows
from offbeat.server.refusal import Refusal


def columns_of_lines(text: bytes, columns: Collection[str]) -> list[str]:
    """Under which keys the objects of some lines have cells of the columns, blanks around them aside."""
    keys = dict.fromkeys(key for _, row in _objects(text) for key in row)
    return [key for key in keys if key.strip() in columns]


def other_lines(text: bytes, columns: Collection[str]) -> tuple[bytes, list[int]]:
    """The text with each object emptied that has none of the columns, as a log's other events, and their lines.

    Args:
        text: Lines of JSON.
        columns: Keys; where there are none, every object counts as a row.

    Returns:
        The text, with as many lines as before; which of them were emptied, from 0.
    """
    others = [number for number, row in _objects(text) if columns and row.keys().isdisjoint(columns)]
    lines = text.split(b"\n")
    for number in others:
        lines[number] = b""
    return b"\n".join(lines), others


def table_of_lines(text: bytes, name: str, columns: Collection[str]) -> Table:
    """The table of some lines of JSON; of objects these columns only, if there are any.

    Args:
        text: Lines, each a list of cells, an object, or blank.
        name: What errors call the file.
        columns: Keys of the objects; what else they hold may be anything.

    Raises:
        DataError: A line holds no row.
    """
    try:
        rows = parse_lines(text)
        if columns and all(isinstance(row, dict) for row in rows):
            rows = [{column: row.get(column) for column in columns} for row in rows]
        return replace(table_of_rows(rows), source=name)
    except Refusal as refusal:
        raise DataError(f"{name}: {refusal.message}") from None


def _objects(text: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines that are objects, by their number from 0."""
    for number, line in enumerate(text.split(b"\n")):
        with suppress(orjson.JSONDecodeError):
            if isinstance(row := orjson.loads(line), dict):
                yield number, row
