"""An exported detector over HTTP, for an image that holds Python, NumPy, onnxruntime and this: `python -m` this module.

What `offbeat serve` does is far more; this answers one address, in JSON, and knows no keys. Put it behind what does.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from offbeat.errors import DataError, OffbeatError, name_some
from offbeat.integrations.onnx.connections import (
    REQUEST_SECONDS,
    SILENT_SECONDS,
    ConnectionRequests,
    ConnectionServer,
)
from offbeat.integrations.onnx.scorer import OnnxScorer

MOST_BYTES: Final = 32 * 2**20
MOST_ROWS: Final = 100_000


def answer(scorer: OnnxScorer, body: bytes) -> dict[str, Any]:
    """Scores, p-values and flags of the rows in a body.

    Args:
        scorer: The detector.
        body: JSON: a list of rows, each a list of cells in the detector's order or an object by column; or an object
            with such a list under "rows", and the names of the cells under "columns" where they come in another order.

    Raises:
        DataError: The body is something else, or a cell is not what its column holds.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise DataError("The body is no JSON; a list of rows was expected.") from None
    rows, order = _rows_and_order(value, scorer.columns)
    found = scorer.detect(_columns(rows, scorer.columns, order))
    return {
        "rows": len(found.scores),
        "scores": [score if np.isfinite(score) else None for score in found.scores.tolist()],
        "p_values": found.p_values.tolist(),
        "flags": found.flags.tolist(),
    }


def _rows_and_order(value: Any, names: Sequence[str]) -> tuple[Any, Sequence[str]]:
    """What should be the rows, and the names of the cells of one that is a list."""
    if not isinstance(value, dict):
        return value, names
    unknown = [name for name in value if name not in ("rows", "columns")]
    if unknown or "rows" not in value:
        found = name_some(unknown) or "no 'rows'"
        raise DataError(
            f"The body is an object with {found}; 'rows' was expected, and 'columns' if the cells come in another "
            "order than the detector's."
        )
    order = value.get("columns")
    if order is None:
        return value["rows"], names
    if not isinstance(order, list) or not all(isinstance(name, str) for name in order):
        raise DataError("'columns' was expected to be a list of names.")
    if len(set(order)) < len(order):
        raise DataError("'columns' names a column twice; each was expected once.")
    _require_names(order, names)
    return value["rows"], order


def _require_names(found: Sequence[str], names: Sequence[str]) -> None:
    lacking = [name for name in names if name not in found]
    unknown = sorted(set(found) - set(names))
    if lacking or unknown:
        told = [f"The rows lack {name_some(lacking)}."] if lacking else []
        told += [f"They have {name_some(unknown)}, which the detector has not."] if unknown else []
        raise DataError(" ".join([*told, f"The detector's columns are {name_some(list(names))}."]))


def _columns(rows: Any, names: Sequence[str], order: Sequence[str]) -> dict[str, list[Any]]:
    """Rows as columns, a missing cell as None."""
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS:
        raise DataError(f"A list of 1 to {MOST_ROWS:,} rows was expected: [[1.5, 2]] or [{{'flow': 1.5}}].")
    if all(isinstance(row, dict) for row in rows):
        _require_names(list(dict.fromkeys(name for row in rows for name in row)), names)
        columns = {name: [row.get(name) for row in rows] for name in names}
    elif all(isinstance(row, list) and len(row) == len(names) for row in rows):
        columns = {name: [row[at] for row in rows] for at, name in enumerate(order)}
    else:
        raise DataError(f"Each row was expected to be an object, or a list of {len(names)} cells.")
    if any(isinstance(cell, list | dict) for cells in columns.values() for cell in cells):
        raise DataError("A cell is a list or an object; a number, text, true, false or null was expected.")
    return columns


