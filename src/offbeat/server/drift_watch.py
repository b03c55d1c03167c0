"""Whether the rows that are asked about drift: noted by the requests in passing, looked at by a thread of its own."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from offbeat.data.table import Table
from offbeat.detector.detections import Detections
from offbeat.drift.alarm import Alarm
from offbeat.drift.delivery import Delivery
from offbeat.drift.monitor import DriftMonitor
from offbeat.drift.settings import DriftSettings
from offbeat.randomness import Purpose, host_randomness
from offbeat.server.request_log import Log, log_to_stderr, places_of
from offbeat.server.shelf import Served

SECONDS = 1.0
"""Between two looks: a look at three hundred rows takes hardly longer than one at thirty."""

MOST_ROWS = 1000
"""Rows of a detector that are noted from one look to the next: beyond that a sample tells as much, and looking at all
would take a core from those who score."""

ALARMS_TOLD = 20


@dataclass(eq=False)
class _Watched:
    """One detector, as long as its file is not replaced."""

    served: Served
    monitor: DriftMonitor
    skipped: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    alarms: deque[Alarm] = field(default_factory=lambda: deque(maxlen=ALARMS_TOLD))


class DriftWatch:
    """A monitor for each detector that is served.

    Which rows are looked at depends on when they come and on chance, and never on what is in them.

    Args:
        settings: Of the monitors; None watches nothing.
        delivery: Where alarms go beside the log.
        log: Where events go.
    """

    def __init__(
        self, settings: DriftSettings | None = None, delivery: Delivery | None = None, log: Log = log_to_stderr
    ) -> None:
        self.settings, self._delivery, self._log = settings, delivery or Delivery(), log
        self._noting, self._working = threading.Lock(), threading.Lock()
        self._noted: list[tuple[Served, Detections, int]] = []
        self._room: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._watched: dict[str, _Watched] = {}
        self._looks = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look from now on, every second."""
        if self.settings is not None:
            self._thread = threading.Thread(target=self._look_again_and_again, name="drift", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look a last time, and stop."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def note(self, served: Served, found: Detections) -> None:
        """Remember the rows of a request until the next look. Takes a microsecond.

        Args:
            served: Who was asked.
            found: The rows and their scores.
        """
        if self.settings is None:
            return
        rows = len(found.scores)
        with self._noting:
            taken = min(rows, MOST_ROWS - self._room[served.name])
            self._room[served.name] += taken
            self._missed[served.name] += rows - taken
            if taken:
                self._noted.append((served, found, taken))

    def look(self) -> None:
        """Look at what was noted since the last time."""
        with self._noting:
            noted, missed = self._noted, self._missed
            self._noted, self._missed, self._room = [], Counter(), Counter()
        with self._working:
            self._looks += 1
            for served in dict.fromkeys(served for served, _, _ in noted):
                batches = [(found, taken) for one, found, taken in noted if one is served]
                self._look_at(served, batches)
            for name, rows in missed.items():
                if name in self._watched:
                    self._watched[name].skipped += rows

    def status(self, served: Served) -> dict[str, Any]:
        """What is known of a detector's rows, as plain values."""
        if self.settings is None:
            return {"name": served.name, "watched": False}
        with self._working:
            watched = self._of(served)
            record = watched.monitor.status()
            alarms = [alarm.to_dict() for alarm in watched.alarms]
            return {"name": served.name, "watched": True, **record, "skipped": watched.skipped, "alarms": alarms}

    def counted(self) -> Iterator[Metric]:
        """Counters, in the words of Prometheus."""
        rows = CounterMetricFamily("offbeat_drift_rows", "Rows looked at for drift.", labels=["detector"])
        raised = CounterMetricFamily("offbeat_drift_alarms", "Alarms of drift.", labels=["detector", "kind"])
        capital = GaugeMetricFamily(
            "offbeat_drift_capital", "What 1 became by betting that scores change.", labels=["detector"]
        )
        columns = GaugeMetricFamily(
            "offbeat_drift_columns", "Columns that had changed in the last window.", labels=["detector"]
        )
        for name, watched in list(self._watched.items()):
            status = watched.monitor.status(most=0)
            rows.add_metric([name], status["rows"])
            capital.add_metric([name], status["scores"]["capital"])
            columns.add_metric([name], len(status["columns"]["drifted"]) if status["columns"] else 0)
            for kind in ("columns", "scores"):
                raised.add_metric([name, kind], watched.raised[kind])
        yield from (rows, raised, capital, columns)

    def _look_again_and_again(self) -> None:
        while not self._stop.wait(SECONDS):
            self._look_safely()
        self._look_safely()

    def _look_safely(self) -> None:
        try:
            self.look()
        except Exception as error:
            # Nobody waits for an answer here: it must be told, and go on.
            self._log("fault", id="drift", places=places_of(error))

    def _of(self, served: Served) -> _Watched:
        """The monitor of a detector, a new one where its file was replaced."""
        watched = self._watched.get(served.name)
        if watched is None or watched.served is not served:
            watched = _Watched(served, DriftMonitor(served.detector, served.name, self.settings))
            self._watched[served.name] = watched
        return watched

    def _look_at(self, served: Served, batches: list[tuple[Detections, int]]) -> None:
        watched = self._of(served)
        for table, scores in _joined([_sample(found, taken, self._looks) for found, taken in batches]):
            for alarm in watched.monitor.look(table, scores):
                watched.alarms.append(alarm)
                watched.raised[alarm.kind] += 1
                self._log("drift", **alarm.to_dict())
                for problem in self._delivery.deliver(alarm):
                    self._log("not-delivered", detector=served.name, problem=problem)


def _sample(found: Detections, taken: int, look: int) -> tuple[Table, np.ndarray]:
    """So many of a request's rows, in their order."""
    rows = len(found.scores)
    if taken == rows:
        return found.table, found.scores
    chosen = np.sort(host_randomness(look, Purpose.DRIFT).choice(rows, taken, replace=False))
    return found.table.take(chosen), found.scores[chosen]


def _joined(parts: list[tuple[Table, np.ndarray]]) -> list[tuple[Table, np.ndarray]]:
    """The rows of many small requests as one table, where they came in one form."""
    tables, scores = [table for table, _ in parts], [score for _, score in parts]
    if len(parts) == 1:
        return parts
    if all(isinstance(table.cells, np.ndarray) for table in tables):
        cells: Any = np.concatenate([np.asarray(table.cells, np.float64) for table in tables])
        return [(Table(cells, matrix_names=tables[0].names), np.concatenate(scores))]
    try:
        frames = [table.cells for table in tables if isinstance(table.cells, pl.DataFrame)]
        if len(frames) < len(tables):
            return parts
        return [(Table(pl.concat(frames, how="vertical_relaxed")), np.concatenate(scores))]
    except pl.exceptions.PolarsError:
        return parts
