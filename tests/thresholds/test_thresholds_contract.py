"""What every threshold rule must do, whatever it computes. Runs over the table of rules."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offbeat.errors import DataError
from offbeat.thresholds import RULES, Threshold, ThresholdSettings, fit_threshold

every_rule = pytest.mark.parametrize("rule", [kind.example for kind in RULES.values()])

# Each of eight rules runs them all.
few_examples = settings(max_examples=20)

SCORES = st.lists(st.floats(-1e9, 1e9) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=30)


def fit(rule: str, scores: list[float]) -> Threshold:
    """A threshold over `scores`; rules that need labels see two anomalous rows above them."""
    settings = ThresholdSettings(threshold=rule)
    if not rule.startswith("best-f"):
        return fit_threshold(settings, np.array(scores), held_out=True)
    above = max(scores) + 1
    labels = np.array([False] * len(scores) + [True, True])
    return fit_threshold(settings, np.array([*scores, above, above + 1]), held_out=True, labels=labels)


@every_rule
@few_examples
@given(calibration=SCORES, scores=SCORES)
def test_a_row_is_flagged_exactly_if_it_scores_above_the_value(
    rule: str, calibration: list[float], scores: list[float]
) -> None:
    decision = fit(rule, calibration).decide(np.array(scores))
    assert np.isfinite(decision.value)
    assert decision.flags.tolist() == [score > decision.value for score in scores]


@every_rule
@few_examples
@given(calibration=SCORES, scores=SCORES, data=st.data())
def test_raising_a_score_never_unflags_it(
    rule: str, calibration: list[float], scores: list[float], data: st.DataObject
) -> None:
    threshold = fit(rule, calibration)
    row = data.draw(st.integers(0, len(scores) - 1))
    raised = list(scores)
    raised[row] += data.draw(st.floats(0, 1e9))
    if threshold.decide(np.array(scores)).flags[row]:
        assert threshold.decide(np.array(raised)).flags[row]


@every_rule
@few_examples
@given(calibration=SCORES, scores=SCORES, chance=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rule: str, calibration: list[float], scores: list[float], chance: np.random.Generator
) -> None:
    order = list(range(len(scores)))
    chance.shuffle(order)
    decision = fit(rule, calibration).decide(np.array(scores))
    shuffled = fit(rule, calibration).decide(np.array(scores)[order])
    assert shuffled.value == decision.value
    assert shuffled.flags.tolist() == decision.flags[order].tolist()
    assert shuffled.p_values.tolist() == decision.p_values[order].tolist()


@every_rule
@few_examples
@given(calibration=SCORES, scores=SCORES)
def test_a_saved_and_loaded_threshold_decides_the_same(
    rule: str, calibration: list[float], scores: list[float]
) -> None:
    threshold = fit(rule, calibration)
    saved = json.loads(json.dumps(threshold.to_dict(), allow_nan=False))
    loaded = Threshold.from_dict(saved, threshold.calibration.scores)
    before, after = threshold.decide(np.array(scores)), loaded.decide(np.array(scores))
    assert (after.value, after.note) == (before.value, before.note)
    assert after.flags.tolist() == before.flags.tolist()
    assert after.p_values.tolist() == before.p_values.tolist()
    assert loaded.describe() == threshold.describe()


@every_rule
@few_examples
@given(calibration=SCORES, score=st.floats(-1e9, 1e9))
def test_a_row_alone_is_flagged_exactly_above_the_threshold_value(
    rule: str, calibration: list[float], score: float
) -> None:
    threshold = fit(rule, calibration)
    assert threshold.decide(np.array([score])).flags.tolist() == [score > threshold.value]


@every_rule
@pytest.mark.parametrize("calibration", [[2.0], [0.0] * 20, [1.0, 2.0, 3.0]])
def test_an_infinite_score_is_flagged_and_minus_infinity_is_not(rule: str, calibration: list[float]) -> None:
    decision = fit(rule, calibration).decide(np.array([np.inf, -np.inf, 0.0]))
    assert decision.flags.tolist()[:2] == [True, False]
    assert decision.p_values[1] == 1.0


@every_rule
def test_no_rows_give_no_flags(rule: str) -> None:
    threshold = fit(rule, [1.0, 2.0, 3.0])
    decision = threshold.decide(np.array([]))
    assert (decision.flags.size, decision.p_values.size, decision.value) == (0, 0, threshold.value)


@every_rule
def test_a_nan_score_is_refused(rule: str) -> None:
    with pytest.raises(DataError, match="The score of row 1 is NaN"):
        fit(rule, [1.0, 2.0, 3.0]).decide(np.array([1.0, np.nan]))


@every_rule
def test_float32_scores_decide_as_their_float64_values(rule: str) -> None:
    threshold = fit(rule, np.random.default_rng(0).exponential(size=40).tolist())
    scores = np.random.default_rng(1).exponential(2, size=200).astype(np.float32)
    assert threshold.decide(scores).flags.tolist() == threshold.decide(scores.astype(np.float64)).flags.tolist()


@every_rule
def test_the_description_is_one_sentence_that_starts_with_what_is_flagged(rule: str) -> None:
    words = fit(rule, [1.0, 2.0, 3.0, 4.0]).describe()
    assert words.startswith("Flags no rows, " if rule == "none" else "Flags rows that score ")
    assert words.endswith(".")
    assert words.count(". ") == 0
