"""Every verb, with bodies and answers of every form, says what the library says."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from server_client import ARROW, PARQUET, Client, bytes_of, refusal

import offbeat
from offbeat.server.body_table import table_in

SCORE = "/v1/detectors/pumps/score"


@pytest.mark.parametrize(
    ("form", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("ndjson", "application/x-ndjson"),
        ("arrow", ARROW),
        ("arrow file", "application/vnd.apache.arrow.file"),
        ("parquet", PARQUET),
    ],
)
def test_scores_are_the_library_s_bit_for_bit(
    service: Client, pumps: offbeat.Detector, new: pl.DataFrame, form: str, content_type: str
) -> None:
    answer = service.post(SCORE, bytes_of(new, form), content_type)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["scores"] == pumps.score(new).tolist()
    assert answer.json()["flags"] == pumps.detect(new).flags.tolist()


@pytest.mark.parametrize(
    "shape",
    [
        lambda frame: frame.to_dicts(),
        lambda frame: {"rows": frame.to_dicts()},
        lambda frame: [list(row) for row in frame.rows()],
        lambda frame: {"columns": frame.columns[::-1], "rows": [list(row)[::-1] for row in frame.rows()]},
    ],
)
def test_json_rows_are_lists_or_records(service: Client, pumps: offbeat.Detector, new: pl.DataFrame, shape) -> None:
    answer = service.post(SCORE, json.dumps(shape(new)))

    assert answer.json()["scores"] == pumps.score(new).tolist()


def test_the_detector_s_names_are_no_row_of_a_csv_body(tmp_path: Path) -> None:
    frame = pl.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), schema=["20", "22"])
    detector = offbeat.fit(frame, hidden=[1], epochs=2, threshold="mean+3std", progress="none")
    detector.save(tmp_path / "years.offbeat")
    answer = Client([tmp_path / "years.offbeat"]).post("/v1/detectors/years/score", "20,22\n2,4\n6,8\n", "text/csv")

    assert answer.json()["scores"] == detector.score(pl.DataFrame({"20": [2, 6], "22": [4, 8]})).tolist()


def test_a_row_scores_alike_alone_and_among_others(service: Client, new: pl.DataFrame) -> None:
    together = service.post(SCORE, bytes_of(new, "csv"), "text/csv").json()["scores"]
    alone = [service.post(SCORE, json.dumps([row])).json()["scores"][0] for row in new.to_dicts()]

    assert alone == together


def test_a_missing_cell_is_null_and_an_integer_is_a_number(service: Client) -> None:
    rows = [{"flow": 50, "rpm": None, "heat": 55.5, "valve": "open"}, {"flow": 50.5, "heat": 55, "valve": None}]

    assert len(service.post(SCORE, json.dumps(rows)).json()["scores"]) == 2


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
def test_long_identifiers_are_exact_in_every_form(form: str) -> None:
    """Two of 18 digits that differ in the last are two categories, not one float."""
    known = [[float(flow % 9), 10**17 + flow % 2] for flow in range(40)]
    frame = pl.DataFrame(known, schema={"flow": pl.Float64, "account": pl.Int64}, orient="row")
    detector = offbeat.fit(frame, categorical=["account"], hidden=[2], epochs=2, progress="none")
    asked = pl.DataFrame({"flow": [5.0, 5.0, 5.0], "account": [10**17, 10**17 + 1, None]})
    body = json.dumps(asked.to_dicts()).encode() if form == "json" else bytes_of(asked, form)
    table = table_in(body, form, 10, {})
    assert detector.score(table).tolist() == detector.score(asked).tolist()
    assert table.column("account").to_list() == [10**17, 10**17 + 1, None]
    objects = np.array(asked.rows(), dtype=object)
    assert detector.score(objects).tolist() == detector.score(asked).tolist()


@pytest.mark.parametrize(
    ("accept", "read"),
    [
        ("text/csv", pl.read_csv),
        ("application/x-ndjson", pl.read_ndjson),
        (ARROW, pl.read_ipc_stream),
        (PARQUET, pl.read_parquet),
        ("text/html;q=0.9, text/csv;q=0.8", pl.read_csv),
    ],
)
def test_answers_come_as_the_caller_accepts_them(
    service: Client, pumps: offbeat.Detector, new: pl.DataFrame, accept: str, read
) -> None:
    answer = service.post(SCORE, bytes_of(new, "csv"), "text/csv", accept)

    assert answer.headers["content-type"].split(";")[0] in accept
    assert read(io.BytesIO(answer.content)).equals(pumps.detect(new).to_frame())


def test_detect_lists_the_anomalous_rows(service: Client, pumps: offbeat.Detector, new: pl.DataFrame) -> None:
    body = bytes_of(new, "csv")
    record = service.post("/v1/detectors/pumps/detect", body, "text/csv").json()
    table = service.post("/v1/detectors/pumps/detect?most=1", body, "text/csv", "text/csv").text

    assert record == json.loads(json.dumps(pumps.detect(new).to_dict()))
    assert record["anomalies"][0]["row"] == 3
    assert table.splitlines()[0] == "row,score,p_value,anomalous"
    assert table.splitlines()[1].startswith("3,") and len(table.splitlines()) == 2


def test_explain_gives_the_library_s_sentences(service: Client, pumps: offbeat.Detector, new: pl.DataFrame) -> None:
    body = bytes_of(new, "csv")
    anomalous = service.post("/v1/detectors/pumps/explain", body, "text/csv").json()["explanations"]
    chosen = service.post("/v1/detectors/pumps/explain?rows=5,3", body, "text/csv").json()["explanations"]

    assert anomalous[0]["sentence"] == pumps.explain(new)[0].sentence
    assert [row["row"] for row in chosen] == [5, 3]
    assert chosen[1] == anomalous[0]
    one_of_two = service.post("/v1/detectors/pumps/explain?rows=5,3&most=1", body, "text/csv").json()
    assert len(one_of_two["explanations"]) == one_of_two["left_out"] == 1


def test_a_row_that_comes_alone_is_explained_anomalous_or_not(
    service: Client, pumps: offbeat.Detector, new: pl.DataFrame
) -> None:
    (explanation,) = pumps.explain(new[:1])
    answer = service.post("/v1/detectors/pumps/explain", bytes_of(new[:1], "csv"), "text/csv").json()

    assert len(pumps.detect(new[:1])) == 0
    assert [row["sentence"] for row in answer["explanations"]] == [explanation.sentence]
    assert answer["left_out"] == 0


def test_evaluate_compares_with_labels(service: Client, pumps: offbeat.Detector, new: pl.DataFrame) -> None:
    labelled = new.with_columns(pl.Series("state", np.where(np.arange(16) == 3, "bad", "good")))
    address = "/v1/detectors/pumps/evaluate?label=state&normal=good"
    record = service.post(address, bytes_of(labelled, "csv"), "text/csv").json()

    assert record["metrics"] == pumps.evaluate(labelled, label="state", normal="good").to_dict()
    assert record["rows"] == 16
    assert refusal(service.post("/v1/detectors/pumps/evaluate", bytes_of(new, "csv"), "text/csv"))[:2] == (
        400,
        "settings",
    )


def test_csv_is_laid_out_as_the_request_says(service: Client, pumps: offbeat.Detector, new: pl.DataFrame) -> None:
    body = new.write_csv(separator=";", decimal_comma=True)
    answer = service.post(f"{SCORE}?delimiter=;&decimal=,&header=true", body, "text/csv")

    assert answer.json()["scores"] == pumps.score(new).tolist()


def test_detectors_are_listed_and_inspected(service: Client, pumps: offbeat.Detector) -> None:
    listed = service.get("/v1/detectors").json()["detectors"]
    inspected = service.get("/v1/detectors/pumps").json()

    assert [(entry["name"], entry["columns"]) for entry in listed] == [("pumps", 4), ("beats", 3)]
    assert listed[0]["threshold"] == {"rule": "mean+3std", "value": pumps.threshold.value}
    assert inspected == {"name": "pumps", **json.loads(json.dumps(pumps.inspect()))}


def test_rows_without_names_are_taken_by_position(service: Client, new: pl.DataFrame, files) -> None:
    rows = new.drop("valve").to_numpy()
    scores = service.post("/v1/detectors/beats/score", json.dumps(rows.tolist())).json()["scores"]

    assert scores == offbeat.load(files / "beats.offbeat").score(rows).tolist()


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64])
def test_a_matrix_of_floats_scores_as_the_library_scores_it_missing_cells_included(
    service: Client, files: Path, new: pl.DataFrame, kind: type[pl.DataType]
) -> None:
    numbers = new.select(pl.exclude("valve").cast(kind)).with_columns(pl.col("flow").replace(new["flow"][5], None))
    answer = service.post("/v1/detectors/beats/score", bytes_of(numbers, "arrow"), ARROW)

    assert answer.json()["scores"] == offbeat.load(files / "beats.offbeat").score(numbers).tolist()
