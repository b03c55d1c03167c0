"""Clients of MLflow's server and of Azure Machine Learning's endpoints get their answers unchanged."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from server_client import Client, refusal

import offbeat


def _split(frame: pl.DataFrame) -> dict[str, Any]:
    return {"columns": frame.columns, "index": list(range(len(frame))), "data": [list(row) for row in frame.rows()]}


def _bodies(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {
        "dataframe_split": {"dataframe_split": _split(frame)},
        "dataframe_records": {"dataframe_records": frame.to_dicts()},
        "instances of lists": {"instances": [list(row) for row in frame.rows()]},
        "instances of objects": {"instances": frame.to_dicts(), "params": {}},
        "inputs of columns": {"inputs": frame.to_dict(as_series=False)},
        "inputs of tensors": {"inputs": {name: [[cell] for cell in frame[name]] for name in frame.columns}},
        "inputs of rows": {"inputs": [list(row) for row in frame.rows()]},
    }


def _expected(pumps: offbeat.Detector, new: pl.DataFrame) -> list[dict[str, Any]]:
    return pumps.detect(new).to_frame().select("score", "p_value", "anomalous").to_dicts()


@pytest.mark.parametrize("body", list(_bodies(pl.DataFrame({"flow": [1.0]}))))
def test_every_body_of_mlflow(service: Client, pumps: offbeat.Detector, new: pl.DataFrame, body: str) -> None:
    answer = service.post("/invocations?detector=pumps", json.dumps(_bodies(new)[body]))

    assert answer.json() == {"predictions": _expected(pumps, new)}


def test_csv_as_mlflow_takes_it(service: Client, pumps: offbeat.Detector, new: pl.DataFrame) -> None:
    answer = service.post("/invocations?detector=pumps", new.write_csv(), "text/csv")

    assert answer.json() == {"predictions": _expected(pumps, new)}


@pytest.mark.parametrize("key", ["input_data", "data"])
def test_azure_s_input_data(service: Client, pumps: offbeat.Detector, new: pl.DataFrame, key: str) -> None:
    for content in (_split(new), new.to_dicts()):
        assert service.post("/score?detector=pumps", json.dumps({key: content})).json() == _expected(pumps, new)


def test_with_several_detectors_the_request_names_one(service: Client, files: Any) -> None:
    alone = Client([files / "beats.offbeat"])

    assert alone.post("/score", json.dumps({"input_data": [[1, 2, 3]]})).status_code == 200
    assert refusal(service.post("/score", json.dumps({"input_data": [[1, 2, 3]]}))) == (
        400,
        "request",
        "Which detector? Name it: ?detector=pumps ('pumps', 'beats').",
    )


@pytest.mark.parametrize(
    ("address", "body", "message"),
    [
        ("/invocations", [[1, 2]], "A JSON object with one of dataframe_split, dataframe_records, instances, inputs"),
        ("/invocations", {"instances": [[1]], "inputs": [[1]]}, "A JSON object with one of dataframe_split"),
        ("/invocations", {"dataframe_split": [[1]]}, "'dataframe_split' was expected to hold 'columns' and 'data'."),
        ("/invocations", {"inputs": {"flow": [1, 2], "rpm": [1]}}, "The columns of 'inputs' are of different lengths"),
        ("/invocations", {"inputs": {"flow": 1}}, "'inputs' was expected to hold a list of cells for each column."),
        ("/score", {"rows": [[1]]}, "A JSON object with 'input_data' was expected: rows, or 'columns' and 'data'."),
        ("/score", {"input_data": {"columns": ["a"]}}, "A JSON object with 'input_data' was expected: rows, or"),
        ("/score", {"input_data": 5}, "A list of rows was expected, at least one"),
    ],
)
def test_other_bodies_are_told_what_was_expected(service: Client, address: str, body: Any, message: str) -> None:
    status, kind, said = refusal(service.post(f"{address}?detector=pumps", json.dumps(body)))

    assert (status, kind) == (400, "request")
    assert said.startswith(message)
