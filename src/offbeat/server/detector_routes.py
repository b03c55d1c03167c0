"""`/v1/detectors`: which there are, what is in them, and every verb."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from offbeat.server.answering import answer_verb
from offbeat.server.page import ANY_REFUSAL, BODY_REFUSALS, NAME, PARAMETERS_OF_CSV, TABLE_BODY, answers, parameters
from offbeat.server.query import query_words
from offbeat.server.replies import RECORD_FORMS, TABLE_FORMS, json_bytes
from offbeat.server.service import Service, visit_of
from offbeat.server.verbs import VERBS, Verb


def detector_routes(service: Service) -> APIRouter:
    """The routes below /v1/detectors.

    Args:
        service: What they share.
    """
    router = APIRouter(prefix="/v1/detectors", tags=["detectors"], redirect_slashes=False)

    @router.get(
        "", summary="The detectors that are served.", response_class=Response, responses=answers(400, *ANY_REFUSAL)
    )
    async def list_detectors(request: Request) -> Response:
        query_words(request.query_params.multi_items(), ())
        return _json({"detectors": [_summary(service, name) for name in service.shelf.names]})

    @router.get(
        "/{name}",
        summary="What a detector learned from, its threshold, and all settings.",
        openapi_extra={"parameters": [NAME]},
        response_class=Response,
        responses=answers(400, 404, *ANY_REFUSAL),
    )
    async def inspect(request: Request) -> Response:
        name = request.path_params["name"]
        query_words(request.query_params.multi_items(), ())
        served = service.shelf.get(name)
        visit_of(request).detector = name
        record = await service.workers.run(served.detector.inspect)
        return _json({"name": name, **record})

    @router.get(
        "/{name}/drift",
        summary="Whether the rows that came in are still like those of the fit.",
        openapi_extra={"parameters": [NAME]},
        response_class=Response,
        responses=answers(400, 404, *ANY_REFUSAL),
    )
    async def drift(request: Request) -> Response:
        name = request.path_params["name"]
        query_words(request.query_params.multi_items(), ())
        served = service.shelf.get(name)
        visit_of(request).detector = name
        return _json(await service.workers.run(lambda: service.drift.status(served)))

    _add_reload(router, service)
    _add_verbs(router, service)
    return router


def _add_reload(router: APIRouter, service: Service) -> None:
    @router.post(
        "/{name}/reload",
        summary="Look now whether the file was replaced; needs the scope admin.",
        openapi_extra={"parameters": [NAME]},
        response_class=Response,
        responses=answers(400, 404, *ANY_REFUSAL),
    )
    async def reload(request: Request) -> Response:
        name = request.path_params["name"]
        service.keys.admit(request.headers.get("authorization", ""), "admin")
        query_words(request.query_params.multi_items(), ())
        service.shelf.get(name)
        visit_of(request).detector = name
        problem = await service.workers.run(lambda: _refresh(service))
        return _json({"name": name, "problem": problem or service.shelf.problems.get(name, "")})


def _add_verbs(router: APIRouter, service: Service) -> None:
    for word, verb in VERBS.items():
        router.add_api_route(
            f"/{{name}}/{word}",
            _route(service, verb),
            methods=["POST"],
            name=word,
            summary=(verb.ask.__doc__ or "").splitlines()[0],
            openapi_extra={
                "requestBody": TABLE_BODY,
                "parameters": [NAME, *parameters(verb.parameters), *PARAMETERS_OF_CSV],
            },
            response_class=Response,
            responses=answers(406, *BODY_REFUSALS, forms=RECORD_FORMS if verb.only_record else TABLE_FORMS),
        )


def _refresh(service: Service) -> str:
    """Look for replaced files; gives why they cannot be looked for, without where, which is no caller's business."""
    try:
        service.refresh()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return f"The files cannot be looked at ({reason}). Those that were read before go on being served."
    return ""


def _route(service: Service, verb: Verb) -> Callable[..., Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await answer_verb(service, request, request.path_params["name"], verb)

    return answer


def _summary(service: Service, name: str) -> dict[str, Any]:
    served = service.shelf.get(name)
    detector, number = served.detector, served.place.number
    return {
        "name": name,
        **({"version": number} if number else {}),
        "source": detector.facts.source,
        "columns": len(detector.schema.columns),
        "threshold": {"rule": str(detector.threshold.rule), "value": detector.threshold.value},
    }


def _json(record: Any) -> Response:
    return Response(json_bytes(record), media_type="application/json")
