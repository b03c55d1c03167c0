"""All settings as one: what is accepted, what is refused in words, what is remembered, and what "auto" becomes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from offbeat.cli.config_file import read_config
from offbeat.detector.config import PARTS, Settings, parse_settings
from offbeat.detector.other_words import ADVICE, NAMES, VALUES
from offbeat.detector.plan import (
    AUTO_BATCH,
    AUTO_STEPS,
    CURVE_NOISE_LEVELS,
    FEWEST_AUTO_EPOCHS,
    MOST_AUTO_EPOCHS,
    resolve,
)
from offbeat.errors import SettingsError
from offbeat.networks.settings import NetworkSettings
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.training.settings import TrainingSettings


def _refusal(**settings: object) -> str:
    with pytest.raises(SettingsError) as error:
        parse_settings(settings)
    return str(error.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epoch": 3}, "There is no setting 'epoch'. Did you mean 'epochs'?"),
        ({"epochs": -1}, "The setting 'epochs' cannot be -1: it should be at least 0."),
        ({"epochs": float("nan")}, "The setting 'epochs' cannot be nan: it should be a finite number."),
        ({"hidden": "50"}, "The setting 'hidden' cannot be '50': it should be a list."),
        ({"hidden": [8, 0]}, "The setting 'hidden' cannot be 0: it should be at least 1 and at most 65,536."),
        ({"dropout": 1.5}, "The setting 'dropout' cannot be 1.5: it should be at least 0 and below 1, or be a list."),
        ({"dropout": [0.1, 2]}, "The setting 'dropout' cannot be 2: it should be at least 0 and below 1."),
        ({"optimizer": "adagrad"}, "it should be 'adam', 'adamw', 'sgd', 'adadelta' or 'rmsprop'."),
        (
            {"threshold": None},
            "The setting 'threshold' cannot be None: it should be a valid string, or be a valid number.",
        ),
        ({"threshold": True}, "'threshold' cannot be True: it should be a rule, such as quantile:0.99, or a number."),
        ({"threshold": np.False_}, "it should be a rule, such as quantile:0.99, or a number."),
        ({"epochs": True}, "The setting 'epochs' cannot be True: it should be a valid number."),
        ({"epochs": np.True_}, "it should be a valid number."),
        ({"validation": False}, "The setting 'validation' cannot be False: it should be a valid number."),
        ({"batch_size": True}, "The setting 'batch_size' cannot be True: it should be a valid integer."),
        ({"l1": True}, "The setting 'l1' cannot be True: it should be a valid number."),
        ({"hidden": True}, "The setting 'hidden' cannot be True: it should be a list."),
        ({"hidden": [3, True]}, "The setting 'hidden' cannot be True: it should be a valid integer."),
        ({"hidden": np.array([True])}, "it should be a valid integer."),
        ({"hidden": [[3], [2, True]]}, "The setting 'hidden' cannot be [3]: it should be a valid integer."),
        ({"ignore": [True]}, "The setting 'ignore' cannot be True: it should be a valid"),
        ({"threshold": "conformall"}, "Unknown threshold 'conformall'. Did you mean 'conformal'?"),
        ({"threshold": "quantile:2"}, "quantile:2"),
        ({"noise_levels": [1, 0.5]}, "it should rise from the smallest level to the largest."),
        ({"noise_levels": []}, "The setting 'noise_levels' cannot be []: it should have at least 1 item"),
        ({"epsilon": 1e-46}, "'epsilon' cannot be 1e-46: it should be at least 1e-30 and at most 1e+30."),
        ({"huber_delta": 1e-46}, "'huber_delta' cannot be 1e-46: it should be at least 1e-30 and at most 1e+30."),
        ({"huber_delta": 1e39}, "'huber_delta' cannot be 1e+39: it should be at least 1e-30 and at most 1e+30."),
        ({"learning_rate": 1e-50}, "'learning_rate' cannot be 1e-50: it should be at least 1e-30 and at most 1e+30."),
        ({"learning_rate": 1e50}, "'learning_rate' cannot be 1e+50: it should be at least 1e-30 and at most 1e+30."),
        ({"clip_norm": 1e-50}, "'clip_norm' cannot be 1e-50: it should be at least 1e-30 and at most 1e+30."),
        ({"l1": 1e300}, "'l1' cannot be 1e+300: it should be at least 0 and at most 1e+15."),
        ({"noise": 1e300}, "'noise' cannot be 1e+300: it should be at least 0 and at most 1,000."),
        ({"out": 1}, "There is no setting 'out'. There are: 'activation', "),
        ({"table": 1}, "There is no setting 'table'. There are: 'activation', "),
        ({"contamination": 0.7}, "it should be 'auto', 'none' or 'unknown', or be above 0 and below 0.5."),
        ({"contamination": 0}, "it should be 'auto', 'none' or 'unknown', or be above 0 and below 0.5."),
        ({"seed": 2**63}, "it should be at least 0 and below 9,223,372,036,854,775,808."),
        ({"random_state": 1}, "There is no setting 'random_state'. Did you mean 'seed'?"),
        ({"lr": 0.1}, "There is no setting 'lr'. Did you mean 'learning_rate'?"),
        ({"validation_split": 0.1}, "There is no setting 'validation_split'. Did you mean 'validation'?"),
        ({"validation_data": 1}, "There is no setting 'validation_data'. Did you mean 'validation'?"),
        ({"shuffle": True}, "no setting 'shuffle'. Training always shuffles the rows, by the seed. Leave it out."),
        ({"verbose": 0}, "There is no setting 'verbose'. What is told of the training, progress='none', 'lines' or "),
        ({"loss": "mae"}, "it should be 'squared', 'absolute' or 'huber'. Did you mean 'absolute'?"),
        ({"loss": "Mean_Squared_Error"}, "it should be 'squared', 'absolute' or 'huber'. Did you mean 'squared'?"),
    ],
)
def test_a_wrong_setting_is_refused_in_words(settings: dict[str, Any], words: str) -> None:
    assert words in _refusal(**settings)


def test_one_value_stands_for_a_list_of_it() -> None:
    given = {"hidden": np.int64(50), "ignore": "id", "numeric": 0, "noise_levels": 0.2, "missing": "?"}
    settings = parse_settings(given)
    assert (settings.hidden, settings.ignore, settings.numeric) == ((50,), ("id",), (0,))
    assert (settings.noise_levels, settings.missing) == ((0.2,), ("?",))
    assert parse_settings({"dropout": 0.2, "activation": "Tanh"}).part(NetworkSettings).dropout == 0.2


def test_a_name_like_no_other_gets_the_list() -> None:
    words = _refusal(zzz=1)

    more = len(Settings.model_fields) - 5
    assert words == (
        "There is no setting 'zzz'. There are: 'activation', 'alignment', 'batch_size', 'calibration', 'categorical' "
        f"and {more} more; offbeat fit --help lists them."
    )


def test_words_of_other_libraries_are_none_of_ours_and_lead_to_ours() -> None:
    assert not {*NAMES, *ADVICE} & {*Settings.model_fields}
    assert {*NAMES.values()} <= {*Settings.model_fields}
    for (name, word), meant in VALUES.items():
        assert f" Did you mean '{meant}'?" in _refusal(**{name: word})
        assert meant in {getattr(parse_settings({name: meant}), name)}


def test_several_wrong_settings_are_told_at_once_and_from_the_sixth_on_by_name() -> None:
    words = _refusal(seed=-1, activation="tanhh", hiden=[2], l1=-1, l2=-1, rho=1, warmup=1)

    assert "The setting 'seed' cannot be -1: it should be at least 0 and below" in words
    assert words.count("The setting '") == 5
    assert words.endswith(" Wrong too: 'activation', 'hiden'.")


def test_many_names_like_no_other_get_the_list_once() -> None:
    words = _refusal(**{f"zzz{number}": 1 for number in range(7)}, seed=-1, epoch=3)

    assert words.startswith("The setting 'seed' cannot be -1: it should be at least 0 and below")
    assert " There is no setting 'epoch'. Did you mean 'epochs'? There are no settings 'zzz0', 'zzz1', " in words
    assert "'zzz4' and 2 more. There are: 'activation', " in words
    assert words.count("offbeat fit --help lists them") == 1


def test_a_value_that_would_fill_the_screen_is_cut() -> None:
    words = _refusal(hidden=np.zeros((50, 50)))

    assert len(words) < 200 and "\n" not in words


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"activation": "Tanh"}, {"activation": "tanh"}),
        ({"activation": "Leaky_ReLU"}, {"activation": "leaky-relu"}),
        ({"scaling": "MinMax_Global"}, {"scaling": "minmax-global"}),
        ({"threshold": 3}, {"threshold": 3.0}),
        ({"hidden": np.array([3, 2])}, {"hidden": (3, 2)}),
        ({"seed": np.int64(7)}, {"seed": 7}),
        ({"label": "-1", "normal": 1}, {"label": "-1", "normal": 1}),
        ({"normal": True}, {"normal": True}),
        ({"nesterov": True}, {"nesterov": True}),
        ({"header": False}, {"header": False}),
        ({"missing_indicator": True}, {"missing_indicator": True}),
        ({"epochs": np.float32(2), "batch_size": np.int64(8)}, {"epochs": 2.0, "batch_size": 8}),
        ({"label": "State", "normal": "Good"}, {"label": "State", "normal": "Good"}),
    ],
)
def test_usual_spellings_are_understood(given: dict[str, Any], meant: dict[str, Any]) -> None:
    settings = parse_settings(given)

    for name, value in meant.items():
        assert getattr(settings, name) == value
        assert type(getattr(settings, name)) is type(value)


def test_every_setting_belongs_to_exactly_one_part_and_is_described() -> None:
    names = [name for part in PARTS for name in part.model_fields]

    assert sorted(names) == sorted(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        assert field.description, f"{name} has no description"


def test_a_part_sees_its_own_settings() -> None:
    settings = parse_settings({"epochs": 7, "threshold": "tail", "fdr": 0.1})

    assert settings.part(TrainingSettings) == TrainingSettings(epochs=7)
    assert settings.part(ThresholdSettings) == ThresholdSettings(threshold="tail", fdr=0.1)


def test_given_settings_are_remembered_also_where_they_are_the_default() -> None:
    assert parse_settings({"epochs": 100, "seed": 3}).given() == {"epochs": 100.0, "seed": 3}
    assert parse_settings({"epochs": 100}).with_changes(seed=1).given() == {"epochs": 100.0, "seed": 1}
    assert parse_settings({}).given() == {}


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_settings({}).epochs = 3  # type: ignore[misc]


def test_a_named_network_is_scored_by_its_loss() -> None:
    for settings in ({"hidden": [8]}, {"network": "dense"}, {"network": "denoiser"}):
        resolved = resolve(parse_settings({**settings, "loss": "absolute"}), 1000, curves=False)
        assert resolved.score == "absolute"
        assert resolved.network == settings.get("network", "dense")
        assert (resolved.epochs, resolved.batch_size) == (100, 32)


def test_a_score_that_is_asked_for_is_kept() -> None:
    assert resolve(parse_settings({"hidden": [8], "score": "whitened"}), 9, curves=False).score == "whitened"
    assert resolve(parse_settings({"score": "neighbours"}), 9, curves=False).score == "neighbours"


@pytest.mark.parametrize("rows", [1, 1000, 10_000, 50_000, 10_000_000])
def test_the_default_detector_trains_for_steps_not_epochs(rows: int) -> None:
    resolved = resolve(parse_settings({}), rows, curves=False)

    assert (resolved.network, resolved.score, resolved.schedule) == ("denoiser", "combined", "cosine")
    assert resolved.batch_size == AUTO_BATCH
    steps_an_epoch = math.ceil(rows / AUTO_BATCH)
    is_extreme = resolved.epochs in (MOST_AUTO_EPOCHS, FEWEST_AUTO_EPOCHS)
    assert is_extreme == (rows in (1, 10_000_000))
    assert is_extreme or abs(resolved.epochs * steps_an_epoch - AUTO_STEPS) <= steps_an_epoch / 2


@pytest.mark.parametrize("given", [{"epochs": 100}, {"batch_size": 32}, {"schedule": "constant"}])
def test_the_default_detector_does_as_it_is_told(given: dict[str, Any]) -> None:
    resolved = resolve(parse_settings(given), 400, curves=False)

    for name, value in given.items():
        assert getattr(resolved, name) == value


def test_curves_keep_their_shape_and_get_more_noise() -> None:
    resolved = resolve(parse_settings({}), 400, curves=True)
    assert (resolved.scaling, resolved.noise_levels) == ("standard-global", CURVE_NOISE_LEVELS)

    told = resolve(parse_settings({"scaling": "standard", "noise_levels": [0.1]}), 400, curves=True)
    assert (told.scaling, told.noise_levels) == ("standard", (0.1,))


def test_nothing_is_left_to_auto() -> None:
    for settings in ({}, {"hidden": [3]}, {"network": "denoiser"}, {"score": "huber"}):
        resolved = resolve(parse_settings(settings), 50, curves=False)
        assert "auto" not in (resolved.network, resolved.score, resolved.category_loss)


def test_the_default_detector_learns_categories_by_cross_entropy_and_a_named_network_by_the_error() -> None:
    def word(*, categories: bool, **settings: object) -> str:
        return resolve(parse_settings(settings), 50, curves=False, categories=categories).category_loss

    assert (word(categories=True), word(categories=False)) == ("cross-entropy", "error")
    assert word(categories=True, hidden=[3]) == word(categories=True, network="denoiser") == "error"
    assert word(categories=True, category_loss="error") == "error"
    assert word(categories=True, hidden=[3], category_loss="cross_entropy") == "cross-entropy"


def test_one_word_for_missing_need_not_be_a_list(tmp_path: Path) -> None:
    (tmp_path / "offbeat.toml").write_text('missing = "x"\n')
    assert parse_settings(read_config(tmp_path / "offbeat.toml")).missing == ("x",)
