"""Servers of other programs, started as their users start them, and asked over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

MOST_TRIES = 600
"""So often a server that starts is asked whether it answers, 0.2 s apart."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@contextmanager
def serving(command: Sequence[str | Path], ready: str, folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """A server that answers, until the block ends.

    Args:
        command: Starts it.
        ready: An address that answers once it serves.
        folder: Where it runs, and writes what it says to `log`.
        variables: Its environment.
    """
    log = folder / "log"
    with log.open("wb") as said:
        # A session of its own, so that the processes that it starts end with it.
        server = subprocess.Popen(
            [str(word) for word in command], stdout=said, stderr=said, env=variables, cwd=folder, start_new_session=True
        )
        try:
            _wait(ready, server, log)
            yield
        finally:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)


def post(address: str, body: str) -> tuple[int, str]:
    """Send JSON; the status and the text of the answer, which may be a refusal."""
    request = urllib.request.Request(address, body.encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(MOST_TRIES):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(log.read_text())
