"""Which stretch of the score axis a figure shows, and whether it is logarithmic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float

from offbeat.plotting.gaps import LARGEST, is_drawable

HEAVY_TAIL_RATIO: Final = 30.0
"""Largest score over an ordinary one from which a linear axis would squeeze all normal rows into its first bar."""
SMALLEST: Final = 1 / LARGEST
"""Scores closer to 0 count as 0: no axis can span them."""
_MOST_DECADES: Final = 8
_DECADES_BELOW_ORDINARY: Final = 3
_FARTHEST_SPANS: Final = 3.0
_PADDING: Final = 0.03
_LEAST_SPAN: Final = 1e-9
"""Of the largest score: what lies closer together is one bar, and ticks could not tell it apart."""


@dataclass(frozen=True)
class ScoreRange:
    """The ends of a score axis, `low` < `high`, both above 0 where the axis is logarithmic."""

    low: float
    high: float
    is_log: bool

    def contains(self, value: float) -> bool:
        """Whether the axis shows this value."""
        return self.low <= value <= self.high

    def edges(self, bins: int) -> Float[np.ndarray, " edges"]:
        """The edges of so many bars of equal width on this axis."""
        if self.is_log:
            return np.geomspace(self.low, self.high, bins + 1)
        return np.linspace(self.low, self.high, bins + 1)


def range_of(scores: Float[np.ndarray, " rows"], threshold: float) -> ScoreRange:
    """The range that shows all drawable scores and, unless it lies far outside of them, the threshold.

    Args:
        scores: At least one of them drawable.
        threshold: In the scores' unit; may be infinite.

    Returns:
        A logarithmic range where the scores are positive with a heavy tail: the largest is far above the median, of all
        rows or of those that are not above the threshold, for most rows may be anomalous. It ends eight decades below
        the largest score: a row reconstructed to the last bit would push all others to the right edge. Where that would
        leave out ordinary rows, for one score is enormous, it ends three decades below the median or the threshold
        instead.

    Example:
        >>> range_of(np.array([0.1, 0.2, 0.3]), 0.5).is_log
        False
        >>> range_of(np.array([0.01, 0.02, 9.0]), 0.5).is_log
        True
    """
    drawn = scores[is_drawable(scores)].astype(np.float64)
    drawn[np.abs(drawn) < SMALLEST] = 0.0
    below = drawn[drawn <= threshold]
    middle = min(float(np.median(drawn)), float(np.median(below)) if len(below) else np.inf)
    low, high = float(drawn.min()), float(drawn.max())
    if low >= 0 and high > HEAVY_TAIL_RATIO * middle and high > 0:
        return _log_range(drawn[drawn > 0], threshold)
    return _linear_range(low, high, threshold)


def _log_range(positive: Float[np.ndarray, " rows"], threshold: float) -> ScoreRange:
    high = float(positive.max())
    ordinary = min(float(np.median(positive)), threshold if threshold > 0 else high)
    low = max(float(positive.min()), min(high * 10.0**-_MOST_DECADES, ordinary * 10.0**-_DECADES_BELOW_ORDINARY))
    if min(low, high * 10.0**-_MOST_DECADES) <= threshold <= high * 10.0**_MOST_DECADES:
        low, high = min(low, threshold), max(high, threshold)
    padding = max((high / low) ** _PADDING, 1.1)
    return ScoreRange(low / padding, high * padding, is_log=True)


def _linear_range(low: float, high: float, threshold: float) -> ScoreRange:
    span, largest = high - low, max(abs(low), abs(high))
    if span <= _LEAST_SPAN * largest:
        span = largest or (abs(threshold) if SMALLEST < abs(threshold) < LARGEST else 1.0)
    if low - _FARTHEST_SPANS * span <= threshold <= high + _FARTHEST_SPANS * span:
        low, high = min(low, threshold), max(high, threshold)
    padding = _PADDING * span if high - low > _LEAST_SPAN * span else 0.5 * span
    return ScoreRange(low - padding, high + padding, is_log=False)
