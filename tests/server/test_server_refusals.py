"""What is refused, with which status and in which words."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from server_client import ARROW, PARQUET, Client, bytes_of, refusal, require_refusal

SCORE = "/v1/detectors/pumps/score"
BEATS = "/v1/detectors/beats/score"


@pytest.mark.parametrize(
    ("body", "status", "kind", "message"),
    [
        ("", 400, "request", "The body is empty; a table with at least one row was expected."),
        ("[[1,2,", 400, "request", "The body is no JSON: unexpected end of data"),
        ("5", 400, "request", "A list of rows was expected, at least one: [[1.5, 2.5]] or [{'flow': 1.5}]."),
        ("[]", 400, "request", "A list of rows was expected"),
        ("[1, 2, 3]", 400, "request", "Row 0 is a number; a list of cells was expected, or an object in every row."),
        ('[[1,2,3], {"C1": 1}]', 400, "request", "Row 1 is an object; a list of cells was expected"),
        ('{"row": [[1]]}', 400, "request", "The body is an object with 'row'; 'rows' was expected"),
        ('{"rows": [[1,2,3]], "columns": "C1"}', 400, "request", "'columns' was expected to be a list of names."),
        ("[[1,2,3],[1,2]]", 422, "data", "Row 1 of the request has 2 cells; row 0 has 3."),
        ("[[]]", 422, "data", "The rows of the request have no cells"),
        ("[[1,2,[3]]]", 422, "data", "A cell of the request is a list or an object"),
        ('{"rows": [[1,2,3]], "columns": ["a","a","b"]}', 422, "data", "The request names columns twice: 'a'."),
        ('{"rows": [[1,2,3]], "columns": ["a"]}', 422, "data", "The request has 3 cells in a row and 1 names"),
        ('[["x",2,3]]', 422, "data", "The request: column 'C1' holds text 'x' at row 0 (1 such row); numbers were"),
        ("[[1,2]]", 422, "schema", "The request has 2 columns; 3 were expected"),
        ("[[1,2,1e999]]", 400, "request", "The body is no JSON"),
    ],
)
def test_json_that_is_no_table(service: Client, body: str, status: int, kind: str, message: str) -> None:
    require_refusal(service.post(BEATS, body), status, kind, message)


def test_lacking_columns_are_named_as_by_the_library(service: Client) -> None:
    answer = refusal(service.post(SCORE, '[{"flow": 1, "RPM": 2}]'))

    assert answer[:2] == (422, "schema")
    assert answer[2].startswith("The request lacks 3 columns that the detector was fitted on: 'rpm', 'heat', 'valve'.")
    assert "Rename 'RPM' to 'rpm'?" in answer[2]


@pytest.mark.parametrize(
    ("address", "status", "kind", "message"),
    [
        ("/v1/detectors/pump/score", 404, "not-found", "There is no detector 'pump'. Did you mean 'pumps'?"),
        ("/v1/detectors/..%2Fpumps/score", 404, "not-found", "There is no such address. /openapi.json lists"),
        ("/v1/detectors/pumps.offbeat/score", 404, "not-found", "There is no detector 'pumps.offbeat'."),
        ("/nowhere", 404, "not-found", "There is no such address."),
        ("/healthz", 405, "method", "POST is not known here. /openapi.json lists what is."),
        (f"{SCORE}?most=5", 400, "settings", "There is no parameter 'most'. There are 'header', 'delimiter'"),
        (f"{SCORE}?headers=true", 400, "settings", "There is no parameter 'headers'. Did you mean 'header'?"),
        (f"{SCORE}?header=1&header=0", 400, "settings", "The parameter 'header' is given twice; once was expected."),
        ("/v1/detectors/beats/detect?most=-1", 400, "settings", "most=-1: a whole number from 0 on was expected."),
        ("/v1/detectors/beats/detect?most=99999", 400, "settings", "most=99999: at most 10,000 was expected."),
        ("/v1/detectors/beats/explain?rows=7", 400, "settings", "rows=7: there are 1 rows, from 0 on."),
        ("/v1/detectors/beats/evaluate", 400, "settings", "Which column holds the labels?"),
    ],
)
def test_addresses_and_parameters(service: Client, address: str, status: int, kind: str, message: str) -> None:
    require_refusal(service.post(address, "[[1, 2, 3]]"), status, kind, message)


def test_content_types(service: Client) -> None:
    status, kind, message = refusal(service.post(SCORE, "flow=1", "application/x-www-form-urlencoded"))
    assert (status, kind) == (415, "content-type")
    assert message.startswith("The body has the content type 'application/x-www-form-urlencoded'; one of these was")
    assert refusal(service.post(SCORE, "flow", "text/csv; charset=latin-1"))[0] == 415
    assert refusal(service.ask("POST", SCORE, content=b"x"))[2].startswith("The body has no content type;")
    packed = service.post(SCORE, b"\x1f\x8b", "text/csv", **{"content-encoding": "gzip"})
    assert refusal(packed) == (415, "content-type", "The body is packed (gzip); send it as it is.")


def test_answers_of_unknown_form(service: Client) -> None:
    status, kind, message = refusal(service.post(SCORE, "[[1]]", accept="image/png"))
    assert (status, kind) == (406, "accept")
    assert message.startswith("The answer cannot be 'image/png'. It can be: application/json, text/csv,")
    assert refusal(service.post("/v1/detectors/pumps/evaluate", "[[1]]", accept="text/csv"))[0] == 406


@pytest.mark.parametrize(("content_type", "form"), [(ARROW, "arrow"), (PARQUET, "parquet")])
def test_damaged_tables_are_the_caller_s_fault(
    service: Client, new: pl.DataFrame, content_type: str, form: str
) -> None:
    whole = bytes_of(new, form)
    for body in (b"x", whole[:-40], whole[: len(whole) // 2], whole[:40] + b"\xff" * 40 + whole[80:]):
        status, kind, _ = refusal(service.post(SCORE, body, content_type))
        assert (status, kind) in ((400, "request"), (422, "data"), (422, "schema"), (413, "too-large"))


@pytest.mark.parametrize("write", ["write_ipc_stream", "write_ipc"])
@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_compressed_arrow_is_not_unfolded(service: Client, write: str, compression: str) -> None:
    content = io.BytesIO()
    getattr(pl.DataFrame({"flow": np.zeros(100_000)}), write)(content, compression=compression)
    assert refusal(service.post(SCORE, content.getvalue(), ARROW)) == (
        400,
        "request",
        "The body's Arrow buffers are compressed; write it with compression off.",
    )


def test_a_small_parquet_body_cannot_become_a_large_table(service: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("offbeat.server.body_size.MOST_CELLS", 200_000)
    frame = pl.DataFrame({name: np.zeros(50_000, np.int8) for name in "abcde"})
    tall, wide = bytes_of(pl.concat([frame] * 3), "parquet"), bytes_of(frame, "parquet")

    assert len(tall) < 10_000
    message = "The body has 150,000 rows; at most 100,000 are taken. Send it in parts."
    assert refusal(service.post(BEATS, tall, PARQUET)) == (413, "too-large", message)
    message = "The body has 250,000 cells; at most 200,000 are taken."
    assert refusal(service.post(BEATS, wide, PARQUET)) == (413, "too-large", message)


def test_a_parquet_body_whose_pages_lie_does_not_end_the_service(service: Client) -> None:
    body = bytearray(bytes_of(pl.DataFrame({"flow": [1.0, 2.0, 3.0]}), "parquet"))
    body[12] ^= 1  # three values become minus four, of which polars made 2**61 bytes
    message = "The body is a damaged parquet table. Write it again."
    assert refusal(service.post(SCORE, bytes(body), PARQUET)) == (400, "request", message)


def test_a_parquet_body_that_unpacks_to_much_is_refused(service: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("offbeat.server.body_table.MOST_UNPACKED", 100_000)
    status, kind, message = refusal(
        service.post(SCORE, bytes_of(pl.DataFrame({"w": ["x" * 10**6]}), "parquet"), PARQUET)
    )
    assert (status, kind) == (413, "too-large")
    assert message.startswith("The body unpacks to 1,00") and message.endswith(" bytes; at most 100,000 are taken.")


def test_a_long_word_in_every_row_is_not_written_out(service: Client) -> None:
    numbers = dict.fromkeys(("flow", "rpm", "heat"), [1.0] * 10_000)
    valve = pl.Series(["9" * 2**20]).new_from_index(0, 10_000).cast(pl.Categorical)
    body = bytes_of(pl.DataFrame({**numbers, "valve": valve}), "parquet")
    assert len(body) < 10_000
    status, kind, message = refusal(service.post(SCORE, body, PARQUET))
    assert (status, kind) == (422, "data")
    assert message.startswith(
        f"The request has {len(body):,} bytes, and its words, written out for each row, would take "
    )


def test_cells_that_are_no_plain_values(service: Client) -> None:
    frame = pl.DataFrame({"flow": [[1.0]], "rpm": [1.0], "heat": [1.0], "valve": ["open"]})
    status, kind, message = refusal(service.post(SCORE, bytes_of(frame, "arrow"), ARROW))
    assert (status, kind) == (422, "data")
    assert message.startswith("The request: column 'flow' holds List(Float64); numbers were expected.")


def test_a_fault_tells_the_caller_and_the_log_nothing_of_the_rows(service: Client, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a cell was secret-4711")

    monkeypatch.setattr("offbeat.server.answering.table_in", fail)
    answer = service.post(SCORE, json.dumps([{"flow": "secret-4711"}]))

    assert refusal(answer)[:2] == (500, "unexpected")
    assert "secret-4711" not in answer.text
    fault = next(event for event in service.events if event["event"] == "fault")
    assert fault["places"][0] == "RuntimeError" and fault["places"][-1].endswith(" fail")
    assert "secret-4711" not in json.dumps(service.events)


@pytest.mark.parametrize(("form", "kind"), [("ndjson", "application/x-ndjson"), ("arrow", ARROW), ("parquet", PARQUET)])
def test_the_layout_of_csv_is_refused_elsewhere(form: str, kind: str, service: Client, new: pl.DataFrame) -> None:
    words = "missing=n/a says how a CSV body is laid out, and this body is {}. Leave it out, and send missing cells"
    answer = service.post(f"{SCORE}?missing=n/a", bytes_of(new, form), kind)
    require_refusal(answer, 400, "settings", words.format(form))
    require_refusal(service.post(f"{BEATS}?missing=n/a", "[[1,2,3]]"), 400, "settings", words.format("json"))
    assert service.post(f"{SCORE}?missing=n/a", bytes_of(new, "csv"), "text/csv").status_code == 200
