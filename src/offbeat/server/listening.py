"""The application on an address of this machine, until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import math
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from offbeat.errors import SettingsError
from offbeat.server.request_log import log_to_stderr, places_of

SECONDS_TO_FINISH = 5
"""How much longer than a request may take a stopping service waits for those that it has accepted."""


def listen(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    seconds: float = 30.0,
    started: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until SIGTERM or SIGINT; then answer what was accepted, and return.

    Args:
        app: What to serve.
        host: An address of this machine.
        port: 0 for one that is free.
        seconds: How long a request may take.
        started: Called with the address once requests are taken.

    Raises:
        SettingsError: The address cannot be listened on.
    """
    place = _listening_socket(host, port)
    told = logging.getLogger("uvicorn.error")
    told.setLevel(logging.WARNING)
    told.addHandler(events := _AsEvents())
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=math.ceil(seconds) + SECONDS_TO_FINISH,
    )
    server = uvicorn.Server(config)

    def stop(number: int, frame: FrameType | None) -> None:
        server.should_exit = True

    # Left to itself uvicorn raises the signal again after a stop in good order, which would end the process as killed
    # or as interrupted; and until it has begun, the signal is to be heard too.
    before = [(kind, signal.signal(kind, stop)) for kind in (signal.SIGINT, signal.SIGTERM)]
    started(f"http://{f'[{host}]' if ':' in host else host}:{place.getsockname()[1]}")
    try:
        server.run(sockets=[place])
    finally:
        place.close()
        told.removeHandler(events)
        for kind, handler in before:
            signal.signal(kind, handler)


class _AsEvents(logging.Handler):
    """What the HTTP server warns of, as events of the log: of bytes that are no HTTP, and of what it had to cut off."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        places = {} if error is None else {"places": places_of(error)}
        log_to_stderr("http", problem=record.getMessage().strip(), **places)


def require_safe_host(host: str, *, with_keys: bool) -> None:
    """Nothing where callers need a key, or none but this machine can reach the address.

    Args:
        host: The address to listen on.
        with_keys: Whether callers need a key.

    Raises:
        SettingsError: Others could reach the address and no key is set.
    """
    if not with_keys and not is_loopback(host):
        raise SettingsError(
            f"--host {host} can be reached from elsewhere, and no key is set. Set OFFBEAT_SERVER_KEYS or --keys, or "
            "keep to 127.0.0.1."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
        (True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening_socket(host: str, port: int) -> socket.socket:
    """A socket that holds connections from now on, before the application runs."""
    # asyncio sends small answers at once only where the socket says that it is TCP's; else each waits 40 ms for the
    # receipt of the one before (Nagle's algorithm and delayed acknowledgements).
    place = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((host, port))
        place.listen(2048)
    except OSError as error:
        place.close()
        raise SettingsError(f"{host}:{port} cannot be listened on: {error.strerror}. Take another --port.") from None
    return place
