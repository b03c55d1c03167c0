"""JSON with no surprises: bounded depth and size, no duplicate keys, finite numbers, text that can be printed.

Python's own reader accepts NaN, lets the last of two equal keys win, and recurses as deep as the text says. What is
written here can be read here, and floats come back bit for bit (Python writes the shortest text that does).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

from offbeat.errors import DetectorFileError
from offbeat.persistence.format import (
    DAMAGED,
    MAX_JSON_CONTAINERS,
    MAX_JSON_DEPTH,
    MAX_JSON_VALUES,
    MAX_NUMBER_DIGITS,
    shown,
)

# Possessive, and without need of the closing quote: linear in time and constant in memory on any text.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)


def parse_object(raw: bytes, where: str, *, cure: str = DAMAGED) -> dict[str, Any]:
    """The JSON object that the bytes spell.

    Args:
        raw: UTF-8 text.
        where: File and entry, for the error.
        cure: What the error says to do; by default, of a detector file.

    Raises:
        DetectorFileError: It is not UTF-8, not JSON, not an object, nested deeper than `MAX_JSON_DEPTH`, longer than
            `MAX_JSON_VALUES` values or `MAX_JSON_CONTAINERS` objects and lists, has a key twice, or a number that is
            not finite.

    Example:
        >>> parse_object(b'{"epochs": 100}', "ecg.offbeat: manifest.json")
        {'epochs': 100}
    """
    try:
        text = raw.decode("utf-8")
        _audit_tokens(text)
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_int=_whole_number,
            parse_float=_finite_number,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise DetectorFileError(f"{where} is not UTF-8 text: byte {error.start} is wrong. {cure}") from None
    except ValueError as error:
        raise DetectorFileError(f"{where} is not the JSON that was expected: {error}. {cure}") from None
    if not isinstance(value, dict):
        raise DetectorFileError(f"{where} holds a JSON {_kind(value)}; an object was expected. {cure}")
    return value


def dump_object(value: dict[str, Any], where: str) -> bytes:
    """The object as compact UTF-8 JSON that `parse_object` gives back equal, keys in the same order.

    Raises:
        DetectorFileError: A value is not JSON's own (NumPy's numbers, tuples, sets are not), a key is not text, a
            number is not finite, or the whole is too deep or too long to be read back. Names the place.

    Example:
        >>> dump_object({"threshold": 0.1}, "the manifest")
        b'{"threshold":0.1}'
    """
    _audit_value(value, where, depth=1)
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        _audit_tokens(text)
        return text.encode("utf-8")
    except ValueError as error:  # UnicodeEncodeError (half of a surrogate pair) is one
        raise DetectorFileError(f"{where} cannot be written as JSON: {error}.") from None


def _audit_tokens(text: str) -> None:
    depth = values = containers = 0
    for token in _TOKEN.finditer(text):
        mark = token[0][0]
        if mark in "[{":
            depth += 1
            containers += 1
        elif mark in "]}":
            depth -= 1
        elif mark == '"' and "\\u" in token[0]:
            _audit_escapes(token[0])
        values += mark in "[{,"
        if depth > MAX_JSON_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_JSON_DEPTH} levels")
        if values > MAX_JSON_VALUES:
            raise ValueError(f"it holds more than {MAX_JSON_VALUES} values")
        if containers > MAX_JSON_CONTAINERS:
            raise ValueError(f"it holds more than {MAX_JSON_CONTAINERS} objects and lists")


def _audit_escapes(token: str) -> None:
    try:
        json.loads(token).encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"the text {shown(token)} holds half of a surrogate pair") from None


def _audit_value(value: object, where: str, depth: int) -> None:
    if depth > MAX_JSON_DEPTH + 1:
        raise DetectorFileError(f"{where} is nested deeper than {MAX_JSON_DEPTH} levels.")
    if isinstance(value, dict):
        for key, member in value.items():
            if type(key) is not str:
                raise DetectorFileError(f"{where} has the key {key!r}; JSON keys are text.")
            _audit_value(member, f"{where}, {shown(key)}", depth + 1)
    elif isinstance(value, list):
        for position, member in enumerate(value):
            _audit_value(member, f"{where}[{position}]", depth + 1)
    elif type(value) not in (str, int, float, bool, type(None)):
        raise DetectorFileError(f"{where} is a {type(value).__name__}; only JSON's own types can be saved.")
    elif isinstance(value, float) and not math.isfinite(value):
        raise DetectorFileError(f"{where} is {value}; only finite numbers can be saved.")
    elif type(value) is int and abs(value) >= 10**MAX_NUMBER_DIGITS:
        raise DetectorFileError(f"{where} is a whole number of more than {MAX_NUMBER_DIGITS} digits.")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {shown(twice)} occurs twice")
    return members


def _whole_number(text: str) -> int:
    if len(text) > MAX_NUMBER_DIGITS + 1:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _finite_number(text: str) -> float:
    value = float(text) if len(text) <= MAX_NUMBER_DIGITS else math.inf
    if not math.isfinite(value):
        raise ValueError(f"the number {shown(text)} is too large")
    return value


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"it holds {word}, which is not a JSON number")


def _kind(value: object) -> str:
    return {list: "list", str: "text", bool: "truth value", type(None): "null"}.get(type(value), "number")
