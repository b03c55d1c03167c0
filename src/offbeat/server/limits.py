"""How much a service takes on."""

from __future__ import annotations

from dataclasses import dataclass

from offbeat.cores import cores


@dataclass(frozen=True)
class Limits:
    """What a request may bring, and how many may be under way.

    Attributes:
        body_bytes: Of one request.
        rows: Of one request.
        seconds: For one request, from its first byte to its answer.
        threads: How many requests are worked on side by side.
        queue: How many more may wait for a thread; the next one is told to come again.
        a_key: How many requests of one key may be under way.
    """

    body_bytes: int = 32 * 2**20
    rows: int = 100_000
    seconds: float = 30.0
    threads: int = cores()
    queue: int = 12
    a_key: int = 16

    @property
    def under_way(self) -> int:
        """How many requests may be read, waiting or worked on at a time."""
        return self.threads + self.queue
