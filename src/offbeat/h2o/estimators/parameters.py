"""H2O's parameters of an autoencoder: their names, defaults, words and ranges."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from offbeat.errors import SettingsError, name_some

ACTIVATIONS = ("tanh", "tanh_with_dropout", "rectifier", "rectifier_with_dropout", "exp_rectifier")
LOSSES = ("automatic", "quadratic", "absolute", "huber", "quantile")


@dataclass(frozen=True)
class Parameter:
    """What a parameter may be.

    Attributes:
        default: H2O's.
        words: The words it may be, where it is one.
        low: The smallest number.
        high: The largest number.
        below: Whether `high` itself is too large.
    """

    default: object
    words: tuple[str, ...] = ()
    low: int | float = -math.inf
    high: int | float = math.inf
    below: bool = False


PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "activation": Parameter("rectifier", ACTIVATIONS),
        "adaptive_rate": Parameter(True),
        "autoencoder": Parameter(True),
        "average_activation": Parameter(0.0),
        "checkpoint": Parameter(None),
        "epochs": Parameter(10.0, low=0),
        "epsilon": Parameter(1e-8, low=5e-324),
        "export_weights_and_biases": Parameter(False),
        "fast_mode": Parameter(True),
        "hidden": Parameter((200, 200)),
        "hidden_dropout_ratios": Parameter(None),
        "ignore_const_cols": Parameter(True),
        "ignored_columns": Parameter(None),
        "initial_weight_distribution": Parameter("uniform_adaptive", ("uniform_adaptive", "uniform", "normal")),
        "initial_weight_scale": Parameter(1.0, low=0),
        "input_dropout_ratio": Parameter(0.0, low=0, high=1, below=True),
        "l1": Parameter(0.0, low=0),
        "l2": Parameter(0.0, low=0),
        "loss": Parameter("automatic", LOSSES),
        "max_w2": Parameter(3.4028235e38, low=5e-324),
        "mini_batch_size": Parameter(1, low=1),
        "missing_values_handling": Parameter("mean_imputation", ("mean_imputation", "skip")),
        "model_id": Parameter(None),
        "momentum_ramp": Parameter(1e6, low=5e-324),
        "momentum_stable": Parameter(0.0, low=0, high=1, below=True),
        "momentum_start": Parameter(0.0, low=0, high=1, below=True),
        "nesterov_accelerated_gradient": Parameter(True),
        "nfolds": Parameter(0, low=0, high=0),
        "overwrite_with_best_model": Parameter(True),
        "quantile_alpha": Parameter(0.5, low=0, high=1),
        "rate": Parameter(0.005, low=5e-324),
        "rate_annealing": Parameter(1e-6, low=0),
        "rate_decay": Parameter(1.0, low=0),
        "regression_stop": Parameter(1e-6, low=-1),
        "rho": Parameter(0.99, low=5e-324, high=1, below=True),
        "seed": Parameter(-1),
        "sparsity_beta": Parameter(0.0, low=0),
        "standardize": Parameter(True),
        "stopping_metric": Parameter("auto", ("auto", "mse")),
        "stopping_rounds": Parameter(5, low=0),
        "stopping_tolerance": Parameter(0.0, low=0, high=1, below=True),
        "train_samples_per_iteration": Parameter(-2, low=-2),
    }
)

WITHOUT_EFFECT: Mapping[str, object] = MappingProxyType(
    {
        **dict.fromkeys(
            ("balance_classes", "col_major", "elastic_averaging", "quiet_mode", "sparse", "verbose"), False
        ),
        **dict.fromkeys(("diagnostics", "force_load_balance", "replicate_training_data", "variable_importances"), True),
        **dict.fromkeys(("reproducible", "score_each_iteration", "shuffle_training_data", "single_node_mode"), False),
        **dict.fromkeys(("class_sampling_factors", "export_checkpoints_dir", "response_column", "fold_column"), None),
        **dict.fromkeys(("offset_column", "weights_column", "pretrained_autoencoder", "custom_metric_func"), None),
        **dict.fromkeys(("initial_weights", "initial_biases", "training_frame", "validation_frame"), None),
        **dict.fromkeys(("auc_type", "categorical_encoding", "distribution", "fold_assignment"), "auto"),
        "classification_stop": 0.0,
        "elastic_averaging_moving_rate": 0.9,
        "elastic_averaging_regularization": 0.001,
        "gainslift_bins": -1,
        "huber_alpha": 0.9,
        "keep_cross_validation_fold_assignment": False,
        "keep_cross_validation_models": True,
        "keep_cross_validation_predictions": False,
        "max_after_balance_size": 5.0,
        "max_categorical_features": 2147483647,
        "max_confusion_matrix_size": 20,
        "max_runtime_secs": 0.0,
        "score_duty_cycle": 0.1,
        "score_interval": 5.0,
        "score_training_samples": 10000,
        "score_validation_samples": 0,
        "score_validation_sampling": "uniform",
        "target_ratio_comm_to_comp": 0.05,
        "tweedie_power": 1.5,
        "use_all_factor_levels": True,
    }
)
"""Parameters that change no weight here, by their defaults. Another value is accepted, and said to have no effect."""

_HARMLESS = {"reproducible", "score_interval", "score_duty_cycle", "score_each_iteration", "quiet_mode", "verbose"}
"""What they ask for is so in any case: results are reproducible, and every iteration is scored."""

_said: set[str] = set()


def checked_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, with H2O's defaults for those that were not given.

    Args:
        given: By H2O's names.

    Raises:
        TypeError: A name is unknown, as in H2O.
        SettingsError: A value is of the wrong type or out of its range.

    Example:
        >>> checked_parameters({"activation": "TanhWithDropout", "hidden": [3]})["activation"]
        'tanh_with_dropout'
    """
    unknown = [name for name in given if name not in PARAMETERS and name not in WITHOUT_EFFECT]
    if unknown:
        raise TypeError(f"H2ODeepLearningEstimator has no parameter {name_some(unknown)}.")
    chosen = {name: parameter.default for name, parameter in PARAMETERS.items()} | dict(WITHOUT_EFFECT)
    chosen |= {name: _checked(name, value) for name, value in given.items()}
    _check_together(chosen)
    _say_without_effect(chosen)
    return chosen


