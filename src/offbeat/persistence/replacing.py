"""Writing a file so that its name always means a whole file: the old one, or the new one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from offbeat.errors import FileError
from offbeat.files import is_full, place_to_take, write_atomically


def replace_file(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Writes the pieces to a temporary name beside the file, makes sure they are on the disk, then renames.

    When anything fails, Ctrl-C included, the temporary file is removed and a file that had the name keeps its content.
    When the process is killed, the old file is whole too; a file `.offbeat-XXXXXXXX.part` may stay beside it.

    Raises:
        FileError: The folder does not exist or cannot be written to, the name is a folder's, the disk is full.
    """
    folder = Path(os.path.realpath(path)).parent
    try:
        if path.is_dir():
            raise FileError(f"{path} is a folder; the name of a file was expected. Choose another name.")
        if not folder.is_dir():
            if (there := _first_there(folder)).is_file():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        write_atomically(path, pieces)
    except FileError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"{path} cannot be written: {reason}. Nothing was left behind, and a file that had this name is "
            f"unchanged. {_advice(error, folder)}",
            reason,
        ) from None


def _first_there(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that there is."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _advice(error: OSError, folder: Path) -> str:
    if error.errno == errno.ENOTDIR:
        return f"{_first_there(folder)} is a file; a folder was expected. Choose another one."
    if error.errno == errno.ENOENT:
        return f"There is no folder {folder}: create it, or choose another."
    if is_full(error):
        return place_to_take(error, folder)
    return "Choose a folder that you may write to, or another name."
