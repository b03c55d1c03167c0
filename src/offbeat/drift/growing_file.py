"""A text file that another program writes to: its new lines, once each, whole."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from offbeat.drift.lines_only import FIRST_BYTES, require_lines
from offbeat.errors import DataError

AT_ONCE = 8 * 2**20
"""Bytes read at a time; a line must be shorter."""

_HEAD = 256
"""The first bytes tell a file from one that was begun anew under the same name."""

_NEAR = 1024
"""So do those before the place that was read to: of files with a wide header, the first ones are alike."""

_LONGEST_QUOTE = 64 * 1024
"""Bytes; where more stands in a quote that is still open, it was none."""


@dataclass(frozen=True)
class Lines:
    """Some whole lines.

    Attributes:
        text: The lines with their ends.
        first: Whether they are the first ones of their file.
        line: The number of the first of them in their file, from 1; None where that was not kept.
        is_open: Whether the last one opens a quote that never closes.
    """

    text: bytes
    first: bool
    line: int | None = 1
    is_open: bool = False


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
        self._near, self._inode = "", 0
        self._line: int | None = 1
        self._refused = b""
        self._begin_anew()

    def read(self, final: bool = False) -> Lines | None:
        """The next lines, as many as are there and at most some megabytes; None where there are none.

        Args:
            final: Nothing more is waited for, so that a quote that is open does not close.

        Raises:
            DataError: A line is longer than that, or the file is no text; the latter is said once.
            OSError: The file cannot be read.
        """
        if self._file is None and not self._open():
            return None
        if self._is_begun_anew():
            self._begin_anew()
        if (lines := self._take(final)) is not None or not self._is_replaced():
            return lines
        self.close()
        self._begin_anew()
        return self._take(final) if self._open() else None

    def close(self) -> None:
        """Let go of the file; what was read stays read."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def to_dict(self) -> dict[str, Any]:
        """How far it was read."""
        head = {"offset": self._offset, "head_size": self._head_size, "head": self._head}
        return {**head, "near": self._near, "inode": self._inode, "line": self._line}

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called, if the file is still the same one.

        Raises:
            KeyError, TypeError, ValueError: The record is none.
        """
        self._offset, self._head_size = int(record["offset"]), int(record["head_size"])
        self._head = str(record["head"])
        # Watches of before this was kept go by the first bytes only, until they have read on.
        self._near, self._inode = str(record.get("near", "")), int(record.get("inode", 0))
        line = record.get("line")
        self._line = None if line is None else int(line)

    def _begin_anew(self) -> None:
        self._offset, self._head_size, self._head = 0, 0, ""
        self._near, self._inode, self._line = "", 0, 1

    def _open(self) -> bool:
        try:
            self._file = self.path.open("rb")
        except FileNotFoundError:
            return False
        return True

    def _take(self, final: bool) -> Lines | None:
        assert self._file is not None
        back = min(_NEAR, self._offset)
        self._file.seek(self._offset - back)
        content = self._file.read(back + AT_ONCE)
        before, content = content[:back], content[back:]
        first = self._offset == 0
        if first and self._is_refused(content[:FIRST_BYTES]):
            return None
        text, is_open = next_lines(content, first, final)
        if not text and len(content) == AT_ONCE:
            raise DataError(f"{self.path.name}: there is no line end within {AT_ONCE // 2**20} MB. Is it a text file?")
        if not text:
            return None
        if first:
            self._head_size, self._head = min(_HEAD, len(text)), _digest(text[:_HEAD])
        lines = Lines(text, first, self._line, is_open)
        self._offset += len(text)
        self._near, self._inode = _digest((before + text)[-_NEAR:]), os.fstat(self._file.fileno()).st_ino
        self._line = None if self._line is None else self._line + text.count(b"\n")
        return lines

    def _is_begun_anew(self) -> bool:
        """Whether the file is another one than was read from, or what was read is no longer in it.

        The number of its device is not asked for: it may be another one when the machine has started again.
        """
        assert self._file is not None
        facts = os.fstat(self._file.fileno())
        if facts.st_size < self._offset or (self._inode and facts.st_ino and facts.st_ino != self._inode):
            return True
        if self._near and self._digest_before(self._offset, _NEAR) != self._near:
            return True
        return bool(self._head_size) and self._digest_before(self._head_size, self._head_size) != self._head

    def _is_refused(self, start: bytes) -> bool:
        """Whether the file was refused for what it begins with: it is told once, and not at every look."""
        if not start or start == self._refused:
            return bool(start)
        self._refused = start
        require_lines(start, self.path.name)
        self._refused = b""
        return False

    def _digest_before(self, end: int, size: int) -> str:
        assert self._file is not None
        start = max(0, end - size)
        self._file.seek(start)
        return _digest(self._file.read(end - start))

    def _is_replaced(self) -> bool:
        assert self._file is not None
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return False
        return not os.path.samestat(now, os.fstat(self._file.fileno()))


def next_lines(content: bytes, first: bool, final: bool = False) -> tuple[bytes, bool]:
    """The lines to take next, and whether the last of them opens a quote that never closes.

    Args:
        content: What follows the lines that were taken.
        first: Whether none were: then one alone is left, for it may be a header.
        final: Whether nothing follows the content.

    Example:
        >>> next_lines(b'1,2\\n3,"4\\n5,6\\n', first=False)
        (b'1,2\\n', False)
        >>> next_lines(b'3,"4\\n5,6\\n', first=False, final=True)
        (b'3,"4\\n', True)
    """
    if _is_json(content):  # which escapes quotes: a line is a row
        return content[: content.rfind(b"\n") + 1], False
    text = whole_lines(content)
    if text and not (first and text.count(b"\n") < 2):
        return text, False
    end = content.find(b"\n", len(text)) + 1
    # After the whole lines, another line end stands in a quote.
    if end and (final or len(content) - end > _LONGEST_QUOTE):
        return content[:end], True
    return b"", False


def records_of(text: bytes) -> Iterator[bytes]:
    """The lines of a text one by one; those within quotes go with the one that opens them, but not in JSON.

    Example:
        >>> list(records_of(b'1,2\\n3,"a\\nb"\\n4,"c\\n'))
        [b'1,2\\n', b'3,"a\\nb"\\n', b'4,"c\\n']
    """
    waiting: list[bytes] = []
    is_open, is_json = False, _is_json(text)
    for line in io.BytesIO(text):
        waiting.append(line)
        is_open ^= line.count(b'"') % 2 == 1 and not is_json
        if not is_open:
            yield b"".join(waiting)
            waiting = []
    if waiting:
        yield b"".join(waiting)


def whole_lines(content: bytes) -> bytes:
    """The lines of a text that have their end; one within quotes is none.

    Example:
        >>> whole_lines(b'1,2\\n3,"a\\nb"\\n4,"c\\n')
        b'1,2\\n3,"a\\nb"\\n'
    """
    end = content.rfind(b"\n") + 1
    quotes = content.count(b'"', 0, end)
    while quotes % 2:
        before = content.rfind(b"\n", 0, end - 1) + 1
        # Only the line that is left off: a count from the start for each took a minute where a quote never closed.
        quotes -= content.count(b'"', before, end)
        end = before
    return content[:end]


def _is_json(text: bytes) -> bool:
    return text.lstrip()[:1] in (b"{", b"[")


def _digest(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()
