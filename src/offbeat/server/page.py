"""What the OpenAPI document says of bodies and parameters, which are parsed by offbeat and not by its framework."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from offbeat.server.media_types import ANSWER_TYPES, BODY_FORMS
from offbeat.server.query import READING

_CELL = {"type": ["number", "string", "boolean", "null"]}
_LISTS = {"type": "array", "minItems": 1, "items": {"type": "array", "minItems": 1, "items": _CELL}}
_RECORDS = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "minProperties": 1, "additionalProperties": _CELL},
}
_NAMES = {"type": "array", "items": {"type": "string"}}
_NAMED_ROWS = {
    "type": "object",
    "required": ["rows"],
    "properties": {"rows": {"anyOf": [_LISTS, _RECORDS]}, "columns": _NAMES},
    "additionalProperties": False,
}
_SPLIT = {"type": "object", "required": ["data"], "properties": {"columns": _NAMES, "data": _LISTS}}
_BINARY = {"type": "string", "format": "binary"}

ROWS = {"anyOf": [_LISTS, _RECORDS, _NAMED_ROWS]}
MLFLOW_ROWS = {
    "anyOf": [
        {"type": "object", "required": ["dataframe_split"], "properties": {"dataframe_split": _SPLIT}},
        {"type": "object", "required": ["dataframe_records"], "properties": {"dataframe_records": _RECORDS}},
        {"type": "object", "required": ["instances"], "properties": {"instances": {"anyOf": [_LISTS, _RECORDS]}}},
        {"type": "object", "required": ["inputs"], "properties": {"inputs": {"type": ["array", "object"]}}},
    ]
}
AZURE_ROWS = {
    "type": "object",
    "required": ["input_data"],
    "properties": {"input_data": {"anyOf": [_LISTS, _RECORDS, _SPLIT]}},
}

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["kind", "message"],
            "properties": {"kind": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}


def body_of(schema: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """A request's body in JSON, and in other content types.

    Args:
        schema: Of the JSON.
        others: Content types.
    """
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    return {"required": True, "content": content | {name: {"schema": _BINARY} for name in others}}


def parameters(known: Mapping[str, str]) -> list[dict[str, Any]]:
    """Parameters behind the question mark.

    Args:
        known: Name and meaning of each.
    """
    return [
        {"name": name, "in": "query", "required": False, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in known.items()
    ]


TABLE_BODY = body_of(ROWS, *(name for name in BODY_FORMS if name != "application/json"))
PARAMETERS_OF_CSV = parameters(dict.fromkeys(READING, "How a CSV body is laid out, as the command line's option."))
_MEANINGS = {
    400: "The request cannot be understood.",
    401: "A key is needed.",
    403: "The key may not do this.",
    404: "There is no such detector.",
    406: "The answer has no such form.",
    408: "The body was too slow to come.",
    413: "There is too much of it.",
    415: "The body has another content type.",
    422: "The rows do not fit the detector.",
    429: "The key has too many requests under way.",
    500: "A fault of offbeat.",
    503: "There is no room, or the answer took too long; come again.",
}
ANY_REFUSAL = (401, 403, 429, 500, 503)
"""Statuses that whatever needs a key may be refused with."""
BODY_REFUSALS = (400, *ANY_REFUSAL, 404, 408, 413, 415, 422)
"""Those of a request that brings rows for a detector."""

Answers = dict[int | str, dict[str, Any]]


def answers(*statuses: int, forms: Iterable[str] = ("json",)) -> Answers:
    """What an address may answer, as FastAPI takes it.

    Args:
        statuses: Of refusals.
        forms: Those that its good answer can have, of `ANSWER_TYPES`.
    """
    types = [ANSWER_TYPES[form].partition(";")[0] for form in forms]
    refused: Answers = {
        status: {"description": _MEANINGS[status], "content": {"application/json": {"schema": _ERROR}}}
        for status in sorted(statuses)
    }
    return {200: {"description": "What was found.", "content": {name: {} for name in types}}, **refused}


METRICS_ANSWER: Answers = answers(*ANY_REFUSAL) | {200: {"description": "Counters.", "content": {"text/plain": {}}}}

NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
"""The detector, as a part of the address."""


def with_keys(document: dict[str, Any], *, needed: bool, opened: Iterable[str], admin: Iterable[str]) -> dict[str, Any]:
    """The document, with what it takes to be let in.

    Args:
        document: What FastAPI says.
        needed: Whether the service has keys; without any, who brings none is let in.
        opened: Addresses that need no key.
        admin: Addresses that need one of the scope admin.
    """
    meaning = "A key of the service. Its scope, read or admin, is that which it was given with."
    schemes = {"key": {"type": "http", "scheme": "bearer", "description": meaning}}
    paths = {
        path: {
            method: facts
            if path in set(opened)
            else facts | {"security": [{"key": ["admin"] if path in set(admin) else []}, *([] if needed else [{}])]}
            for method, facts in methods.items()
        }
        for path, methods in document["paths"].items()
    }
    return document | {"paths": paths, "components": {**document.get("components", {}), "securitySchemes": schemes}}
