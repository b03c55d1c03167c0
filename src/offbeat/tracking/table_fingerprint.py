"""What a table held, as one number: two runs saw the same data where their fingerprints are equal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import polars as pl

from offbeat.data.polars_faults import POLARS_FAULTS
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
        for piece in (_text([name.encode()]), _numbers(column) if is_number else _text(_words(column))):
            digest.update(len(piece).to_bytes(8, "little"))
            digest.update(piece)
    return Fingerprint(table.source, table.height, table.width, digest.hexdigest())


def _numbers(column: pl.Series) -> bytes:
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    # There are many NaNs, and a zero of either sign; both are written in one way.
    return np.where(np.isnan(values), np.nan, values + 0.0).astype("<f8").tobytes()


def _words(column: pl.Series) -> list[bytes | None]:
    """What stands in the cells, as text where polars knows it as text."""
    if column.dtype == pl.Binary:
        return column.to_list()
    if column.dtype == pl.Duration:
        column = column.dt.to_string("iso")
    try:
        words = column.cast(pl.String).to_list()
    except POLARS_FAULTS:  # lists, arrays, objects: no network sees them, but a left-out column may hold them
        words = [None if cell is None else _told(cell) for cell in column.to_list()]
    return [None if word is None else word.encode() for word in words]


def _told(cell: object) -> str:
    """A cell of a kind that polars has no text for."""
    return repr(cell.to_list() if isinstance(cell, pl.Series) else cell)


def _text(words: list[bytes | None]) -> bytes:
    """The words behind their lengths, so that no two lists give the same bytes; -1 is the length of a missing one."""
    lengths = np.array([-1 if word is None else len(word) for word in words], "<i8")
    return lengths.tobytes() + b"".join(word for word in words if word is not None)