def _checked(name: str, value: Any) -> Any:
    parameter = PARAMETERS.get(name)
    if parameter is None or parameter.default is None:
        return value
    if parameter.words:
        return _word(name, value, parameter.words)
    if isinstance(parameter.default, bool):
        if not isinstance(value, bool):
            raise SettingsError(f"{name} is {value!r}; True or False was expected.")
        return value
    if name == "hidden":
        return _sizes(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = isinstance(parameter.default, int)
    if not is_number or (is_whole and value != int(value)):
        raise SettingsError(f"{name} is {value!r}; a {'whole ' if is_whole else ''}number was expected.")
    if not parameter.low <= value <= parameter.high or (parameter.below and value == parameter.high):
        upper = f"{'below' if parameter.below else 'at most'} {parameter.high:g}"
        raise SettingsError(f"{name} is {value!r}; at least {parameter.low:g} and {upper} was expected.")
    return value


def _word(name: str, value: Any, words: tuple[str, ...]) -> str:
    plain = re.sub(r"[^a-z0-9]", "", str(value).lower())
    for word in words:
        if plain == word.replace("_", ""):
            return word
    raise SettingsError(f"{name} is {value!r}; one of {', '.join(words)} was expected in an autoencoder.")


def _sizes(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(size, int) and size > 0 for size in value):
        raise SettingsError(f"hidden is {value!r}; a list of whole numbers above 0 was expected, such as [50, 20, 50].")
    return tuple(value)


def _check_together(chosen: dict[str, Any]) -> None:
    drops, ratios = chosen["activation"].endswith("with_dropout"), chosen["hidden_dropout_ratios"]
    if not chosen["autoencoder"]:
        raise SettingsError("autoencoder is False; offbeat trains autoencoders only. Set autoencoder=True.")
    if ratios is None:
        chosen["hidden_dropout_ratios"] = (0.5 if drops else 0.0,) * len(chosen["hidden"])
    else:
        if not drops:
            raise SettingsError("hidden_dropout_ratios needs an activation with dropout, such as 'tanh_with_dropout'.")
        if len(ratios) != len(chosen["hidden"]) or not all(0 <= ratio < 1 for ratio in ratios):
            raise SettingsError(
                f"hidden_dropout_ratios is {ratios!r}; one number from 0 to 1 a hidden layer was expected."
            )
        chosen["hidden_dropout_ratios"] = tuple(float(ratio) for ratio in ratios)
    if chosen["sparsity_beta"] > 0:
        mean = chosen["average_activation"]
        if mean <= 0 if chosen["activation"].startswith("rectifier") else not -1 < mean < 1:
            raise SettingsError(f"average_activation is {mean!r}; within (-1, 1), above 0 for rectifier, was expected.")


def _say_without_effect(chosen: Mapping[str, Any]) -> None:
    idle = [name for name, default in WITHOUT_EFFECT.items() if chosen[name] != default and name not in _HARMLESS]
    if chosen["mini_batch_size"] > 1:
        idle.append("mini_batch_size")  # as in H2O, which resets it to 1
    new = [name for name in idle if name not in _said]
    if new:
        _said.update(new)
        warnings.warn(f"These parameters have no effect in offbeat's autoencoder: {name_some(new)}.", stacklevel=4)
