"""What a verb found -> the bytes of an answer, in the form that the caller accepts."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import orjson
import polars as pl

TABLE_FORMS = ("json", "csv", "ndjson", "arrow", "parquet")
RECORD_FORMS = ("json",)


def json_bytes(record: Any) -> bytes:
    """Plain values and arrays as JSON; numbers that JSON does not have (NaN, infinite) become null.

    Example:
        >>> json_bytes({"rows": 2, "scores": [0.5, float("inf")]})
        b'{"rows":2,"scores":[0.5,null]}'
    """
    return orjson.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY)


def table_bytes(frame: pl.DataFrame, form: str) -> bytes:
    """A table in one of the forms that tables have, JSON aside.

    Example:
        >>> table_bytes(pl.DataFrame({"row": [0], "score": [0.5]}), "csv")
        b'row,score\\n0,0.5\\n'
    """
    content = io.BytesIO()
    _WRITERS[form](frame, content)
    return content.getvalue()


_WRITERS: dict[str, Callable[[pl.DataFrame, io.BytesIO], object]] = {
    "csv": lambda frame, content: frame.write_csv(content),
    "ndjson": lambda frame, content: frame.write_ndjson(content),
    "arrow": lambda frame, content: frame.write_ipc_stream(content),
    "parquet": lambda frame, content: frame.write_parquet(content),
}
