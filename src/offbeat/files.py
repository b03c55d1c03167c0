"""Writing a file so that a reader finds the old content or the new one, never a half."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], chunks: bytes | Iterable[bytes | memoryview]) -> Path:
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
    # Not tempfile's: its files can be read by their owner only, and a result should be as readable as any new file.
    # Not the target's own name with something added: that could be longer than names may be.
    part = target.with_name(f".offbeat-{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            for chunk in (chunks,) if isinstance(chunks, bytes) else chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)
    return target


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder; its rename is already durable
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot sync a folder. The new file is in place by now: that is no failure.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