class _Requests(ConnectionRequests):
    server: ScoringService

    def do_GET(self) -> None:  # noqa: N802 - the base class calls it so
        """`/healthz`, and `/`: what the detector is."""
        if self.path == "/healthz":
            self._send(200, {"alive": True})
        elif self.path == "/":
            self._send(200, {"columns": list(self.server.scorer.columns), "facts": self.server.scorer.facts})
        else:
            self._refuse(404, "not-found", "GET / and /healthz, POST /score are known here.")

    def do_POST(self) -> None:  # noqa: N802 - as above
        """`/score`."""
        length = self.headers.get("content-length", "")
        if self.path != "/score":
            self._refuse(404, "not-found", "POST /score is known here.")
        elif not (length.isascii() and length.isdigit()):
            self._refuse(411, "request", "The length of the body was expected in the header Content-Length.")
        elif len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
            self._refuse(413, "too-large", f"The body is larger than {MOST_BYTES // 2**20} MB. Send it in parts.")
        else:
            self._score_body(int(length))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class refuses, such as an unknown method, in the form of the other errors."""
        kind = "method" if code == 501 else "request"
        self._refuse(code, kind, f"{message or 'The request cannot be read'}. GET and POST are known here.")

    def log_message(self, *_: object) -> None:
        """Nothing: what fails is told to who asked."""

    def _score_body(self, length: int) -> None:
        try:
            body = self.rfile.read(length)
        except TimeoutError:
            self._refuse(
                408,
                "request",
                f"The request did not come whole within {REQUEST_SECONDS:g} seconds, or nothing of it within "
                f"{SILENT_SECONDS:g}.",
            )
            return
        if len(body) < length:
            self._refuse(400, "request", f"The body ended after {len(body)} of {length} bytes.")
        else:
            self._score(body)

    def _score(self, body: bytes) -> None:
        try:
            self._send(200, answer(self.server.scorer, body))
        except OffbeatError as error:
            self._send(422, {"error": {"kind": error.kind, "message": str(error)}})
        except Exception as error:
            # The message may quote a row; the kind of error cannot.
            print(f"fault: {type(error).__name__}", file=sys.stderr, flush=True)
            self._send(500, {"error": {"kind": "unexpected", "message": "This should not happen."}})

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self.close_connection = True  # its body was not read
        self._send(status, {"error": {"kind": kind, "message": message}})

    def _send(self, status: int, record: dict[str, Any]) -> None:
        content = json.dumps(record).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        if self.close_connection or self.server.is_closing:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)


class ScoringService(ConnectionServer):
    """Answers until it is shut down; then finishes what it is at.

    Args:
        scorer: The detector.
        host: The address to listen on.
        port: 0 for one that is free.
    """

    def __init__(self, scorer: OnnxScorer, host: str, port: int) -> None:
        self.scorer, self._is_told_to_stop = scorer, False
        super().__init__(host, port, _Requests)

    def stop(self, *_: object) -> None:
        """Have `serve_forever` return soon; also as the handler of a signal, which may take no lock."""
        self._is_told_to_stop = True

    def service_actions(self) -> None:
        """Stop where that was asked for; called by the loop of `serve_forever`."""
        if self._is_told_to_stop:
            # By another thread: shutdown waits for the loop that this one is in.
            threading.Thread(target=self.shutdown).start()


def main(words: Sequence[str] | None = None) -> int:
    """Serve a file until SIGTERM or SIGINT.

    Args:
        words: Those of the command line unless given.
    """
    parser = argparse.ArgumentParser(prog="python -m offbeat.integrations.onnx.scoring_service", description=__doc__)
    parser.add_argument("model", help="what 'offbeat export --format onnx' wrote")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=0, help="that one request computes with; 0 takes all cores")
    asked = parser.parse_args(words)
    try:
        service = ScoringService(OnnxScorer(asked.model, threads=asked.threads), asked.host, asked.port)
    except (OffbeatError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code if isinstance(error, OffbeatError) else 1
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, service.stop)
    print(f"Scoring on http://{asked.host}:{service.server_port}", flush=True)
    with service:
        service.serve_forever(0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
