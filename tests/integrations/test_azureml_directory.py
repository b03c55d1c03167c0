"""The directory for Azure: its shape here, Azure's own loaders, and score.py under Azure's own inference server."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from peer_environments import python_of, without_checks
from peer_servers import free_port, post, serving

import offbeat
from offbeat.detector.config import parse_settings
from offbeat.detector.toml import toml_of
from offbeat.errors import DataError, DetectorFileError, SettingsError
from offbeat.integrations.azureml import scoring
from offbeat.integrations.azureml.directory import endpoint_name, write_deployment
from offbeat.integrations.azureml.scoring import table_of
from offbeat.server.foreign_bodies import azure_table


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    rng = np.random.default_rng(4)
    flow = rng.normal(50.0, 4.0, 60)
    flow[7] = 90
    return pl.DataFrame({"flow": flow, "valve": np.where(flow > 50, "open", "shut")})


@pytest.fixture(scope="module")
def detector(table: pl.DataFrame) -> offbeat.Detector:
    return offbeat.fit(table, hidden=[2], epochs=20, noise=0.1, threshold="quantile:0.95", progress="none")


@pytest.fixture(scope="module")
def folder(detector: offbeat.Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_deployment(detector, tmp_path_factory.mktemp("azure") / "pumps")


def test_the_files_name_one_another(folder: Path, detector: offbeat.Detector) -> None:
    records = {file.stem: yaml.safe_load(file.read_text()) for file in folder.glob("*.yml")}
    assert set(records) == {"conda", "environment", "job", "endpoint", "deployment"}
    deployment = records["deployment"]
    assert deployment["endpoint_name"] == records["endpoint"]["name"] == records["environment"]["name"]
    assert (folder / deployment["model"]["path"] / "detector.offbeat").is_file()
    code = deployment["code_configuration"]
    assert (folder / code["code"] / code["scoring_script"]).is_file()
    assert (folder / records["environment"]["conda_file"]).is_file()
    settings = (folder / records["job"]["code"] / "offbeat.toml").read_text()
    assert settings == toml_of(detector.settings.model_dump(mode="json", include=set(detector.settings.given())))
    assert f"offbeat[mlflow]=={offbeat.__version__}" in records["conda"]["dependencies"][-1]["pip"]
    assert f"--name {deployment['endpoint_name']} --request-file request.json" in (folder / "README.md").read_text()
    assert (
        offbeat.load(folder / "model" / "detector.offbeat").score(table_of((folder / "request.json").read_text())).size
    )


def test_the_request_to_try_is_an_ordinary_row(folder: Path, detector: offbeat.Detector, table: pl.DataFrame) -> None:
    asked = table_of((folder / "request.json").read_text())
    ordinary = table.select(pl.lit(table["flow"].mean()).alias("flow"), pl.lit(None, pl.String).alias("valve"))[:1]
    np.testing.assert_allclose(detector.score(asked), detector.score(ordinary), rtol=1e-6)


def test_settings_come_back_from_toml(detector: offbeat.Detector, folder: Path) -> None:
    assert parse_settings(tomllib.loads((folder / "train" / "offbeat.toml").read_text())) == detector.settings


def test_a_threshold_that_was_set_on_another_labelled_table_is_left_out_of_the_job(
    detector: offbeat.Detector, table: pl.DataFrame, tmp_path: Path
) -> None:
    labelled = table.with_columns(y=pl.when(pl.col("flow") > 80).then(pl.lit("bad")).otherwise(pl.lit("ok")))
    other = detector.with_threshold("best-f1", table=labelled, label="y", normal="ok")
    folder = write_deployment(other, tmp_path / "other")
    settings = tomllib.loads((folder / "train" / "offbeat.toml").read_text())
    assert settings == {"hidden": [2], "epochs": 20, "noise": 0.1}
    assert 'The threshold of the deployed model, "best-f1", was set on a labelled' in (folder / "README.md").read_text()
    assert offbeat.fit(table, **settings, progress="none").settings.threshold == "conformal"


def test_a_threshold_whose_labels_the_settings_name_stays_in_the_job(table: pl.DataFrame, tmp_path: Path) -> None:
    labelled = table.with_columns(y=pl.when(pl.col("flow") > 80).then(pl.lit("bad")).otherwise(pl.lit("ok")))
    named = {"label": "y", "normal": "ok", "threshold": "best-f1"}
    fitted = offbeat.fit(labelled, **named, hidden=[2], epochs=5, validation=0.25, progress="none")
    folder = write_deployment(fitted, tmp_path / "named")
    assert named.items() <= tomllib.loads((folder / "train" / "offbeat.toml").read_text()).items()
    assert "was set on a labelled table" not in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("setting", "changed"), [({"fdr": 0.01}, "quantile:0.99"), ({"calibration": 0.3}, "mean+3std")]
)
def test_the_job_fits_with_what_the_changed_threshold_looks_at(
    table: pl.DataFrame, tmp_path: Path, setting: dict[str, float], changed: str
) -> None:
    fitted = offbeat.fit(table, **setting, hidden=[2], epochs=5, progress="none").with_threshold(changed)
    folder = write_deployment(fitted, tmp_path / "changed")
    settings = tomllib.loads((folder / "train" / "offbeat.toml").read_text())
    assert settings == {"hidden": [2], "epochs": 5, "threshold": changed}
    assert offbeat.fit(table, **settings, progress="none").settings.threshold == changed


def test_the_default_threshold_of_the_job_keeps_the_stated_rate(table: pl.DataFrame, tmp_path: Path) -> None:
    labelled = table.with_columns(y=pl.when(pl.col("flow") > 80).then(pl.lit("bad")).otherwise(pl.lit("ok")))
    fitted = offbeat.fit(table, fdr=0.01, hidden=[2], epochs=5, progress="none")
    other = fitted.with_threshold("best-f1", table=labelled, label="y", normal="ok")
    folder = write_deployment(other, tmp_path / "other")
    settings = tomllib.loads((folder / "train" / "offbeat.toml").read_text())
    assert settings == {"hidden": [2], "epochs": 5, "fdr": 0.01}


@given(st.text())
def test_any_source_gives_a_name_that_azure_takes(source: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", endpoint_name(source))


def test_what_is_there_is_left_alone(detector: offbeat.Detector, folder: Path) -> None:
    with pytest.raises(SettingsError, match="there is something there already"):
        write_deployment(detector, folder)


@pytest.mark.parametrize(
    ("body", "columns", "rows"),
    [
        ({"input_data": {"columns": ["a", "b"], "index": [0], "data": [[1, "x"]]}}, ["a", "b"], [(1, "x")]),
        ({"input_data": [[1, 2.5], [None, 3]]}, ["C1", "C2"], [(1, 2.5), (None, 3.0)]),
        ({"input_data": [{"a": 1}, {"a": 2.5, "b": True}]}, ["a", "b"], [(1.0, None), (2.5, True)]),
        ({"data": [["x"], [1]]}, ["C1"], [("x",), ("1",)]),
        ({"input_data": {"columns": ["a", "b"], "data": [[1, True], [2, 0.5]]}}, ["a", "b"], [(1, "True"), (2, "0.5")]),
    ],
)
def test_bodies_become_tables(body: Any, columns: list[str], rows: list[Any]) -> None:
    found = table_of(json.dumps(body))
    assert list(found.names) == columns
    assert pl.DataFrame([found.column(name) for name in columns]).fill_nan(None).rows() == rows


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{", "The request is no JSON"),
        ("[" * 100_000, "The request is no JSON"),
        ("[]", "The request holds no rows"),
        ('{"input_data": []}', "The request holds no rows"),
        ('{"input_data": {"columns": "ab", "data": [[1, 2]]}}', "The request's columns are no list of names"),
        ('{"input_data": [[1, 2], [3]]}', "Row 1 of the request is not like the others, 2 cells long"),
        ('{"input_data": [[1, [2]]]}', "Row 0 of the request holds a list as a cell"),
        ('{"input_data": [1]}', "Row 0 of the request is not like the others"),
        ('{"input_data": {"columns": ["a", "a"], "data": [[1, 2]]}}', r"The request names columns twice \('a'\)"),
        ('{"input_data": [[1%s]]}' % ("0" * 400), "The request is no table"),
    ],
)
def test_bodies_of_other_shapes_are_refused(body: str, words: str) -> None:
    with pytest.raises(DataError, match=f"^{words}.* was expected"):
        table_of(body)


@pytest.mark.parametrize(
    "content",
    [
        {"columns": ["a", "b", "k"], "data": [[1, True, "true"], [1.5, 0.5, True]]},
        [[1, 2.5], [None, 3]],
        [{"a": 1}, {"a": 10**17 + 1, "b": "x"}],
        [{"k": False}, {"k": None}],
    ],
)
def test_the_service_makes_the_same_table_of_a_body(content: Any) -> None:
    here, there = table_of(json.dumps({"input_data": content})), azure_table({"input_data": content})
    assert (here.names, here.named) == (there.names, there.named)
    assert all(here.column(name).equals(there.column(name)) for name in here.names)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=3), inside, max_size=4),
)


@given(_JSON)
def test_any_rows_become_a_table_or_a_refusal(rows: Any) -> None:
    for body in ({"input_data": rows}, {"input_data": {"columns": ["a", "b"], "data": rows}}):
        with suppress(DataError):
            assert table_of(json.dumps(body)).height == len(rows)


def test_a_model_folder_without_a_detector_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZUREML_MODEL_DIR", raising=False)
    with pytest.raises(SettingsError, match="AZUREML_MODEL_DIR is not set"):
        scoring.init()
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(tmp_path))
    with pytest.raises(DetectorFileError, match=r"one file detector\.offbeat was expected in this folder; there are 0"):
        scoring.init()


def test_run_answers_as_the_detector(
    folder: Path, detector: offbeat.Detector, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(folder / "model"))
    monkeypatch.setattr(scoring, "_served", {})
    scoring.init()
    answer, found = scoring.run(json.dumps({"input_data": table.to_dicts()})), detector.detect(table)
    assert answer["scores"] == found.scores.tolist()
    assert answer["p_values"] == found.p_values.tolist()
    assert answer["anomalous"] == found.flags.tolist() and answer["anomalous"][7]
    assert answer["threshold"] == found.threshold


@pytest.mark.slow
def test_azures_loaders_understand_the_yaml(folder: Path) -> None:
    command = [str(python_of("azureml")), str(Path(__file__).with_name("azureml_loader.py")), str(folder)]
    done = subprocess.run(command, env=without_checks(), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    name = endpoint_name("the table")
    assert told["environment"][0] == name
    assert f"offbeat[mlflow]=={offbeat.__version__}" in told["environment"][2]
    assert told["job"][0].startswith("offbeat fit ${{inputs.table}} --config offbeat.toml --track mlflow")
    assert told["job"][1:3] == ["uri_file", "uri_folder"]
    assert told["endpoint"] == [name, "key"]
    assert told["deployment"] == ["blue", name, f"{name}@latest", 1]
    assert told["scoring"][1] == "score.py"
    assert Path(told["model"]).name == "model"


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """score.py under azureml-inference-server-http."""
    program, port = python_of("azureml").with_name("azmlinfsrv"), free_port()
    command = [program, "--entry_script", folder / "code" / "score.py", "--port", str(port)]
    variables = {**without_checks(), "AZUREML_MODEL_DIR": str(folder / "model")}
    with serving(command, f"http://127.0.0.1:{port}/", tmp_path_factory.mktemp("server"), variables):
        yield f"http://127.0.0.1:{port}/score"


@pytest.mark.slow
def test_azures_server_runs_score_py(
    server: str, folder: Path, detector: offbeat.Detector, table: pl.DataFrame
) -> None:
    found = detector.detect(table)
    split = {"columns": table.columns, "data": [list(row) for row in table.rows()]}
    for body in ({"input_data": split}, {"input_data": table.to_dicts()}, {"data": split["data"]}):
        status, text = post(server, json.dumps(body))
        assert status == 200
        answer = json.loads(text)
        assert answer["scores"] == found.scores.tolist()
        assert answer["anomalous"] == found.flags.tolist()
    assert post(server, (folder / "request.json").read_text())[0] == 200

    wrong = {
        "{": ("data", "The request is no JSON"),
        '{"input_data": [[1, 2], [3]]}': ("data", "Row 1 of the request is not like the others"),
        '{"input_data": [{"valve": "open"}]}': ("schema", "lacks"),
        '{"input_data": [{"flow": "many", "valve": "open"}]}': ("data", "column 'flow' holds text 'many' at row 0"),
    }
    for refused, (kind, words) in wrong.items():
        status, text = post(server, refused)
        error = json.loads(text)["error"]
        assert (status, error["kind"]) == (400, kind)
        assert words in error["message"]
