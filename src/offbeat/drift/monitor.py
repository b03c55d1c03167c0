"""`DriftMonitor`: whether the rows that a detector is asked about are still those that it was made for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from offbeat.data.table import Table
from offbeat.detector.archive import named_leaves
from offbeat.detector.detector import Detector
from offbeat.drift.alarm import Alarm
from offbeat.drift.column_watch import ColumnFinding, ColumnWatch
from offbeat.drift.score_watch import ScoreFinding, ScoreWatch
from offbeat.drift.settings import DriftSettings
from offbeat.errors import DataError

FORMAT = 1


def utc_now() -> str:
    """The time in UTC, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class DriftMonitor:
    """Compares rows and scores, as they come in, with those that the detector was made from.

    Half of the rate is for the columns, half for the scores. What it finds depends on the rows and their order, and not
    on how they are cut into batches.

    Args:
        detector: Whose rows are watched.
        name: What alarms call it.
        settings: How often a false alarm may be raised, and how many rows are compared at a time.
        clock: Tells the time for alarms.

    Attributes:
        settings: As given.
        rows: How many rows were seen.
        notes: What cannot be watched, in sentences.

    Example:
        >>> import offbeat
        >>> normal = np.random.default_rng(0).normal(size=(600, 3))
        >>> detector = offbeat.fit(normal, hidden=[2], epochs=5, progress="none")
        >>> monitor = DriftMonitor(detector, "pumps", DriftSettings(window=200))
        >>> new = np.random.default_rng(1).normal(size=(200, 3))
        >>> monitor.watch(new)
        []
        >>> alarms = monitor.watch(new + [0.0, 2.0, 0.0])
        >>> alarms[0].columns[0][0], alarms[0].kind
        ('C2', 'columns')
    """

    def __init__(
        self,
        detector: Detector,
        name: str = "",
        settings: DriftSettings | None = None,
        *,
        clock: Callable[[], str] = utc_now,
    ) -> None:
        self.settings = settings or DriftSettings()
        self.rows = 0
        self.notes: tuple[str, ...] = ()
        self._detector, self._name, self._clock = detector, name, clock
        self._columns = self._column_watch()
        self._scores = self._score_watch()

    def watch(self, rows: object) -> list[Alarm]:
        """Score rows and look at them.

        Args:
            rows: A path, URL, data frame, array or `Table`.

        Raises:
            SchemaError: Columns are lacking.
            DataError: The rows cannot be read or scored.
        """
        found = self._detector.detect(rows)
        return self.look(found.table, found.scores)

    def look(self, table: Table, scores: Float[np.ndarray, "rows"]) -> list[Alarm]:
        """Look at rows that were scored.

        Args:
            table: Aligned with the detector's columns.
            scores: One a row.

        Returns:
            Alarms, those of columns first; none for what the last ones told already.
        """
        self.rows += table.height
        findings: list[ColumnFinding | ScoreFinding] = [] if self._columns is None else [*self._columns.look(table)]
        return [self._alarm(finding) for finding in [*findings, *self._scores.look(scores)]]

    def finish(self) -> list[Alarm]:
        """Look at the columns of the last rows, which fill no window."""
        return [] if self._columns is None else [self._alarm(finding) for finding in self._columns.finish()]

    def status(self, most: int = 20) -> dict[str, Any]:
        """Where the watch stands, as plain values.

        Args:
            most: List at most so many columns, those with the smallest p-values.
        """
        columns = None
        if (watch := self._columns) is not None:
            smallest = sorted(watch.p_values.items(), key=lambda entry: entry[1])[:most]
            columns = {
                "windows": watch.windows,
                "drifted": list(watch.drifted),
                "smallest": [{"column": name, "p_value": p_value} for name, p_value in smallest],
            }
        scores = {
            "drifted": self._scores.drifted,
            "capital": self._scores.martingale.capital,
            "alarm_at": self._scores.enough,
        }
        rate, window = self.settings.rate, self.settings.window
        notes = list(self.notes)
        return {"rows": self.rows, "rate": rate, "window": window, "columns": columns, "scores": scores, "notes": notes}

    def to_dict(self) -> dict[str, Any]:
        """What has to be kept to go on later, as JSON values."""
        columns = None if self._columns is None else self._columns.to_dict()
        about = {"format": FORMAT, "detector": self._mark(), "settings": self.settings.model_dump(), "rows": self.rows}
        return {**about, "columns": columns, "scores": self._scores.to_dict()}

    def restore(self, record: Any) -> bool:
        """Go on where `to_dict` was called; False, and nothing happens, where that was another detector or setting.

        Args:
            record: What `to_dict` gave.

        Raises:
            DataError: The record is damaged.
        """
        try:
            if record["format"] != FORMAT:
                raise ValueError(f"format {record['format']}")
            if (record["detector"], record["settings"]) != (self._mark(), self.settings.model_dump()):
                return False
            columns, scores = self._column_watch(), self._score_watch()
            if columns is not None:
                columns.restore(record["columns"])
            scores.restore(record["scores"])
            self.rows = int(record["rows"])
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise DataError("What was kept of the watch is damaged. Remove it to begin anew.") from problem
        self._columns, self._scores = columns, scores
        return True

    def _column_watch(self) -> ColumnWatch | None:
        detector, settings = self._detector, self.settings
        if detector.reference is None:
            self._note("The detector does not know how its columns were distributed: only scores are watched.")
            return None
        return ColumnWatch(detector.preprocessor, detector.reference, settings.rate / 2, settings.window)

    def _score_watch(self) -> ScoreWatch:
        threshold, settings = self._detector.threshold, self.settings
        calibration = threshold.calibration.scores
        if not threshold.rows or not threshold.held_out:
            # Of rows that it was trained on, scores are lower than those of any new rows.
            self._note(
                "No scores of normal rows are known that were held out: scores are compared with the first ones."
            )
            calibration = np.empty(0)
        return ScoreWatch(calibration, settings.rate / 2, settings.anomalies, settings.seed)

    def _note(self, sentence: str) -> None:
        self.notes = tuple(dict.fromkeys([*self.notes, sentence]))

    def _mark(self) -> str:
        """What tells this detector from another."""
        digest = hashlib.sha256(self._detector.threshold.calibration.scores.tobytes())
        digest.update(repr(self._detector.schema.names).encode())
        if self._detector.reference is not None:
            digest.update(self._detector.reference.edges.tobytes())
        if not self._detector.threshold.rows:
            # Of an imported model no scores are known: its weights have to tell it from others.
            for _, array in named_leaves(self._detector.network):
                digest.update(np.asarray(array).tobytes())
        return digest.hexdigest()

    def _alarm(self, finding: ColumnFinding | ScoreFinding) -> Alarm:
        kind: Literal["columns", "scores"] = "columns" if isinstance(finding, ColumnFinding) else "scores"
        return Alarm(
            when=self._clock(),
            detector=self._name,
            kind=kind,
            first=finding.first,
            rows=finding.end,
            columns=finding.columns if isinstance(finding, ColumnFinding) else (),
            capital=finding.capital if isinstance(finding, ScoreFinding) else 0.0,
            sentence=finding.sentence,
        )
