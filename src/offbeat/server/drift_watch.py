"""Whether the rows that are asked about drift: noted by the requests in passing, looked at by a thread of its own."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
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
from offbeat.errors import DataError
from offbeat.randomness import Purpose, host_randomness
from offbeat.server.alarm_post import AlarmPost
from offbeat.server.drift_state import DriftState
from offbeat.server.request_log import Log, log_to_stderr, places_of
from offbeat.server.shelf import Served
from offbeat.server.watched_detector import WatchedDetector, unsent_in

SECONDS = 1.0
"""Between two looks: a look at three hundred rows takes hardly longer than one at thirty."""

MOST_ROWS = 1000
"""Rows of a detector that are noted from one look to the next: beyond that a sample tells as much, and looking at all
would take a core from those who score."""

SECONDS_UNTIL_KEPT = 5.0
"""For so long what was looked at may not be kept yet, unless it raised an alarm: killed then, the next service looks at
as many rows less."""

SECONDS_TO_POST = 5.0
"""At the end, for alarms that wait for a slow address of the web."""


class DriftWatch:
    """A monitor for each detector that is served.

    Which rows are looked at depends on when they come and on chance, and never on what is in them.

    Args:
        settings: Of the monitors; None watches nothing.
        delivery: Where alarms go beside the log.
        log: Where events go.
        state: Where it goes on from, and keeps where it is; nothing is kept unless given.
    """

    def __init__(
        self,
        settings: DriftSettings | None = None,
        delivery: Delivery | None = None,
        log: Log = log_to_stderr,
        state: DriftState | None = None,
    ) -> None:
        self.settings, self._log = settings, log
        delivery = delivery or Delivery()
        self._file = delivery.file
        self._post = None if delivery.webhook is None else AlarmPost(delivery.webhook, log)
        self._left = 0
        self._state, self._kept_at, self._changed = state, time.monotonic(), False
        self._noting, self._working = threading.Lock(), threading.Lock()
        self._noted: list[tuple[Served, Detections, int]] = []
        self._room: Counter[str] = Counter()
        self._missed: Counter[str] = Counter()
        self._watched: dict[str, WatchedDetector] = {}
        self._looks = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, served: Iterable[Served] = ()) -> None:
        """Look from now on, every second.

        Args:
            served: Whose watches go on from what was kept; those of others do so when they are first asked.
        """
        if self.settings is not None:
            if self._state is not None:
                for one in served:
                    self._of(one)
                self._keep()
            self._thread = threading.Thread(target=self._look_again_and_again, name="drift", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look a last time, keep where the watch is, and stop; alarms on their way have some seconds to come there."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._keep()
        if self._post is not None:
            later = "" if self._state is None else " The next service with this --drift-state sends it."
            for alarm in self._post.close(SECONDS_TO_POST):
                told = f"The service stopped before {self._post.host} had taken the alarm.{later}"
                self._log("not-delivered", detector=alarm.detector, problem=told)
            if self._post.left != self._left:
                self._keep()

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
        self._changed |= bool(noted)
        raised: list[Alarm] = []
        try:
            with self._working:
                self._looks += 1
                for served in dict.fromkeys(served for served, _, _ in noted):
                    batches = [(found, taken) for one, found, taken in noted if one is served]
                    self._look_at(served, batches, raised)
                for name, rows in missed.items():
                    if name in self._watched:
                        self._watched[name].skipped += rows
        finally:
            # Not while others are kept from asking for the status: a disk, or an address of the web, may be slow.
            self._tell(raised)

    def status(self, served: Served) -> dict[str, Any]:
        """What is known of a detector's rows, as plain values."""
        if self.settings is None:
            return {"name": served.name, "watched": False}
        with self._working:
            return {"name": served.name, "watched": True, **self._of(served).status()}

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

    def _tell(self, raised: list[Alarm]) -> None:
        """Tell alarms, each once and in their order, and keep where the watch is, without any from time to time."""
        for alarm in raised:
            self._log("drift", **alarm.to_dict())
            if problem := self._written(alarm):
                self._log("not-delivered", detector=alarm.detector, problem=problem)
        late = time.monotonic() - self._kept_at >= SECONDS_UNTIL_KEPT
        # What was told is not to be told again by the next service, and what is yet to be posted not to be forgotten.
        if raised or (self._changed and late) or (self._post is not None and self._post.left != self._left):
            self._keep(raised)
        if self._post is not None:
            self._post.add(raised)

    def _written(self, alarm: Alarm) -> str:
        """What went wrong with the alarm's line; also of a fault that nobody foresaw: others are still to come."""
        try:
            return "" if self._file is None else self._file.deliver(alarm)
        except Exception as error:
            self._log("fault", id="drift", places=places_of(error))
            return f"The alarm could not be written ({type(error).__name__})."

    def _keep(self, raised: Iterable[Alarm] = ()) -> None:
        """Write where the watch is, and which alarms have not been posted.

        Args:
            raised: Those that are about to be posted.
        """
        if self._state is None:
            return
        unsent: list[Alarm] = []
        with self._working:
            if self._post is not None:
                self._left = self._post.left  # read first: one that leaves meanwhile makes it be kept again
                unsent = [*self._post.waiting(), *raised]
            records = {name: watched.to_dict(unsent) for name, watched in self._watched.items()}
        self._state.keep(records)
        self._kept_at, self._changed = time.monotonic(), False

    def _of(self, served: Served) -> WatchedDetector:
        """The watch of a detector: what was kept of it at first, a new one where its file was replaced."""
        watched = self._watched.get(served.name)
        if watched is None or watched.served is not served:
            watched = WatchedDetector(served, DriftMonitor(served.detector, served.name, self.settings))
            if self._state is not None and (record := self._state.take(served.name)) is not None:
                _go_on(watched, record, self._state)
                self._take_up(unsent_in(record))
            self._watched[served.name] = watched
        return watched

    def _take_up(self, unsent: list[Alarm]) -> None:
        """Post what the last service could not, also where its watch is not gone on with: they were raised."""
        if self._post is not None:
            self._post.add(unsent)
            return
        for alarm in unsent:
            told = "The alarm was kept to be posted by this service, which has no --webhook."
            self._log("not-delivered", detector=alarm.detector, problem=told)

    def _look_at(self, served: Served, batches: list[tuple[Detections, int]], raised: list[Alarm]) -> None:
        """Look at a detector's rows; the alarms of that go to those that were raised."""
        watched = self._of(served)
        for table, scores in _joined([_sample(found, taken, self._looks) for found, taken in batches]):
            for alarm in watched.monitor.look(table, scores):
                raised.append(alarm)
                watched.alarms.append(alarm)
                watched.raised[alarm.kind] += 1


def _go_on(watched: WatchedDetector, record: Any, state: DriftState) -> None:
    """Take up what was kept, where it is of this detector."""
    name = watched.served.name
    try:
        if not watched.restore(record):
            state.refuse(name, record, "is of another detector or of other settings")
    except DataError:
        state.refuse(name, record, "is damaged")


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
