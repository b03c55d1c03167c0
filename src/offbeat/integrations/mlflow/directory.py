"""From a detector to a directory that MLflow loads and serves, written without MLflow.

The format is MLflow's: a file `MLmodel` of YAML with one flavour a way to load it, and the environment beside it
(https://mlflow.org/docs/latest/ml/model/). Every value is written as JSON, which is YAML that needs no quoting rules.
"""

from __future__ import annotations

import json
import os
import platform
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from offbeat.detector.detector import Detector
from offbeat.integrations.exported_folder import exported_folder
from offbeat.integrations.mlflow.pyfunc import DETECTOR
from offbeat.version import __version__

MODEL: Final = "model"
"""What the directory is called among a run's artifacts."""

WRITTEN_FOR: Final = "3.0.0"
"""The release of MLflow whose format this is; later ones read it, and so does 2."""

_LOADER: Final = "offbeat.integrations.mlflow.pyfunc"


def write_model(detector: Detector, folder: str | os.PathLike[str]) -> Path:
    """Write a directory that `mlflow.pyfunc.load_model` and `mlflow models serve` load.

    MLflow is not needed to write it; where it is loaded, offbeat and pandas are. `predict` gives a data frame with
    "score", "p_value" and "anomalous".

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
        >>> sorted(file.name for file in write_model(detector, "pumps-mlflow").iterdir())
        ['MLmodel', 'conda.yaml', 'detector.offbeat', 'python_env.yaml', 'requirements.txt']
    """
    target = Path(folder)
    python, needed = platform.python_version(), requirements()
    conda = {
        "name": "offbeat",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": needed}],
    }
    with exported_folder(target) as part:
        detector.save(part / DETECTOR)
        (part / "MLmodel").write_text(yaml_of(_model(detector, python, (part / DETECTOR).stat().st_size)))
        (part / "python_env.yaml").write_text(
            yaml_of({"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]})
        )
        (part / "conda.yaml").write_text(yaml_of(conda))
        (part / "requirements.txt").write_text("".join(f"{line}\n" for line in needed))
    return target


def requirements() -> list[str]:
    """What a detector needs where it is served, with the versions that it was made with."""
    return [
        f"offbeat=={__version__}",
        f"jax=={version('jax')}",
        f"numpy=={version('numpy')}",
        "pandas>=2.2",
        "mlflow>=2.20",
    ]


def signature(detector: Detector) -> dict[str, str]:
    """The columns that go in and those that come out, as MLflow writes them: lists of JSON, in text.

    The inputs have names but no types: MLflow takes no whole numbers for a "double", no number for a "string", and
    any column may lack cells. (The price: MLflow's server then parses bodies of JSON only, no CSV.) The detector itself
    refuses what it cannot use, and says which cell it is.
    """
    columns = [{"type": "any", "name": column.name, "required": True} for column in detector.schema.columns]
    answers = {"score": "double", "p_value": "double", "anomalous": "boolean"}
    given = [{"type": kind, "name": name, "required": True} for name, kind in answers.items()]
    return {"inputs": json.dumps(columns), "outputs": json.dumps(given)}


def yaml_of(record: Mapping[str, Any]) -> str:
    """A mapping as YAML, one line an entry; what lies deeper is in JSON's notation, which YAML includes.

    Example:
        >>> print(yaml_of({"python": "3.12", "build_dependencies": ["pip"]}), end="")
        "python": "3.12"
        "build_dependencies": ["pip"]
    """
    return "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in record.items())


def _model(detector: Detector, python: str, size: int) -> dict[str, Any]:
    environment = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    return {
        "flavors": {
            "python_function": {
                "loader_module": _LOADER,
                "data": DETECTOR,
                "env": environment,
                "python_version": python,
            },
            "offbeat": {"offbeat_version": __version__, "data": DETECTOR},
        },
        "mlflow_version": WRITTEN_FOR,
        "model_size_bytes": size,
        "model_uuid": uuid.uuid4().hex,
        "signature": signature(detector),
        "utc_time_created": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}",
    }
