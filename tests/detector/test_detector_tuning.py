"""The search over settings: what it leaves alone, what it tells, and when plain auto is kept."""

from __future__ import annotations

import builtins
import importlib
import signal
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small_detectors import fitted, framed, labelled, readings

import offbeat
from offbeat.cli.config_file import read_config
from offbeat.detector.plan import resolve
from offbeat.detector.search_space import KINDS, suggest
from offbeat.detector.separation import Answers, gain_interval, set_exam
from offbeat.detector.toml import toml_of
from offbeat.detector.tune import _refuse_limits
from offbeat.detector.tuning import SearchInterrupted, Trial, Tuning
from offbeat.errors import DataError, MissingDependencyError, SettingsError

TUNE: Any = importlib.import_module("offbeat.detector.tune")

# A named network in few steps, and no folds, so that a search takes seconds.
FEW_STEPS: dict[str, Any] = {
    "network": "dense",
    "hidden": [2],
    "epochs": 5,
    "scaling": "standard",
    "batch_size": 16,
    "calibration": 0,
}


class _Asked:
    """Answers as optuna's trial does, always with the last choice or the upper bound; notes between what."""

    def __init__(self, network: str = "dense", score: str = "combined") -> None:
        self.choices: dict[str, tuple[Any, ...]] = {}
        self.answers = {"network": network, "score": score}

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        self.choices[name] = choices
        return self.answers.get(name, choices[-1])

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        return high

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        return high


@pytest.fixture(scope="module")
def tuned() -> Tuning:
    return offbeat.tune(framed(readings(60)), trials=2, **FEW_STEPS)


def test_the_first_candidate_is_plain_auto_and_the_detector_is_fitted_on_all_rows(tuned: Tuning) -> None:
    plain, *others = tuned.trials
    assert plain.settings == {} and len(others) == 2
    assert set(plain.by_kind) == {"shuffled", "patched", "outside"}
    for trial in tuned.trials:
        assert trial.separation == pytest.approx(np.mean(list(trial.by_kind.values())))
        assert 0 <= trial.separation <= 1 and trial.seconds > 0
    assert tuned.detector.facts.rows == 60
    assert tuned.best.separation == max(trial.separation for trial in tuned.trials)


def test_given_settings_are_not_searched(tuned: Tuning) -> None:
    for trial in tuned.trials[1:]:
        training = set() if trial.settings["score"] == "neighbours" else {"learning_rate", "schedule"}
        assert set(trial.settings) == {"score", *training}
    assert FEW_STEPS["epochs"] == tuned.detector.settings.epochs
    assert tuned.detector.resolved.network == "dense"


def test_the_seed_decides(tuned: Tuning) -> None:
    again = offbeat.tune(framed(readings(60)), trials=2, **FEW_STEPS)
    assert [trial.settings for trial in again.trials] == [trial.settings for trial in tuned.trials]
    assert [trial.separation for trial in again.trials] == [trial.separation for trial in tuned.trials]
    assert (again.gain, again.interval) == (tuned.gain, tuned.interval)
    other = offbeat.tune(framed(readings(60)), trials=1, seed=5, **FEW_STEPS)
    assert other.trials[1].settings != tuned.trials[1].settings


def test_settings_that_are_better_beyond_chance_are_taken_and_others_are_not(tuned: Tuning) -> None:
    """An untrained network is easily beaten by scores that look at more than the size of its residual."""
    found = offbeat.tune(framed(readings(200)), trials=5, **{**FEW_STEPS, "epochs": 0})
    assert found.best.settings["score"] in ("combined", "neighbours", "mahalanobis")
    assert found.worth_it and found.gain > 0 and found.interval[0] > 0
    assert found.best.settings.items() <= found.detector.settings.given().items()
    assert "it is taken" in found.describe()
    kept = Tuning(tuned.detector, found.trials, -0.01, (-0.02, 0.01))
    assert not kept.worth_it
    assert kept.describe() == (
        "Tried 5 settings beside plain auto. On rows that chose nothing, the best one tells counterfeits from normal "
        "rows with a ROC AUC lower by 0.0100 (95 % interval of the gain -0.0200 to 0.0100): not worth it, plain auto "
        "is kept."
    )


