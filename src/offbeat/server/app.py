"""The application: all routes behind one gate, and the look at replaced files beside them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from offbeat.errors import OffbeatError
from offbeat.server.detector_routes import detector_routes
from offbeat.server.drift_watch import DriftWatch
from offbeat.server.foreign_routes import foreign_routes
from offbeat.server.gate import OPEN, Gate
from offbeat.server.health_routes import health_routes
from offbeat.server.keys import Keys
from offbeat.server.limits import Limits
from offbeat.server.metrics import Metrics
from offbeat.server.page import with_keys
from offbeat.server.refusal import Refusal, refusal_of
from offbeat.server.request_log import Log, log_to_stderr, places_of, write_waiting
from offbeat.server.service import Service, visit_of
from offbeat.server.shelf import Shelf
from offbeat.server.short_way import ShortWay
from offbeat.server.workers import Workers
from offbeat.version import __version__

SECONDS_BETWEEN_LOOKS = 1.0

ADMIN = ("/metrics", "/v1/detectors/{name}/reload")
"""What needs a key of the scope admin."""


def make_app(
    shelf: Shelf,
    keys: Keys | None = None,
    limits: Limits | None = None,
    *,
    log: Log = log_to_stderr,
    drift: DriftWatch | None = None,
    seconds_between_looks: float = SECONDS_BETWEEN_LOOKS,
) -> Gate:
    """The service as an ASGI application.

    Args:
        shelf: The detectors to answer for.
        keys: Who may ask; all who reach this machine under its own name unless given.
        limits: How much is taken on.
        log: Where events go.
        drift: Watches the rows that come in; none are watched unless given.
        seconds_between_looks: How often files are looked at, to find those that were replaced.
    """
    limits = limits or Limits()
    workers = Workers(limits)
    metrics = Metrics(lambda: workers.under_way)
    drift = drift or DriftWatch(None)
    metrics.also(drift.counted)
    service = Service(shelf, keys or Keys(), limits, workers, metrics, log, drift)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for name, problem in shelf.problems.items():
            log("not-reloaded", detector=name, problem=problem)
        looking = asyncio.create_task(_look_for_replaced_files(service, seconds_between_looks))
        drift.start(shelf.get(name) for name in shelf.names)
        yield
        looking.cancel()
        workers.close()
        drift.close()
        write_waiting()

    return Gate(ShortWay(_routes(service, lifespan), service, _answer_error), service)


def _routes(service: Service, lifespan: object) -> FastAPI:
    app = FastAPI(
        title="offbeat",
        description="Scores, detections and explanations from detector files.",
        version=__version__,
        lifespan=lifespan,  # type: ignore[arg-type]
        # The pages that FastAPI makes load scripts from the web.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(detector_routes(service))
    app.include_router(foreign_routes(service))
    app.include_router(health_routes(service))
    from_routes = app.openapi
    app.openapi = lambda: with_keys(  # type: ignore[method-assign]
        from_routes(), needed=bool(service.keys), opened=OPEN, admin=ADMIN
    )
    # What nobody foresaw is raised again behind the answer, for the gate to write it down.
    for kind in (Refusal, OffbeatError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer_error)
    return app


async def _answer_error(request: Request, error: Exception) -> Response:
    """Any refusal in the one shape that errors have."""
    if isinstance(error, HTTPException):
        error = _of_the_framework(request, error)
    refusal = refusal_of(error)
    visit_of(request).kind = refusal.kind
    return Response(refusal.body, refusal.status, dict(refusal.headers))


def _of_the_framework(request: Request, error: HTTPException) -> Refusal:
    if error.status_code == 404:
        return Refusal("not-found", "There is no such address. /openapi.json lists those there are.")
    if error.status_code == 405:
        return Refusal("method", f"{request.method[:20]} is not known here. /openapi.json lists what is.")
    return Refusal("request", str(error.detail), error.status_code)


async def _look_for_replaced_files(service: Service, seconds: float) -> None:
    told = ""
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(service.refresh)
        except Exception as error:
            # Nobody waits for an answer here: it must be told, once until it is over, and looked again.
            told = _tell_fault(service, error, told)
            continue
        told = ""


def _tell_fault(service: Service, error: Exception, told: str) -> str:
    """Log why files cannot be looked at, unless that was told; what is told now."""
    problem = str(error) if isinstance(error, OSError) else type(error).__name__
    if problem != told:
        service.log("not-looked", problem=problem, places=places_of(error))
    return problem
