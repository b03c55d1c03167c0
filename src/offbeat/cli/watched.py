"""What `offbeat watch` reads: growing files, folders into which files arrive, standard input; all as tables."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from offbeat.cli.watched_rows import WatchedRows
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.drift.arriving_files import SETTLED_AFTER, ArrivingFiles
from offbeat.drift.growing_file import AT_ONCE, GrowingFile, Lines, next_lines
from offbeat.drift.lines_only import FIRST_BYTES, require_lines
from offbeat.errors import DataError, FileError, OffbeatError

STANDARD_INPUT = "-"


@runtime_checkable
class Source(Protocol):
    """One thing that is watched.

    Attributes:
        name: What to call it.
        ended: Whether nothing more can come.
        settling: Seconds after which more will be there than is now.
    """

    name: str
    ended: bool

    @property
    def settling(self) -> float:
        """Seconds after which more will be there than is now."""

    def tables(self, detector: Detector, final: bool = False) -> Iterator[Table | OffbeatError]:
        """What is new, table by table; an error for what cannot be read and was passed over.

        Args:
            detector: Whose tables.
            final: Whether nothing more is waited for.

        Raises:
            DataError, OSError: Nothing more can be read now.
        """

    def to_dict(self) -> dict[str, Any]:
        """How far it was read."""

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called."""

    def close(self) -> None:
        """Let go of what is open."""


class WatchedFile:
    """A file that grows."""

    ended, settling = False, 0.0

    def __init__(self, path: Path) -> None:
        self.name, self._file, self._rows = str(path), GrowingFile(path), WatchedRows(path.name)

    def tables(self, detector: Detector, final: bool = False) -> Iterator[Table | OffbeatError]:
        """The rows that were added, some megabytes at a time."""
        while (lines := self._file.read(final)) is not None:
            yield from self._rows.tables(lines, detector)

    def to_dict(self) -> dict[str, Any]:
        """How far it was read, and its header."""
        return {"file": self._file.to_dict(), **self._rows.to_dict()}

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called, if its first line was understood or kept.

        Watches of before that was kept may have passed over the header: such a file, of which no row was read yet, is
        read from its start.
        """
        self._rows.restore(record)
        if self._rows.layout or self._rows.held:
            self._file.restore(record["file"])

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class WatchedFolder:
    """A folder into which files of any format arrive."""

    ended = False

    def __init__(self, path: Path) -> None:
        self.name, self._files = str(path), ArrivingFiles(path)

    @property
    def settling(self) -> float:
        """Seconds until a file that was just written counts as whole."""
        return SETTLED_AFTER if self._files.is_waiting() else 0.0

    def tables(self, detector: Detector, final: bool = False) -> Iterator[Table | OffbeatError]:
        """The new files."""
        for path in self._files.look():
            try:
                table: Table | OffbeatError = detector.read(path)
            except OffbeatError as problem:
                table = problem
            except OSError as problem:
                reason = problem.strerror or str(problem)
                table = FileError(f"{path.name} cannot be read ({reason}).", reason)
            yield table

    def to_dict(self) -> dict[str, Any]:
        """Which files were read."""
        return self._files.to_dict()

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called."""
        self._files.restore(record)

    def close(self) -> None:
        """Nothing is open."""


class WatchedInput:
    """Lines on standard input."""

    name, settling = STANDARD_INPUT, 0.0

    def __init__(self) -> None:
        self.ended, self._waiting, self._line, self._rows = False, b"", 1, WatchedRows("standard input")

    def tables(self, detector: Detector, final: bool = False) -> Iterator[Table | OffbeatError]:
        """The rows that came; they are final when it ends."""
        descriptor = sys.stdin.fileno()
        while not self.ended and select.select([descriptor], [], [], 0)[0]:
            piece = os.read(descriptor, 2**20)
            self._waiting += piece
            self.ended = not piece
            first = self._line == 1
            if first:
                self._require_lines()
            text, is_open = (self._waiting, False) if self.ended else next_lines(self._waiting, first)
            if len(self._waiting) > AT_ONCE and not text:
                self._waiting = b""
                raise DataError(f"Standard input: there is no line end within {AT_ONCE // 2**20} MB. Is it text?")
            self._waiting = self._waiting[len(text) :]
            if text.strip():
                lines = Lines(text, first, self._line, is_open)
                self._line += text.count(b"\n")
                yield from self._rows.tables(lines, detector)

    def _require_lines(self) -> None:
        try:
            require_lines(self._waiting[:FIRST_BYTES], "Standard input")
        except DataError:
            self.ended = True  # nor can what follows be read
            raise

    def to_dict(self) -> dict[str, Any]:
        """Nothing: what was read from a pipe is gone."""
        return {}

    def restore(self, record: dict[str, Any]) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing: it is the process's own."""


def source_of(word: str) -> Source:
    """What a word on the command line stands for.

    Args:
        word: "-", a folder, or a file that may not be there yet.
    """
    if word == STANDARD_INPUT:
        return WatchedInput()
    path = Path(word)
    return WatchedFolder(path) if path.is_dir() else WatchedFile(path)