def test_where_auto_is_best_it_is_kept(tuned: Tuning) -> None:
    trials = (Trial({}, 0.9, {}, 0.1), Trial({"score": "whitened"}, 0.9, {}, 0.1))
    found = Tuning(tuned.detector, trials, 0.0, (0.0, 0.0))
    assert found.best is trials[0] and not found.worth_it
    assert found.describe() == (
        "Tried 1 setting beside plain auto: it does not tell counterfeits from normal rows better. Plain auto is kept."
    )
    assert Tuning(tuned.detector, (*trials, trials[1]), 0.0, (0.0, 0.0)).describe() == (
        "Tried 2 settings beside plain auto: none tells counterfeits from normal rows better. Plain auto is kept."
    )


def test_labelled_anomalies_are_not_looked_at() -> None:
    table, is_bad = labelled()
    with_bad = offbeat.tune(table, label="state", normal="good", trials=1, **FEW_STEPS)
    changed = table.with_columns(flow=table["flow"].set(~(table["state"] == "good"), 1e9))
    again = offbeat.tune(changed, label="state", normal="good", trials=1, **FEW_STEPS)
    assert [trial.separation for trial in with_bad.trials] == [trial.separation for trial in again.trials]
    assert with_bad.detector.facts.trained_on <= (~is_bad).sum()


def test_after_the_given_seconds_no_other_candidate_is_tried() -> None:
    found = offbeat.tune(framed(readings(60)), trials=50, seconds=1e-9, **FEW_STEPS)
    assert len(found.trials) == 1 and not found.worth_it


def test_the_settings_are_a_file_that_fit_reads(tuned: Tuning, tmp_path: Path) -> None:
    (tmp_path / "offbeat.toml").write_text(tuned.to_toml())
    read = read_config(tmp_path / "offbeat.toml")
    assert offbeat.Settings(**read).given() == tuned.detector.settings.given()  # type: ignore[arg-type]
    strange = {"missing": ["n/a", 'a "b"\n'], "normal": None, "header": True, "label": -1, "epochs": 1e-7}
    assert tomllib.loads(toml_of(strange)) == {name: value for name, value in strange.items() if value is not None}


@given(st.lists(st.text()))
@example(["drop\U0001f600", "\x7f", "\x00\x1f\x85\u2028\ufeff", "\\", '"', "\r\n\t"])
def test_any_text_comes_back_from_toml(words: list[str]) -> None:
    text = toml_of({"ignore": words})
    assert tomllib.loads(text.encode().decode()) == {"ignore": words}


def test_the_record_holds_every_candidate(tuned: Tuning) -> None:
    record = tuned.to_dict()
    assert set(record) == {"worth_it", "gain", "interval", "best", "trials"}
    assert record["trials"][record["best"]]["separation"] == tuned.best.separation
    assert set(record["trials"][0]) == {"settings", "separation", "by_kind", "seconds"}


@pytest.mark.parametrize(
    ("network", "own"),
    [
        ("denoiser", "noise_levels"),
        ("contractive", "contraction"),
        ("variational", "kl_weight"),
        ("memory", "memory_slots"),
        ("convolutional", "kernel"),
        ("dense", "hidden"),
    ],
)
def test_every_kind_of_network_is_searched_with_its_own_settings(network: str, own: str) -> None:
    auto = offbeat.Settings(network="denoiser", epochs=40)
    curves = network == "convolutional"
    chosen = suggest(_Asked(network), offbeat.Settings(), auto, 12, features=12, curves=curves)
    assert own in chosen and chosen["network"] == network and chosen["epochs"] == 80
    offbeat.Settings(**chosen)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spelled_out",
    [{"network": "auto"}, {"hidden": None}, {"score": "auto"}, {"network": "auto", "hidden": None}],
)
def test_an_auto_that_is_spelled_out_is_searched_as_one_left_out(spelled_out: dict[str, Any]) -> None:
    for network in KINDS:
        asked = partial(suggest, auto=offbeat.Settings(), columns=12, features=12, curves=False)
        chosen = asked(_Asked(network), offbeat.Settings(**spelled_out))
        assert chosen == asked(_Asked(network), offbeat.Settings())
        assert chosen["network"] == network
        resolve(offbeat.Settings(**spelled_out).with_changes(**chosen), 60, curves=False)  # refuses what has no use


