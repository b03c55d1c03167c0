"""The bytes of a body -> `Table`, within the number of rows that a request may have."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import polars as pl

from offbeat.data.delimited import read_delimited
from offbeat.data.json_cells import SOURCE
from offbeat.data.parquet_audit import require_sound_parquet
from offbeat.data.polars_faults import POLARS_FAULTS, told_as_data_errors
from offbeat.data.table import Table
from offbeat.data.text_sizes import require_modest_text
from offbeat.server.arrow_audit import is_file, require_plain_file, require_plain_stream
from offbeat.server.body_size import require_cells, require_rows
from offbeat.server.json_rows import parse_json, parse_lines, table_of, table_of_rows
from offbeat.server.refusal import Refusal

MOST_UNPACKED = 2**30
"""Bytes of a Parquet body's pages: a long word, or zeros, packs to a thousandth."""


def table_in(body: bytes, form: str, most_rows: int, reading: Mapping[str, Any]) -> Table:
    """The table in a body.

    Args:
        body: All of it.
        form: One of the forms in `media_types`.
        most_rows: How many rows it may have.
        reading: How CSV is laid out: header, delimiter, decimal, missing, columns, as `offbeat.read` takes them.

    Raises:
        Refusal: 400, the body is not of that form; 413, it has too many rows.
        DataError: What it holds is no table, or one word stands in so many rows that it cannot be written out for each.

    Example:
        >>> table_in(b"flow,rpm\\n1.5,1200\\n", "csv", 10, {})
        Table(the request: 1 rows x 2 columns)
    """
    if not body.strip():
        raise Refusal("request", "The body is empty; a table with at least one row was expected.")
    match form:
        case "json":
            table = table_of(parse_json(body), most_rows)
        case "ndjson":
            table = table_of_rows(parse_lines(body), most_rows=most_rows)
        case "csv":
            table = read_delimited(body, SOURCE, **reading)
        case _:
            frame = _columnar(body, form, most_rows)
            with told_as_data_errors():
                require_modest_text(frame, len(body), SOURCE)
            table = _plainest(frame)
    require_rows(table.height, most_rows)
    return table


def _plainest(frame: pl.DataFrame) -> Table:
    """The frame as a table; columns of one kind of float as a matrix, which is aligned and scaled much sooner."""
    kinds = set(frame.dtypes)
    if len(kinds) == 1 and kinds <= {pl.Float32(), pl.Float64()}:
        return Table(frame.to_numpy(order="c"), SOURCE, matrix_names=tuple(frame.columns))
    return Table(frame, SOURCE)


def _columnar(body: bytes, form: str, most_rows: int) -> pl.DataFrame:
    """A frame from Parquet or Arrow; what is damaged is the caller's fault, however polars puts it."""
    try:
        return _parquet(body, most_rows) if form == "parquet" else _arrow(body, most_rows)
    except Refusal:
        raise
    except (Exception, *POLARS_FAULTS) as error:
        raise Refusal("request", f"The body is a damaged {form} table. Write it again.") from error


def _parquet(body: bytes, most_rows: int) -> pl.DataFrame:
    announced = require_sound_parquet(body, SOURCE)
    require_rows(announced.rows, most_rows)
    require_cells(announced.cells)
    if announced.unpacked > MOST_UNPACKED:
        raise Refusal(
            "too-large", f"The body unpacks to {announced.unpacked:,} bytes; at most {MOST_UNPACKED:,} are taken."
        )
    return pl.read_parquet(io.BytesIO(body))


def _arrow(body: bytes, most_rows: int) -> pl.DataFrame:
    if is_file(body):
        require_rows(require_plain_file(body), most_rows)
        return pl.read_ipc(io.BytesIO(body))
    require_rows(require_plain_stream(body), most_rows)
    return pl.read_ipc_stream(io.BytesIO(body))
