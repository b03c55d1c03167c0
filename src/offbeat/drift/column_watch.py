"""Watching the columns of a stream of rows: one window after another is compared with the normal rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from offbeat.data.table import Table
from offbeat.drift.column_tests import column_p_values
from offbeat.drift.discoveries import discoveries, share_of
from offbeat.errors import name_some
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.reference import ColumnCounts, ColumnReference

FEWEST_ROWS = 30
"""A last window that is shorter is not compared: it could show next to nothing."""

SMALLEST_P_VALUE = 1e-300
"""Smaller ones become 0 in the computer, which no p-value is."""


@dataclass(frozen=True)
class ColumnFinding:
    """Columns that changed within one window.

    Attributes:
        first: The window's first row.
        end: The row after its last one.
        columns: Name and p-value of all that changed, the smallest p-value first.
    """

    first: int
    end: int
    columns: tuple[tuple[str, float], ...]

    @property
    def sentence(self) -> str:
        """The finding in words."""
        names, smallest = name_some([name for name, _ in self.columns]), self.columns[0][1]
        word, verb = ("columns", "are") if len(self.columns) > 1 else ("column", "is")
        shown = f"{smallest:.2g}" if smallest >= SMALLEST_P_VALUE else f"below {SMALLEST_P_VALUE}"
        return (
            f"In rows {self.first:,} to {self.end - 1:,} the {word} {names} {verb} not distributed as in the rows that "
            f"the detector learned from (p-value {shown})."
        )


class ColumnWatch:
    """Counts rows until a window is full, and compares it.

    Over all windows there will ever be, the chance of naming a column where nothing changed is at most `rate`; of the
    columns named in a window, at most that share is expected to be named wrongly.

    Args:
        preprocessor: That of the detector.
        reference: Its normal rows.
        rate: The chance.
        window: How many rows.

    Attributes:
        windows: How many were compared.
        p_values: Those of the last window, by column.
        drifted: Columns that had changed in the last window.
    """

    def __init__(self, preprocessor: Preprocessor, reference: ColumnReference, rate: float, window: int) -> None:
        self._preprocessor, self._reference, self._rate, self._window = preprocessor, reference, rate, window
        self._gathered = _no_rows(reference)
        self._rows = 0
        self.windows = 0
        self.p_values: dict[str, float] = {}
        self.drifted: tuple[str, ...] = ()

    def look(self, table: Table) -> list[ColumnFinding]:
        """Take rows in; gives a finding for each window that has a column which the one before it had not.

        Args:
            table: Aligned with the detector's columns.
        """
        findings, first = [], 0
        while first < table.height:
            end = min(table.height, first + self._window - self._gathered.rows)
            self._gathered += self._reference.count(self._preprocessor, table.take(slice(first, end)))
            self._rows += end - first
            first = end
            if self._gathered.rows == self._window:
                findings += self._compare()
        return findings

    def finish(self) -> list[ColumnFinding]:
        """Compare what the last window holds so far, if it is enough to see something."""
        return self._compare() if self._gathered.rows >= FEWEST_ROWS else []

    def to_dict(self) -> dict[str, Any]:
        """What has to be kept to go on later, as plain values."""
        counts = self._gathered
        gathered = {name: getattr(counts, name).tolist() for name in ("below", "up_to", "missing", "levels")}
        return {
            "rows": self._rows,
            "windows": self.windows,
            "p_values": self.p_values,
            "drifted": list(self.drifted),
            "gathered": {"rows": counts.rows, **gathered},
        }

    def restore(self, record: dict[str, Any]) -> None:
        """Go on where `to_dict` was called.

        Raises:
            KeyError, TypeError, ValueError: The record is not of this detector.
        """
        kept = {name: np.array(record["gathered"][name], np.int32) for name in ("below", "up_to", "missing", "levels")}
        empty = _no_rows(self._reference)
        # Empty lists have lost their second axis.
        counts = {name: array.reshape(getattr(empty, name).shape) for name, array in kept.items()}
        self._gathered = ColumnCounts(rows=int(record["gathered"]["rows"]), **counts)
        self._rows, self.windows = int(record["rows"]), int(record["windows"])
        self.p_values = {str(name): float(value) for name, value in record["p_values"].items()}
        self.drifted = tuple(map(str, record["drifted"]))

    def _compare(self) -> list[ColumnFinding]:
        self.windows += 1
        self.p_values = column_p_values(self._preprocessor, self._reference.counts, self._gathered)
        found = discoveries(self.p_values, share_of(self._rate, self.windows))
        new, self.drifted = set(found) - set(self.drifted), found
        first = self._rows - self._gathered.rows
        self._gathered = _no_rows(self._reference)
        columns = tuple((name, self.p_values[name]) for name in found)
        return [ColumnFinding(first, self._rows, columns)] if new else []


def _no_rows(reference: ColumnReference) -> ColumnCounts:
    counts = reference.counts
    arrays = (counts.below, counts.up_to, counts.missing, counts.levels)
    return ColumnCounts(0, *(np.zeros_like(array) for array in arrays))
