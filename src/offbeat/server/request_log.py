"""The service's log: one line of JSON an event, without what rows hold."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

Log = Callable[..., None]
"""Takes the name of an event, and what to say of it by name."""


def log_to_stderr(event: str, **facts: Any) -> None:
    """Write one event as one line.

    Args:
        event: What happened, one word.
        facts: Plain values. None of them may be a cell of a request, nor a message that quotes one.
    """
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
    print(orjson.dumps(line, default=str).decode(), file=sys.stderr, flush=True)


def places_of(error: BaseException) -> list[str]:
    """Where an error was raised, without its message, which may quote a row.

    Example:
        >>> try:
        ...     int("secret")
        ... except ValueError as error:
        ...     places_of(error)[0].startswith("ValueError")
        True
    """
    frames = traceback.extract_tb(error.__traceback__)
    return [type(error).__name__, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]
