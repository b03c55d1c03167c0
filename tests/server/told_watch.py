"""The watch of a service without the service: it looks when it is told to, and keeps what it logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from offbeat.data.table import Table
from offbeat.drift.delivery import Delivery
from offbeat.drift.settings import DriftSettings
from offbeat.server.drift_state import DriftState
from offbeat.server.drift_watch import DriftWatch
from offbeat.server.shelf import Served, Shelf


class ToldWatch:
    """A watch of all detectors of a shelf, shown rows of the first one."""

    def __init__(self, shelf: Shelf, kept: Path | None, window: int, delivery: Delivery | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        state = None if kept is None else DriftState(kept, self._log)
        self.watch = DriftWatch(DriftSettings(window=window), delivery, self._log, state)
        self.served: Served = shelf.get(shelf.names[0])
        self.watch.start(shelf.get(name) for name in shelf.names)

    def _log(self, event: str, **facts: Any) -> None:
        self.events.append({"event": event, **facts})

    def look(self, frame: pl.DataFrame) -> None:
        self.watch.note(self.served, self.served.detector.detect(Table(frame)))
        self.watch.look()

    def problems_of(self, kind: str) -> list[str]:
        return [event["problem"] for event in self.events if event["event"] == kind]
