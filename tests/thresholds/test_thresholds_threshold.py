"""Decisions at a stated false discovery rate, what is said about them, and saved thresholds."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from naive import thresholds_p_values as naive
from offbeat.errors import DetectorFileError
from offbeat.thresholds import Threshold, ThresholdSettings, fit_threshold
from offbeat.thresholds.selection import selection_level

HEARTBEATS = np.random.default_rng(0).chisquare(5, size=20) / 100


def conformal(scores: np.ndarray, *, fdr: float = 0.05, held_out: bool = True) -> Threshold:
    return fit_threshold(ThresholdSettings(fdr=fdr), scores, held_out=held_out)


@given(
    calibration=st.lists(st.floats(0, 100), min_size=1, max_size=60),
    scores=st.lists(st.floats(0, 1000), min_size=1, max_size=40),
    fdr=st.sampled_from([0.01, 0.05, 0.1, 0.3, 0.5]),
    size=st.sampled_from([None, None, 19, 20, 200]),
)
def test_flags_are_the_naive_twins_selection(
    calibration: list[float], scores: list[float], fdr: float, size: int | None
) -> None:
    rows = np.array(scores) if size is None else np.resize(scores, size)
    decision = conformal(np.array(calibration), fdr=fdr).decide(rows)
    assert decision.flags.tolist() == naive.adaptive_benjamini_hochberg(
        decision.p_values.tolist(), fdr, len(calibration)
    )


def test_three_odd_heartbeats_are_found_among_twenty() -> None:
    scores = np.append(HEARTBEATS, [2.8, 9.66, 7.4])
    decision = conformal(HEARTBEATS).decide(scores)
    assert np.flatnonzero(decision.flags).tolist() == [20, 21, 22]
    assert decision.note == (
        "Only 20 calibration rows: too few for p-values at a false discovery rate of 0.05 over 23 rows, so a "
        "generalised Pareto tail fitted to the 10 highest of their scores took over."
    )


def test_one_anomaly_in_a_thousand_rows_is_found() -> None:
    """467 conformal p-values reach 1/468; one row of 1,000 at 5 % needs 1/20,000."""
    random = np.random.default_rng(0)
    scores = np.append(random.exponential(size=999), 40.0)
    decision = conformal(random.exponential(size=467)).decide(scores)
    assert np.flatnonzero(decision.flags).tolist() == [999]
    assert decision.note.startswith("Only 467 calibration rows: too few for p-values")


def test_many_anomalies_do_not_make_the_selection_strict() -> None:
    """Plain Benjamini-Hochberg would count all rows as possibly normal, and select none of these 400 at 5 %."""
    random = np.random.default_rng(0)
    calibration = np.append(random.exponential(size=455), np.full(12, 40.0))
    scores = np.append(random.exponential(size=600), np.full(400, 30.0))
    flags = conformal(calibration).decide(scores).flags
    assert flags[600:].all()
    assert flags[:600].mean() <= 0.05


def test_no_note_where_conformal_p_values_are_fine_enough() -> None:
    random = np.random.default_rng(0)
    scores = np.append(random.exponential(size=100), np.full(50, 30.0))
    decision = conformal(random.exponential(size=467)).decide(scores)
    assert decision.flags.sum() >= 50
    assert decision.note == ""


def test_where_no_row_is_selected_the_value_is_what_one_would_have_needed() -> None:
    threshold = conformal(HEARTBEATS)
    decision = threshold.decide(HEARTBEATS)
    assert not decision.flags.any()
    needed = np.append(HEARTBEATS[1:], np.nextafter(decision.value, np.inf))
    assert threshold.decide(needed).flags.tolist() == [False] * 19 + [True]
    assert not threshold.decide(np.append(HEARTBEATS[1:], decision.value)).flags.any()


def test_the_share_of_false_alarms_keeps_to_the_stated_rate() -> None:
    random = np.random.default_rng(0)
    for fdr in (0.1, 0.2):
        shares = []
        for _ in range(60):
            threshold = conformal(random.exponential(size=200), fdr=fdr)
            scores = np.append(random.exponential(size=500), random.exponential(size=50) + 8)
            flags = threshold.decide(scores).flags
            shares.append(flags[:500].sum() / max(flags.sum(), 1))
        assert np.mean(shares) == pytest.approx(fdr, rel=0.3)


@pytest.mark.parametrize("rows", [1, 2, 5, 10, 19, 20, 200, 500])
def test_rows_are_selected_as_scipy_selects_them(rows: int) -> None:
    """Many of them at a rate divided by the share of normal rows, which the p-values from one half on estimate."""
    random = np.random.default_rng(rows)
    for _ in range(50):
        p_values = random.random(rows) ** random.choice([1, 3])
        selected = p_values <= selection_level(p_values, 0.1, 10**6)
        share = 2 * (1 + (p_values > 0.499999).sum()) / rows if rows >= 20 else 1
        assert selected.tolist() == (false_discovery_control(p_values) <= 0.1 / share).tolist()


@pytest.mark.parametrize("anomalous", [0.0, 0.5])
@pytest.mark.parametrize("rows", [1, 5, 19, 20, 200])
def test_the_stated_rate_holds_for_any_number_of_rows(rows: int, anomalous: float) -> None:
    """With exact p-values; the smaller of one and the estimated share of normal rows gave .115 of 5 rows."""
    random, calls, odd = np.random.default_rng(0), 20_000, int(anomalous * rows)
    shares = np.empty(calls)
    for call in range(calls):
        p_values = random.random(rows)
        p_values[:odd] *= 1e-6
        flags = p_values <= selection_level(p_values, 0.1, 10**6)
        shares[call] = flags[odd:].sum() / max(flags.sum(), 1)
    assert shares.mean() <= 0.1 + 4 * shares.std() / calls**0.5


def test_few_rows_of_which_many_are_anomalous_are_not_lost() -> None:
    """120 calibration rows give no p-value below .008: counted as if all were normal, of 80 rows 14 need it."""
    random = np.random.default_rng(0)
    threshold, found = conformal(random.exponential(size=120)), []
    for _ in range(50):
        scores = np.append(random.exponential(size=48), random.exponential(size=32) + 3.5)
        found.append(threshold.decide(scores).flags[48:].mean())
    assert np.mean(found) > 0.25


def test_where_most_rows_are_anomalous_the_stated_rate_is_used_up() -> None:
    """Without the estimated share of normal rows, a third of them, alarms would be a third of what was stated."""
    random = np.random.default_rng(0)
    shares = []
    for _ in range(100):
        threshold = conformal(random.exponential(size=200), fdr=0.15)
        scores = np.append(random.exponential(size=100), random.exponential(size=200) + 8)
        flags = threshold.decide(scores).flags
        shares.append(flags[:100].sum() / flags.sum())
    assert np.mean(shares) == pytest.approx(0.15, rel=0.15)


def test_no_row_is_selected_that_half_of_the_normal_rows_exceed() -> None:
    decision = conformal(np.arange(1.0, 100.0)).decide(np.append(np.full(50, 40.0), np.full(1000, 1e6)))
    assert decision.flags.tolist() == [False] * 50 + [True] * 1000


def test_one_calibration_row_flags_nothing_finite_and_says_so() -> None:
    threshold = conformal(np.array([1.0]))
    decision = threshold.decide(np.array([1e30]))
    assert (decision.flags.tolist(), decision.value) == ([False], sys.float_info.max)
    assert decision.note == (
        "Only 1 calibration row: too few for p-values at a false discovery rate of 0.05 over 1 row, and for a fitted "
        "tail, so no row can be flagged."
    )
    assert threshold.describe().endswith("; no finite score is high enough for a single row to be flagged.")


def test_the_tail_rule_is_smooth_among_the_highest_calibration_scores() -> None:
    scores = np.random.default_rng(0).exponential(size=200)
    smooth = fit_threshold(ThresholdSettings(threshold="tail"), scores, held_out=True)
    between = np.sort(scores)[-5:-3].mean() + np.array([0.0, 1e-3])
    assert np.diff(conformal(scores).p_values(between)).tolist() == [0.0]
    assert np.diff(smooth.p_values(between))[0] < 0
    assert smooth.decide(np.append(scores, 40.0)).flags.tolist() == [False] * 200 + [True]


def test_p_values_of_a_labelled_table_rest_on_its_normal_rows() -> None:
    labels = np.array([False, False, True])
    threshold = fit_threshold(ThresholdSettings(), np.array([1.0, 2.0, 50.0]), held_out=True, labels=labels)
    assert threshold.calibration.scores.tolist() == [1.0, 2.0]


def test_descriptions_say_rule_cut_off_and_rows() -> None:
    scores = np.arange(0.0, 101.0)
    settings = ThresholdSettings(threshold="mean+1std")
    threshold = fit_threshold(settings, scores, held_out=True, training_scores=np.array([80.0, 100.0]))
    assert threshold.describe() == (
        "Flags rows that score above the mean plus 1 standard deviation of the training scores; the cut-off is "
        "100, which 0 % of 101 held-out rows exceed."
    )
    assert conformal(scores, held_out=False).describe() == (
        "Flags rows that score too high for a normal row, by conformal p-values of all rows scored together: about 5 % "
        "of the flagged rows are expected to be false alarms; the cut-off for a single row is 96, which 3.96 % of 101 "
        "rows exceed; the network trained on these rows too, so expect more false alarms."
    )
    assert conformal(scores).expected_share == 4 / 101


def test_a_saved_threshold_is_six_values() -> None:
    assert conformal(np.arange(1.0, 40.0)).to_dict() == {
        "rule": "conformal",
        "value": 38.0,
        "fdr": 0.05,
        "basis": "calibration",
        "rows": 39,
        "held_out": True,
    }


@pytest.mark.parametrize(
    "key, value",
    [
        ("rule", 3),
        ("value", float("nan")),
        ("value", None),
        ("value", True),
        ("fdr", 1.5),
        ("fdr", "0.05"),
        ("basis", "tea leaves"),
        ("basis", []),
        ("rows", 40),
        ("rows", 39.0),
        ("held_out", 1),
    ],
)
def test_a_damaged_value_is_refused_by_its_key(key: str, value: Any) -> None:
    scores = np.arange(1.0, 40.0)
    saved = {**conformal(scores).to_dict(), key: value}
    with pytest.raises(DetectorFileError, match=f"threshold in the detector file has {key} = .*39 calibration scores"):
        Threshold.from_dict(saved, scores)


def test_missing_and_unknown_keys_are_refused() -> None:
    scores = np.arange(1.0, 40.0)
    saved = conformal(scores).to_dict()
    with pytest.raises(DetectorFileError, match=r"has the keys .*'extra'.* were expected"):
        Threshold.from_dict({**saved, "extra": 1}, scores)
    del saved["fdr"]
    with pytest.raises(DetectorFileError, match=r"has the keys .* 'fdr', .* were expected"):
        Threshold.from_dict(saved, scores)


def test_a_damaged_rule_or_score_is_refused() -> None:
    scores = np.arange(1.0, 40.0)
    saved = conformal(scores).to_dict()
    with pytest.raises(
        DetectorFileError, match=r"The threshold in the detector file is damaged\. Unknown threshold 'xyz'"
    ):
        Threshold.from_dict({**saved, "rule": "xyz"}, scores)
    scores[3] = np.nan
    with pytest.raises(DetectorFileError, match=r"damaged\. The calibration score of row 3 is nan"):
        Threshold.from_dict(saved, scores)


def test_settings_are_frozen_and_bounded() -> None:
    assert ThresholdSettings(threshold=3).threshold == 3.0
    settings = ThresholdSettings()
    assert (settings.threshold, settings.fdr, settings.calibration) == ("conformal", 0.05, 0.2)
    for wrong in ({"fdr": 0.0}, {"fdr": 1.0}, {"calibration": 1.0}, {"unknown": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ThresholdSettings.model_validate(wrong)
