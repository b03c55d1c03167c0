"""When a model was trained, on which frames, and with which parameters, as H2O tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offbeat.h2o.estimators.parameters import PARAMETERS, WITHOUT_EFFECT

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
    """

    training_frame: str
    validation_frame: str | None
    began: float
    ended: float


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


def actual_parameters(parameters: Mapping[str, Any], model_id: str, run: TrainingRun) -> dict[str, Any]:
    """Every parameter as it was used, in H2O's words; frames and models by their names.

    Args:
        parameters: From `checked_parameters`.
        model_id: The model's name.
        run: Which frames were used.
    """
    decided = {
        "model_id": model_id,
        "training_frame": run.training_frame,
        "validation_frame": run.validation_frame,
        "distribution": distribution_of(parameters["loss"]),
        "stopping_metric": "MSE",
    }
    actual = {name: _in_words(name, value) for name, value in parameters.items()} | decided
    return actual | ({"categorical_encoding": "OneHotInternal"} if actual["categorical_encoding"] == "AUTO" else {})


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
