"""Cut-offs of each rule, and how a rule's text is read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import fbeta_score

from naive import thresholds_rules as naive
from offbeat.errors import DataError, SettingsError
from offbeat.thresholds import ThresholdSettings, fit_threshold, parse_rule

SAMPLES = {
    "random": np.random.default_rng(0).exponential(size=101).tolist(),
    "one row": [2.5],
    "constant": [0.3] * 7,
    "tied": [0.0, 0.0, 1.0, 1.0, 1.0, 5.0],
}


def cut_off(rule: str | float, scores: list[float], labels: list[bool] | None = None) -> float:
    settings = ThresholdSettings(threshold=rule)
    known = None if labels is None else np.array(labels)
    return fit_threshold(settings, np.array(scores), held_out=True, labels=known).value


@pytest.mark.parametrize("name", SAMPLES)
def test_cut_offs_are_those_of_the_naive_twin(name: str) -> None:
    scores = SAMPLES[name]
    assert cut_off("mean+1std", scores) == pytest.approx(naive.mean_plus_std(scores, 1))
    assert cut_off("mean+2.5std", scores) == pytest.approx(naive.mean_plus_std(scores, 2.5))
    assert cut_off("median+3mad", scores) == pytest.approx(naive.median_plus_mad(scores, 3))
    assert cut_off("quantile:0.9", scores) == pytest.approx(naive.quantile(scores, 0.9))
    assert cut_off("0.75", scores) == 0.75
    assert cut_off(0.75, scores) == 0.75


labelled = st.lists(
    st.tuples(st.floats(-100, 100) | st.sampled_from([0.0, 1.0]), st.booleans()), min_size=2, max_size=30
).filter(lambda rows: len({label for _, label in rows}) == 2)


@given(rows=labelled, beta=st.sampled_from([0.5, 1, 2]))
def test_best_f_reaches_the_highest_f_beta_of_all_cut_offs(rows: list[tuple[float, bool]], beta: float) -> None:
    scores, labels = [score for score, _ in rows], [label for _, label in rows]
    value = cut_off(f"best-f{beta}", scores, labels)
    assert naive.f_beta(scores, labels, value, beta) == pytest.approx(naive.best_f_beta(scores, labels, beta))
    flags = np.array(scores) > value
    assert naive.f_beta(scores, labels, value, beta) == pytest.approx(fbeta_score(labels, flags, beta=beta))


def test_best_f_cuts_halfway_between_the_classes() -> None:
    assert cut_off("best-f1", [1.0, 2.0, 6.0, 9.0], [False, False, True, True]) == 4.0


def test_best_f_flags_every_row_where_that_is_best() -> None:
    value = cut_off("best-f2", [1.0, 2.0, 3.0], [True, False, True])
    assert value == np.nextafter(1.0, -np.inf)


@pytest.mark.parametrize(
    "text, same",
    [
        ("mean + 1 std", "mean+1std"),
        ("Mean+STD", "mean+1std"),
        ("mean+1.0*std", "mean+1std"),
        ("median + mad", "median+1mad"),
        ("q0.99", "quantile:0.99"),
        ("quantile 0.99", "quantile:0.99"),
        ("BEST-F1", "best-f1"),
        (" Conformal ", "conformal"),
        ("1e-3", 0.001),
    ],
)
def test_capitals_spaces_and_short_forms_mean_the_same(text: str | float, same: str | float) -> None:
    assert parse_rule(text) == parse_rule(same)


def test_a_wrong_word_gets_a_suggestion_and_the_grammar() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_rule("mean+1sd")
    assert str(caught.value) == (
        "Unknown threshold 'mean+1sd'. Did you mean 'mean+1std'? One of these was expected: conformal, tail, "
        "mean+<number>std, median+<number>mad, quantile:<share>, best-f<beta>, none, a number."
    )


def test_a_word_like_no_rule_gets_the_grammar_alone() -> None:
    with pytest.raises(SettingsError, match=r"Unknown threshold 'xyzzy'\. One of these was expected: conformal, tail"):
        parse_rule("xyzzy")


@pytest.mark.parametrize(
    "text, words",
    [
        ("quantile:99", "asks for the quantile 99; a share from 0 to 1 was expected, such as quantile:0.99"),
        ("best-f0", "has beta 0; a positive number was expected"),
        ("best-f" + "9" * 200, r"'best-f9{33}…' has the number 1e\+200; at most 1,000,000 was expected"),
        ("mean+" + "9" * 400 + "std", "has the number inf; at most 1,000,000 was expected"),
        ("median+1000001mad", r"'median\+1000001mad' has the number 1000001; at most 1,000,000 was expected"),
        (float("inf"), "The threshold is inf; a finite number was expected"),
        ("nan", "The threshold is nan; a finite number was expected"),
    ],
)
def test_numbers_out_of_range_are_refused(text: str | float, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse_rule(text)


def test_settings_refuse_an_unknown_rule_with_the_same_words() -> None:
    with pytest.raises(ValueError, match=r"Unknown threshold 'mean1std'\. Did you mean 'mean\+1std'"):
        ThresholdSettings(threshold="mean1std")


def test_best_f_needs_labels_of_both_classes() -> None:
    with pytest.raises(
        SettingsError,
        match=r"'best-f1' needs labelled rows and there are none: .* only the scores of normal ones are kept\. Set",
    ):
        cut_off("best-f1", [1.0, 2.0])
    with pytest.raises(DataError, match="needs normal and anomalous rows; all 2 labelled rows are normal"):
        cut_off("best-f1", [1.0, 2.0], [False, False])
    with pytest.raises(DataError, match="All 2 calibration rows are labelled anomalous; p-values need normal rows"):
        cut_off("best-f1", [1.0, 2.0], [True, True])
    with pytest.raises(DataError, match="There are 2 calibration scores and 1 labels; one label a score was expected"):
        cut_off("best-f1", [1.0, 2.0], [True])


def test_moments_and_quantiles_read_the_training_scores_when_they_are_given() -> None:
    training = np.array([0.0, 2.0])
    for rule, expected in [("mean+1std", 2.0), ("median+0mad", 1.0), ("quantile:0.5", 1.0)]:
        settings = ThresholdSettings(threshold=rule)
        threshold = fit_threshold(settings, np.array([5.0, 9.0]), held_out=True, training_scores=training)
        assert (threshold.value, threshold.basis, threshold.rows) == (expected, "training", 2)


def test_training_scores_must_be_finite_and_some() -> None:
    settings = ThresholdSettings(threshold="mean+1std")
    with pytest.raises(DataError, match="The training score of row 1 is nan; finite numbers were expected"):
        fit_threshold(settings, np.ones(3), held_out=True, training_scores=np.array([1.0, np.nan]))
    with pytest.raises(DataError, match="No training scores"):
        fit_threshold(settings, np.ones(3), held_out=True, training_scores=np.array([]))
