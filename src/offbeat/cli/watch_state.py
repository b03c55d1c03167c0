"""The file in which `offbeat watch --state` keeps how far it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from offbeat.errors import DataError, FileError, unwritable
from offbeat.files import free_name, write_atomically

LARGEST = 64 * 2**20
_BEGINNING = b'{"monitor": '
"""Of what `write_state` writes: by it a damaged state is told from a file that is something else."""


def read_state(path: Path) -> dict[str, Any] | None:
    """What was kept; None where nothing was.

    Raises:
        DataError: It is damaged, or something else; only a watch's own file may be removed.
        FileError: It cannot be read.
    """
    if not path.exists():
        return None
    content = _content(path)
    if not content.startswith(_BEGINNING):
        raise DataError(
            f"{path}: no watch has kept this, and it is left as it is. Give --state the name of a new file, or of one "
            "that a watch has kept."
        )
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        raise damaged_state(path) from None
    if not isinstance(record.get("sources"), dict) or len(record) != 2:
        raise damaged_state(path)
    return dict(record)


def damaged_state(path: Path) -> DataError:
    """That a file is a watch's, and cannot be gone on with."""
    return DataError(
        f"{path}: what a watch has kept here is damaged. Remove it to begin anew, or give --state a new name."
    )


def put_aside(path: Path) -> Path:
    """Give a state another name, which is returned: it is the only record of what was seen, and not to be written over.

    Raises:
        FileError: The folder cannot be written.
    """
    try:
        return path.replace(free_name(path))
    except OSError as problem:
        raise unwritable(f"{path}: the state cannot be put aside", problem, path.parent) from problem


def _content(path: Path) -> bytes:
    """The file, or its beginning where it is larger than any state."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise FileError(
            f"{path}: --state needs a file, and this cannot be read as one ({reason}).", reason
        ) from problem


def write_state(path: Path, monitor: dict[str, Any], sources: dict[str, Any]) -> None:
    """Keep where the watch is, in one piece or not at all.

    Raises:
        FileError: The file cannot be written.
    """
    try:
        write_atomically(path, json.dumps({"monitor": monitor, "sources": sources}).encode())
    except OSError as problem:
        raise unwritable(f"{path}: the state cannot be kept there", problem, path.parent) from problem
