"""`WatchedDetector`: one detector of the service, how its rows differ from those of its fit, and the alarms of that."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from offbeat.drift.alarm import Alarm
from offbeat.drift.monitor import DriftMonitor
from offbeat.errors import DataError
from offbeat.server.shelf import Served

ALARMS_TOLD = 20


@dataclass(eq=False)
class WatchedDetector:
    """One detector, as long as its file is not replaced.

    Attributes:
        served: Who is asked.
        monitor: Of the rows that come.
        skipped: How many rows were not looked at.
        raised: How many alarms of each kind there were.
        alarms: The last ones.
    """

    served: Served
    monitor: DriftMonitor
    skipped: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    alarms: deque[Alarm] = field(default_factory=lambda: deque(maxlen=ALARMS_TOLD))

    def status(self) -> dict[str, Any]:
        """What is known of the rows, as plain values."""
        alarms = [alarm.to_dict() for alarm in self.alarms]
        return {**self.monitor.status(), "skipped": self.skipped, "alarms": alarms}

    def to_dict(self, unsent: Iterable[Alarm] = ()) -> dict[str, Any]:
        """What has to be kept to go on later, as JSON values.

        Args:
            unsent: Alarms that are yet to be posted, those of other detectors among them.
        """
        alarms = [alarm.to_dict() for alarm in self.alarms]
        late = [alarm.to_dict() for alarm in unsent if alarm.detector == self.served.name]
        told = {"skipped": self.skipped, "raised": dict(self.raised), "alarms": alarms, "unsent": late}
        return {"monitor": self.monitor.to_dict(), **told}

    def restore(self, record: Any) -> bool:
        """As `DriftMonitor.restore`."""
        try:
            skipped = int(record["skipped"])
            raised = Counter({str(kind): int(count) for kind, count in record["raised"].items()})
            alarms = _alarms(record["alarms"])
            _alarms(record.get("unsent", ()))
            kept = record["monitor"]
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise DataError(f"What was kept of the watch is damaged ({type(problem).__name__}).") from problem
        if not self.monitor.restore(kept):
            return False
        self.skipped, self.raised = skipped, raised
        self.alarms.extend(alarms)
        return True


def unsent_in(record: Any) -> list[Alarm]:
    """The alarms in what was kept that were yet to be posted; none in what is damaged.

    Args:
        record: What `WatchedDetector.to_dict` gave, or anything else.
    """
    try:
        return _alarms(record.get("unsent", ()))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def _alarms(kept: Any) -> list[Alarm]:
    return [Alarm.from_dict(alarm) for alarm in kept]
