"""Going on where another model's training ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from offbeat.errors import SettingsError, name_some
from offbeat.h2o import registry
from offbeat.h2o.model import TrainedModel
from offbeat.integrations.h2o_mojo import Mojo

FROZEN = (
    *("activation", "adaptive_rate", "rho", "epsilon", "rate", "rate_annealing", "rate_decay"),
    *("momentum_start", "momentum_ramp", "momentum_stable", "nesterov_accelerated_gradient"),
    *("standardize", "use_all_factor_levels", "sparse", "sparsity_beta", "max_categorical_features"),
    *("ignore_const_cols", "distribution", "nfolds", "quantile_alpha", "huber_alpha", "tweedie_power"),
    *("categorical_encoding", "strict_h2o"),
)
"""Parameters that cannot change between a checkpoint and what goes on from it."""


def checkpoint_of(given: Any, parameters: Mapping[str, Any], is_validated: bool) -> TrainedModel:
    """The model whose training goes on.

    Args:
        given: An estimator, a trained model, or the name of one.
        parameters: Of the model to train.
        is_validated: Whether there is a validation frame.

    Raises:
        SettingsError: The layers or a frozen parameter differ, or no epoch is left.
    """
    model = _trained(given)
    changed = [name for name in FROZEN if model.parameters.get(name, parameters[name]) != parameters[name]]
    if changed:
        name = changed[0]
        raise SettingsError(
            f"The checkpoint was trained with {name}={model.parameters[name]!r}, and {name} is {parameters[name]!r}. "
            f"From a checkpoint on, these parameters stay as they were: {name_some(changed)}."
        )
    if tuple(model.parameters["hidden"]) != parameters["hidden"]:
        raise SettingsError(
            f"The checkpoint has the hidden layers {list(model.parameters['hidden'])}, and hidden is "
            f"{list(parameters['hidden'])}; the same ones were expected."
        )
    if np.isnan(model.last.validation) == is_validated:
        had, has = ("no", "a") if is_validated else ("a", "no")
        raise SettingsError(f"The checkpoint had {had} validation frame, and there is {has} validation frame now.")
    if parameters["epochs"] <= model.last.epochs:
        raise SettingsError(
            f"epochs is {parameters['epochs']:g}; more than the {model.last.epochs:g} of the checkpoint were expected: "
            "it counts all of them."
        )
    return model


def scaled_as(before: Mojo, now: Mojo) -> Mojo:
    """The layout of a frame, with the means and ranges that the checkpoint was trained with.

    H2O takes those of the new frame, though the weights were trained to the old ones.

    Args:
        before: The checkpoint's network.
        now: The layout of the frame to train on.

    Raises:
        SettingsError: The columns or levels differ.
    """
    if before.feature_names != now.feature_names:
        differing = sorted(set(before.feature_names) ^ set(now.feature_names)) or list(now.feature_names)
        raise SettingsError(
            f"The checkpoint was trained on other columns or levels: {name_some(differing)}. Train on the same ones."
        )
    return replace(now, subtracted=before.subtracted, multiplied=before.multiplied)


def _trained(given: Any) -> TrainedModel:
    found = registry.registered(given) if isinstance(given, str) else given
    model = found if isinstance(found, TrainedModel) else getattr(found, "model", None)
    if not isinstance(model, TrainedModel):
        raise SettingsError(f"checkpoint is {given!r}; a trained model, its estimator or its name was expected.")
    return model
