"""The estimator's parameters beside the native settings, and what is refused."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from offbeat.detector.config import Settings
from offbeat.detector.plan import resolve
from offbeat.errors import SettingsError
from offbeat.sklearn import AutoEncoderDetector
from offbeat.sklearn.parameters import CHOSEN_BY_FIT, OWN, SETTING_OF, settings_of

OF_FILES_AND_LABELS = {"header", "delimiter", "decimal", "missing", "label", "normal"}
SETTINGS_BEHIND = {
    field.name: None if field.name in OWN else SETTING_OF.get(field.name, field.name)
    for field in fields(AutoEncoderDetector)
}


def test_every_setting_that_means_something_for_arrays_and_frames_is_a_parameter() -> None:
    apart = OF_FILES_AND_LABELS | {"seed"}
    assert set(SETTINGS_BEHIND.values()) - {None} == set(Settings.model_fields) - apart


@pytest.mark.parametrize("name", SETTINGS_BEHIND)
def test_a_parameter_has_the_default_of_its_setting(name: str) -> None:
    default = inspect.signature(AutoEncoderDetector).parameters[name].default
    setting = SETTINGS_BEHIND[name]
    if setting is None:
        assert (name, default) in [("random_state", Settings().seed), ("verbose", 0)]
    elif name in CHOSEN_BY_FIT:
        assert default is None
    else:
        assert default == Settings.model_fields[setting].default


def test_what_the_default_detector_decides_is_left_to_it() -> None:
    decided = resolve(Settings(), 1000, curves=True).given()
    assert set(decided) - {"kind", "network", "score", "category_loss"} <= set(CHOSEN_BY_FIT)
    assert settings_of(AutoEncoderDetector()).model_fields_set.isdisjoint(CHOSEN_BY_FIT)
    assert "epochs" in settings_of(AutoEncoderDetector(epochs=100)).model_fields_set


def test_parameters_are_given_by_name_only() -> None:
    kinds = {parameter.kind for parameter in inspect.signature(AutoEncoderDetector).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", SETTINGS_BEHIND)
def test_every_parameter_is_described(name: str) -> None:
    text = inspect.getdoc(AutoEncoderDetector) or ""
    line = next(line for line in text.partition("Parameters:")[2].splitlines() if line.strip().startswith(f"{name}: "))
    assert line.endswith(".")


def test_clone_and_set_params_keep_what_was_given() -> None:
    hidden = [np.int64(4), 2, 4]
    estimator = AutoEncoderDetector(hidden=hidden, learning_rate=np.float32(0.5), random_state=7)
    copy = clone(estimator)
    assert copy.get_params()["hidden"] == [4, 2, 4]
    assert copy.set_params(epochs=3, score_kind="absolute") is copy
    settings = settings_of(copy)
    assert (settings.hidden, settings.learning_rate, settings.seed) == ((4, 2, 4), 0.5, 7)
    assert (settings.epochs, settings.score) == (3.0, "absolute")


@pytest.mark.parametrize(
    ("given", "means"),
    [(np.float32(0.25), 0.25), (0.5, "unknown"), ("unknown", "unknown"), ("none", "none"), ("auto", "auto")],
)
def test_contamination_is_that_of_fit_and_a_half_is_unknown_to_it(given: object, means: object) -> None:
    assert settings_of(AutoEncoderDetector(contamination=given)).contamination == means


def test_what_is_given_beside_contamination_stays_as_it_is_given() -> None:
    given = {"trim": 0.0, "stopping": "loss", "threshold": "quantile:0.9"}
    settings = settings_of(AutoEncoderDetector(contamination="unknown", hidden=(2,), **given))
    resolved = resolve(settings, 60, curves=False)
    assert {name: getattr(resolved, name) for name in given} == given
    waiting = settings_of(AutoEncoderDetector(contamination=0.1, hidden=(2,), patience=5))
    assert resolve(waiting, 60, curves=False).stopping == "loss"


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_conformal_threshold_beside_a_share_is_as_none_given(share: float) -> None:
    spelled_out = settings_of(AutoEncoderDetector(contamination=share, threshold="conformal"))
    left_out = settings_of(AutoEncoderDetector(contamination=share))
    assert spelled_out == left_out
    assert spelled_out.model_fields_set == left_out.model_fields_set


def test_a_random_state_gives_each_fit_its_own_seed_and_can_be_repeated() -> None:
    shared = AutoEncoderDetector(random_state=np.random.RandomState(3))
    seeds = [settings_of(shared).seed, settings_of(shared).seed]
    assert seeds[0] != seeds[1]
    assert settings_of(AutoEncoderDetector(random_state=np.random.RandomState(3))).seed == seeds[0]


def test_none_is_a_fresh_seed_and_leaves_numpys_global_one_alone() -> None:
    before = np.random.get_state()[1].tolist()
    estimator = AutoEncoderDetector(random_state=None)
    assert settings_of(estimator).seed != settings_of(estimator).seed
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"contamination": 0.6}, "contamination is 0.6; 'auto', 'none', 'unknown' or the share of outliers among the"),
        ({"contamination": 0.0}, "training rows was expected, above 0 and at most 0.5."),
        ({"contamination": "many"}, "contamination is 'many'"),
        (
            {"contamination": 0.1, "threshold": "mean+1std"},
            "contamination=0.1 and threshold='mean+1std' both say from which score on a row is an outlier. Leave one "
            "of them out, or say contamination='unknown', which leaves that to threshold.",
        ),
        (
            {"contamination": 0.1, "fdr": 0.2},
            "contamination=0.1 sets the cut-off; fdr has no use beside it. Leave fdr out, or take "
            "contamination='unknown' and threshold='conformal'.",
        ),
        ({"contamination": 0.5, "fdr": 0.2}, "contamination=0.5 sets the cut-off; fdr has no use beside it."),
        ({"contamination": 0.1, "threshold": "conformal", "fdr": 0.2}, "contamination=0.1 sets the cut-off; fdr has"),
        ({"contamination": 0.1, "fdr": 2.0}, "The setting 'fdr' cannot be 2.0"),
        ({"random_state": -1}, "random_state is -1; a whole number from 0, a RandomState or None was expected."),
        ({"random_state": "seven"}, "random_state is 'seven'"),
        ({"hidden": "5"}, "The setting 'hidden' cannot be '5': it should be a list."),
        ({"epochs": -1}, "The setting 'epochs' cannot be -1"),
        ({"activation": "cosine"}, "The setting 'activation' cannot be 'cosine'"),
        ({"score_kind": "loudness"}, "The setting 'score' cannot be 'loudness'"),
    ],
)
def test_fit_refuses_in_words_what_the_constructor_only_stores(wrong: dict[str, Any], words: str) -> None:
    estimator = AutoEncoderDetector(**wrong)
    with pytest.raises(SettingsError) as error:
        estimator.fit([[0.0], [1.0]])
    assert words in str(error.value)
    assert isinstance(error.value, ValueError)
    assert not hasattr(estimator, "detector_")


@pytest.mark.parametrize("network", [{}, {"hidden": (2,)}])
def test_what_is_advised_for_an_fdr_beside_a_share_can_be_done(network: dict[str, Any]) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    advised = AutoEncoderDetector(epochs=2, fdr=0.2, contamination="unknown", threshold="conformal", **network)
    assert advised.fit(rows).detector_.resolved.fdr == 0.2


def test_a_parameter_that_there_is_not_is_told_by_the_name_of_the_estimator() -> None:
    with pytest.raises(TypeError, match=r"^AutoEncoderDetector\.__init__\(\) got an unexpected .* 'hiden'"):
        AutoEncoderDetector(hiden=(2,))


def test_a_threshold_that_needs_labels_says_where_it_can_be_set() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    with pytest.raises(SettingsError) as error:
        AutoEncoderDetector(threshold="best-f1").fit(rows, np.zeros(60))
    assert str(error.value) == (
        "threshold='best-f1' separates normal from anomalous rows, and an estimator's fit reads no labels. Take "
        "another threshold, or set it after the fit on a table with a column of labels: "
        "estimator.detector_.with_threshold('best-f1', table=..., label=..., normal=...)."
    )
    estimator = AutoEncoderDetector(hidden=(2,), epochs=2, threshold="quantile:0.9").fit(rows)
    marked = np.column_stack([np.vstack([rows, rows + 9]), np.repeat([0, 1], 60)])
    changed = estimator.detector_.with_threshold("best-f1", table=marked, label=-1, normal=0)
    assert changed.detect(rows + 9).flags.all()
