"""Strict JSON: what is written can be read, bit for bit; what could not be read is not written; errors say where."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.data.schema import Column, Schema
from offbeat.data.schema_record import record_of, schema_from_record
from offbeat.errors import DetectorFileError
from offbeat.persistence.format import MAX_JSON_DEPTH
from offbeat.persistence.strict_json import dump_object, parse_object


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_floats_come_back_bit_for_bit(number: float) -> None:
    found = parse_object(dump_object({"x": number}, "manifest"), "manifest")["x"]
    assert found.hex() == number.hex()


@given(text=st.text())
def test_text_comes_back(text: str) -> None:
    assert parse_object(dump_object({text: text}, "manifest"), "manifest") == {text: text}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (math.nan, "manifest, 'threshold' is nan; only finite numbers can be saved"),
        (-math.inf, "manifest, 'threshold' is -inf; only finite numbers can be saved"),
        ([0.1, {"low": math.inf}], "manifest, 'threshold'[1], 'low' is inf; only finite numbers can be saved"),
        (np.float32(1), "manifest, 'threshold' is a float32; only JSON's own types can be saved"),
        (np.float64(1), "manifest, 'threshold' is a float64; only JSON's own types can be saved"),
        ((1, 2), "manifest, 'threshold' is a tuple; only JSON's own types can be saved"),
        ({1: 2}, "manifest, 'threshold' has the key 1; JSON keys are text"),
        (10**400, "manifest, 'threshold' is a whole number of more than 400 digits"),
        ("\ud800", "manifest cannot be written as JSON: 'utf-8' codec can't encode"),
    ],
    ids=lambda value: value[:50] if isinstance(value, str) and value.isprintable() else "",
)
def test_what_could_not_be_read_back_is_not_written(value: object, problem: str) -> None:
    with pytest.raises(DetectorFileError) as caught:
        dump_object({"threshold": value}, "manifest")
    assert problem in str(caught.value)


def test_the_number_of_values_has_the_same_limit_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.persistence.strict_json.MAX_JSON_VALUES", 5)
    assert parse_object(dump_object({"a": [1, 2, 3, 4]}, "manifest"), "manifest") == {"a": [1, 2, 3, 4]}
    with pytest.raises(DetectorFileError, match="manifest cannot be written as JSON: it holds more than 5 values"):
        dump_object({"a": [1, 2, 3, 4, 5]}, "manifest")


def test_the_number_of_objects_and_lists_has_the_same_limit_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.persistence.strict_json.MAX_JSON_CONTAINERS", 3)
    assert parse_object(dump_object({"a": [1, {}, 2]}, "manifest"), "manifest") == {"a": [1, {}, 2]}
    with pytest.raises(DetectorFileError, match="it holds more than 3 objects and lists"):
        dump_object({"a": [[], {}]}, "manifest")


def test_a_schema_of_a_hundred_thousand_columns_can_be_written() -> None:
    columns = tuple(Column(f"gene {number}", "numeric") for number in range(100_000))
    schema = Schema(columns, all_names=tuple(column.name for column in columns))
    raw = dump_object({"schema": record_of(schema), "numbers": [[0.5] * 100_000] * 6}, "manifest")
    assert schema_from_record(parse_object(raw, "manifest")["schema"]) == schema


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth - 1):
        value = {"a": value}
    return value


def test_depth_has_the_same_limit_both_ways() -> None:
    deepest = nested(MAX_JSON_DEPTH)
    assert parse_object(dump_object(deepest, "manifest"), "manifest") == deepest
    with pytest.raises(DetectorFileError, match=f"nested deeper than {MAX_JSON_DEPTH} levels"):
        dump_object(nested(MAX_JSON_DEPTH + 1), "manifest")
    with pytest.raises(DetectorFileError, match=f"nested deeper than {MAX_JSON_DEPTH} levels"):
        dump_object(nested(100_000), "manifest")


def test_brackets_in_text_are_not_depth() -> None:
    names = {"columns": ["pressure [bar", '"[[{{', "\\[" * 100]}
    assert parse_object(dump_object(names, "manifest"), "manifest") == names


def test_escaped_pairs_and_escaped_backslashes_are_text() -> None:
    assert parse_object(b'{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}', "manifest") == {"a": "\U0001f600", "b": "\\ud800"}


def test_numbers_keep_their_type() -> None:
    found = parse_object(b'{"a": 1, "b": 1.0, "c": -0.0, "d": 1e5, "e": true}', "manifest")
    assert repr(found) == "{'a': 1, 'b': 1.0, 'c': -0.0, 'd': 100000.0, 'e': True}"