def test_no_kernel_is_tried_that_is_longer_than_the_curve() -> None:
    asked = _Asked("convolutional")
    suggest(asked, offbeat.Settings(), offbeat.Settings(), 12, features=12, curves=True)
    assert asked.choices["kernel"] == (3, 7)


def test_candidates_learn_categories_as_the_default_detector_does() -> None:
    for word, is_said in (("cross-entropy", True), ("error", False)):
        auto = offbeat.Settings(category_loss=word)  # type: ignore[arg-type]
        assert (
            "category_loss" in suggest(_Asked(), offbeat.Settings(), auto, 12, features=12, curves=False)
        ) == is_said


@pytest.mark.parametrize(
    ("given", "name", "searched"),
    [
        ({"noise_levels": (0.1,)}, "network", ("denoiser",)),
        ({"sparsity": 0.1}, "network", ("denoiser", "dense", "convolutional")),
        ({"neighbours": 3}, "score", ("combined", "neighbours")),
    ],
)
def test_only_that_is_searched_which_has_a_use_for_what_was_given(
    given: dict[str, Any], name: str, searched: tuple[str, ...]
) -> None:
    asked = _Asked()
    suggest(asked, offbeat.Settings(**given), offbeat.Settings(), 12, features=12, curves=True)
    assert asked.choices[name] == searched


def test_a_score_of_its_own_kind_is_kept_with_its_setting() -> None:
    asked = _Asked()
    given = offbeat.Settings(score="aligned-neighbours", alignment=0.1)
    assert "score" not in suggest(asked, given, offbeat.Settings(), 12, features=12, curves=True)
    assert "score" not in asked.choices


def test_no_network_is_tried_with_a_score_that_looks_at_none() -> None:
    asked = _Asked(score="neighbours")
    given, auto = offbeat.Settings(epochs=7), offbeat.Settings(category_loss="cross-entropy")
    assert suggest(asked, given, auto, 12, features=12, curves=False) == {"scaling": "robust", "score": "neighbours"}
    assert set(asked.choices) == {"scaling", "score"}
    given = offbeat.Settings(score="neighbourhood")
    assert suggest(_Asked(), given, auto, 12, features=12, curves=False) == {"scaling": "robust"}


def test_the_same_candidate_is_not_fitted_twice() -> None:
    found = offbeat.tune(framed(readings(60)), trials=5, score="neighbours", calibration=0)
    assert len({id(trial) for trial in found.trials[1:]}) <= 2 and len(found.trials) == 6


