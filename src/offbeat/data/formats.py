"""Which format a file has, told by its first bytes: a wrong suffix does no harm."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

from offbeat.data.text_file import CURE_OF_ARFF, Content, open_lines
from offbeat.data.zipped import UNREADABLE
from offbeat.errors import DataError

Format = Literal["text", "gzip", "parquet", "arrow file", "arrow stream", "npy", "npz", "zip"]

_FIRST_BYTES: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow file"),
    (b"\xff\xff\xff\xff", "arrow stream"),
    (b"\x93NUMPY", "npy"),
    (b"\x1f\x8b", "gzip"),
)

_FOREIGN_FIRST_BYTES = (
    (b"FEA1", "a Feather file of the old version 1", "Write it again as Feather version 2 (Arrow IPC) or Parquet."),
    (b"PARE", "an encrypted Parquet file", "Write it again without encryption."),
    (b"\x89HDF", "an HDF5 file", "Write the table to Parquet or CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or other Office file", "Save the sheet as CSV UTF-8."),
    (b"%PDF", "a PDF file", "Save the table as CSV."),
    (b"SQLite format 3", "an SQLite database", "Write the table to Parquet or CSV."),
    (b"@relation", "an ARFF file", f"To read it, {CURE_OF_ARFF}"),
    (b"BZh", "compressed with bzip2", "Unpack it, or compress it with gzip."),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it, or compress it with gzip."),
    (b"(\xb5/\xfd", "compressed with zstd", "Unpack it, or compress it with gzip."),
    (b"<!doctype html", "a web page", "Give the address of the file itself (on GitHub: the Raw button)."),
    (b"<html", "a web page", "Give the address of the file itself (on GitHub: the Raw button)."),
)

_NO_TABLES = {
    "weights.safetensors": "a detector file; a table was expected. To score a table: offbeat score {source} TABLE.",
    "model.ini": "a model of H2O; a table was expected. To make a detector of it: offbeat import {source}.",
    "model.weights.h5": "a model of Keras; a table was expected. To make a detector of it: offbeat import {source}.",
}
"""What else is a zip file, by an entry that it has."""

_LONGEST_FIRST_BYTES = 64

_ALSO_WORDS = (b"PAR1", b"PARE", b"ARROW1", b"FEA1", b"BZh")
"""First bytes that a header's first name may have too; in those formats bytes that are no text follow at once."""


def format_of(content: Content, source: str) -> Format:
    """The format of a file.

    Args:
        content: The file, or what is in it.
        source: What errors call it.

    Raises:
        DataError: The file is of a known format that is not read; says how to get one that is.

    Example:
        >>> format_of(b"flow,rpm\\n1.5,1200\\n", "pumps.parquet")
        'text'
    """
    with open_lines(content) as file:
        start = file.read(_LONGEST_FIRST_BYTES)
    if _is_header(start):
        return "text"
    for first_bytes, kind in _FIRST_BYTES:
        if start.startswith(first_bytes):
            return kind
    if start.startswith(b"PK\x03\x04"):
        return _kind_of_zip(content, source)
    plain = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for first_bytes, name, cure in _FOREIGN_FIRST_BYTES:
        if start.startswith(first_bytes) or plain.startswith(first_bytes):
            raise DataError(f"{source} is {name}, which is not read. {cure}")
    return "text"


def _is_header(start: bytes) -> bool:
    """Whether what looks like a format's first bytes is the name of a column."""
    is_word = any(start.startswith(word) and len(start) > len(word) for word in _ALSO_WORDS)
    return is_word and all(byte >= 0x20 or byte in b"\t\n\r" for byte in start)


def _kind_of_zip(content: Content, source: str) -> Format:
    """NPZ for a zip file of NumPy arrays; an error for an Excel workbook, a detector or a model."""
    try:
        with zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
            members = archive.namelist()
    except UNREADABLE:
        raise DataError(f"{source} is a damaged zip or NPZ file. Fetch or write it again.") from None
    if members and all(name.endswith(".npy") for name in members):
        return "npz"
    if "xl/workbook.xml" in members:
        raise DataError(f"{source} is an Excel workbook, which is not read. Save the sheet as CSV UTF-8.")
    for entry, words in _NO_TABLES.items():
        if entry in members:
            raise DataError(f"{source} is {words.format(source=source)}")
    return "zip"
