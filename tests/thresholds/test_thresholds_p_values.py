"""P-values of calibration scores: against the naive twin, by their properties, and by simulated false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from naive import thresholds_p_values as naive
from offbeat.errors import DataError
from offbeat.thresholds import RULES, Calibration, calibrate, parse_rule, selection
from offbeat.thresholds.calibration import SMALLEST_P_VALUE
from offbeat.thresholds.rule import Decision
from offbeat.thresholds.selection import score_at
from offbeat.thresholds.tail_fit import number_of_peaks

# Beyond 1e150 differences of scores overflow; a network that gives such scores has diverged.
SCORES = st.floats(-1e150, 1e150)
FEW_SCORES = st.lists(SCORES, min_size=1, max_size=30)
TIED_SCORES = st.lists(st.sampled_from([0.0, 1.0, 1.5, 7.0]), min_size=1, max_size=30)

CALIBRATIONS = {
    "random": np.random.default_rng(0).exponential(size=50).tolist(),
    "heavy": (np.random.default_rng(1).standard_t(3, size=467) ** 2).tolist(),
    "negative": (-np.random.default_rng(2).exponential(size=20)).tolist(),
    "all zero": [0.0] * 20,
    "all equal": [3.25] * 20,
    "tied": [0.0] * 10 + [1.0] * 10,
    "mostly zero": [0.0] * 19 + [1.0],
    "one row": [2.0],
    "two rows": [1.0, 2.0],
    "three rows": [1.0, 2.0, 2.0],
}


def p_values(rule: str, calibration: Calibration, scores: list[float]) -> np.ndarray:
    return parse_rule(rule).p_values(calibration, np.array(scores))


@pytest.mark.parametrize("name", CALIBRATIONS)
@pytest.mark.parametrize("rule, twin", [("conformal", naive.conformal_with_tail), ("tail", naive.tail)])
def test_p_values_are_those_of_the_naive_twin(rule: str, twin: object, name: str) -> None:
    scores = CALIBRATIONS[name]
    spread = max(scores) - min(scores) or 1.0
    asked = [*scores, *(max(scores) + spread * step for step in (0.001, 0.1, 1, 5, 100)), min(scores) - spread]
    expected = [twin(scores, score) for score in asked]  # type: ignore[operator]
    np.testing.assert_allclose(p_values(rule, calibrate(np.array(scores), held_out=True), asked), expected, rtol=1e-9)


@given(scores=FEW_SCORES | TIED_SCORES, asked=st.lists(SCORES, min_size=1, max_size=30))
@pytest.mark.parametrize("rule", ["conformal", "tail"])
def test_p_values_lie_in_0_to_1_and_never_rise_with_the_score(
    rule: str, scores: list[float], asked: list[float]
) -> None:
    rising = sorted([*asked, *scores, *np.nextafter(scores, np.inf).tolist(), np.inf, -np.inf])
    values = p_values(rule, calibrate(np.array(scores), held_out=True), rising)
    assert values[0] == 1.0
    assert (values >= SMALLEST_P_VALUE).all()
    assert (np.diff(values) <= 0).all()


@given(scores=FEW_SCORES, asked=st.lists(SCORES, min_size=1, max_size=40))
@pytest.mark.parametrize("rule", ["conformal", "tail"])
def test_a_p_value_does_not_depend_on_the_other_rows(rule: str, scores: list[float], asked: list[float]) -> None:
    calibration = calibrate(np.array(scores), held_out=True)
    together = p_values(rule, calibration, asked)
    alone = [p_values(rule, calibration, [score])[0] for score in asked]
    assert together.tolist() == alone


@given(scores=st.lists(st.floats(0, 1e6), min_size=1, max_size=30), power=st.integers(-20, 20))
def test_the_unit_of_the_scores_does_not_matter(scores: list[float], power: int) -> None:
    # The smallest excess is 1e-300, or a millionth of the largest score: below this, zeros included, it has a unit.
    assume(max(scores) >= 1e-287)
    assume(np.array_equal(np.array(scores) * 2.0**power / 2.0**power, scores))  # no number becomes another one, or 0
    asked = np.array([*scores, 2 * max(scores) + 1, 10 * max(scores) + 5])
    values = calibrate(np.array(scores), held_out=True).p_values(asked)
    scaled = calibrate(np.array(scores) * 2.0**power, held_out=True).p_values(asked * 2.0**power)
    np.testing.assert_allclose(scaled, values, rtol=1e-9)


@pytest.mark.parametrize("rows", [1, 2, 3, 20, 467])
def test_the_tail_takes_over_above_the_largest_score_without_a_jump(rows: int) -> None:
    scores = np.random.default_rng(rows).exponential(size=rows)
    at_largest = np.array([scores.max(), np.nextafter(scores.max(), np.inf)])
    values = calibrate(scores, held_out=True).p_values(at_largest)
    # Two steps of the conformal p-value; the tail starts at the second one.
    np.testing.assert_allclose(values, [2 / (rows + 1), 1 / (rows + 1)], rtol=1e-9)


def test_one_row_gives_no_tail() -> None:
    values = calibrate(np.array([2.0]), held_out=True).p_values(np.array([1.0, 2.0, 3.0, 1e300]))
    assert values.tolist() == [1.0, 1.0, 0.5, 0.5]


def test_anything_above_scores_that_are_all_zero_is_unlikely() -> None:
    values = calibrate(np.zeros(20), held_out=True).p_values(np.array([0.0, 1e-9]))
    assert values.tolist() == [1.0, SMALLEST_P_VALUE]


def test_float32_scores_get_the_p_values_of_their_float64_value() -> None:
    calibration = calibrate(np.random.default_rng(0).exponential(size=100).astype(np.float32), held_out=True)
    asked = np.array([0.1, 3.0, 30.0], dtype=np.float32)
    assert calibration.p_values(asked).tolist() == calibration.p_values(asked.astype(np.float64)).tolist()
    assert calibration.p_values(asked).dtype == np.float64


@pytest.mark.parametrize("draw", ["exponential", "chi2", "lognormal"])
def test_an_anomaly_among_20_heartbeats_can_be_told(draw: str) -> None:
    """At five times the largest of 20 scores, a lone anomaly among 23 rows is selected at 5 %: p <= 0.05 / 23."""
    random = np.random.default_rng(0)
    sample = {
        "exponential": lambda: random.exponential(size=20),
        "chi2": lambda: random.chisquare(1, size=20),
        "lognormal": lambda: random.lognormal(size=20),
    }[draw]
    scores = [sample() for _ in range(400)]
    values = [calibrate(one, held_out=True).p_values(np.array([5 * one.max()]))[0] for one in scores]
    assert np.median(values) <= 0.05 / 23
    assert np.quantile(values, 0.95) <= 0.005


@pytest.mark.parametrize("rule", ["conformal", "tail"])
@pytest.mark.parametrize("rows", [10, 20, 200])
@pytest.mark.parametrize("draw", ["exponential", "chi2", "lognormal"])
def test_false_alarms_keep_to_the_level(draw: str, rows: int, rule: str) -> None:
    """Share of new normal rows with p <= level, over 120 calibration sets."""
    random = np.random.default_rng(rows)
    sample = {
        "exponential": lambda size: random.exponential(size=size),
        "chi2": lambda size: random.chisquare(1, size=size),
        "lognormal": lambda size: random.lognormal(size=size),
    }[draw]
    chosen = parse_rule(rule)
    values = np.concatenate([chosen.p_values(calibrate(sample(rows), held_out=True), sample(1000)) for _ in range(120)])
    # 120,000 p-values that share 120 calibration sets: at 1e-3 the share itself is uncertain by a half.
    for level, factor in [(1e-1, 1.15), (1e-2, 1.5), (1e-3, 2.0)]:
        assert (values <= level).mean() <= factor * level, level


def test_number_of_peaks_is_half_of_few_rows_and_a_small_share_of_many() -> None:
    assert [number_of_peaks(rows) for rows in (1, 5, 6, 20, 200, 5000)] == [0, 0, 3, 10, 42, 212]


def test_a_nan_score_is_refused_by_row() -> None:
    words = "The score of row 2 is NaN; a number was expected"
    for rule in RULES:
        example = RULES[rule].example
        with pytest.raises(DataError, match=words):
            p_values(example, calibrate(np.arange(5.0), held_out=True), [1.0, 2.0, np.nan])


def test_calibration_scores_must_be_finite_and_some() -> None:
    with pytest.raises(
        DataError, match=r"calibration score of row 1 is inf; finite numbers were expected \(1 of 3 are"
    ):
        calibrate(np.array([1.0, np.inf, 2.0]), held_out=True)
    with pytest.raises(DataError, match="No calibration scores: a threshold needs at least one normal row"):
        calibrate(np.array([]), held_out=True)


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30), st.sampled_from([0.5, 0.1, 0.05, 1e-4, 1e-11]))
def test_a_cut_off_is_remembered_as_it_was_found(scores: list[float], level: float) -> None:
    calibration = calibrate(np.array(scores), held_out=True)
    cut = calibration.cut_offs.at(level)

    assert cut == score_at(level, calibration.p_values) == calibration.cut_offs.at(level)
    smooth = calibration.smooth_cut_offs
    assert smooth.at(level) == score_at(level, calibration.smooth_p_values) == smooth.at(level)
    if cut < np.finfo(float).max:
        here, above = calibration.p_values(np.array([cut, np.nextafter(cut, np.inf)]))
        assert above <= level * (1 + 1e-9) and level * (1 - 1e-9) < here


@pytest.mark.parametrize("rule", ["conformal", "tail"])
def test_the_cut_off_of_another_call_like_it_is_not_searched_for_again(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibration = calibrate(np.random.default_rng(0).exponential(size=50), held_out=True)

    def decide() -> Decision:
        return parse_rule(rule).decide(np.array([1.0]), value=0.0, calibration=calibration, fdr=0.05)

    first = decide()
    monkeypatch.setattr(selection, "score_at", None)
    assert decide().value == first.value


def test_the_outlying_share_is_that_of_obvious_anomalies() -> None:
    usual = np.exp(np.random.default_rng(0).normal(size=950))
    assert calibrate(usual, held_out=True).outlying_share < 0.002
    assert calibrate(np.append(usual, np.full(50, 1e6)), held_out=True).outlying_share == pytest.approx(0.05, abs=0.002)
    for alike in (np.zeros(200), np.ones(200), np.append(np.ones(200), 5.0)):
        assert calibrate(alike, held_out=True).outlying_share == 0.0
