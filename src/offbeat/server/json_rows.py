"""Rows as JSON has them -> `Table`: lists of cells, or one object of names and cells a row."""

from __future__ import annotations

from itertools import chain
from typing import Any

import orjson

from offbeat.data.json_cells import table_of_cells
from offbeat.data.names import repeated
from offbeat.data.table import Table
from offbeat.errors import DataError, name_some
from offbeat.server.body_size import require_given_cells, require_rows
from offbeat.server.refusal import Refusal


def parse_json(body: bytes) -> Any:
    """What JSON text stands for.

    Raises:
        Refusal: 400, it is no JSON; says where.

    Example:
        >>> parse_json(b"[[1.5, null]]")
        [[1.5, None]]
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal("request", f"The body is no JSON: {error}.") from None


def parse_lines(body: bytes) -> list[Any]:
    """What each line of JSON stands for, blank lines left out.

    Raises:
        Refusal: 400, a line is no JSON; says which.
    """
    rows = []
    for number, line in enumerate(body.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise Refusal("request", f"Line {number} of the body is no JSON: {error}.") from None
    return rows


def table_of(value: Any, most_rows: int | None = None) -> Table:
    """The table that a JSON value holds.

    Args:
        value: A list of rows, each a list of cells or an object from column to cell; or an object with such a list
            under "rows", and names for the cells under "columns" if they have any.
        most_rows: How many rows it may have.

    Raises:
        Refusal: 400, it is neither; 413, it has too many rows, or objects of a few cells have ever new
            names.
        DataError: Rows are of different lengths, or a cell is no number, text, true, false or null.

    Example:
        >>> table_of([{"flow": 1.5, "valve": "open"}, {"flow": 2.5}]).names
        ('flow', 'valve')
    """
    if not isinstance(value, dict):
        return table_of_rows(value, most_rows=most_rows)
    unknown = [name for name in value if name not in ("rows", "columns")]
    if unknown or "rows" not in value:
        found = name_some(unknown) or "no 'rows'"
        raise Refusal(
            "request", f"The body is an object with {found}; 'rows' was expected, and 'columns' if the rows have names."
        )
    return table_of_rows(value["rows"], value.get("columns"), most_rows)


def table_of_rows(rows: Any, columns: Any = None, most_rows: int | None = None) -> Table:
    """The table of a list of rows.

    Args:
        rows: Lists of cells, or objects from column to cell.
        columns: The names of the cells, where rows are lists and have names.
        most_rows: How many there may be; they are counted before anything is made of them.

    Raises:
        Refusal: 400, it is no list of rows; 413, it has too many rows, or objects of a few cells have ever new
            names.
        DataError: As `table_of`.
    """
    if not isinstance(rows, list) or not rows:
        raise Refusal("request", "A list of rows was expected, at least one: [[1.5, 2.5]] or [{'flow': 1.5}].")
    if most_rows is not None:
        require_rows(len(rows), most_rows)
    if all(isinstance(row, dict) for row in rows):
        names = tuple(dict.fromkeys(chain.from_iterable(rows)))
        require_given_cells(len(rows), len(names), sum(map(len, rows)))
        return table_of_cells([[row.get(name) for name in names] for row in rows], names)
    for number, row in enumerate(rows):
        if not isinstance(row, list):
            raise Refusal(
                "request",
                f"Row {number} is {kind_in_words(row)}; a list of cells was expected, or an object in every row.",
            )
        if len(row) != len(rows[0]):
            raise DataError(f"Row {number} of the request has {len(row)} cells; row 0 has {len(rows[0])}.")
    return table_of_cells(rows, None if columns is None else _names(columns, len(rows[0])))


def _names(columns: Any, width: int) -> tuple[str, ...]:
    if not isinstance(columns, list) or not all(isinstance(name, str | int) for name in columns):
        raise Refusal("request", "'columns' was expected to be a list of names.")
    names = tuple(str(name) for name in columns)
    if len(names) != width:
        raise DataError(f"The request has {width} cells in a row and {len(names)} names of columns.")
    if twice := repeated(names):
        raise DataError(f"The request names columns twice: {name_some(twice)}. Give each its own name.")
    return names


def kind_in_words(value: Any) -> str:
    """What a value of JSON is called in errors, with its article.

    Args:
        value: As `parse_json` gives it.
    """
    words = {dict: "an object", list: "a list", str: "text", type(None): "null", bool: "true or false"}
    return words.get(type(value), "a number")
