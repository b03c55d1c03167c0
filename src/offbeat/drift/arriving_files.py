"""A folder into which files arrive: each of them once, when it is whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SETTLED_AFTER = 1.0
"""Seconds without a change after which a file counts as whole."""

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


class ArrivingFiles:
    """Names files that were not named before.

    One that was written to a moment ago is left for the next time, and so are those whose names say that they are not
    finished: hidden ones, `.part`, `.tmp`. A file that is replaced or written to again is named again.

    Args:
        folder: Need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, list[int]] = {}
        self._seen: dict[str, tuple[list[int], float]] = {}

    def look(self) -> Iterator[Path]:
        """The new files, by time of change and then by name."""
        for _, name, version, path in sorted((version[0], path.name, version, path) for path, version in self._new()):
            if self._is_whole(name, version):
                # Before it is read: a damaged one is told once, and not every second.
                self._read[name] = version
                self._seen.pop(name, None)
                yield path

    def is_waiting(self) -> bool:
        """Whether there are files that will be whole in a moment."""
        # All of them are looked at: of those that are ahead of the clock, the moment begins with the first look.
        whole = [self._is_whole(path.name, version) for path, version in self._new()]
        return not all(whole)

    def to_dict(self) -> dict[str, Any]:
        """Which files were read and are still there."""
        return {"read": {name: version for name, version in self._read.items() if (self.folder / name).exists()}}

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called.

        Raises:
            KeyError, TypeError, ValueError: The record is none.
        """
        read = {str(name): [int(number) for number in version] for name, version in record["read"].items()}
        self._read = read

    def _new(self) -> Iterator[tuple[Path, list[int]]]:
        """The files that were not named as they are now, and what they are."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            version = _version(path)
            if version is not None and self._read.get(path.name) != version:
                yield path, version

    def _is_whole(self, name: str, version: list[int]) -> bool:
        """Whether it was not changed for a moment, by its time or, as that may be ahead of the clock, by looking."""
        if time.time() - version[0] / 1e9 >= SETTLED_AFTER:
            return True
        now = time.monotonic()
        if name not in self._seen or self._seen[name][0] != version:
            self._seen[name] = version, now
        return now - self._seen[name][1] >= SETTLED_AFTER


def _version(path: Path) -> list[int] | None:
    """What changes when a file does; None where it is not to be read."""
    if path.name.startswith(".") or path.name.endswith(_UNFINISHED):
        return None
    try:
        facts = path.stat()
    except OSError:
        return None
    return [facts.st_mtime_ns, facts.st_size, facts.st_ino] if path.is_file() else None
