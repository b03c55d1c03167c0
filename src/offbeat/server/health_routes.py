"""`/healthz`, `/readyz` and `/metrics`: what those ask who run the service."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from offbeat.server.page import METRICS_ANSWER
from offbeat.server.replies import json_bytes
from offbeat.server.service import Service


def health_routes(service: Service) -> APIRouter:
    """The routes on the service itself.

    Args:
        service: What they tell of.
    """
    router = APIRouter(tags=["service"], redirect_slashes=False)

    @router.get("/healthz", summary="Whether the process answers.")
    async def healthz() -> Response:
        return Response(b'{"alive":true}', media_type="application/json")

    @router.get("/readyz", summary="Whether requests can be sent, and which replaced files could not be read.")
    async def readyz() -> Response:
        record = {"ready": True, "detectors": len(service.shelf.names), "not_reloaded": service.shelf.problems}
        return Response(json_bytes(record), media_type="application/json")

    @router.get(
        "/metrics",
        summary="Counters for Prometheus; needs the scope admin.",
        response_class=Response,
        responses=METRICS_ANSWER,
    )
    async def metrics(request: Request) -> Response:
        service.keys.admit(request.headers.get("authorization", ""), "admin")
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