@pytest.mark.parametrize("given", [{}, {"label": "state", "normal": "good"}])
def test_a_threshold_that_needs_anomalies_is_refused_before_the_first_candidate(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = framed(readings(60)).with_columns(state=pl.lit("good"))
    fits: list[object] = []
    monkeypatch.setattr(TUNE, "fit_with", lambda settings, *_, **__: fits.append(settings))
    with pytest.raises(SettingsError) as problem:
        offbeat.tune(table, trials=500, threshold="best-f1", **given)
    assert fits == []
    assert str(problem.value).startswith(
        "The threshold 'best-f1' separates normal from anomalous rows, and no row is known to be anomalous. Say label="
    )


def test_an_interrupted_search_can_be_ended_with_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    settled = TUNE._Search.candidate

    def interrupted(search: Any, asked: Any, done: list[Trial]) -> Trial:
        if len(done) == stop_at:
            signal.raise_signal(signal.SIGINT)
        return settled(search, asked, done)

    monkeypatch.setattr(TUNE._Search, "candidate", interrupted)
    stop_at = 3
    with pytest.raises(SearchInterrupted, match="interrupted after 2 candidates") as search:
        offbeat.tune(framed(readings(60)), trials=50, **FEW_STEPS)
    found = search.value.finish()
    assert found.trials == search.value.trials and len(found.trials) == 3
    assert found.detector.facts.rows == 60
    stop_at = 1
    with pytest.raises(KeyboardInterrupt) as nothing_yet:
        offbeat.tune(framed(readings(60)), trials=50, **FEW_STEPS)
    assert not isinstance(nothing_yet.value, SearchInterrupted)


@pytest.mark.parametrize(("features", "is_tried"), [(2000, True), (2001, False)])
def test_no_covariance_is_tried_of_more_features_than_there_may_be(features: int, is_tried: bool) -> None:
    asked = _Asked()
    suggest(asked, offbeat.Settings(network="dense"), offbeat.Settings(), 12, features=features, curves=False)
    assert ("mahalanobis" in asked.choices["score"]) == is_tried


def test_the_gain_is_measured_row_by_row() -> None:
    rng = np.random.default_rng(0)
    normal, fakes = rng.normal(size=300), rng.normal(size=300)
    poor, good = Answers(normal, {"shuffled": fakes}), Answers(normal, {"shuffled": fakes + 1.0})
    low, high = gain_interval(poor, good, 0)
    assert 0.1 < low < good.separation() - poor.separation() < high < 0.5
    assert gain_interval(poor, poor, 0) == (0.0, 0.0)


def test_a_detector_that_knows_the_rows_separates_better() -> None:
    trained, untrained = fitted(readings(120), epochs=60), fitted(readings(120), epochs=0)
    exam = set_exam(trained, trained.read(readings(120, seed=4)), 0)
    assert exam.take(trained).separation() > exam.take(untrained).separation() + 0.05


@pytest.mark.parametrize(
    ("rows", "words"), [(29, "has 29 normal rows; a search needs 30 at least"), (1, "has 1 normal row; a search needs")]
)
def test_too_few_rows_are_refused(rows: int, words: str) -> None:
    with pytest.raises(DataError, match=words):
        offbeat.tune(readings(rows), trials=1)


def test_no_trials_are_refused() -> None:
    with pytest.raises(SettingsError, match="trials is 0; at least one candidate"):
        offbeat.tune(readings(), trials=0)


@pytest.mark.parametrize("trials", ["a", 2.5, None])
def test_trials_that_are_no_number_are_refused(trials: object) -> None:
    with pytest.raises(SettingsError) as problem:
        _refuse_limits(trials, None)
    assert str(problem.value) == (
        f"trials is {trials!r}; at least one candidate beside plain auto was expected, as in 20."
    )


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan"), "a"])
def test_time_for_nothing_is_refused(seconds: object) -> None:
    with pytest.raises(SettingsError) as problem:
        _refuse_limits(3, seconds)
    assert str(problem.value) == f"seconds is {seconds!r}; a number above 0 was expected, or none: leave it out."


@pytest.mark.parametrize("wrong", ["linez", "bar"])
def test_an_unknown_way_to_show_progress_is_refused_before_a_row_is_read(wrong: str) -> None:
    # In a process of its own: here the tests' type checks would be first.
    program = f"import offbeat; offbeat.tune('nowhere.csv', progress='{wrong}')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert f"SettingsError: progress='{wrong}': one of 'lines', 'none' was expected." in ended.stderr


def test_words_where_optuna_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "optuna":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependencyError) as problem:
        offbeat.tune(readings(), trials=1)
    assert str(problem.value) == (
        "The search over settings needs the package optuna, which is not installed: pip install 'offbeat[tune]'."
    )


def test_a_notebook_without_widgets_is_not_told_of_bars_that_are_not_shown() -> None:
    script = """if True:
        import sys, types
        import offbeat.detector.tune as tune
        class Shell: pass
        sys.modules["IPython"] = types.SimpleNamespace(get_ipython=Shell)
        sys.modules["ipykernel.zmqshell"] = types.ModuleType("zmqshell")
        sys.modules["ipywidgets"] = None
        tune._optuna()
    """
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
