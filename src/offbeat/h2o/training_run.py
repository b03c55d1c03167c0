"""When a model was trained, on which frames, and with which parameters, as H2O tells them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int

from offbeat.h2o.estimators.parameter_table import PARAMETERS, WITHOUT_EFFECT
from offbeat.h2o.frame import H2OFrame

MOST_ROWS_KEPT = 300
"""Up to so many, leaving rows out changes a model so much that it pays to train again; see `folds`."""

_DISTRIBUTIONS = {"absolute": "laplace", "huber": "huber", "quantile": "quantile"}
_DEFAULTS = {name: parameter.default for name, parameter in PARAMETERS.items()} | dict(WITHOUT_EFFECT)


@dataclass(frozen=True)
class TrainingRun:
    """What H2O notes of a training run.

    Attributes:
        training_frame: The name of the frame that it learnt from.
        validation_frame: The name of the one that told the best model; None without one.
        began: When it began, in seconds since 1970.
        ended: When it ended.
        columns: Those of the training frame that were used.
        few_rows: The cells of the rows that were learnt from, where they are so few that training on parts of them
            takes little time.
        seed: What the first weights and the order of the rows were drawn with; -1 where a file does not tell.
    """

    training_frame: str
    validation_frame: str | None
    began: float
    ended: float
    columns: tuple[str, ...] = ()
    few_rows: pl.DataFrame | None = None
    seed: int = -1


def run_of(
    frame: H2OFrame,
    places: Int[np.ndarray, "seen"],
    columns: Sequence[str],
    validation_frame: str | None,
    began: float,
    seed: int,
) -> TrainingRun:
    """What is noted of a run that ends now.

    Args:
        frame: What was trained on.
        places: Which of its rows. They are kept where they are few, and the frame has all of the columns.
        columns: Those that the model sees.
        validation_frame: Its name; None without one.
        began: When the run began, in seconds since 1970.
        seed: From `drawn_seed`.
    """
    is_kept = len(places) <= MOST_ROWS_KEPT and set(columns) <= set(frame.names)
    few_rows = frame.cells[places] if is_kept else None
    return TrainingRun(frame.key, validation_frame, began, time.time(), tuple(columns), few_rows, seed)


def distribution_of(loss: str) -> str:
    """The distribution that belongs to a loss.

    Args:
        loss: From `checked_parameters`.

    Example:
        >>> distribution_of("automatic"), distribution_of("absolute")
        ('gaussian', 'laplace')
    """
    return _DISTRIBUTIONS.get(loss, "gaussian")


def default_parameters() -> dict[str, Any]:
    """Every parameter's default, in H2O's words."""
    return {name: _in_words(name, value) for name, value in _DEFAULTS.items()}


def input_parameters(parameters: Mapping[str, Any], run: TrainingRun) -> dict[str, Any]:
    """Every parameter as it was given, in H2O's words; frames and models by their names.

    Args:
        parameters: From `checked_parameters`.
        run: Which frames were used.
    """
    frames = {"training_frame": run.training_frame, "validation_frame": run.validation_frame}
    return {name: _in_words(name, value) for name, value in parameters.items()} | frames


def actual_parameters(parameters: Mapping[str, Any], model_id: str, run: TrainingRun) -> dict[str, Any]:
    """Every parameter as it was used, in H2O's words; frames and models by their names.

    Args:
        parameters: From `checked_parameters`.
        model_id: The model's name.
        run: Which frames were used.
    """
    decided = {
        "model_id": model_id,
        "distribution": distribution_of(parameters["loss"]),
        "stopping_metric": "MSE",
        "seed": parameters["seed"] if run.seed == -1 else run.seed,
    }
    actual = input_parameters(parameters, run) | decided
    return actual | ({"categorical_encoding": "OneHotInternal"} if actual["categorical_encoding"] == "AUTO" else {})


def given_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that are not H2O's defaults, as a constructor takes them.

    Args:
        parameters: From `checked_parameters`.

    Example:
        >>> given_parameters({"activation": "tanh", "hidden": (3,), "epochs": 10.0, "hidden_dropout_ratios": (0.0,)})
        {'activation': 'tanh', 'hidden': [3]}
    """
    given = {name: value for name, value in parameters.items() if not _is_same(value, _DEFAULTS.get(name))}
    if not parameters["activation"].endswith("with_dropout"):
        given.pop("hidden_dropout_ratios", None)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}


def _is_same(value: Any, default: Any) -> bool:
    """Whether a parameter is its default; frames, which compare cell by cell, never are."""
    plain = (bool, int, float, str, tuple, list, type(None))
    return isinstance(value, plain) and bool(value == default)


def _in_words(name: str, value: Any) -> Any:
    """A parameter as H2O writes it; names of columns and files as they are.

    Example:
        >>> _in_words("activation", "tanh_with_dropout"), _in_words("auc_type", "auto"), _in_words("hidden", (3, 2))
        ('TanhWithDropout', 'AUTO', [3, 2])
    """
    if isinstance(value, str) and isinstance(_DEFAULTS[name], str):
        return value.upper() if value in {"auto", "mse"} else "".join(map(str.title, value.split("_")))
    if isinstance(value, list | tuple):
        return list(value)
    key = getattr(value, "key", None)
    return key if isinstance(key, str) else value
