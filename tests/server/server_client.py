"""The service within the test process: the real application, asked over ASGI."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import polars as pl

from offbeat.server.app import make_app
from offbeat.server.keys import Keys
from offbeat.server.limits import Limits
from offbeat.server.places import Look
from offbeat.server.shelf import Shelf

ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
ADDRESS = "http://127.0.0.1:8000"


async def until(is_so: Callable[[], bool]) -> None:
    """Let others go on until it is so; for ever, if it takes that: pytest's own limit ends it."""
    while not is_so():
        await asyncio.sleep(0.005)


@dataclass
class Client:
    """Asks one application, and keeps what it logs."""

    paths: list[Path] = field(default_factory=list)
    keys: Keys = field(default_factory=Keys)
    limits: Limits = field(default_factory=Limits)
    look: Look | None = None

    def __post_init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.shelf = Shelf(self.paths, self.look)
        self.app = make_app(self.shelf, self.keys, self.limits, log=self._log)

    def _log(self, event: str, **facts: Any) -> None:
        self.events.append({"event": event, **facts})

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        return asyncio.run(self.ask_async(method, path, **request))

    async def ask_async(self, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.request(method, path, **request)

    def post(
        self, path: str, body: bytes | str, content_type: str = "application/json", accept: str = "", **headers: str
    ) -> httpx.Response:
        named: Mapping[str, str] = {"content-type": content_type, **({"accept": accept} if accept else {}), **headers}
        return self.ask("POST", path, content=body, headers=named)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, kind and message of an error, which has one shape."""
    record = answer.json()
    assert list(record) == ["error"] and list(record["error"]) == ["kind", "message"], record
    return answer.status_code, record["error"]["kind"], record["error"]["message"]


def require_refusal(answer: httpx.Response, status: int, kind: str, start: str) -> None:
    """The answer is an error of this status and kind, whose message starts so."""
    found = refusal(answer)
    assert found[:2] == (status, kind)
    assert found[2].startswith(start), found[2]


def bytes_of(frame: pl.DataFrame, form: str) -> bytes:
    """A frame as a body."""
    content = io.BytesIO()
    match form:
        case "csv":
            frame.write_csv(content)
        case "ndjson":
            frame.write_ndjson(content)
        case "arrow":
            frame.write_ipc_stream(content)
        case "arrow file":
            frame.write_ipc(content, compression="uncompressed")
        case "parquet":
            frame.write_parquet(content)
    return content.getvalue()
