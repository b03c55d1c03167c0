"""Where alarms go beside the log: a file, and an address of the web."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable
from urllib.parse import urlsplit

from offbeat.drift.alarm import Alarm
from offbeat.drift.posting import NoAnswerError, post
from offbeat.errors import SettingsError, unwritable
from offbeat.version import __version__

SECONDS: Final = 10.0
"""How long an address may take to answer, from the first step to the last header that it sends."""

TRIES: Final = 3
"""How often an alarm is sent, in all, where there is no answer or one that says to come again."""

PAUSE: Final = 1.0
"""Seconds before the second try; twice as long before each further one."""


@runtime_checkable
class Stopping(Protocol):
    """Whether the process is to end, and a wait that ends when it is."""

    def is_set(self) -> bool:
        """Whether it is."""

    def wait(self, seconds: float) -> object:
        """Wait so long, or until it is."""


@dataclass(frozen=True)
class AlarmFile:
    """A file with one line of JSON for each alarm, which is on the disk before the watch goes on.

    Attributes:
        path: The file; lines are added at its end.
    """

    path: Path

    def __post_init__(self) -> None:
        """Tries whether it can be written to: that must not come out with the first alarm.

        Raises:
            FileError: It cannot.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab"):
                pass
        except OSError as problem:
            raise unwritable(f"{self.path}: alarms cannot be written there", problem, self.path.parent) from problem

    def deliver(self, alarm: Alarm) -> str:
        """Add an alarm; gives what went wrong, or nothing."""
        line = json.dumps(alarm.to_dict()).encode() + b"\n"
        try:
            with self.path.open("ab+") as file:
                # A line that was cut off when the machine stopped must not take this one with it.
                if file.tell() and os.pread(file.fileno(), 1, file.tell() - 1) != b"\n":
                    line = b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            return str(unwritable(f"{self.path}: the alarm could not be written", problem, self.path.parent))
        return ""


@dataclass(frozen=True)
class Webhook:
    """An address to which each alarm is posted as JSON.

    Redirects are not followed, answers not read, and of the address no more than its host is ever told: the rest is
    often a secret.

    Attributes:
        url: With http or https.
        seconds: How long an answer may take, all of it.
        pause: Seconds before the second try.
    """

    url: str
    seconds: float = SECONDS
    pause: float = PAUSE

    def __post_init__(self) -> None:
        """Refuses what is no address of the web.

        Raises:
            SettingsError: It has another scheme, or no host.
        """
        try:
            parts = urlsplit(self.url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        except ValueError:
            sound = False
        if not sound:
            raise SettingsError("--webhook was expected to be an address that begins with https:// or http://.")

    def __repr__(self) -> str:
        """The host, and no more."""
        return f"Webhook({self.host})"

    @property
    def host(self) -> str:
        """Whom it is sent to."""
        return str(urlsplit(self.url).hostname)

    def deliver(self, alarm: Alarm, stop: Stopping | None = None) -> str:
        """Post an alarm, again where that may help; gives what went wrong, or nothing.

        Args:
            alarm: What is told.
            stop: Tells that the process is to end: no try is begun then.
        """
        problem, wait = "the watch was stopped", time.sleep if stop is None else stop.wait
        for number in range(TRIES):
            if number:
                wait(self.pause * 2 ** (number - 1))
            if stop is not None and stop.is_set():
                break
            problem, again = self._post(json.dumps(alarm.to_dict()).encode())
            if not problem:
                return ""
            if not again:
                break
        return f"The alarm could not be sent to {self.host}: {problem}."

    def _post(self, body: bytes) -> tuple[str, bool]:
        """What went wrong, and whether another try may help."""
        headers = {"Content-Type": "application/json", "User-Agent": f"offbeat/{__version__}"}
        try:
            status = post(self.url, body, headers, self.seconds)
        except NoAnswerError as problem:
            return str(problem), True
        return ("" if 200 <= status < 300 else f"the answer was {status}"), status == 429 or status >= 500


@dataclass(frozen=True)
class Delivery:
    """Both, where they were asked for.

    Attributes:
        file: Where lines are added.
        webhook: Where alarms are posted.
    """

    file: AlarmFile | None = None
    webhook: Webhook | None = None

    def deliver(self, alarm: Alarm, stop: Stopping | None = None) -> list[str]:
        """Tell an alarm; gives what went wrong.

        Args:
            alarm: What is told.
            stop: As `Webhook.deliver` takes it; a line is written all the same.
        """
        told = [self.file.deliver(alarm)] if self.file is not None else []
        told += [self.webhook.deliver(alarm, stop)] if self.webhook is not None else []
        return [problem for problem in told if problem]


def find_delivery(file: Path | None, webhook: str | None) -> Delivery:
    """Where alarms go.

    Args:
        file: To add lines to.
        webhook: An address; that in OFFBEAT_WEBHOOK unless given.

    Raises:
        SettingsError: The address is none.
        FileError: The file cannot be written.
    """
    address = webhook or os.environ.get("OFFBEAT_WEBHOOK", "")
    return Delivery(None if file is None else AlarmFile(file), Webhook(address) if address else None)
