"""The file in which `offbeat watch --state` keeps how far it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from offbeat.errors import DataError, unwritable
from offbeat.files import write_atomically

LARGEST = 64 * 2**20


def read_state(path: Path) -> dict[str, Any] | None:
    """What was kept; None where nothing was.

    Raises:
        DataError: It is damaged, or something else.
    """
    if not path.exists():
        return None
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("too large")
        record = json.loads(path.read_bytes())
        if set(record) != {"monitor", "sources"} or not isinstance(record["sources"], dict):
            raise ValueError("other keys")
    except (OSError, ValueError, TypeError) as problem:
        raise DataError(f"{path}: this is not what a watch has kept ({problem}). Remove it to begin anew.") from problem
    return dict(record)


def write_state(path: Path, monitor: dict[str, Any], sources: dict[str, Any]) -> None:
    """Keep where the watch is, in one piece or not at all.

    Raises:
        FileError: The file cannot be written.
    """
    try:
        write_atomically(path, json.dumps({"monitor": monitor, "sources": sources}).encode())
    except OSError as problem:
        raise unwritable(f"{path}: the state cannot be kept there", problem, path.parent) from problem
