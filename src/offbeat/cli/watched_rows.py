"""Lines that were added to a file or a pipe -> tables; those that cannot be read are told and left out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from offbeat.cli.watched_json import columns_of_lines, other_lines, table_of_lines
from offbeat.data.delimited import read_delimited
from offbeat.data.dialect import told_delimiter
from offbeat.data.layout import find_layout
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.data.numerals import are_no_numbers
from offbeat.data.table import Table
from offbeat.data.text_file import sample_text
from offbeat.detector.detector import Detector
from offbeat.drift.growing_file import Lines, records_of
from offbeat.errors import DataError, SchemaError

_MOST_TRIALS = 1000
"""Parts that cannot be read and are halved; what is left then is passed over as it is."""

_MOST_TOLD = 5
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NO_COLUMN = "it has none of the columns that are learned from"
_OPEN_QUOTE = 'it opens a quote (") that never closes'


@dataclass(frozen=True)
class _PassedOver:
    """Lines that cannot be read.

    Attributes:
        line: Counted from the first of the batch, from 0.
        lines: How many.
        rows: How many of them are rows, of which one may go over several lines.
        reason: What is wrong with them.
    """

    line: int
    lines: int
    rows: int
    reason: str


class WatchedRows:
    """Lines to tables; the header of the first ones goes for all that follow.

    Args:
        name: What errors call the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.layout: dict[str, Any] = {}
        self._held = b""

    def tables(self, lines: Lines, detector: Detector) -> Iterator[Table | DataError]:
        """The rows of some lines, at most one table of them, and what was wrong with the others."""
        held, self._held = (b"" if lines.first else self._held), b""
        if held:  # they count as the lines before these
            line = None if lines.line is None else lines.line - held.count(b"\n")
            lines = replace(lines, text=held + lines.text, first=True, line=line)
        text, passed = lines.text, []
        if lines.is_open:
            *whole, last = records_of(text)
            opening, text = last[: last.index(b"\n") + 1], b"".join(whole)
            passed = [_PassedOver(text.count(b"\n"), opening.count(b"\n"), 1, _OPEN_QUOTE)]
            if lines.first and len(whole) == 1:
                # A header alone does not tell how rows are written: it waits for them.
                self._held, text = text, b""
        try:
            body = self._body(text, detector, lines.first) if text else b""
            table, faults = self._readable(body, detector, text.count(b"\n") - body.count(b"\n"))
        except DataError as problem:
            place = self._place(lines, 0, _ends(text))
            yield type(problem)(f"{problem} All rows of {place} were passed over.")
            body = b""
        else:
            passed = [*faults, *passed]
            if table is not None:
                yield table
        if passed:
            yield DataError(self._told(passed, lines, _height(body) + lines.is_open))

    def _readable(self, text: bytes, detector: Detector, line: int) -> tuple[Table | None, list[_PassedOver]]:
        """The table of the rows that can be read, and the others.

        Raises:
            SchemaError: It is the columns, and not the rows.
            DataError: The rows cannot be read together, and each of them can be.
        """
        others: list[_PassedOver] = []
        if self.layout.get("form") == "ndjson":
            text, numbers = other_lines(text, self.layout["columns"])
            others = [_PassedOver(line + number, 1, 1, _NO_COLUMN) for number in numbers]
        if not text.strip():
            return None, others
        try:
            return self._table(text, detector), others
        except SchemaError:
            raise
        except DataError:
            good, passed = self._without_bad_cells(text, detector, line) or self._sorted_out(text, detector, line)
            passed = sorted([*others, *passed], key=lambda fault: fault.line)
            return self._table(good, detector) if good else None, passed

    def _without_bad_cells(self, text: bytes, detector: Detector, line: int) -> tuple[bytes, list[_PassedOver]] | None:
        """As `_sorted_out`, in one go; None where more is wrong than words in columns of numbers."""
        try:
            bad = _rows_of_words(self._read(text, detector), detector)
        except DataError:
            return None
        records = list(records_of(text))
        if bad is None or len(records) != len(bad):
            return None
        good = b"".join(record for record, is_bad in zip(records, bad, strict=True) if not is_bad)
        if good and self._problem(good, detector):
            return None
        passed: list[_PassedOver] = []
        for record, is_bad in zip(records, bad, strict=True):
            if is_bad:
                problem = self._problem(record, detector) if len(passed) < _MOST_TOLD else None
                passed.append(_PassedOver(line, _ends(record), 1, self._reason(problem) if problem else ""))
            line += record.count(b"\n")
        return good, passed

    def _sorted_out(self, text: bytes, detector: Detector, line: int) -> tuple[bytes, list[_PassedOver]]:
        """The rows that can be read, and the others: those that cannot are halved until one is left."""
        good: list[tuple[int, bytes]] = []
        passed: list[_PassedOver] = []
        waiting, trials = deque([(line, list(records_of(text)))]), 0
        while waiting:
            line, records = waiting.popleft()
            part = b"".join(records)
            problem = self._problem(part, detector)
            if problem is None:
                good.append((line, part))
                continue
            trials += 1
            half, opening = len(records) // 2, part.index(b"\n") + 1 if b"\n" in part else len(part)
            if trials > _MOST_TRIALS:
                passed.append(_PassedOver(line, _ends(part), _height(part), self._reason(problem, "one of them")))
            elif half:
                ahead = sum(record.count(b"\n") for record in records[:half])
                waiting.extend([(line, records[:half]), (line + ahead, records[half:])])
            else:
                # The quote that joins these lines may be none.
                passed.append(_PassedOver(line, 1, 1, self._reason(problem)))
                if rest := list(records_of(part[opening:])):
                    waiting.append((line + 1, rest))
        return b"".join(part for _, part in sorted(good)), sorted(passed, key=lambda fault: fault.line)

    def _problem(self, text: bytes, detector: Detector) -> DataError | None:
        try:
            if text.strip():
                self._table(text, detector)
        except DataError as problem:
            return problem
        return None

    def _table(self, text: bytes, detector: Detector) -> Table:
        """The rows; such as the detector can score."""
        table = self._read(text, detector)
        detector.schema.require_fit(table)
        return table

    def _read(self, text: bytes, detector: Detector) -> Table:
        if self.layout["form"] == "ndjson":
            return table_of_lines(text, self._name, self.layout["columns"])
        header = str(self.layout["header"]).encode()
        return read_delimited(
            header + text,
            self._name,
            header=bool(header),
            delimiter=self.layout["delimiter"],
            decimal=self.layout["decimal"],
            missing=detector.settings.missing,
        )

    def _body(self, text: bytes, detector: Detector, first: bool) -> bytes:
        """The lines that are rows."""
        if not first and self.layout:
            self._see_columns(text, detector)
            return text
        self.layout = {}
        try:
            self.layout, head = self._find_layout(text, detector)
        except DataError:
            # One damaged row must not hide how the others are written.
            self.layout, head = self._find_layout(b"".join(islice(records_of(text), 3)), detector)
        self._see_columns(text, detector)
        return text[head:]

    def _see_columns(self, text: bytes, detector: Detector) -> None:
        """Remember which columns the objects of JSON have had: one that lacks such a column has a missing cell."""
        if self.layout["form"] == "ndjson":
            seen = dict.fromkeys([*self.layout.get("columns", ()), *columns_of_lines(text, detector.schema.names)])
            self.layout["columns"] = list(seen)

    def _find_layout(self, text: bytes, detector: Detector) -> tuple[dict[str, Any], int]:
        """How the rows are written, and how many bytes stand before them."""
        if text.lstrip()[:1] in (b"{", b"["):
            return {"form": "ndjson"}, 0
        settings = detector.settings
        told, sample = told_delimiter(sample_text(text, self._name))
        layout = find_layout(
            sample,
            self._name,
            header=settings.header,
            delimiter=settings.delimiter or told,
            decimal=settings.decimal,
            missing=(*MISSING_WORDS, *settings.missing),
            columns=detector.schema.own_names,
        )
        header, head = b"", text.index(b"\n") + 1 if told is not None else 0
        for record in records_of(text[head:]) if layout.header else ():
            head += len(record)
            if record.strip():
                header = record
                break
        names = header.removeprefix(_BYTE_ORDER_MARK).decode()
        return {"form": "csv", "header": names, "delimiter": layout.delimiter, "decimal": layout.decimal}, head

    def _told(self, passed: list[_PassedOver], lines: Lines, height: int) -> str:
        rows = sum(fault.rows for fault in passed)
        shown = ", ".join(f"{self._place(lines, one.line, one.lines)} ({one.reason})" for one in passed[:_MOST_TOLD])
        more = f" and {len(passed) - _MOST_TOLD} more" if len(passed) > _MOST_TOLD else ""
        verb = "was" if rows == 1 else "were"
        words = f"{self._name}: {_rows(rows)} of {max(rows, height):,} {verb} passed over: {shown}{more}."
        if any("holds text" in fault.reason for fault in passed):
            words += " Where such a word stands for a missing cell, declare it when the detector is fitted (--missing)."
        return words

    def _place(self, lines: Lines, line: int, count: int) -> str:
        begin = line + (lines.line or 1)
        shown = f"line {begin}" if count <= 1 else f"lines {begin} to {begin + count - 1}"
        return shown if lines.line is not None else f"{shown} of those that were added"

    def _reason(self, problem: DataError, subject: str = "it") -> str:
        """What is wrong, without the number of a row or line: it counts within a part of the file."""
        words = str(problem).removeprefix(f"{self._name}: ")
        named = rf"^(line \d+|Line \d+ of the body|Row \d+ of the request|{re.escape(self._name)}) "
        words = re.sub(named, f"{subject} ", words)
        words = re.sub(r" at row \d+ \(\d+ such rows?\)", "", words)
        return words.split(". ")[0].rstrip(".")


def _rows_of_words(table: Table, detector: Detector) -> list[bool] | None:
    """Which rows hold a word, or infinity, in a column of numbers; None where that cannot be told."""
    schema = detector.schema
    numeric = [column.name for column in schema.columns if column.kind == "numeric" and not column.time]
    if not isinstance(table.cells, pl.DataFrame) or not table.named or not {*schema.names} <= {*table.names}:
        return None
    bad = np.zeros(table.height, dtype=bool)
    for name in numeric:
        bad |= are_no_numbers(table.column(name)).to_numpy()
    return bad.tolist() if bad.any() else None


def _height(text: bytes) -> int:
    return sum(1 for record in records_of(text) if record.strip())


def _ends(text: bytes) -> int:
    return max(1, text.count(b"\n"))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
