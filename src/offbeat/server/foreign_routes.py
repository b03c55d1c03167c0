"""`/invocations` as MLflow's server has it, and `/score` as Azure Machine Learning's endpoints have it."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from offbeat.data.table import Table
from offbeat.server.answering import parse_rows, work_on
from offbeat.server.foreign_bodies import azure_table, mlflow_table
from offbeat.server.json_rows import parse_json
from offbeat.server.page import AZURE_ROWS, BODY_REFUSALS, MLFLOW_ROWS, answers, body_of, parameters
from offbeat.server.query import query_words
from offbeat.server.refusal import Refusal
from offbeat.server.service import Service
from offbeat.server.shelf import Served
from offbeat.server.verbs import VERBS, Answer, Words

WHICH = {"detector": "Which detector; needed where several are served."}


def foreign_routes(service: Service) -> APIRouter:
    """The routes that existing clients know.

    Args:
        service: What they share.
    """
    router = APIRouter(tags=["other services' clients"], redirect_slashes=False)
    named = parameters(WHICH)

    @router.post(
        "/invocations",
        summary="Score rows as MLflow's server does.",
        openapi_extra={"requestBody": body_of(MLFLOW_ROWS, "text/csv", "application/csv"), "parameters": named},
        response_class=Response,
        responses=answers(*BODY_REFUSALS),
    )
    async def invocations(request: Request) -> Response:
        words, served = _asked(service, request)
        parse = partial(_parse_mlflow, service)
        content = await work_on(service, request, served, words, parse=parse, verb=VERBS["score"], record=_mlflow)
        return Response(content, media_type="application/json")

    @router.post(
        "/score",
        summary="Score rows as an endpoint of Azure Machine Learning does.",
        openapi_extra={"requestBody": body_of(AZURE_ROWS), "parameters": named},
        response_class=Response,
        responses=answers(*BODY_REFUSALS),
    )
    async def score(request: Request) -> Response:
        words, served = _asked(service, request)
        content = await work_on(
            service, request, served, words, parse=_parse_azure, verb=VERBS["score"], record=predictions
        )
        return Response(content, media_type="application/json")

    return router


def predictions(answer: Answer) -> list[dict[str, Any]]:
    """What a model of MLflow would predict: one object a row.

    Args:
        answer: Of the verb score.
    """
    found = answer.found
    columns = zip(found.scores.tolist(), found.p_values.tolist(), found.flags.tolist(), strict=True)
    return [{"score": score, "p_value": p_value, "anomalous": flag} for score, p_value, flag in columns]


def _mlflow(answer: Answer) -> dict[str, Any]:
    return {"predictions": predictions(answer)}


def _asked(service: Service, request: Request) -> tuple[Words, Served]:
    words = query_words(request.query_params.multi_items(), tuple(WHICH))
    return words, service.shelf.get(words["detector"]) if "detector" in words else service.shelf.only()


def _parse_mlflow(service: Service, body: bytes, form: str, served: Served, words: Words) -> Table:
    if form == "csv":
        return parse_rows(service, body, form, served, words)
    return mlflow_table(_json(body, form))


def _parse_azure(body: bytes, form: str, served: Served, words: Words) -> Table:
    return azure_table(_json(body, form))


def _json(body: bytes, form: str) -> Any:
    if form != "json":
        raise Refusal("content-type", "The body has another content type; application/json was expected here.")
    return parse_json(body)
