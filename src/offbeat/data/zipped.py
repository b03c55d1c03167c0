"""A zip file of one file -> what is in that file."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from offbeat.data.text_file import Content
from offbeat.errors import DataError, name_some

MOST_BYTES = 2**32
"""The largest file to unpack: a zip file of a few MB can hold a thousand times as much."""

UNREADABLE: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError),
    *(ValueError, IndexError, struct.error),
)
"""What zipfile lets out of damaged files; the last three of names that are no text and of fields that are cut short."""

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
    is_word_of_zipfile = not isinstance(error, ValueError | IndexError | struct.error) and str(error)
    return str(error) if is_word_of_zipfile else "its directory makes no sense"


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
        raise DataError(
            f"{source} unpacks to {files[0].file_size:,} bytes; at most {most_bytes:,} were expected. Unpack it "
            "yourself if you trust it, and give the file."
        )
