"""Settings that would change nothing are refused, and all others are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import optax
import polars as pl
import pytest
from small_detectors import QUICK, fitted, readings

import offbeat
from offbeat.detector.config import parse_settings
from offbeat.detector.plan import resolve
from offbeat.detector.unused import SETTINGS_OF_CHOICES
from offbeat.errors import SettingsError
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.scoring.combine import component_scores
from offbeat.scoring.fit import COMPONENTS, fit_components
from offbeat.scoring.settings import ScoringSettings
from offbeat.training.optimizers import OPTIMIZERS, build_optimizer
from offbeat.training.settings import TrainingSettings

OTHER_VALUES = {"momentum": 0.9, "nesterov": True, "rho": 0.5, "epsilon": 0.1, "weight_decay": 0.3}
SCORE_VALUES = {"alignment": 0.3, "neighbours": 40}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"momentum": 0.9}, "The setting 'momentum' does not apply to optimizer='adam'. Leave it out, or take optim"),
        ({"nesterov": True}, "'nesterov' does not apply to optimizer='adam'. Leave it out, or take optimizer='sgd'."),
        ({"nesterov": True, "optimizer": "sgd"}, "'nesterov' does not apply to momentum=0. Leave it out, or say how"),
        ({"rho": 0.9, "optimizer": "rmsprop"}, "'rho' does not apply to optimizer='rmsprop'. .* optimizer='adadelta'."),
        ({"epsilon": 0.1, "optimizer": "sgd"}, "'epsilon' does not apply to optimizer='sgd'. .* optimizer='adam'."),
        ({"weight_decay": 0.1}, "'weight_decay' does not apply to optimizer='adam'. .* take optimizer='adamw'."),
        ({"huber_delta": 2.0}, "'huber_delta' does not apply to loss='squared'. Leave it out, or take loss='huber'."),
        ({"min_improvement": 0.1}, "'min_improvement' does not apply to training without patience. .* patience=10."),
        ({"min_improvement": 0.1, "stopping": "entropy"}, "does not apply to stopping='entropy'. .* stopping='loss' a"),
        ({"min_improvement": 0.1, "contamination": 0.1}, "does not apply to stopping='entropy'"),
        (
            {"neighbours": 3},
            "'neighbours' does not apply to score='squared'. Leave it out, or take score='neighbours'.",
        ),
        ({"score": "svdd", "neighbours": 3}, "'neighbours' does not apply to score='svdd'."),
        ({"alignment": 0.1}, "'alignment' does not apply to score='squared'. .* take score='aligned-neighbours'."),
        (
            {"threshold": "mean+1std", "fdr": 0.1},
            "'fdr' does not apply to threshold='mean.1std'. .* threshold='conform",
        ),
        ({"threshold": 4.5, "fdr": 0.1}, "The setting 'fdr' does not apply to threshold='4.5'. Leave it out, or take"),
        ({"threshold": "quantile:0.9", "fdr": 0.1}, "'fdr' does not apply to threshold='quantile:0.9'."),
        ({"threshold": "mean+1std", "calibration": 0.4}, "'calibration' does not apply to threshold='mean.1std', whic"),
        ({"category_loss": "cross-entropy"}, "'category_loss' does not apply to a table without categories. Leave it"),
    ],
)
def test_what_would_have_no_effect_is_refused_in_words(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        fitted(**settings)


@pytest.mark.parametrize("settings", [{"weight_decay": 0.1}, {"alignment": 0.1}, {"network": "auto", "rho": 0.9}])
def test_the_default_detector_refuses_it_too(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"does not apply to (optimizer='adam'|score='combined')"):
        offbeat.fit(readings(), **settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
        {"optimizer": "adamw", "weight_decay": 0.1},
        {"score": "huber", "huber_delta": 0.5},
        {"loss": "huber", "score": "whitened", "huber_delta": 0.5},
        {"patience": 3, "min_improvement": 0.1},
        {"contamination": 0.1, "patience": 3, "min_improvement": 0.1},
        {"score": "combined", "neighbours": 3},
        {"threshold": "tail", "fdr": 0.1, "calibration": 0.4},
        {"threshold": "mean+1std", "fdr": 0.05, "calibration": 0.0},
        {"threshold": "quantile:0.9", "calibration": 0.4},
        {"weight_decay": 0.0, "category_loss": "error"},
        {"category_loss": "cross-entropy", "categories": True},
    ],
)
def test_what_has_an_effect_is_taken(settings: dict[str, Any]) -> None:
    categories = settings.pop("categories", False)
    resolved = resolve(parse_settings({"hidden": [2], **settings}), 50, curves=False, categories=categories)
    assert settings.items() <= resolved.given().items()


def test_a_search_refuses_it_before_the_first_candidate() -> None:
    with pytest.raises(SettingsError, match=r"'fdr' does not apply to threshold='quantile:0.9'"):
        offbeat.tune(readings(), trials=500, threshold="quantile:0.9", fdr=0.1)


def test_a_detector_whose_threshold_was_changed_can_be_compared_with_baselines() -> None:
    fitted_before = fitted(threshold="conformal", fdr=0.1, calibration=0.4)
    changed = fitted_before.with_threshold("mean+2std")
    assert changed.settings.fdr == 0.1
    assert changed.detect(readings()).with_baselines(readings()).baselines[0].name == "untrained network"


def test_defaults_that_are_spelled_out_ask_for_nothing() -> None:
    defaults = offbeat.Settings().model_dump()
    for settings in (defaults, {**defaults, "hidden": [2]}, {**defaults, "optimizer": "sgd", "score": "svdd"}):
        resolve(parse_settings(settings), 50, curves=False)


@pytest.mark.parametrize("kind", ["dense", "denoiser", "memory", "variational", "contractive"])
def test_a_zero_asks_nothing_of_a_network_either(kind: str) -> None:
    zeros = {"kl_weight": 0, "contraction": 0.0, "dropout": [0, 0], "input_dropout": 0, "linear_skip": 0}
    chosen = parse_settings({"network": kind, "hidden": [4, 2], **zeros})
    assert build_network(chosen.part(NetworkSettings), 3, np.random.default_rng(0))


def test_a_score_that_is_found_to_be_needed_keeps_its_setting() -> None:
    assert resolve(parse_settings({"neighbours": 3}), 50, curves=False).neighbours == 3


@pytest.mark.parametrize("word", OPTIMIZERS)
def test_the_table_is_what_optimizers_heed(word: str) -> None:
    def steps(**changes: Any) -> np.ndarray:
        settings = TrainingSettings(optimizer=word, **{"momentum": 0.5, **changes})  # type: ignore[arg-type]
        rule, parameters = build_optimizer(settings), jnp.linspace(0.1, 1.0, 4)
        state = rule.init(parameters)
        for gradient in (jnp.linspace(-1.0, 2.0, 4), jnp.linspace(1.0, -0.5, 4)):
            direction, state = rule.update(gradient, state, parameters)
            parameters = optax.apply_updates(parameters, direction)
        return np.asarray(parameters)

    for name, value in OTHER_VALUES.items():
        choice, words = SETTINGS_OF_CHOICES[name]
        assert choice == "optimizer"
        assert (steps() != steps(**{name: value})).any() == (word in words), name


@pytest.mark.parametrize("word", COMPONENTS)
def test_the_table_is_what_scores_heed(word: str) -> None:
    curves = np.cumsum(np.random.default_rng(0).normal(size=(200, 30)), axis=1).astype(np.float32)
    network = build_network(NetworkSettings(network="dense", hidden=(2,)), 30, np.random.default_rng(1))

    def scores(**changes: Any) -> np.ndarray:
        settings = ScoringSettings(score=word, **changes)  # type: ignore[arg-type]
        components = fit_components(settings, network, curves, np.arange(150), huber_delta=1.0, seed=0)
        return component_scores(components, network, curves[150:])

    for name, value in SCORE_VALUES.items():
        choice, words = SETTINGS_OF_CHOICES[name]
        assert choice == "score"
        assert (scores() != scores(**{name: value})).any() == (word in words), name


def test_a_detector_of_before_opens_and_takes_another_threshold(tmp_path: Path) -> None:
    detector = fitted()
    earlier = replace(detector, settings=detector.settings.with_changes(momentum=0.9, neighbours=9))
    again = offbeat.load(earlier.save(tmp_path / "a.offbeat"))
    assert again.settings.momentum == 0.9
    assert again.with_threshold("quantile:0.9").settings.neighbours == 9


def test_categories_make_room_for_their_loss() -> None:
    table = pl.DataFrame({"valve": ["open", "shut"] * 20, "flow": np.arange(40.0)})
    detector = offbeat.fit(table, **{**QUICK, "epochs": 1}, category_loss="cross-entropy")
    assert detector.resolved.category_loss == "cross-entropy"
