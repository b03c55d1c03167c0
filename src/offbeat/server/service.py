"""`Service`: the parts that answer requests, and the record that each request leaves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Literal, cast

from starlette.requests import Request

from offbeat.server.drift_watch import DriftWatch
from offbeat.server.keys import Keys
from offbeat.server.limits import Limits
from offbeat.server.metrics import Metrics
from offbeat.server.request_log import Log
from offbeat.server.shelf import Shelf
from offbeat.server.workers import Workers


@dataclass(frozen=True)
class Service:
    """What all routes share.

    Attributes:
        shelf: The detectors by name.
        keys: Who may ask.
        limits: How much is taken on.
        workers: The threads that score.
        metrics: What is counted.
        log: What is written down.
        drift: Whether the rows that come in are still those of the fit.
    """

    shelf: Shelf
    keys: Keys
    limits: Limits
    workers: Workers
    metrics: Metrics
    log: Log
    drift: DriftWatch

    def refresh(self) -> None:
        """Look for files that were replaced, and log what became of each.

        Raises:
            OSError: The folder or the registry cannot be looked at.
        """
        for reload in self.shelf.refresh():
            if reload.problem:
                self.log("not-reloaded", detector=reload.name, problem=reload.problem)
            else:
                self.log("reloaded", detector=reload.name)


@dataclass
class Visit:
    """What is worth knowing of one request when it is over; filled in along its way.

    Attributes:
        id: Sent back as the header offbeat-request, and written to the log.
        key: The name of the caller's key.
        route: The address with {name} for names, where it is known before the framework finds it.
        detector: Which one was asked.
        rows: How many rows it brought.
        body: Whether the service waits for its body, or has read all of it; "unread" where no body is asked for.
        kind: Why it was refused.
        status: Of the answer; 0 while there is none.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    key: str = ""
    route: str = ""
    detector: str = ""
    rows: int = 0
    body: Literal["unread", "awaited", "read"] = "unread"
    kind: str = ""
    status: int = 0


def visit_of(request: Request) -> Visit:
    """The record of a request that came through the `Gate`."""
    return cast(Visit, request.scope["offbeat"])
