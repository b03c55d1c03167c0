"""What the OpenAPI document says of bodies and parameters, which are parsed by offbeat and not by its framework."""

from __future__ import annotations

from collections.abc import Mapping
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
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {"application/json": {"schema": _ERROR}}}
    for status, meaning in {
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
        503: "There is no room; come again.",
    }.items()
}
TABLE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "What was found.", "content": {name.partition(";")[0]: {} for name in ANSWER_TYPES.values()}},
    **REFUSALS,
}
JSON_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "What was found.", "content": {"application/json": {}}},
    **REFUSALS,
}
