"""A zip file of one file, or a gzipped file -> what is in it."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from typing import Final

from offbeat.data.polars_faults import first_line
from offbeat.data.text_file import Content, open_lines
from offbeat.errors import DataError, name_some

MOST_BYTES = 2**32
"""The largest file to unpack: a zip file of a few MB can hold a thousand times as much."""

_MAKES_NO_SENSE: Final = (ValueError, IndexError, struct.error, OverflowError, MemoryError)
"""What zipfile lets out where names are no text, sizes are absurd and fields are cut short."""
UNREADABLE: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError),
    *_MAKES_NO_SENSE,
)
"""What zipfile lets out of damaged files."""

_CHUNK_BYTES = 2**22

_FINDER_FOLDER = "__MACOSX/"
"""What macOS writes beside every file that it packs, as it does hidden files."""


def only_file(content: Content, source: str, most_bytes: int = MOST_BYTES) -> bytes:
    """What is in the one file of a zip file; nothing is written to disk.

    Args:
        content: The zip file.
        source: What errors call it.
        most_bytes: The largest file to unpack.

    Raises:
        DataError: There is none or more than one, or it is encrypted, too large or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
            listed = archive.infolist()
            files = [each for each in listed if not each.is_dir() and not _is_hidden(each.filename)]
            _require_one(files, source, most_bytes)
            # zipfile reads no more than the size that was checked, whatever is packed.
            return archive.read(files[0])
    except DataError:
        raise
    except UNREADABLE as error:
        raise DataError(f"{source} is a damaged zip file ({damage(error)}). Fetch or write it again.") from error


def damage(error: Exception) -> str:
    """What is wrong with a file of which zipfile raised one of `UNREADABLE`.

    Example:
        >>> damage(IndexError("string index out of range"))
        'its directory makes no sense'
    """
    return "its directory makes no sense" if isinstance(error, _MAKES_NO_SENSE) or not str(error) else str(error)


def gunzipped(content: Content, source: str, most_bytes: int = MOST_BYTES) -> bytes:
    """What is in a gzipped file, all of its members one after the other.

    Args:
        content: The file.
        source: What errors call it.
        most_bytes: The largest file to unpack.

    Raises:
        DataError: It is too large or damaged.
    """
    unpacked = io.BytesIO()
    try:
        with open_lines(content) as packed, gzip.GzipFile(fileobj=packed) as file:
            while piece := file.read(_CHUNK_BYTES):
                unpacked.write(piece)
                if unpacked.tell() > most_bytes:
                    raise too_large(source, f"more than {most_bytes:,}", most_bytes)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{source} is a damaged gzip file ({first_line(error)}). Fetch or write it again.") from error
    return unpacked.getvalue()


def _is_hidden(name: str) -> bool:
    return name.startswith(_FINDER_FOLDER) or name.rpartition("/")[2].startswith(".")


def _require_one(files: list[zipfile.ZipInfo], source: str, most_bytes: int) -> None:
    if len(files) != 1:
        names = f" ({name_some([each.filename for each in files])})" if files else ""
        raise DataError(
            f"{source} is a zip file of {len(files)} files{names}; one was expected. Unpack it, and give one file."
        )
    if files[0].flag_bits & 1:
        raise DataError(f"{source} is an encrypted zip file, which is not read. Unpack it, and give the file.")
    if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{source} is a zip file that is not packed by deflation. Unpack it, and give the file.")
    if files[0].file_size > most_bytes:
        raise too_large(source, f"{files[0].file_size:,}", most_bytes)


def too_large(source: str, size: str, most_bytes: int) -> DataError:
    """The error for a packed file that unpacks to too much.

    Args:
        source: What errors call it.
        size: To how many bytes.
        most_bytes: How many were expected.
    """
    return DataError(
        f"{source} unpacks to {size} bytes; at most {most_bytes:,} were expected. Unpack it yourself if you trust it, "
        "and give the file."
    )
