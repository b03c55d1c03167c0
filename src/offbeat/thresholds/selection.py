"""Selects rows by their p-values so that a stated share of the selected ones are false alarms."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float64

from offbeat.thresholds.tail_fit import number_of_peaks

PValues = Callable[[Float[np.ndarray, "rows"]], Float64[np.ndarray, "rows"]]

# Conformal p-values and the levels they are compared with are both fractions of whole numbers: 3/100 must not miss
# 0.1 * 3/10 by a last bit.
_ROUNDING = 1 + 1e-12


def selection_level(p_values: Float[np.ndarray, "rows"], fdr: float, calibration_rows: int) -> float:
    """The p-value up to which rows are selected; where none is, the one that a single row would have needed.

    Benjamini-Hochberg counts every row as possibly normal. Where many are not, that is too strict by their share, so
    from 20 rows on the share of normal rows is estimated first, from the p-values from one half on, which anomalous
    rows hardly have.

    Args:
        p_values: One a row, at least one.
        fdr: The share of the selected rows that may be false alarms, on average.
        calibration_rows: How many scores the p-values rest on; fewer than six select nothing.

    Example:
        >>> p_values = np.array([0.01, 0.02, 0.9, 0.8])
        >>> selection_level(p_values, fdr=0.05, calibration_rows=99)  # half of four rows: 0.05 * 2 / 4
        0.025

    Reference:
        Benjamini and Hochberg (1995), Controlling the false discovery rate; Storey, Taylor and Siegmund (2004),
        theorem 3 with lambda = 1/2. Marandon, Lei, Mary and Roquain (2024) show that both hold for conformal p-values.
    """
    level = fdr / share_of_normal_rows(p_values)
    ranks = np.arange(1, p_values.size + 1)
    within = np.sort(p_values) <= level * ranks / p_values.size * _ROUNDING
    selected = int(ranks[within][-1]) if within.any() else 1
    return min(level * selected / p_values.size, largest_level(calibration_rows))


def share_of_normal_rows(p_values: Float[np.ndarray, "rows"]) -> float:
    """An upper estimate of the share of rows that are normal, above 1 where chance has it so; of few rows 1.

    Which of the two it is must not depend on the p-values: the smaller of estimate and 1 would be the larger of two
    levels, at which of 5 to 20 normal rows .054 to .060 were selected for .05, simulated.

    Example:
        >>> share_of_normal_rows(np.array([0.01] * 120 + [0.3] * 40 + [0.8] * 40))
        0.41
        >>> share_of_normal_rows(np.array([0.01] * 6 + [0.3] * 2 + [0.8] * 2))
        1.0
    """
    if p_values.size < _FEWEST_FOR_A_SHARE:
        return 1.0
    return 2 * (1 + int((p_values > _LARGEST_LEVEL).sum())) / p_values.size


# Of so many normal rows the estimate is 1.1 on average and deviates by .22, and a lone anomaly is found as often as
# without it; of one row alone it is 2 or 4. Where two fifths of 20 to 200 rows were anomalies, .70 of them were found
# with it and .60 without, of heartbeats with 120 calibration rows .94 of 100 and none.
_FEWEST_FOR_A_SHARE = 20

# No row is selected that half of the normal rows would exceed, however many anomalies there are.
_LARGEST_LEVEL = 0.499999


def largest_level(calibration_rows: int) -> float:
    """The largest p-value that a selected row can have.

    Where the calibration rows are too few for a tail, no finite score has so small a one: a handful of rows may happen
    to be alike, all others beyond them, and hardly a p-value be left to tell that these are normal.

    Example:
        >>> largest_level(20), largest_level(4) < 1 / 5
        (0.499999, True)
    """
    return _LARGEST_LEVEL if number_of_peaks(calibration_rows) else 0.999998 / (calibration_rows + 1)


def score_at(level: float, p_values: PValues) -> float:
    """The score above which p-values are at most `level`: a row is selected exactly if it scores above this.

    Narrows the range of floating-point numbers until two neighbours are left, so the answer is exact to the last bit.
    Where no finite score has so small a p-value, the answer is the largest finite number: only an infinite score is
    above it.

    Args:
        level: A p-value in (0, 1).
        p_values: Scores to p-values, never rising with the score.

    Example:
        >>> score_at(0.25, lambda scores: np.where(scores > 7.5, 0.2, 0.8))
        7.5
    """
    # Places in the order of floating-point numbers. The last one stands for infinity, which is always selected.
    low, high = -_PLACE_OF_LARGEST, _PLACE_OF_LARGEST + 1
    while high - low > 1:
        # As many probes as cost little more than one: 11 calls where halving takes 64.
        probes = list(range(low, high, -(-(high - low) // _PROBES)))[1:]
        selected = p_values(_float_at(probes)) <= level * _ROUNDING
        first = int(selected.argmax()) if selected.any() else len(probes)
        low, high = [low, *probes][first], [*probes, high][first]
    return float(_float_at([low])[0])


class CutOffs:
    """The scores at some levels, each searched for once: calls of one row all ask for the same.

    Example:
        >>> CutOffs(lambda scores: np.where(scores > 7.5, 0.2, 0.8)).at(0.25)
        7.5
    """

    def __init__(self, p_values: PValues) -> None:
        """Search for nothing yet.

        Args:
            p_values: Scores to p-values, never rising with the score.
        """
        self._p_values = p_values
        self._known: dict[float, float] = {}

    def at(self, level: float) -> float:
        """The score above which p-values are at most `level`, as `score_at` finds it."""
        if (cut := self._known.get(level)) is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            cut = self._known[level] = score_at(level, self._p_values)
        return cut


_MOST_KNOWN = 1000
_PROBES = 64
# Bits of positive numbers, read as integers, are in the order of the numbers; of negative ones, in reverse order.
_PLACE_OF_LARGEST = int(np.array(sys.float_info.max).view(np.int64))


def _float_at(places: list[int]) -> Float64[np.ndarray, "places"]:
    """The floating-point numbers at places counted from zero, up or down."""
    signed = np.array(places, dtype=np.int64)
    return np.copysign(np.abs(signed).view(np.float64), signed)
