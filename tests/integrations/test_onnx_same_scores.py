"""Scores that equal a known one but for rounding: which are known, and that the nodes settle as the arrays do."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from onnx_detectors import answer

from offbeat.integrations.onnx.same_scores import SAME_SCORE, known_scores, settle, settled
from offbeat.thresholds import Threshold, ThresholdSettings, fit_threshold

numbers = st.floats(-10.0, 50.0) | st.sampled_from([0.0, 1.0, 1e-300, 1e300])


def _threshold(rule: str, *calibration: float) -> Threshold:
    labels = np.arange(len(calibration)) < 1 if rule == "best-f1" else None
    return fit_threshold(ThresholdSettings(threshold=rule), np.array(calibration), held_out=True, labels=labels)


def test_calibration_scores_are_known_that_several_rows_share() -> None:
    assert known_scores(_threshold("conformal", 3.0, 1.0, 1.0)).tolist() == [1.0]
    assert known_scores(_threshold("conformal", 3.0, 2.0, 1.0)).tolist() == []


def test_a_cut_off_is_known_unless_it_lies_between_scores_or_is_one_of_them() -> None:
    assert known_scores(_threshold("4.5", 3.0, 1.0, 1.0)).tolist() == [1.0, 4.5]
    assert known_scores(_threshold("2.5", 3.0, 2.0, 1.0)).tolist() == [2.5]
    assert known_scores(_threshold("quantile:1", 3.0, 1.0, 1.0)).tolist() == [1.0, 3.0]
    assert known_scores(_threshold("mean+0std", 1.0, 1.0, 1.0 + 1e-9)).tolist() == [1.0]
    assert known_scores(_threshold("best-f1", 3.0, 1.0, 1.0)).tolist() == [1.0]


def test_a_score_is_settled_on_the_nearest_known_one_if_that_is_the_same_but_for_rounding() -> None:
    known, within, beyond = np.array([-2.0, 1.0, 1.00001]), 1 + SAME_SCORE / 2, 1 + 2 * SAME_SCORE
    asked = np.array([-2 * within, -2 * beyond, 0.999999, 1.000004, 1.000006, beyond, np.inf, -np.inf, np.nan])
    expected = [-2.0, -2 * beyond, 1.0, 1.0, 1.00001, beyond, np.inf, -np.inf, np.nan]
    np.testing.assert_array_equal(settle(known, asked), expected)
    np.testing.assert_array_equal(settle(known[:0], asked), asked)


@settings(max_examples=20)
@given(
    known=st.lists(numbers, max_size=9, unique=True).map(sorted),
    asked=arrays(np.float64, 9, elements=numbers | st.sampled_from([np.inf, -np.inf, np.nan])),
    near=arrays(np.float64, 9, elements=st.floats(-2 * SAME_SCORE, 2 * SAME_SCORE)),
)
def test_the_nodes_settle_scores_as_arrays_are(known: list[float], asked: np.ndarray, near: np.ndarray) -> None:
    few = np.array(known, np.float64)
    rows = np.concatenate([asked, few * (1 + near[: len(few)])])
    np.testing.assert_array_equal(answer(lambda scores: settled(few, scores) + 0.0, rows), settle(few, rows) + 0.0)
