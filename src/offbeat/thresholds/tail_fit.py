"""The tail of normal scores: how likely a normal row is to score beyond the highest scores seen so far."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64

# Candidate shapes of the generalised Pareto distribution, and what each weighs before the scores are seen: Beta(1, 4),
# mean 0.2. Chosen by simulation: with a flat prior an anomaly at five times the largest of 20
# scores is not found among 23 rows, with Beta(1, 8) lognormal scores raise 2.7 times too many alarms.
_SHAPES = (np.arange(20) + 0.5) / 20
_LOG_PRIOR = 3 * np.log1p(-_SHAPES)

# Excesses smaller than this share of the largest score are rounding noise of float32 scores. Without the floor,
# calibration scores that are all equal would have a tail of no width.
_RESOLUTION = 1e-6
_SMALLEST_EXCESS = 1e-300

FEWEST_PEAKS = 3

_ROWS_AT_A_TIME = 4096
"""Rows whose chances are worked out for all candidates at once, in half a megabyte."""


@dataclass(frozen=True, eq=False)
class TailFit:
    """A generalised Pareto tail over the excesses of the highest scores, averaged over its parameters.

    With `b` = shape / scale, `log(1 + b * excess)` is exponential. So for a given `b` the predictive distribution of
    one more excess, its scale integrated out, is exact and in closed form; `weights` average it over candidates of `b`.

    Attributes:
        base: The score that the tail starts from; excesses are measured from here.
        peaks: How many calibration scores the fit rests on. 0: too few for a tail, every chance below is 1.
        largest: The largest excess.
        rates: Candidates for `b`, per unit of score; zero is an exponential tail, more is heavier.
        log_sums: Of each candidate, the sum of `log(1 + b * excess)` over the peaks.
        weights: Posterior weight of each candidate; they sum to 1.
    """

    base: float
    peaks: int
    largest: float
    rates: Float[np.ndarray, "candidates"]
    log_sums: Float[np.ndarray, "candidates"]
    weights: Float[np.ndarray, "candidates"]

    def chance_beyond_base(self, scores: Float[np.ndarray, "rows"]) -> Float[np.ndarray, "rows"]:
        """How likely a normal row that scores above `base` is to score above each of `scores`, 0 to 1."""
        return self._chance(scores, from_largest=np.zeros_like(self.rates))

    def chance_beyond_largest(self, scores: Float[np.ndarray, "rows"]) -> Float[np.ndarray, "rows"]:
        """How likely a normal row that scores above the largest calibration score is to score above each of `scores`.

        The distance to the largest of exponential excesses is independent of that row being the largest, and its
        predictive distribution is exact as well (Rényi's representation of ordered exponential variables).
        """
        return self._chance(scores, from_largest=np.log1p(self.rates * self.largest))

    def _chance(
        self, scores: Float[np.ndarray, "rows"], from_largest: Float[np.ndarray, "candidates"]
    ) -> Float[np.ndarray, "rows"]:
        if self.peaks == 0:
            return np.ones(scores.shape)
        excess = scores.astype(np.float64) - self.base
        pieces = [excess[first : first + _ROWS_AT_A_TIME] for first in range(0, len(excess), _ROWS_AT_A_TIME)]
        return np.concatenate([self._chance_of(piece, from_largest) for piece in pieces] or [excess])

    def _chance_of(
        self, excess: Float64[np.ndarray, "rows"], from_largest: Float[np.ndarray, "candidates"]
    ) -> Float64[np.ndarray, "rows"]:
        with np.errstate(over="ignore"):
            ratio = np.log1p(np.outer(self.rates, excess))
            ratio -= from_largest[:, np.newaxis]
            np.maximum(ratio, 0, out=ratio)
            ratio /= (self.log_sums + from_largest)[:, np.newaxis]
            chances = np.exp(-self.peaks * np.log1p(ratio, out=ratio), out=ratio)
        chances *= self.weights[:, np.newaxis]
        total = np.zeros(excess.shape)
        # One candidate after the other: a matrix product's sums, or one over a single row, would depend on the number
        # of rows in the last bit, and a row's p-value must not depend on the other rows.
        for chance in chances:
            total += chance
        return np.minimum(total, 1)


def number_of_peaks(rows: int) -> int:
    """How many of the highest scores a tail is fitted to: half of them, at most three times their square root.

    None where that is fewer than three: the scores of so few rows, each by a detector of the others, may happen to be
    alike, and a tail without width finds every other row anomalous.

    Example:
        >>> number_of_peaks(5), number_of_peaks(20), number_of_peaks(5000)
        (0, 10, 212)
    """
    peaks = min(rows // 2, int(3 * math.sqrt(rows)))
    return peaks if peaks >= FEWEST_PEAKS else 0


def fit_tail(calibration_scores: Float[np.ndarray, "calibration"]) -> TailFit:
    """Fits the tail to the highest calibration scores.

    Args:
        calibration_scores: Scores of normal rows, ascending, at least one.

    Example:
        >>> tail = fit_tail(np.arange(1.0, 21.0))
        >>> tail.base, tail.peaks
        (10.0, 10)
        >>> tail.chance_beyond_largest(np.array([20.0, 30.0, 100.0])).round(4).tolist()
        [1.0, 0.3133, 0.0121]

    Reference:
        Zhang and Stephens (2009), A new and efficient estimation method for the generalized Pareto distribution: the
        same grid over `b`. They plug one average estimate in; we average the predictive chances instead, because
        an estimate from 10 or 20 scores, plugged in, would ignore how uncertain it is. A prior on the shape is the idea
        of Vehtari et al. (2024), Pareto smoothed importance sampling.
    """
    base, excesses = _peaks_over_base(calibration_scores)
    if not excesses.size:
        nothing = np.zeros(0)
        return TailFit(base, 0, 0.0, nothing, nothing, nothing)
    rates = _SHAPES / (1 - _SHAPES) / excesses.mean()
    log_sums = np.log1p(np.outer(rates, excesses)).sum(axis=1)
    # Density of the excesses given b, the scale integrated out under the prior 1 / scale.
    log_weights = _LOG_PRIOR + excesses.size * (np.log(rates) - np.log(log_sums)) - log_sums
    weights = np.exp(log_weights - log_weights.max())
    return TailFit(
        base=base,
        peaks=int(excesses.size),
        largest=float(excesses[-1]),
        rates=rates,
        log_sums=log_sums,
        weights=weights / weights.sum(),
    )


def _peaks_over_base(
    scores: Float[np.ndarray, "calibration"],
) -> tuple[float, Float[np.ndarray, "peaks"]]:
    """The score below the highest ones, and how far they exceed it, ascending.

    Ties move the base down until enough scores lie above it; where more than half of the scores share the smallest
    value, it is the base, and fewer lie above it.
    """
    peaks = number_of_peaks(scores.size)
    if peaks == 0:
        return float(scores[-1]), np.zeros(0)
    lowest_peak = scores[scores.size - peaks]
    below = int(np.searchsorted(scores, lowest_peak, side="left"))
    base = float(scores[max(below - 1, 0)])
    excesses = scores[scores > base] - base
    floor = max(_RESOLUTION * float(np.abs(scores[[0, -1]]).max()), _SMALLEST_EXCESS)
    if not excesses.size:
        return base, np.full(peaks, floor)
    return base, np.maximum(excesses, floor)
