"""Paths that users give: found, or an error that says what was meant."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from offbeat.data.names import nearest_name
from offbeat.data.text_file import Content
from offbeat.errors import DataError, name_some
from offbeat.files import from_home


def file_content(path: Path) -> Content:
    """The file as something to read from: its path, or its content where a path does not do.

    What comes out of a pipe can be read only once; and a name that is no UTF-8, polars cannot open.

    Args:
        path: What the user gave, as for `from_home`.

    Raises:
        DataError: There is no such file, it is a folder, or it must not be read; names what was likely meant.
    """
    path = from_home(path)
    try:
        if path.is_file():
            with path.open("rb") as file:
                return path if _is_utf8(path) else file.read()
        if path.is_dir():
            raise DataError(f"{path} is a folder; one file was expected. It holds {_holds(path)}.")
        if path.exists():
            return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. Check the permissions and the path.") from error
    raise _not_found(path)


def checksum_of(path: Path) -> str:
    """The SHA-256 checksum of a file, in hexadecimal.

    Args:
        path: The file.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def readable_name(path: Path) -> str:
    """The last part of a path as text; bytes that are no UTF-8 are escaped.

    Example:
        >>> readable_name(Path(os.fsdecode(b"data/g\\xf6od.csv")))
        'g\\\\xf6od.csv'
    """
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def require_checksum(content: Content, name: str, sha256: str) -> None:
    """Nothing when the file is the one that was promised.

    Args:
        content: The file.
        name: What to call it in the error.
        sha256: Its checksum in hexadecimal.

    Raises:
        DataError: It is another file.
    """
    found = checksum_of(content) if isinstance(content, Path) else hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        raise DataError(f"{name} has the SHA-256 checksum {found}; {sha256.lower()} was expected: it is another file.")


def _is_utf8(path: Path) -> bool:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_found(path: Path) -> DataError:
    folder = path.parent
    if not folder.is_dir():
        return DataError(f"There is no file {path}: the folder {folder} does not exist. Check the path.")
    try:
        near = nearest_name(path.name, _names_in(folder))
    except OSError:  # a folder may be open to all who know the names in it
        return DataError(f"There is no file {path}. Check the path.")
    meant = f"Did you mean '{folder / near}'?" if near else f"The folder {folder.resolve()} holds {_holds(folder)}."
    return DataError(f"There is no file {path}. {meant}")


def _holds(folder: Path) -> str:
    return name_some(_names_in(folder)) or "no files"


def _names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
