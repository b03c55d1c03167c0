"""A recorded run, copied to an MLflow server by MLflow's own client.

Artifacts are logged and a version is registered on them. `log_model` is not used: it makes a logged model, for which
servers such as Azure's have no endpoint. The copy carries the run's id, so that a second try finds the first.
"""

from __future__ import annotations

import io
import logging
import math
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from offbeat.errors import DataError, MissingDependencyError
from offbeat.integrations.mlflow.directory import MODEL, write_model
from offbeat.tracking.run import Run
from offbeat.tracking.version import require_name

EXPERIMENT: Final = "offbeat"
_TAG: Final = "offbeat"
RUN_TAG: Final = f"{_TAG}.run"
LONGEST_PARAMETER: Final = 500
"""Characters; older servers keep no more of a value."""
_MOST_METRICS: Final = 1000
_MOST_PARAMETERS: Final = 100
"""A batch may hold so many."""

_FIRST_QUESTION: Final = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "15"}
"""Unless the user set them, MLflow's client would ask a server that is down for five minutes, and say nothing."""


@dataclass(frozen=True)
class MirroredRun:
    """Where a run is on the server.

    Attributes:
        run: Its id there.
        experiment: Name of the experiment.
        version: Of the registered model; None where none was asked for.
    """

    run: str
    experiment: str
    version: int | None


def require_client() -> None:
    """Make sure that MLflow's client is there, without importing it.

    Raises:
        MissingDependencyError: It is not installed.
    """
    if find_spec("mlflow") is None:
        raise MissingDependencyError(
            "Copying a run to an MLflow server needs MLflow's client, which is not installed: "
            "pip install 'offbeat[mlflow]'."
        )


def mirror_run(run: Run, uri: str, *, register: str | None = None) -> MirroredRun:
    """Copy a recorded run to an MLflow server: parameters, losses of each epoch, metrics, files, and a model.

    A run that is there already is not copied again.

    Args:
        run: As `record_run` or `open_run` gives it.
        uri: The server's address, or anything else that MLflow takes as a tracking URI.
        register: The registered model that gets the detector as its next version; none unless given. MLflow takes other
            names than a `Registry` does, and breaks on some of them: here the rule is that of `Registry`.

    Raises:
        SettingsError: The name cannot be registered; nothing was sent.
        MissingDependencyError: MLflow's client is not installed.
        DataError: The server does not answer, or refuses.
    """
    if register is not None:
        require_name(register)
    require_client()
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        with _silenced():
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            place = _experiment(client)
            there = _copy_of(client, place, run) or _copy(client, place, run)
            version = None if register is None else _version(client, there, register)
    except (MlflowException, OSError) as problem:
        reason = str(problem).splitlines()[0][:300]
        raise DataError(
            f"{uri}: the run could not be copied there ({reason}). It is recorded in {run.folder} all the same. To try "
            f"again: {_again(run, uri, register)}"
        ) from problem
    return MirroredRun(there.info.run_id, EXPERIMENT, version)


def _again(run: Run, uri: str, register: str | None) -> str:
    """The command that copies the run, for a shell."""
    words = ["offbeat", "runs", "mirror", run.id, "--tracking", str(run.folder.parents[1]), "--tracking-uri", uri]
    return shlex.join(words if register is None else [*words, "--register", register])


@contextmanager
def _silenced() -> Iterator[None]:
    """MLflow prints where a run can be seen, and logs what it does: a caller's output is the caller's own."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def _asked_briefly() -> Iterator[None]:
    """Settings of MLflow's client with which it finds within seconds that a server is down."""
    added = {name: value for name, value in _FIRST_QUESTION.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _experiment(client: Any) -> str:
    with _asked_briefly():
        found = client.get_experiment_by_name(EXPERIMENT)
    return str(client.create_experiment(EXPERIMENT) if found is None else found.experiment_id)


def _copy_of(client: Any, experiment: str, run: Run) -> Any:
    """The finished copy of a run, if there is one."""
    known = f"tags.`{RUN_TAG}` = '{run.id}' and attributes.status = 'FINISHED'"
    return next(iter(client.search_runs([experiment], known, max_results=1)), None)


def _copy(client: Any, experiment: str, run: Run) -> Any:
    began = round(datetime.fromisoformat(run.began).timestamp() * 1000)
    tags = {RUN_TAG: run.id, f"{_TAG}.version": run.offbeat_version, f"{_TAG}.command": run.command}
    tags |= {f"{_TAG}.data.{part}.sha256": data.sha256 for part, data in run.data.items()}
    there = client.create_run(experiment, start_time=began, tags=tags, run_name=run.name or run.id)
    try:
        _log_numbers(client, there.info.run_id, run, began)
        _log_files(client, there.info.run_id, run)
    except BaseException:
        client.set_terminated(there.info.run_id, "FAILED")
        raise
    client.set_terminated(there.info.run_id, "FINISHED")
    return there


def _log_numbers(client: Any, there: str, run: Run, began: int) -> None:
    """Settings as parameters; losses with the epoch as step, the other metrics with none."""
    from mlflow.entities import Metric, Param

    steps = [
        (name, value, int(row["epoch"]))
        for row in run.losses()
        for name, value in row.items()
        if name != "epoch" and math.isfinite(value)
    ]
    last = [(name, value, 0) for name, value in run.metrics.items() if name not in ("loss", "validation_loss")]
    metrics = [Metric(name, value, began, step) for name, value, step in [*steps, *last]]
    for first in range(0, len(metrics), _MOST_METRICS):
        client.log_batch(there, metrics=metrics[first : first + _MOST_METRICS])
    parameters = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in run.resolved.items()]
    for first in range(0, len(parameters), _MOST_PARAMETERS):
        client.log_batch(there, params=parameters[first : first + _MOST_PARAMETERS])


def _log_files(client: Any, there: str, run: Run) -> None:
    """The run's folder as it is, and the detector as a model that MLflow serves."""
    from offbeat.detector.archive import load

    client.log_artifacts(there, str(run.folder))
    with TemporaryDirectory() as folder:
        client.log_artifacts(there, str(write_model(load(run.detector), Path(folder) / MODEL)), MODEL)


def _version(client: Any, there: Any, name: str) -> int:
    """The version of the registered model that the copy has; made when there is none."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    run = there.info.run_id
    for version in client.search_model_versions(f"name = '{name}'"):
        if version.run_id == run:
            return int(version.version)
    source = f"{there.info.artifact_uri}/{MODEL}"
    return int(client.create_model_version(name, source, run_id=run).version)
