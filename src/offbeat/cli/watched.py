"""What `offbeat watch` reads: growing files, folders into which files arrive, standard input; all as tables."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from offbeat.data.delimited import read_delimited
from offbeat.data.dialect import told_delimiter
from offbeat.data.layout import find_layout
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.data.table import Table
from offbeat.data.text_file import sample_text
from offbeat.detector.detector import Detector
from offbeat.drift.arriving_files import SETTLED_AFTER, ArrivingFiles
from offbeat.drift.growing_file import AT_ONCE, GrowingFile, Lines, whole_lines
from offbeat.errors import DataError

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

    def tables(self, detector: Detector) -> Iterator[Table]:
        """What is new, table by table."""

    def to_dict(self) -> dict[str, Any]:
        """How far it was read."""

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called."""

    def close(self) -> None:
        """Let go of what is open."""


class _Rows:
    """Lines to tables; the header of the first ones goes for all that follow."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.layout: dict[str, Any] = {}

    def table(self, lines: Lines, detector: Detector) -> Table:
        if lines.first:
            self.layout = self._find_layout(lines.text, detector)
        if self.layout.get("form") == "ndjson":
            return _table_of_lines(lines.text, self._name)
        header = str(self.layout.get("header", "")).encode()
        return read_delimited(
            lines.text if lines.first else header + lines.text,
            self._name,
            header=bool(header),
            delimiter=self.layout["delimiter"],
            decimal=self.layout["decimal"],
            missing=detector.settings.missing,
        )

    def _find_layout(self, text: bytes, detector: Detector) -> dict[str, Any]:
        if text.lstrip()[:1] in (b"{", b"["):
            return {"form": "ndjson"}
        settings = detector.settings
        told, sample = told_delimiter(sample_text(text, self._name))
        layout = find_layout(
            sample,
            self._name,
            header=settings.header,
            delimiter=settings.delimiter or told,
            decimal=settings.decimal,
            missing=(*MISSING_WORDS, *settings.missing),
        )
        lines = text.splitlines(keepends=True)[told is not None :]
        first = next(line for line in lines if line.strip())
        header = first.decode("utf-8-sig") if layout.header else ""
        return {"form": "csv", "header": header, "delimiter": layout.delimiter, "decimal": layout.decimal}


class WatchedFile:
    """A file that grows."""

    ended, settling = False, 0.0

    def __init__(self, path: Path) -> None:
        self.name, self._file, self._rows = str(path), GrowingFile(path), _Rows(path.name)

    def tables(self, detector: Detector) -> Iterator[Table]:
        """The rows that were added, some megabytes at a time."""
        while (lines := self._file.read()) is not None:
            yield self._rows.table(lines, detector)

    def to_dict(self) -> dict[str, Any]:
        """How far it was read, and its header."""
        return {"file": self._file.to_dict(), "layout": self._rows.layout}

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called."""
        self._file.restore(record["file"])
        self._rows.layout = dict(record["layout"])

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

    def tables(self, detector: Detector) -> Iterator[Table]:
        """The new files."""
        for path in self._files.look():
            yield detector.read(path)

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
        self.ended, self._waiting, self._first, self._rows = False, b"", True, _Rows("standard input")

    def tables(self, detector: Detector) -> Iterator[Table]:
        """The rows that came."""
        descriptor = sys.stdin.fileno()
        while not self.ended and select.select([descriptor], [], [], 0)[0]:
            piece = os.read(descriptor, 2**20)
            self._waiting += piece
            self.ended = not piece
            text = self._waiting if self.ended else whole_lines(self._waiting)
            if len(self._waiting) > AT_ONCE and not text:
                raise DataError(f"Standard input: there is no line end within {AT_ONCE // 2**20} MB. Is it text?")
            if text.strip() and (self.ended or not self._first or text.count(b"\n") > 1):
                self._waiting = self._waiting[len(text) :]
                lines, self._first = Lines(text, self._first), False
                yield self._rows.table(lines, detector)

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


def _table_of_lines(text: bytes, name: str) -> Table:
    from offbeat.server.json_rows import parse_lines, table_of_rows
    from offbeat.server.refusal import Refusal

    try:
        return table_of_rows(parse_lines(text))
    except Refusal as refusal:
        raise DataError(f"{name}: {refusal.message}") from None
