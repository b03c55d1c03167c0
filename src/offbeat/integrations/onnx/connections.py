"""Connections of a small HTTP server: a request has so long to come, and a stop waits for nobody who asks nothing."""

from __future__ import annotations

import io
import math
import socket
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

SILENT_SECONDS: Final = 30.0
"""Without a byte from a client, or for it to take an answer."""
REQUEST_SECONDS: Final = 120.0
"""For a request to come, from its first byte to its last."""
FINISH_SECONDS: Final = 8.0
"""For the requests under way once the server was told to stop; Docker kills after 10."""


class Incoming(io.RawIOBase):
    """What a client sends.

    Args:
        connection: With the client.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection, self._until = connection, math.inf

    def begin(self) -> None:
        """A request has begun to come; from now on its time is counted."""
        self._until = time.monotonic() + REQUEST_SECONDS

    def end(self) -> None:
        """No request is coming; the client may take its time."""
        self._until = math.inf

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes; none where the client sends no more.

        Raises:
            TimeoutError: They did not come in time.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(SILENT_SECONDS, left))
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(SILENT_SECONDS)


class ConnectionServer(ThreadingHTTPServer):
    """A thread a connection; closing it answers what was asked, and lets go of the rest.

    A request that is still on its way then has `FINISH_SECONDS` to come.

    Args:
        host: The address to listen on.
        port: 0 for one that is free.
        requests: What answers a request.
    """

    daemon_threads = False

    request_queue_size = 128

    def __init__(self, host: str, port: int, requests: type[ConnectionRequests]) -> None:
        self.is_closing = False
        self._lock = threading.Lock()
        self._open, self._idle = set[socket.socket](), set[socket.socket]()
        super().__init__((host, port), requests)

    def wait(self, connection: socket.socket, incoming: io.BufferedReader) -> bool:
        """Whether another request comes: not where the client goes or is silent, nor once the server is closing.

        Args:
            connection: With the client.
            incoming: What it sends.
        """
        with self._lock:
            self._idle.add(connection)
            if self.is_closing:
                _end(connection, socket.SHUT_RD)
        try:
            return bool(incoming.peek(1))
        except OSError:
            return False
        finally:
            with self._lock:
                self._idle.discard(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a client."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Let go of a client."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Take no more connections, and wait for the requests under way."""
        with self._lock:
            self.is_closing = True
            for connection in self._idle:
                _end(connection, socket.SHUT_RD)  # what came already is still read
        cut = threading.Timer(FINISH_SECONDS, self._cut)
        cut.start()
        try:
            super().server_close()
        finally:
            cut.cancel()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing where a client has gone; else the kind of error, for its message may quote a row."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            print(f"fault: {type(error).__name__}", file=sys.stderr, flush=True)

    def _cut(self) -> None:
        with self._lock:
            for connection in self._open:
                _end(connection, socket.SHUT_RD)  # answers that are still computed go out


class ConnectionRequests(BaseHTTPRequestHandler):
    """The requests of one connection to a `ConnectionServer`, each in its time."""

    server: ConnectionServer
    timeout = SILENT_SECONDS
    # Head and body of an answer go out one after the other: the second would wait for the client's acknowledgement.
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        """Read by the clock."""
        super().setup()
        self.rfile.close()
        self.incoming = Incoming(self.connection)
        self.reader: io.BufferedReader = io.BufferedReader(self.incoming)
        self.rfile = self.reader

    def handle_one_request(self) -> None:
        """Wait for a request, and answer it."""
        self.incoming.end()
        self.close_connection = True
        if self.server.wait(self.connection, self.reader):
            self.incoming.begin()
            super().handle_one_request()


def _end(connection: socket.socket, ways: int) -> None:
    with suppress(OSError):  # the client has gone
        connection.shutdown(ways)
