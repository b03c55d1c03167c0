"""Lines that were added to a file or a pipe -> tables; those that cannot be read are told and left out."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from offbeat.cli.watched_json import see_lines, table_of_lines, without_other_lines
from offbeat.cli.watched_layout import (
    are_objects,
    fault_of,
    find_beginning,
    has_first_line,
    head_of,
    needs_header,
    without_header,
)
from offbeat.data.delimited import read_delimited
from offbeat.data.numerals import are_no_numbers
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.drift.growing_file import Lines, records_of
from offbeat.errors import DataError, SchemaError

_MOST_TRIALS = 1000
"""Parts that cannot be read and are halved; what is left then is passed over as it is."""

_MOST_TOLD = 5
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
        self.held = b""

    def to_dict(self) -> dict[str, Any]:
        """How rows are written, or the lines that are held until that is known, byte by byte."""
        return {"layout": self.layout, "held": self.held.decode("latin-1")}

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: The record is none.
        """
        self.layout, self.held = dict(record["layout"]), record.get("held", "").encode("latin-1")

    def tables(self, lines: Lines, detector: Detector) -> Iterator[Table | DataError]:
        """The rows of some lines, at most one table of them, and what was wrong with the others."""
        if lines.first:
            self.layout, self.held = {}, b""
        text, held, passed = lines.text, self.held, []
        if lines.is_open:
            *whole, last = records_of(text)
            opening, text = last[: last.index(b"\n") + 1], b"".join(whole)
            passed = [_PassedOver(text.count(b"\n"), opening.count(b"\n"), 1, _OPEN_QUOTE)]
            if not (self.layout or has_first_line(held + text)) and needs_header(detector):
                text, passed = text + opening, []  # it may be the header
        try:
            body, damaged = self._body(held + text, detector)
            # Of the lines that were held, those that are rows stand before the others.
            table, faults = self._readable(body, detector, text.count(b"\n") - body.count(b"\n"))
        except DataError as problem:
            place = self._place(lines, 0, _ends(text))
            yield type(problem)(f"{problem} All rows of {place} were passed over.")
            body = b""
        else:
            passed = [*damaged, *faults, *passed]
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
            text, reasons = without_other_lines(text, self.layout)
            others = [_PassedOver(line + number, 1, 1, reason) for number, reason in reasons.items()]
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

    def _body(self, text: bytes, detector: Detector) -> tuple[bytes, list[_PassedOver]]:
        """The lines that are rows; those that are damaged, where there are no others.

        Until it is known how rows are written, the first line is held: it may be the header of those to come.
        """
        if self.layout.get("form") == "csv" and are_objects(text):
            self.layout = {"form": "ndjson"}  # what was there at the first look were other lines of a log
        if not self.layout:
            held = self.held
            self.held = held if _opens_quote(held) else head_of(text)
            if _opens_quote(self.held):
                raise without_header(f'{self._name}: the first line opens a quote (") that never closes.')
            self.layout, head = find_beginning(text, self._name, detector)
            if not self.layout:
                return b"", self._damaged(text[len(self.held) :], self.held.count(b"\n") - held.count(b"\n"))
            self.held, text = b"", text[head:]
        if self.layout["form"] == "ndjson":
            see_lines(self.layout, text, detector.schema.names)
        return text, []

    def _damaged(self, text: bytes, line: int) -> list[_PassedOver]:
        """Lines that are no text, each with its reason."""
        passed = []
        for record in records_of(text):
            if record.strip() and (problem := fault_of(record, self._name)):
                passed.append(_PassedOver(line, _ends(record), 1, self._reason(problem)))
            line += record.count(b"\n")
        return passed

    def _told(self, passed: list[_PassedOver], lines: Lines, height: int) -> str:
        rows = sum(fault.rows for fault in passed)
        shown = ", ".join(f"{self._place(lines, one.line, one.lines)} ({one.reason})" for one in passed[:_MOST_TOLD])
        more = f" and {len(passed) - _MOST_TOLD:,} more" if len(passed) > _MOST_TOLD else ""
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
        words = re.sub(r" \(a zero byte at position .*", " (a zero byte)", words)
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


def _opens_quote(head: bytes) -> bool:
    """Whether a quote stays open, but not in JSON, which escapes them."""
    return head.count(b'"') % 2 == 1 and head.lstrip()[:1] not in (b"{", b"[")


def _height(text: bytes) -> int:
    return sum(1 for record in records_of(text) if record.strip())


def _ends(text: bytes) -> int:
    return max(1, text.count(b"\n"))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
