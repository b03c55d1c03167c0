"""The `Gate` before all routes: who may pass, how many at a time, for how long; and what is noted of each.

It looks at headers alone, so that a request for which there is no room costs next to nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from offbeat.server.refusal import Refusal
from offbeat.server.request_log import places_of
from offbeat.server.service import Service, Visit
from offbeat.server.workers import busy

OPEN = frozenset({"/healthz", "/readyz", "/openapi.json"})
"""What needs no key and is answered however busy the service is."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_OPEN_FOR_EACH_PLACE = 8
"""How many requests may be open for each that is worked on or waits: those whose bodies are slow to come."""


class Gate:
    """The application as uvicorn sees it.

    Args:
        app: The routes behind it.
        service: What they share.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, visit = time.perf_counter(), Visit()
        scope["offbeat"] = visit

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"offbeat-request", visit.id.encode())]
            await send(message)

        try:
            await self._pass(scope, receive, noted, visit)
        except Exception as error:
            await self._fault(error, noted, visit)
        self._note(scope, visit, time.perf_counter() - began)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        if scope["path"] in OPEN:
            await self._app(scope, receive, send)
            return
        try:
            self._require_room()
            self._admit(Headers(scope=scope), visit)
        except Refusal as refusal:
            await _refuse(refusal, send, visit)
            return
        self._open[visit.key] += 1
        try:
            async with asyncio.timeout(self._service.limits.seconds):
                await self._app(scope, receive, send)
        except TimeoutError:
            await _refuse(self._too_late(visit), send, visit)
        finally:
            self._open[visit.key] -= 1

    def _admit(self, headers: Headers, visit: Visit) -> None:
        """Nothing for a request that may be read.

        Raises:
            Refusal: 401 or 403 for the lack of a key, 429 where the key has too many under way.
        """
        service = self._service
        if not service.keys and _host(headers) not in LOOPBACK:
            # A page of the web may have given its own name this machine's address, and the browser would let it ask.
            raise Refusal("forbidden", "Without keys only this machine is served, under the name 127.0.0.1.")
        visit.key = service.keys.admit(headers.get("authorization", ""), "read")
        if service.keys and self._open[visit.key] >= service.limits.a_key:
            raise Refusal("too-many", f"This key has {service.limits.a_key} requests under way, as many as one may.")

    def _require_room(self) -> None:
        """Nothing where one more request can be taken on; asked before all else, as those beyond must cost least.

        Raises:
            Refusal: 503.
        """
        places = self._service.limits.under_way
        if self._service.workers.under_way >= places or self._open.total() >= _OPEN_FOR_EACH_PLACE * places:
            raise busy()

    def _too_late(self, visit: Visit) -> Refusal:
        seconds = f"{self._service.limits.seconds:g} seconds"
        if visit.body == "awaited":
            return Refusal("too-slow", f"The body did not come within {seconds}.")
        remedy = "Send fewer rows at a time, or come again." if visit.body == "read" else "Come again."
        return Refusal("timeout", f"There was no answer within {seconds}. {remedy}")

    async def _fault(self, error: Exception, send: Send, visit: Visit) -> None:
        """Say that something went wrong that nobody foresaw, and write down where."""
        self._service.log("fault", id=visit.id, places=places_of(error))
        await _refuse(Refusal("unexpected", "This should not happen; the service's log says where."), send, visit)

    def _note(self, scope: Scope, visit: Visit, seconds: float) -> None:
        route = visit.route or getattr(scope.get("route"), "path", "unknown")
        self._service.metrics.answered(route, visit.status, seconds)
        self._service.log(
            "request",
            id=visit.id,
            key=visit.key,
            route=route,
            detector=visit.detector,
            rows=visit.rows,
            status=visit.status,
            kind=visit.kind,
            seconds=round(seconds, 6),
        )


def _host(headers: Headers) -> str:
    """The name that the caller called this machine by, without the port."""
    host = headers.get("host", "").lower()
    name, _, port = host.rpartition(":")
    return name if port.isdigit() else host


async def _refuse(refusal: Refusal, send: Send, visit: Visit) -> None:
    """Send a refusal, unless an answer is on its way already."""
    visit.kind = refusal.kind
    if visit.status:
        return
    body = refusal.body
    headers = {**refusal.headers, "content-length": str(len(body))}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
