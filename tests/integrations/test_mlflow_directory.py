"""The directory for MLflow: its shape here, and what a real MLflow says of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from peer_environments import python_of, without_checks
from peer_servers import free_port, post, serving

import offbeat
from offbeat.errors import SettingsError
from offbeat.integrations.mlflow.directory import write_model
from offbeat.integrations.mlflow.pyfunc import _load_pyfunc


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    flow = rng.normal(50.0, 4.0, 60)
    valve = pd.Series(np.where(flow > 50, "open", "shut"))
    rows = pd.DataFrame({"flow": flow, "rpm": np.rint(30 * flow).astype(int), "valve": valve})
    rows.loc[3, "flow"] = np.nan
    rows.loc[7, "rpm"] = 9000
    return rows


@pytest.fixture(scope="module")
def detector(table: pd.DataFrame) -> offbeat.Detector:
    return offbeat.fit(table, hidden=[2], epochs=20, threshold="quantile:0.95", progress="none")


@pytest.fixture(scope="module")
def model(detector: offbeat.Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(detector, tmp_path_factory.mktemp("mlflow") / "model")


def test_the_files_are_what_mlflow_reads(model: Path, detector: offbeat.Detector) -> None:
    record = yaml.safe_load((model / "MLmodel").read_text())
    flavour = record["flavors"]["python_function"]
    assert flavour["loader_module"] == "offbeat.integrations.mlflow.pyfunc"
    assert (model / flavour["data"]).is_file()
    for file in flavour["env"].values():
        assert isinstance(yaml.safe_load((model / file).read_text()), dict)
    inputs = json.loads(record["signature"]["inputs"])
    assert [column["name"] for column in inputs] == ["flow", "rpm", "valve"]
    outputs = {column["name"]: column["type"] for column in json.loads(record["signature"]["outputs"])}
    assert outputs == {"score": "double", "p_value": "double", "anomalous": "boolean"}
    assert f"offbeat=={offbeat.__version__}\n" in (model / "requirements.txt").read_text()
    assert (offbeat.load(model / "detector.offbeat").score(_rows()) == detector.score(_rows())).all()


def _rows() -> dict[str, Any] | pd.DataFrame:
    return pd.DataFrame({"flow": [50.0], "rpm": [1500], "valve": ["open"]})


@pytest.mark.parametrize("of", ["detector.offbeat", "."])
def test_the_loader_answers_as_the_detector(
    of: str, model: Path, detector: offbeat.Detector, table: pd.DataFrame
) -> None:
    answer = _load_pyfunc(model / of).predict(table.set_index(table.index + 5), {})
    found = detector.detect(table)
    assert (answer["score"].to_numpy() == found.scores).all()
    assert (answer["p_value"].to_numpy() == found.p_values).all()
    assert (answer["anomalous"].to_numpy() == found.flags).all() and found.flags[7]
    assert answer.index.tolist() == list(range(5, 65))


def test_a_directory_that_holds_something_is_left_alone(detector: offbeat.Detector, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine").write_text("")
    with pytest.raises(SettingsError, match="there is something there already"):
        write_model(detector, tmp_path / "model")
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="there is something there already"):
        write_model(detector, tmp_path / "file" / "model")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine", "model"]


@pytest.mark.slow
def test_mlflow_loads_it(model: Path, detector: offbeat.Detector, table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "table.csv", index=False)
    client = Path(__file__).with_name("mlflow_model_client.py")
    command = [python_of("mlflow"), client, model, tmp_path / "table.csv", tmp_path / "answers.json"]
    subprocess.run(command, env=without_checks(), check=True, capture_output=True, timeout=240)
    told = json.loads((tmp_path / "answers.json").read_text())

    found = detector.detect(tmp_path / "table.csv")
    assert told["answers"]["score"] == found.scores.tolist()
    assert told["answers"]["p_value"] == found.p_values.tolist()
    assert told["answers"]["anomalous"] == found.flags.tolist()
    assert told["kinds"] == {"score": "float64", "p_value": "float64", "anomalous": "bool"}
    assert told["index"] == list(range(100, 160))
    assert told["inputs"] == ["flow", "rpm", "valve"]
    assert "Failed to enforce schema" in told["lacking"]
    assert "column 'flow' holds text 'many' at row 0 (60 such rows); numbers were expected." in told["words"]


@contextmanager
def _served(model: Path, folder: Path) -> Iterator[str]:
    """`mlflow models serve`, as a user starts it; gives the address."""
    python, port = python_of("mlflow"), free_port()
    variables = {**without_checks(), "PATH": f"{python.parent}:{without_checks()['PATH']}"}
    command = [python, "-m", "mlflow", "models", "serve", "-m", model, "-p", str(port), "--env-manager", "local"]
    with serving(command, f"http://127.0.0.1:{port}/ping", folder, variables):
        yield f"http://127.0.0.1:{port}/invocations"


@pytest.mark.slow
def test_mlflow_serves_it(model: Path, detector: offbeat.Detector, table: pd.DataFrame, tmp_path: Path) -> None:
    frame = table.drop(index=3)  # JSON has no NaN
    found = detector.detect(frame)
    with _served(model, tmp_path) as address:
        bodies = {
            "dataframe_split": frame.to_dict(orient="split"),
            "dataframe_records": frame.to_dict(orient="records"),
            "inputs": frame.to_dict(orient="list"),
            "instances": frame.to_dict(orient="records"),
        }
        for word, body in bodies.items():
            status, text = post(address, json.dumps({word: body}))
            assert status == 200, text
            rows = json.loads(text)["predictions"]
            assert [row["score"] for row in rows] == found.scores.tolist()
            assert [row["anomalous"] for row in rows] == found.flags.tolist()
        bad = frame.assign(flow="many").to_dict(orient="records")
        status, text = post(address, json.dumps({"dataframe_records": bad}))
        assert status == 400
        assert "column 'flow' holds text 'many' at row 0" in text
