"""Writing a file so that its name always means a whole file: the old one, or the new one."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from offbeat.errors import DetectorFileError


def replace_file(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Writes the pieces to a temporary name beside the file, makes sure they are on the disk, then renames.

    When anything fails, Ctrl-C included, the temporary file is removed and a file that had the name keeps its content.
    When the process is killed, the old file is whole too; a file `.offbeat-XXXXXXXX.part` may stay beside it.

    Raises:
        DetectorFileError: The folder does not exist or cannot be written to, the name is a folder's, the disk is full.
    """
    try:
        if path.is_dir():
            raise DetectorFileError(f"{path} is a folder; the name of a file was expected. Choose another name.")
        part = path.with_name(f".offbeat-{secrets.token_hex(4)}.part")
        try:
            _write_synced(part, pieces)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DetectorFileError(
            f"{path} cannot be written: {error.strerror or error}. Nothing was left behind, and a file that had this "
            f"name is unchanged. {_advice(error, path.parent)}"
        ) from None
    _sync_folder(path.parent)


def _write_synced(part: Path, pieces: Iterable[bytes | memoryview]) -> None:
    with part.open("xb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    # The new file is in place and whole: that a system cannot sync folders (Windows, network drives) is no failure.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _advice(error: OSError, folder: Path) -> str:
    if error.errno == errno.ENOENT:
        return f"There is no folder {folder}: create it, or choose another."
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"Free some space in {folder}, or choose another folder."
    return "Choose a folder that you may write to, or another name."
