"""An address of the web that takes alarms, and answers when it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class SlowAddress:
    """Listens while the block lasts.

    Args:
        came: Called with each alarm as it comes, before it is answered.

    Attributes:
        alarms: What came, in its order.
        answers: Set it to let all that came and will come be answered; until then nothing is.
    """

    def __init__(self, came: Callable[[dict[str, Any]], None] = lambda alarm: None) -> None:
        self.alarms: list[dict[str, Any]] = []
        self.answers = threading.Event()
        taken, answers = self.alarms, self.answers

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                alarm = json.loads(self.rfile.read(int(self.headers["content-length"])))
                came(alarm)
                taken.append(alarm)
                answers.wait(60)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alarms"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.answers.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
