"""What a search over settings may choose; a setting that the user gave is left alone."""

from __future__ import annotations

from typing import Any

from offbeat.detector.config import Settings
from offbeat.detector.plan import AUTO_BATCH, CURVE_NOISE_LEVELS
from offbeat.detector.unused import scores_that_heed_all
from offbeat.networks.build import SETTINGS_OF_KINDS
from offbeat.networks.settings import NetworkSettings
from offbeat.scoring.mahalanobis import MOST_FEATURES

KINDS = ("denoiser", "dense", "contractive", "variational", "memory")
PENALISED = frozenset({"contractive", "variational", "memory"})
"""Those with a term of their own in the loss, which refuse the setting sparsity."""

WIDTHS = (64, 128, 256, 512)
CHANNELS = {"8,4": (8, 4), "16,8": (16, 8), "16,8,4": (16, 8, 4), "32,16,8": (32, 16, 8)}
KERNELS = (3, 7, 15)
MOST_UNITS = 512
WITHOUT_NETWORK = frozenset({"neighbours", "neighbourhood", "aligned-neighbours"})
"""Scores that no network changes: candidates that differ in theirs would be the same one over and over."""


def suggest(
    trial: Any, given: Settings, auto: Settings, columns: int, *, features: int, curves: bool
) -> dict[str, object]:
    """Settings for one trial, beside those that were given.

    Args:
        trial: optuna's.
        given: What the user said.
        auto: What "auto" would choose, resolved; its epochs are the measure of how long to train.
        columns: How many columns the table has.
        features: How many features these give.
        curves: Whether each row is one series.
    """
    one_scale = curves or auto.scaling == "standard-global"
    scalings = ("standard-global", "standard") if one_scale else ("standard", "robust")
    chosen: dict[str, object] = {"scaling": trial.suggest_categorical("scaling", scalings)}
    scores = ("combined", "whitened", "mahalanobis", "neighbours")
    narrow = tuple(score for score in scores if score != "mahalanobis" or features <= MOST_FEATURES)
    # None heeds alignment, which comes with a score that was given.
    if heeding := scores_that_heed_all(narrow, given):
        chosen["score"] = trial.suggest_categorical("score", heeding)
    own = {name: value for name, value in chosen.items() if name not in _said(given)}
    if own.get("score", given.score) in WITHOUT_NETWORK:
        return own
    return own | _of_training(trial, given, auto, columns, curves=curves)


def _of_training(trial: Any, given: Settings, auto: Settings, columns: int, *, curves: bool) -> dict[str, object]:
    """The network and how it learns, which scores without it do not look at."""
    chosen: dict[str, object] = {"batch_size": AUTO_BATCH, "schedule": "cosine"}
    if auto.category_loss == "cross-entropy":
        chosen["category_loss"] = auto.category_loss
    if given.network == "auto" and given.hidden is None:
        kind = trial.suggest_categorical("network", _kinds(given, curves=curves))
        chosen |= {"network": kind, **_shape(trial, kind, columns, curves=curves)}
    chosen["learning_rate"] = trial.suggest_float("learning_rate", 3e-4, 5e-3, log=True)
    chosen["epochs"] = auto.epochs * trial.suggest_categorical("length", (0.5, 1.0, 2.0))
    return {name: value for name, value in chosen.items() if name not in _said(given)}


def _said(given: Settings) -> frozenset[str]:
    """The settings that are decided: "auto" and none, spelled out, leave the choice open."""
    return frozenset(name for name in given.model_fields_set if getattr(given, name) not in ("auto", None))


def _kinds(given: Settings, *, curves: bool) -> tuple[str, ...]:
    """The networks that have a use for all that was given."""
    fields = NetworkSettings.model_fields
    asked = [kinds for name, kinds in SETTINGS_OF_KINDS.items() if getattr(given, name) != fields[name].default]
    refused = PENALISED if given.sparsity > 0 else frozenset()
    kinds = (*KINDS, "convolutional") if curves else KINDS
    return tuple(kind for kind in kinds if kind not in refused and all(kind in heeding for heeding in asked))


def _shape(trial: Any, kind: str, columns: int, *, curves: bool) -> dict[str, object]:
    """Hidden layers, and the settings that only this kind of network has."""
    if kind == "denoiser":
        levels = CURVE_NOISE_LEVELS if curves else NetworkSettings.model_fields["noise_levels"].default
        factor = trial.suggest_float("noise", 0.3, 3.0, log=True)
        width, depth = trial.suggest_categorical("width", WIDTHS), trial.suggest_int("depth", 1, 3)
        return {"hidden": (width,) * depth, "noise_levels": tuple(round(factor * level, 4) for level in levels)}
    if kind == "convolutional":
        channels = CHANNELS[trial.suggest_categorical("channels", tuple(CHANNELS))]
        kernels = tuple(kernel for kernel in KERNELS if kernel <= max(columns, min(KERNELS)))
        return {"hidden": channels, "kernel": trial.suggest_categorical("kernel", kernels)}
    wide = min(MOST_UNITS, max(8, 2 * columns))
    code = max(1, min(MOST_UNITS, round(columns * trial.suggest_float("code_share", 0.1, 0.9))))
    own: dict[str, object] = {}
    if kind == "contractive":
        own["contraction"] = trial.suggest_float("contraction", 0.01, 1.0, log=True)
    if kind == "variational":
        own["kl_weight"] = trial.suggest_float("kl_weight", 0.01, 1.0, log=True)
    if kind == "memory":
        own["memory_slots"] = trial.suggest_int("memory_slots", 10, 200, log=True)
    return {"hidden": (wide, code, wide), **own}
