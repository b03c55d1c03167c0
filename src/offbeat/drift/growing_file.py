"""A text file that another program writes to: its new lines, once each, whole."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from offbeat.errors import DataError

AT_ONCE = 8 * 2**20
"""Bytes read at a time; a line must be shorter."""

_HEAD = 256
"""The first bytes tell a file from one that was begun anew under the same name."""


@dataclass(frozen=True)
class Lines:
    """Some whole lines.

    Attributes:
        text: The lines with their ends.
        first: Whether they are the first ones of their file.
    """

    text: bytes
    first: bool


class GrowingFile:
    """Reads what was added since the last time.

    A last line without its end is left until it has one, and a first line until another follows it. A file that another
    one took the place of (log rotation) is read to its end before the new one is; one that was cut off, or begun anew,
    is read from the start.

    Args:
        path: Need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._offset, self._head_size, self._head = 0, 0, ""

    def read(self) -> Lines | None:
        """The next lines, as many as are there and at most some megabytes; None where there are none.

        Raises:
            DataError: A line is longer than that.
            OSError: The file cannot be read.
        """
        if self._file is None and not self._open():
            return None
        if self._is_begun_anew():
            self._offset, self._head_size = 0, 0
        if (lines := self._take()) is not None or not self._is_replaced():
            return lines
        self.close()
        self._offset, self._head_size = 0, 0
        return self._take() if self._open() else None

    def close(self) -> None:
        """Let go of the file; what was read stays read."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def to_dict(self) -> dict[str, Any]:
        """How far it was read."""
        return {"offset": self._offset, "head_size": self._head_size, "head": self._head}

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called, if the file is still the same one.

        Raises:
            KeyError, TypeError, ValueError: The record is none.
        """
        self._offset, self._head_size = int(record["offset"]), int(record["head_size"])
        self._head = str(record["head"])

    def _open(self) -> bool:
        try:
            self._file = self.path.open("rb")
        except FileNotFoundError:
            return False
        return True

    def _take(self) -> Lines | None:
        assert self._file is not None
        self._file.seek(self._offset)
        content = self._file.read(AT_ONCE)
        text = whole_lines(content)
        if not text and len(content) == AT_ONCE:
            raise DataError(f"{self.path.name}: there is no line end within {AT_ONCE // 2**20} MB. Is it a text file?")
        first = self._offset == 0
        if not text or (first and text.count(b"\n") < 2):
            return None
        if first:
            self._head_size, self._head = min(_HEAD, len(text)), _digest(text[:_HEAD])
        self._offset += len(text)
        return Lines(text, first)

    def _is_begun_anew(self) -> bool:
        assert self._file is not None
        if os.fstat(self._file.fileno()).st_size < self._offset:
            return True
        self._file.seek(0)
        return bool(self._head_size) and _digest(self._file.read(self._head_size)) != self._head

    def _is_replaced(self) -> bool:
        assert self._file is not None
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return False
        return not os.path.samestat(now, os.fstat(self._file.fileno()))


def whole_lines(content: bytes) -> bytes:
    """The lines of a text that have their end; one within quotes is none.

    Example:
        >>> whole_lines(b'1,2\\n3,"a\\nb"\\n4,"c\\n')
        b'1,2\\n3,"a\\nb"\\n'
    """
    end = content.rfind(b"\n") + 1
    while end and content.count(b'"', 0, end) % 2:
        end = content.rfind(b"\n", 0, end - 1) + 1
    return content[:end]


def _digest(head: bytes) -> str:
    return hashlib.sha256(head).hexdigest()
