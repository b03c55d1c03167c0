"""Scores that are a calibration score or the cut-off but for rounding, taken for it: so that ties stay ties.

Where rows are alike (words, counts, yes or no), many share one score, and the cut-off and the calibration scores are
such scores too. The graph adds in another order than the detector: by a last bit, all these rows would lie above it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float64

from offbeat.integrations.onnx.graph import Value
from offbeat.integrations.onnx.p_values import how_many_below
from offbeat.integrations.onnx.selection import selects_together
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.rules import parse_rule
from offbeat.thresholds.threshold import Threshold

SAME_SCORE: Final = 3e-5
"""Relative: float32 scores of rows that fit very well were found to be off by up to 2e-5."""


def known_scores(threshold: Threshold) -> Float64[np.ndarray, "known"]:
    """What a row's score may be meant to equal, ascending; no two of them are equal.

    They are the calibration scores that several rows share: to equal one that no two have is rare, and the next place
    is as good. And the cut-off of a single row, where it may be the score of a row.
    """
    values, counts = np.unique(threshold.calibration.scores, return_counts=True)
    known: Float64[np.ndarray, "known"] = values[counts > 1]
    # best-f1 lies halfway between two scores, or a last bit below one that is to be flagged.
    if selects_together(threshold) or isinstance(parse_rule(threshold.rule), BestF):
        return known
    if (np.abs(known - threshold.value) <= SAME_SCORE * abs(threshold.value)).any():
        return known
    return np.sort(np.append(known, threshold.value))


def settle(known: Float64[np.ndarray, "known"], scores: Float64[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
    """Each score, or the known one that it equals but for rounding.

    Args:
        known: Of `known_scores`.
        scores: One a row.

    Example:
        >>> settle(np.array([1.0, 2.0]), np.array([1.00001, 1.5, np.inf])).tolist()
        [1.0, 1.5, inf]
    """
    if not len(known):
        return scores
    nearest = known[np.searchsorted(_borders(known), scores)]
    return np.where(np.abs(scores - nearest) <= np.abs(nearest) * SAME_SCORE, nearest, scores)


def settled(known: Float64[np.ndarray, "known"], scores: Value) -> Value:
    """The nodes of `settle`.

    Args:
        known: Of `known_scores`.
        scores: float64, one a row.
    """
    if not len(known):
        return scores
    graph = scores.graph
    nearest = graph.constant(known).take(how_many_below(_borders(known), scores), 0)
    distance, size = graph.apply("Abs", scores - nearest), graph.apply("Abs", nearest)
    return graph.where(distance.up_to(size * SAME_SCORE), nearest, scores)


def _borders(known: Float64[np.ndarray, "known"]) -> Float64[np.ndarray, "borders"]:
    """Halfway from each known score to the next: a score is nearest to the one behind as many borders as lie below."""
    return known[:-1] / 2 + known[1:] / 2
