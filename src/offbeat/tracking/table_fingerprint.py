"""What a table held, as one number: two runs saw the same data where their fingerprints are equal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from offbeat.data.table import Table


@dataclass(frozen=True)
class Fingerprint:
    """Which rows a run saw.

    Attributes:
        source: What the table was called.
        rows: How many there were.
        columns: How many there were.
        sha256: Of the names and cells, in hexadecimal digits.
    """

    source: str
    rows: int
    columns: int
    sha256: str


def fingerprint(table: Table) -> Fingerprint:
    """The fingerprint of a table: of its names and cells in their order, not of the file that they came in.

    Numbers count by their value as float64, so that a CSV file, the Parquet file made of it and the data frame have
    one fingerprint; a missing cell counts as such. Another order of rows or columns is another table.

    Args:
        table: The table as it was read.

    Example:
        >>> frame = pl.DataFrame({"flow": [1, 2]})
        >>> as_integers, as_floats = Table(frame), Table(frame.cast(pl.Float64))
        >>> fingerprint(as_integers).sha256 == fingerprint(as_floats).sha256
        True
    """
    digest = hashlib.sha256()
    for name in table.names:
        column = table.column(name)
        is_number = column.dtype.is_numeric() or column.dtype == pl.Boolean
        for piece in (_text([name]), _numbers(column) if is_number else _text(column.cast(pl.String).to_list())):
            digest.update(len(piece).to_bytes(8, "little"))
            digest.update(piece)
    return Fingerprint(table.source, table.height, table.width, digest.hexdigest())


def _numbers(column: pl.Series) -> bytes:
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    # There are many NaNs, and a zero of either sign; both are written in one way.
    return np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8").tobytes()


def _text(words: list[str | None]) -> bytes:
    """The words behind their lengths, so that no two lists give the same bytes; -1 is the length of a missing one."""
    encoded = [None if word is None else word.encode() for word in words]
    lengths = np.array([-1 if word is None else len(word) for word in encoded], "<i8")
    return lengths.tobytes() + b"".join(word for word in encoded if word is not None)
