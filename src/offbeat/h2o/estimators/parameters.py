"""What a user gave for H2O's parameters, checked, each by itself and then together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from offbeat.errors import SettingsError, name_some
from offbeat.h2o.estimators.parameter_conflicts import settle_conflicts
from offbeat.h2o.estimators.parameter_table import PARAMETERS, WITHOUT_EFFECT, Parameter
from offbeat.h2o.model_names import checked_model_name

__all__ = ["PARAMETERS", "WITHOUT_EFFECT", "checked_parameters"]


def checked_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, with H2O's defaults for those that were not given.

    Args:
        given: By H2O's names; None stands for the default.

    Raises:
        TypeError: A name is unknown, as in H2O.
        SettingsError: A value is of the wrong type or out of its range, or contradicts another one.

    Example:
        >>> checked_parameters({"activation": "TanhWithDropout", "hidden": [3]})["activation"]
        'tanh_with_dropout'
    """
    unknown = [name for name in given if name not in PARAMETERS and name not in WITHOUT_EFFECT]
    if unknown:
        raise TypeError(f"H2ODeepLearningEstimator has no parameter {name_some(unknown)}.")
    chosen = {name: parameter.default for name, parameter in PARAMETERS.items()} | dict(WITHOUT_EFFECT)
    chosen |= {name: checked_parameter(name, value) for name, value in given.items() if value is not None}
    settle_conflicts(chosen)
    return chosen


def checked_parameter(name: str, value: Any) -> Any:
    """One parameter, checked by itself: what it says beside others is left for `checked_parameters`.

    Args:
        name: H2O's name of it.
        value: What was given, not None.

    Raises:
        SettingsError: It is of the wrong type or out of its range.
    """
    parameter = PARAMETERS.get(name) or Parameter(WITHOUT_EFFECT[name])
    if name == "nfolds":
        return _folds(value)
    if name == "hidden":
        return _sizes(value)
    if name == "hidden_dropout_ratios":
        return _ratios(value)
    if name == "model_id":
        return checked_model_name(value)
    if parameter.default is None:
        return value
    if parameter.words:
        return _word(name, value, parameter.words)
    if isinstance(parameter.default, bool):
        if not isinstance(value, bool):
            raise SettingsError(f"{name} is {value!r}; True or False was expected.")
        return value
    return value if isinstance(parameter.default, str) else _number(name, value, parameter)


def _number(name: str, value: Any, parameter: Parameter) -> int | float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_whole = isinstance(parameter.default, int)
    if not is_number or value != value or (is_whole and not isinstance(value, int) and not value.is_integer()):
        raise SettingsError(f"{name} is {value!r}; a {'whole ' if is_whole else ''}number was expected.")
    number: int | float = int(value) if is_whole else value
    if not parameter.low <= number <= parameter.high or (parameter.below and number == parameter.high):
        upper = f"{'below' if parameter.below else 'at most'} {parameter.high:g}"
        raise SettingsError(f"{name} is {value!r}; at least {parameter.low:g} and {upper} was expected.")
    return number


def _word(name: str, value: Any, words: tuple[str, ...]) -> str:
    """The word, however it is cased and whatever stands between its parts."""
    plain = re.sub(r"[^a-z0-9]", "", str(value).lower())
    for word in words:
        if plain == word.replace("_", ""):
            return word
    raise SettingsError(f"{name} is {value!r}; one of {', '.join(words)} was expected in an autoencoder.")


def _sizes(value: Any) -> tuple[int, ...]:
    is_list = isinstance(value, list | tuple) and all(isinstance(s, int) and not isinstance(s, bool) for s in value)
    if not is_list or not all(size > 0 for size in value):
        raise SettingsError(f"hidden is {value!r}; a list of whole numbers above 0 was expected, such as [50, 20, 50].")
    return tuple(value)


def _ratios(value: Any) -> tuple[float, ...]:
    is_list = isinstance(value, list | tuple | np.ndarray) and all(isinstance(ratio, Real) for ratio in value)
    if not is_list or not all(0 <= ratio < 1 for ratio in value):
        raise SettingsError(
            f"hidden_dropout_ratios is {value!r}; a list of numbers from 0 to below 1 was expected, one for each "
            "hidden layer, such as [0.2, 0.5]."
        )
    return tuple(float(ratio) for ratio in value)


def _folds(value: Any) -> int:
    if value == 0 and not isinstance(value, bool):
        return 0
    if isinstance(value, int) and value > 1:
        raise SettingsError(f"nfolds is {value}; cross-validation is not supported for an autoencoder. Leave it at 0.")
    raise SettingsError(f"nfolds is {value!r}; 0 was expected: an autoencoder is not cross-validated.")
