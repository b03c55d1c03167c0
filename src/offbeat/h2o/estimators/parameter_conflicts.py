"""Parameters that contradict each other, or that say nothing beside others: refused, settled or warned of as in H2O."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from offbeat.errors import SettingsError, name_some
from offbeat.h2o.estimators.parameter_table import HARMLESS, PARAMETERS, REFUSED, WITHOUT_EFFECT

BY_HAND = ("rate", "rate_annealing", "rate_decay", "momentum_start", "momentum_stable", "momentum_ramp")
"""What adaptive_rate takes the place of."""
LOSS_OF: Mapping[str, str] = MappingProxyType(
    {"gaussian": "quadratic", "laplace": "absolute", "huber": "huber", "quantile": "quantile"}
)
"""The loss that belongs to a distribution."""

_said: set[str] = set()


def settle_conflicts(chosen: dict[str, Any]) -> None:
    """Settle, in place, what parameters leave open together.

    Args:
        chosen: All parameters, each checked by itself.

    Raises:
        SettingsError: Two parameters contradict each other, or one is not for an autoencoder.
    """
    if not chosen["autoencoder"]:
        raise SettingsError("autoencoder is False; offbeat trains autoencoders only. Set autoencoder=True.")
    for name, reason in REFUSED.items():
        if chosen[name] != WITHOUT_EFFECT[name]:
            raise SettingsError(f"{name} is {chosen[name]!r}; leave it out: {reason}.")
    if chosen["elastic_averaging"] and chosen["sparse"]:
        raise SettingsError("elastic_averaging and sparse were both set; H2O cannot do both either. Leave one out.")
    if chosen["checkpoint"] is not None and (chosen["initial_weights"] or chosen["initial_biases"]):
        raise SettingsError("A checkpoint has its weights already: leave initial_weights and initial_biases out.")
    _settle_dropout(chosen)
    _settle_loss(chosen)
    _check_sparsity(chosen)
    _warn_of_idle(chosen)


def _settle_dropout(chosen: dict[str, Any]) -> None:
    drops, ratios = chosen["activation"].endswith("with_dropout"), chosen["hidden_dropout_ratios"]
    if ratios is None:
        chosen["hidden_dropout_ratios"] = (0.5 if drops else 0.0,) * len(chosen["hidden"])
        return
    if not drops:
        raise SettingsError("hidden_dropout_ratios needs an activation with dropout, such as 'tanh_with_dropout'.")
    if len(ratios) != len(chosen["hidden"]):
        raise SettingsError(
            f"hidden_dropout_ratios is {list(ratios)!r}; one number from 0 to below 1 for each of "
            f"{len(chosen['hidden'])} hidden layers was expected."
        )


def _settle_loss(chosen: dict[str, Any]) -> None:
    """The loss of the distribution; a Gaussian one silently wins over another loss in H2O, here it says so."""
    distribution, loss = chosen["distribution"], chosen["loss"]
    if distribution == "auto":
        return
    wanted = LOSS_OF[distribution]
    if loss not in {"automatic", wanted}:
        if distribution != "gaussian":
            raise SettingsError(
                f"distribution is {distribution!r} and loss {loss!r}; only loss='automatic' or {wanted!r} goes with it."
            )
        _warn(f"loss={loss!r} has no effect beside distribution='gaussian', which is learnt by the quadratic loss.")
    chosen["loss"] = wanted


def _check_sparsity(chosen: Mapping[str, Any]) -> None:
    mean = chosen["average_activation"]
    if chosen["sparsity_beta"] > 0 and (
        mean <= 0 if chosen["activation"].startswith("rectifier") else not -1 < mean < 1
    ):
        raise SettingsError(f"average_activation is {mean!r}; within (-1, 1), above 0 for rectifier, was expected.")


def _warn_of_idle(chosen: Mapping[str, Any]) -> None:
    by_hand = [name for name in BY_HAND if chosen[name] != PARAMETERS[name].default]
    if chosen["adaptive_rate"] and by_hand:
        _warn(f"{', '.join(by_hand)} cannot be specified if adaptive_rate is enabled; set adaptive_rate=False.")
    if chosen["stopping_tolerance"] > 0 and chosen["stopping_rounds"] == 0:
        _warn("stopping_tolerance has no effect without stopping_rounds: nothing stops training early.")
    idle = [name for name, default in WITHOUT_EFFECT.items() if chosen[name] != default and name not in HARMLESS]
    new = [name for name in idle if name not in _said]
    if new:
        _said.update(new)
        _warn(f"These parameters have no effect in offbeat's autoencoder: {name_some(new)}.")


def _warn(words: str) -> None:
    warnings.warn(words, RuntimeWarning, stacklevel=7)
