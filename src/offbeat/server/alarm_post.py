"""`AlarmPost`: alarms on their way to an address of the web, by a thread that nobody waits for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable

from offbeat.drift.alarm import Alarm
from offbeat.drift.delivery import Webhook
from offbeat.server.request_log import Log, log_to_stderr, places_of

MOST_WAITING = 1000
"""Alarms that may wait for an address that is slow; those beyond are in the log alone."""


class AlarmPost:
    """Posts alarms one after another, each once, in the order in which they came.

    Args:
        webhook: Where to.
        log: Where it is told what did not come there.

    Attributes:
        left: How many alarms wait no more, come there or not.
    """

    def __init__(self, webhook: Webhook, log: Log = log_to_stderr) -> None:
        self._webhook, self._log = webhook, log
        self._waiting: deque[Alarm] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.left = 0

    @property
    def host(self) -> str:
        """Whom alarms are sent to."""
        return self._webhook.host

    def add(self, alarms: Iterable[Alarm]) -> None:
        """Post these, too, after those that wait."""
        with self._changed:
            for alarm in alarms:
                if len(self._waiting) < MOST_WAITING:
                    self._waiting.append(alarm)
                else:
                    self._tell(alarm, f"The alarm was not sent to {self.host}: {MOST_WAITING:,} others wait for it.")
            if self._waiting and self._thread is None:
                # A daemon: an address that does not answer must not hold up the end of the process.
                self._thread = threading.Thread(target=self._post_all, name="alarms", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def waiting(self) -> list[Alarm]:
        """Those that have not left, the one that is on its way first."""
        with self._changed:
            return list(self._waiting)

    def close(self, seconds: float) -> list[Alarm]:
        """Wait until all have left, but not for ever, and post nothing more.

        Args:
            seconds: How long to wait.

        Returns:
            Those that have not left; the first of them may come there yet.
        """
        end = time.monotonic() + seconds
        with self._changed:
            while self._waiting and (rest := end - time.monotonic()) > 0:
                self._changed.wait(rest)
            self._closed = True
            self._changed.notify_all()
            return list(self._waiting)

    def _post_all(self) -> None:
        while (alarm := self._next()) is not None:
            problem = self._post(alarm)
            with self._changed:
                if self._closed:
                    return  # whoever closed it has told of this one
                if problem:
                    self._tell(alarm, problem)
                self._waiting.popleft()
                self.left += 1
                self._changed.notify_all()

    def _next(self) -> Alarm | None:
        """The first that waits, once there is one; it is among them until it has left. None at the end."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return None if self._closed else self._waiting[0]

    def _post(self, alarm: Alarm) -> str:
        """What went wrong; also of a fault that nobody foresaw, as the next one is to be posted all the same."""
        try:
            return self._webhook.deliver(alarm)
        except Exception as error:
            self._log("fault", id="drift", places=places_of(error))
            return f"The alarm could not be sent to {self.host}: {type(error).__name__}."

    def _tell(self, alarm: Alarm, problem: str) -> None:
        self._log("not-delivered", detector=alarm.detector, problem=problem)
