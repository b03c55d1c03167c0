"""From a detector to a directory that `az ml` deploys: model, score.py, and the YAML of environment, job and endpoint.

The YAML follows the schemas that each file names
(https://learn.microsoft.com/azure/machine-learning/reference-yaml-overview).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from offbeat.detector.config import parse_settings
from offbeat.detector.detector import Detector
from offbeat.detector.toml import toml_of
from offbeat.detector.unused import without_unused_by_threshold
from offbeat.integrations.azureml.scoring import DETECTOR
from offbeat.integrations.exported_folder import exported_folder
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.rules import parse_rule
from offbeat.version import __version__

_SCHEMAS: Final = "https://azuremlschemas.azureedge.net/latest"
_IMAGE: Final = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:latest"
_PYTHON: Final = "3.12"
_INSTANCE: Final = "Standard_DS3_v2"
_SCORE: Final = '''"""Answers the requests to an Azure endpoint with the detector that was deployed."""

from offbeat.integrations.azureml.scoring import init, run

__all__ = ["init", "run"]
'''
_README: Final = """# {name}, for Azure Machine Learning

Written by offbeat {version}. With the Azure CLI and its extension `ml`, logged in, in a workspace:

    az ml environment create --file environment.yml
    az ml online-endpoint create --file endpoint.yml
    az ml online-deployment create --file deployment.yml --all-traffic
    az ml online-endpoint invoke --name {name} --request-file request.json

conda.yml names offbeat {version}, which the index that Azure installs from must have: a feed of your own, say, given by
a line `- --extra-index-url URL` under `pip:`.

`az ml job create --file job.yml` fits again, with the same settings, on the table that job.yml names, and records the
run and the detector in the workspace. Instance types, and the compute `cpu-cluster`, are examples: set your own.
"""
_UNLABELLED: Final = """
The threshold of the deployed model, "{rule}", was set on a labelled table that the model's settings do not name: the
job leaves it out and sets the default one. `offbeat threshold` on that table sets it again.
"""


def write_deployment(detector: Detector, folder: str | os.PathLike[str]) -> Path:
    """Write a directory from which Azure Machine Learning deploys the detector; nothing of Azure is needed for that.

    Args:
        detector: Fitted, loaded or imported.
        folder: The directory, which appears whole or not at all. It must not be there yet, or be empty.

    Raises:
        SettingsError: The directory holds something already.
        FileError: It cannot be written.

    Example:
        >>> import numpy as np, offbeat
        >>> rows = np.random.default_rng(0).normal(size=(64, 3))
        >>> detector = offbeat.fit(rows, hidden=[2], epochs=5, threshold="mean+3std", progress="none")
        >>> sorted(file.name for file in write_deployment(detector, "pumps-azureml").glob("*.yml"))
        ['conda.yml', 'deployment.yml', 'endpoint.yml', 'environment.yml', 'job.yml']
    """
    target = Path(folder)
    name = endpoint_name(detector.facts.source)
    with exported_folder(target) as part:
        for inside in ("model", "code", "train"):
            (part / inside).mkdir()
        detector.save(part / "model" / DETECTOR)
        texts = {"code/score.py": _SCORE, "train/offbeat.toml": toml_of(_settings(detector))}
        texts["request.json"] = json.dumps(_request(detector)) + "\n"
        texts["README.md"] = _readme(detector, name)
        texts |= {file: yaml_text(record) for file, record in _records(name).items()}
        for file, text in texts.items():
            (part / file).write_text(text, encoding="utf-8")
    return target


def endpoint_name(source: str) -> str:
    """A name that Azure takes for an endpoint: 3 to 32 letters, digits and hyphens, a letter first.

    Example:
        >>> endpoint_name("Pump readings (2024).csv")
        'offbeat-pump-readings-2024'
    """
    words = re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")
    return f"offbeat-{words or 'detector'}"[:32].rstrip("-")


def yaml_text(record: Mapping[str, Any], indent: str = "") -> str:
    """A mapping as YAML: one line an entry, mappings within it indented; lists and text in JSON's notation.

    Example:
        >>> print(yaml_text({"name": "blue", "code": {"path": "code"}}), end="")
        name: "blue"
        code:
          path: "code"
    """
    lines = []
    for key, value in record.items():
        if isinstance(value, Mapping):
            lines.append(f"{indent}{key}:\n{yaml_text(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{key}: {json.dumps(value)}\n")
    return "".join(lines)


def _records(name: str) -> dict[str, dict[str, Any]]:
    """The YAML files and what is in them."""
    environment = f"azureml:{name}@latest"
    return {
        "conda.yml": {
            "name": "offbeat",
            "channels": ["conda-forge"],
            "dependencies": [f"python={_PYTHON}", "pip", {"pip": _requirements()}],
        },
        "environment.yml": {
            "$schema": f"{_SCHEMAS}/environment.schema.json",
            "name": name,
            "image": _IMAGE,
            "conda_file": "conda.yml",
        },
        "job.yml": {
            "$schema": f"{_SCHEMAS}/commandJob.schema.json",
            "display_name": f"{name}-fit",
            "experiment_name": "offbeat",
            "code": "train",
            "command": "offbeat fit ${{inputs.table}} --config offbeat.toml --track mlflow "
            f"--out ${{{{outputs.detector}}}}/{DETECTOR}",
            "inputs": {"table": {"type": "uri_file", "path": "azureml:good-rows@latest"}},
            "outputs": {"detector": {"type": "uri_folder"}},
            "environment": environment,
            "compute": "azureml:cpu-cluster",
        },
        "endpoint.yml": {
            "$schema": f"{_SCHEMAS}/managedOnlineEndpoint.schema.json",
            "name": name,
            "auth_mode": "key",
        },
        "deployment.yml": {
            "$schema": f"{_SCHEMAS}/managedOnlineDeployment.schema.json",
            "name": "blue",
            "endpoint_name": name,
            "model": {"path": "model"},
            "code_configuration": {"code": "code", "scoring_script": "score.py"},
            "environment": environment,
            "instance_type": _INSTANCE,
            "instance_count": 1,
        },
    }


def _requirements() -> list[str]:
    """What a detector needs where it is served; the job records its run with MLflow's client and Azure's plugin."""
    made_with = [f"offbeat[mlflow]=={__version__}", f"jax=={version('jax')}", f"numpy=={version('numpy')}"]
    return [*made_with, "azureml-inference-server-http>=1.4", "azureml-mlflow>=1.60"]


def _readme(detector: Detector, name: str) -> str:
    left_out = _UNLABELLED.format(rule=detector.settings.threshold) if _lacks_labels(detector) else ""
    return _README.format(name=name, version=__version__) + left_out


def _settings(detector: Detector) -> dict[str, Any]:
    """The settings that were given, but for what a fit with them would refuse."""
    given = detector.settings.given()
    if _lacks_labels(detector):
        del given["threshold"]
    return without_unused_by_threshold(parse_settings(given)).model_dump(mode="json", exclude_unset=True)


def _lacks_labels(detector: Detector) -> bool:
    """Whether the threshold needs labels that the training table need not have: `with_threshold` was given a table."""
    return detector.settings.label is None and isinstance(parse_rule(detector.settings.threshold), BestF)


def _request(detector: Detector) -> dict[str, Any]:
    """A request of one row to try the endpoint with: an average number, a missing cell for words."""
    columns, numeric = detector.schema.columns, detector.preprocessor.numeric
    centres = dict(zip(numeric.names, numeric.scale.centre.tolist(), strict=True))
    row = [centres.get(column.name) for column in columns]
    return {"input_data": {"columns": [column.name for column in columns], "data": [row]}}
