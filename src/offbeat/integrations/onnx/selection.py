"""Scores and p-values to flags, as `Threshold.decide` sets them for the rows of one call."""

from __future__ import annotations

import numpy as np

from offbeat.errors import DetectorFileError
from offbeat.integrations.onnx.graph import Value
from offbeat.integrations.onnx.scorer import FEWEST_FOR_A_SHARE, LARGEST_LEVEL, ROUNDING
from offbeat.thresholds.conformal import Conformal
from offbeat.thresholds.extreme_value import Tail
from offbeat.thresholds.rule import AbstractRule
from offbeat.thresholds.rules import parse_rule
from offbeat.thresholds.selection import largest_level
from offbeat.thresholds.threshold import Threshold
from offbeat.thresholds.unset import Unset

TOGETHER: tuple[type[AbstractRule], ...] = (Conformal, Tail)
"""The rules that look at all rows of a call; every other one compares each score with one number."""


def selects_together(threshold: Threshold) -> bool:
    """Whether a row's flag depends on the other rows of the call.

    Raises:
        DetectorFileError: The rule decides in a way that the export does not know.
    """
    rule = type(parse_rule(threshold.rule))
    if rule in TOGETHER:
        return True
    if rule.decide not in (AbstractRule.decide, Unset.decide):
        raise DetectorFileError(
            f"ONNX cannot express this detector: the export does not know how its threshold '{threshold.rule}' "
            "decides. Set another: detector.with_threshold('conformal')."
        )
    return False


def flags_of(threshold: Threshold, scores: Value, p_values: Value) -> Value:
    """True for each anomalous row.

    Args:
        threshold: The detector's.
        scores: float64, one a row.
        p_values: float64, one a row.
    """
    if not selects_together(threshold):
        return scores.above(threshold.value)
    is_infinite = scores.graph.apply("IsInf", scores, dtype=bool)
    most = largest_level(threshold.calibration.rows)
    is_selected = p_values.up_to(_selection_level(threshold.fdr, p_values).at_most(most) * ROUNDING)
    return scores.graph.apply("Or", is_selected, is_infinite)


def _selection_level(fdr: float, p_values: Value) -> Value:
    """The p-value up to which rows are selected (`offbeat.thresholds.selection.selection_level`)."""
    graph = p_values.graph
    count = graph.apply("Shape", p_values, dtype=np.int64)
    rows = count.as_type(np.float64)
    share_of_normal = (_how_many(p_values.above(LARGEST_LEVEL)) + 1.0) * 2.0 / rows
    share_of_normal = graph.where(rows.above(FEWEST_FOR_A_SHARE - 1.0), share_of_normal, 1.0)
    level = graph.constant(np.array([fdr])) / share_of_normal
    rising, _ = graph.top(p_values, count, largest=False)
    ranks = _ranks(rising)
    within = rising.up_to(level * ranks / rows * ROUNDING).as_type(np.float64)
    # Where no row is selected: the level that a single one would have needed.
    at_least_one = graph.concatenate(within * ranks, graph.constant(np.ones(1)), axis=0)
    selected = graph.apply("ReduceMax", at_least_one, attributes={"keepdims": 1})
    return level * selected / rows


def _how_many(marks: Value) -> Value:
    return marks.as_type(np.float64).sum(axis=0).new_axis(0)


def _ranks(values: Value) -> Value:
    """1, 2, 3, ... one for each value."""
    ones = values.below(np.inf).as_type(np.float64)
    return values.graph.apply("CumSum", ones, np.array(0))
