"""The service's log: one line of JSON an event, without what rows hold."""

from __future__ import annotations

import asyncio
import atexit
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

Log = Callable[..., None]
"""Takes the name of an event, and what to say of it by name."""


def log_to_stderr(event: str, **facts: Any) -> None:
    """Write one event as one line; those of requests some at a time, soon after.

    Writing lets go of the interpreter, and other threads keep it for milliseconds: a line at once for each request was
    a fifth of what the event loop did.

    Args:
        event: What happened, one word.
        facts: Plain values. None of them may be a cell of a request, nor a message that quotes one.
    """
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
    _waiting.append(orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # nobody to call later
        loop = None
    if event != "request" or loop is None:
        write_waiting()
    elif len(_waiting) == 1 or any(asked.is_closed() for asked in _asked):
        # A loop that ended before it wrote will not write any more.
        _asked[:] = [loop]
        loop.call_later(_SECONDS_TO_WAIT, write_waiting)


_SECONDS_TO_WAIT = 0.1
_waiting: deque[bytes] = deque()
_writing = threading.Lock()
_asked: list[asyncio.AbstractEventLoop] = []
"""The event loop that was asked to write what waits."""


@atexit.register
def write_waiting() -> None:
    """Write the lines that wait: the end of the process may come before their time."""
    with _writing:  # threads log too; one that comes between the reading and the clearing of a list loses its line
        lines = b"".join(_waiting.popleft() for _ in range(len(_waiting))).decode()
        if lines:
            print(lines, end="", file=sys.stderr, flush=True)


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
