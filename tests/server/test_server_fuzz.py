"""Whatever is sent, the answer is the caller's fault or the right one, never the service's fault."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_client import ARROW, PARQUET, Client, bytes_of
from server_readings import readings

# The service compares what it has answered with its training rows in a thread of its own, whose runtime checks of types
# draw from the random module while the next example is made.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

ADDRESSES = ["/v1/detectors/pumps/score", "/v1/detectors/pumps/explain", "/invocations?detector=pumps"]
CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
MANY = st.lists(CELLS, max_size=4) | st.dictionaries(st.text(), CELLS, max_size=4)
VALUES = CELLS | MANY | st.lists(MANY, max_size=4) | st.dictionaries(st.text(), MANY, max_size=4)
NAMES = st.sampled_from(["flow", "rpm", "heat", "valve", "Flow", "x"])
ROWS = st.lists(st.dictionaries(NAMES, CELLS) | st.lists(CELLS, min_size=4, max_size=4), max_size=4)
TYPES = ["application/json", "text/csv", "application/x-ndjson", ARROW, PARQUET]


def _answered(service: Client, address: str, body: bytes, content_type: str, accept: str = "") -> None:
    answer = service.post(address, body, content_type, accept)
    assert answer.status_code == 200 or 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    if answer.status_code != 200:
        assert set(answer.json()["error"]) == {"kind", "message"}


@given(value=VALUES, address=st.sampled_from([*ADDRESSES, "/score?detector=pumps"]))
def test_any_json(service: Client, value: object, address: str) -> None:
    _answered(service, address, json.dumps(value).encode(), "application/json")


@given(rows=ROWS, key=st.sampled_from(["rows", "instances", "dataframe_records", "inputs", "input_data"]))
def test_rows_of_odd_cells(service: Client, rows: list[object], key: str) -> None:
    for address in (*ADDRESSES, "/score?detector=pumps"):
        _answered(service, address, json.dumps({key: rows}).encode(), "application/json")
    _answered(service, ADDRESSES[0], json.dumps(rows).encode(), "application/json", "text/csv")


@given(body=st.binary(max_size=200), content_type=st.sampled_from(TYPES))
def test_any_bytes(service: Client, body: bytes, content_type: str) -> None:
    _answered(service, ADDRESSES[0], body, content_type)


@given(text=st.text(alphabet="0123456789.,;-\n\r\"'aé \t", max_size=60))
def test_any_csv(service: Client, text: str) -> None:
    _answered(service, ADDRESSES[0], text.encode(), "text/csv")


@pytest.mark.parametrize(("form", "content_type"), [("arrow", ARROW), ("arrow file", ARROW), ("parquet", PARQUET)])
@given(data=st.data())
def test_changed_bytes_of_tables(service: Client, form: str, content_type: str, data: st.DataObject) -> None:
    body = bytearray(bytes_of(readings(3), form))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    _answered(service, ADDRESSES[0], bytes(body[: data.draw(st.integers(1, len(body)))]), content_type)
    _answered(service, ADDRESSES[0], bytes(body), content_type)


@given(query=st.text(max_size=30), accept=st.text(alphabet=st.characters(codec="ascii", categories=["L", "P"])))
def test_any_parameters_and_headers(service: Client, query: str, accept: str) -> None:
    for verb in ("score", "detect", "explain", "evaluate"):
        answer = service.ask(
            "POST",
            f"/v1/detectors/pumps/{verb}",
            params={"most": query, "rows": query, "label": query} if verb != "score" else {query: query},
            content=bytes_of(readings(2), "csv"),
            headers={"content-type": "text/csv", "accept": accept},
        )
        assert answer.status_code < 500, answer.text


def test_deeply_nested_json(service: Client) -> None:
    for depth in (100, 1_000, 100_000):
        _answered(service, ADDRESSES[0], b"[" * depth + b"]" * depth, "application/json")


def test_columns_of_every_type(service: Client) -> None:
    frames = [
        pl.DataFrame({"flow": [1.0], "rpm": [1.0], "heat": [1.0], "valve": values})
        for values in ([b"x"], [[1]], [{"a": 1}], [None], [True], [1e300], ["é" * 1000])
    ]
    for frame in frames:
        _answered(service, ADDRESSES[1], bytes_of(frame, "arrow"), ARROW)
        _answered(service, ADDRESSES[0], bytes_of(frame, "parquet"), PARQUET, "text/csv")
