"""Writing a file so that a reader finds the old content or the new one, never a half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], chunks: bytes | Iterable[bytes]) -> Path:
    """Write to a temporary name in the same folder, sync to disk, then rename over `path`.

    A crash or a full disk at any moment leaves the old file as it was, and no temporary file unless the process was
    killed outright. Folders on the way to `path` are made.

    Args:
        path: Where the content should end up.
        chunks: The content, whole or in pieces.

    Raises:
        OSError: The folder cannot be written, or the disk is full; `path` is untouched.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        _give_ordinary_permissions(name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return target


def _give_ordinary_permissions(name: str) -> None:
    # mkstemp makes files that only their owner can read; a result should be as readable as any new file.
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder; its rename is already durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
