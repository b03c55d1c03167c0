"""A run copied to a real MLflow server on SQLite, and read back through MLflow's client."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from peer_environments import python_of, without_checks
from peer_servers import free_port, serving

import offbeat
from offbeat.errors import MissingDependencyError, SettingsError
from offbeat.integrations.mlflow.mirror import mirror_run
from offbeat.tracking import Run, record_run

MOST_SECONDS = 100
"""For a fit and one question to a server that is down; by MLflow's own settings that alone takes over four minutes."""

ROWS = np.random.default_rng(1).normal(size=(40, 3))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    detector = offbeat.fit(ROWS, hidden=[2], epochs=5, validation=0.25, threshold="mean+3std", progress="none")
    return record_run(tmp_path_factory.mktemp("runs") / "tracking", detector, ROWS, name="first", metrics={"mine": 2.5})


@pytest.mark.skipif(find_spec("mlflow") is not None, reason="MLflow's client is installed here")
def test_without_the_client_the_way_to_it_is_told(run: Run) -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'offbeat\[mlflow\]'"):
        mirror_run(run, "http://localhost:1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An MLflow server that keeps runs in SQLite and artifacts in a folder."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    words = (
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "artifacts"),
    )
    command = [python_of("mlflow"), "-m", "mlflow", "server", "--port", str(port), "--workers", "1", *words]
    with serving(command, f"http://127.0.0.1:{port}/health", folder, without_checks()):
        yield f"http://127.0.0.1:{port}"


def _offbeat(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command line, in the environment that has MLflow's client."""
    command = [str(python_of("mlflow")), "-m", "offbeat", *words]
    return subprocess.run(
        command, cwd=folder, env=without_checks(), capture_output=True, text=True, timeout=240, check=False
    )


@pytest.mark.slow
def test_a_run_is_copied_and_read_back(server: str, run: Run, tmp_path: Path) -> None:
    tracking = str(run.folder.parents[1])
    words = (
        "runs",
        "mirror",
        run.id,
        "--tracking",
        tracking,
        "--tracking-uri",
        server,
        "--register",
        "pumps",
        "--json",
    )
    first, again = _offbeat(*words, folder=tmp_path), _offbeat(*words, folder=tmp_path)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    there = json.loads(first.stdout)["mlflow"]
    assert json.loads(again.stdout)["mlflow"] == there
    assert (first.stderr, again.stderr) == ("", "")

    reader = Path(__file__).with_name("mlflow_run_reader.py")
    (tmp_path / "read").mkdir()
    command = [str(python_of("mlflow")), str(reader), server, str(tmp_path / "read")]
    done = subprocess.run(command, env=without_checks(), capture_output=True, text=True, check=True, timeout=240)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])

    assert (told["runs"], told["id"], told["name"], told["status"]) == (1, there["run"], "first", "FINISHED")
    assert told["began"] == round(datetime.fromisoformat(run.began).timestamp() * 1000)
    assert told["losses"] == [[row["epoch"], row["loss"]] for row in run.losses()]
    assert told["metrics"]["mine"] == 2.5
    assert told["metrics"]["threshold"] == run.metrics["threshold"]
    assert set(told["metrics"]) == {*run.metrics}
    assert told["parameters"]["hidden"] == "[2]"
    assert set(told["parameters"]) == {name for name, value in run.resolved.items()}
    assert told["tags"]["offbeat.run"] == run.id
    assert told["tags"]["offbeat.data.train.sha256"] == run.data["train"].sha256
    assert told["versions"] == [[1, there["run"]]]
    copied = Path(told["files"])
    for name in (*run.files, "run.json"):
        assert (copied / name).read_bytes() == (run.folder / name).read_bytes()
    model = offbeat.load(copied / "model" / "detector.offbeat")
    assert (model.score(ROWS) == offbeat.load(run.detector).score(ROWS)).all()


@pytest.mark.parametrize("name", ["O'Brien", "a/b", ""])
def test_a_name_that_cannot_be_registered_is_told_before_anything_is_sent(run: Run, name: str) -> None:
    with pytest.raises(SettingsError, match=f"^'{name}' cannot be a detector's name: up to 100 letters"):
        mirror_run(run, "http://localhost:1", register=name)


@pytest.mark.slow
def test_a_server_that_is_not_there_costs_no_run(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "good.csv", ROWS, delimiter=",")
    settings = ("--hidden", "2", "--epochs", "2", "--threshold", "mean+3std", "--quiet", "--register", "pumps")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and nobody listens
        uri = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        began = time.monotonic()
        done = _offbeat(
            "fit", "good.csv", *settings, "--track", "my runs", "--tracking-uri", uri, folder=tmp_path
        )  # fmt: skip
    assert time.monotonic() - began < MOST_SECONDS
    assert done.returncode == 3
    assert f"Error: {uri}: the run could not be copied there" in done.stderr
    (recorded,) = (tmp_path / "my runs" / "runs").iterdir()
    again = f"offbeat runs mirror {recorded.name} --tracking 'my runs' --tracking-uri {uri} --register pumps"
    written = f"the detector offbeat-output/good.offbeat, the run {recorded.name} in my runs, version 1 of 'pumps'"
    assert done.stderr.endswith(f" all the same. To try again: {again}\nWritten before that: {written}.\n")
    assert (tmp_path / "offbeat-output" / "good.offbeat").exists()
