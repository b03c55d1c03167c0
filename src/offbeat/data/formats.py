"""Which format a file has, told by its first bytes: a wrong suffix does no harm."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

from offbeat.data.text_file import CURE_OF_ARFF, Content, open_lines
from offbeat.data.zipped import ZIP_FAULTS
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

_LONGEST_FIRST_BYTES = 64


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


def _kind_of_zip(content: Content, source: str) -> Format:
    """NPZ for a zip file of NumPy arrays; an error for an Excel workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
            members = archive.namelist()
    except ZIP_FAULTS:
        raise DataError(f"{source} is a damaged zip or NPZ file. Fetch or write it again.") from None
    if members and all(name.endswith(".npy") for name in members):
        return "npz"
    if "xl/workbook.xml" in members:
        raise DataError(f"{source} is an Excel workbook, which is not read. Save the sheet as CSV UTF-8.")
    return "zip"
