"""Seconds of the named steps of a script, for the scripts that run inside a peer's environment."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    """Collects the seconds of each step and prints them with the script's findings as the last line."""

    def __init__(self) -> None:
        """Start with no step."""
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the body of a `with` statement; the same name twice adds up."""
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def report(self, **findings: Any) -> None:
        """Print one line of JSON: `seconds` of each step, and what the script found."""
        print(json.dumps({"seconds": self.seconds, **findings}), flush=True)
