"""Scores to p-values, as `Threshold.p_values` computes them: conformal, then by the fitted tail."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from offbeat.integrations.onnx.graph import Value
from offbeat.thresholds.calibration import SMALLEST_P_VALUE, Calibration
from offbeat.thresholds.extreme_value import Tail
from offbeat.thresholds.rule import AbstractRule
from offbeat.thresholds.tail_fit import TailFit


def p_values_of(rule: AbstractRule, calibration: Calibration, scores: Value) -> Value:
    """How likely a normal row is to score at least as high: 1 where there are no calibration scores, NaN of NaN.

    Args:
        rule: The threshold's; "tail" lets the tail take over at its base, all others at the largest score.
        calibration: Scores of normal rows.
        scores: float64, one a row.
    """
    graph = scores.graph
    lower = how_many_below(calibration.scores, scores).as_type(np.float64)
    # (1 + rows - lower) / (rows + 1)
    conformal = (lower * -1.0 + (1.0 + calibration.rows)) / (1.0 + calibration.rows)
    if not calibration.rows:
        return conformal
    # A network that overflows scores NaN, which is no normal row's score.
    conformal = graph.where(scores.is_nan(), scores, conformal)
    tail = calibration.tail
    if not tail.peaks:
        return conformal
    if isinstance(rule, Tail):
        begins, from_largest = tail.base, np.zeros_like(tail.rates)
    else:
        begins, from_largest = float(calibration.scores[-1]), np.log1p(tail.rates * tail.largest)
    reach = (1 + int((calibration.scores > begins).sum())) / (calibration.rows + 1)
    by_tail = _chance_beyond(tail, from_largest, scores) * reach
    return graph.where(scores.above(begins), by_tail.at_least(SMALLEST_P_VALUE), conformal)


def how_many_below(ascending: Float[np.ndarray, "calibration"], scores: Value) -> Value:
    """How many of some numbers are smaller than each score, as `np.searchsorted` says; ONNX has no operator for that.

    A binary search for all rows at once, one step for each power of two. Comparing all pairs instead would take 800 MB
    for 10,000 rows and as many calibration scores.

    Args:
        ascending: The numbers.
        scores: float64, one a row; of NaN, none are smaller.
    """
    graph = scores.graph
    steps = [2**power for power in reversed(range(len(ascending).bit_length()))]
    # Behind the last one stands infinity, so that no step leads out of the array.
    padded = graph.constant(np.append(ascending, np.full(sum(steps) - len(ascending) + 1, np.inf)))
    below = scores.below(-np.inf).as_type(np.int64)  # zeros, one a row
    for step in steps:
        is_below = padded.take(below + np.array(step - 1), 0).below(scores)
        below = below + is_below.as_type(np.int64) * np.array(step)
    return below


def _chance_beyond(tail: TailFit, from_largest: Float[np.ndarray, "candidates"], scores: Value) -> Value:
    """How likely a row of the tail is to score above each score, 0 to 1 (`TailFit`)."""
    graph = scores.graph
    excess = (scores - tail.base).at_least(0.0).new_axis(1)
    grown = (_log_of_one_plus(excess * tail.rates) - from_largest).at_least(0.0)
    ratio = grown / (tail.log_sums + from_largest)
    survival = graph.apply("Exp", _log_of_one_plus(ratio) * float(-tail.peaks))
    return (survival * tail.weights).sum(axis=1).at_most(1.0)


def _log_of_one_plus(x: Value) -> Value:
    return x.graph.apply("Log", x + 1.0)
