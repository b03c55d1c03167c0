"""One POST to an address of the web, which takes no longer than it may, whoever answers there and however."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any


class NoAnswerError(Exception):
    """Nobody answered, or nothing that is HTTP; says what happened in a few words, without the address."""


def post(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """The status of the answer, of which no more than its headers is read: at most 100 lines, each of 64 kB.

    Redirects are not followed. It runs in a thread: a socket's own timeout begins anew with every byte that comes, and
    finding the address of a host has none.

    Args:
        url: With http or https.
        body: What is posted.
        headers: What goes before it.
        seconds: From now until the headers of the answer are there.

    Raises:
        NoAnswerError: There was none in that time, or none in HTTP.
    """
    attempt = _Attempt(urllib.request.Request(url, body, dict(headers), method="POST"), seconds)
    attempt.start()
    attempt.join(seconds)
    if attempt.status:
        return attempt.status
    problem = attempt.problem or f"no answer within {seconds:g} s"
    attempt.give_up()
    raise NoAnswerError(problem)


class _Attempt(threading.Thread):
    """One try.

    Attributes:
        status: Of the answer; 0 where there is none yet.
        problem: What went wrong, or nothing.
    """

    def __init__(self, request: urllib.request.Request, seconds: float) -> None:
        super().__init__(name="webhook", daemon=True)
        self._request, self._seconds = request, seconds
        self._connections: list[http.client.HTTPConnection] = []
        self.status, self.problem = 0, ""

    def run(self) -> None:
        """Ask; whatever goes wrong is told to who waits for it."""
        try:
            with _opener(self._connections).open(self._request, timeout=self._seconds) as answer:
                self.status = answer.status
        except urllib.error.HTTPError as error:
            with error:
                self.status = error.code
        except Exception as error:  # after `give_up` anything may fail here
            reason = getattr(error, "reason", error)
            if not isinstance(reason, TimeoutError):
                self.problem = f"no answer ({type(reason).__name__})"

    def give_up(self) -> None:
        """End what it waits for: the thread would stay as long as bytes drip in."""
        for connection in self._connections:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _opener(connections: list[http.client.HTTPConnection]) -> urllib.request.OpenerDirector:
    """Opens http and https only, which urllib's own does not; what it opens is added to the connections."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Connecting(connections),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        _NoRedirects(),
    ):
        opener.add_handler(handler)
    return opener


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """No address but the one that was given is asked."""


class _Connecting(urllib.request.AbstractHTTPHandler):
    """Opens http and https, and remembers the connections."""

    def __init__(self, connections: list[http.client.HTTPConnection]) -> None:
        super().__init__()
        self._connections = connections

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """Called by urllib, as the next three are."""
        return self.do_open(self._noting(http.client.HTTPConnection), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        """With the system's certificates."""
        return self.do_open(self._noting(http.client.HTTPSConnection), request)

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def _noting(self, kind: Callable[..., http.client.HTTPConnection]) -> Any:
        def connect(*words: Any, **settings: Any) -> http.client.HTTPConnection:
            self._connections.append(connection := kind(*words, **settings))
            return connection

        return connect
