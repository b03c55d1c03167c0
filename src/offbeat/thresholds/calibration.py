"""Calibration scores, and the p-values that they give."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Float64

from offbeat.errors import DataError
from offbeat.thresholds.selection import CutOffs
from offbeat.thresholds.tail_fit import TailFit, fit_tail

# 1 / (third quartile of the standard normal distribution): makes the MAD of normal values their standard deviation.
MAD_TO_STD = 1.482602218505602

# No chance smaller than this is claimed: it would rest on the tail's shape alone.
SMALLEST_P_VALUE = 1e-12


@dataclass(frozen=True, eq=False)
class Calibration:
    """Scores of normal rows, which say how high a normal row's score can be.

    Build it with `calibrate`, which checks and sorts.

    Attributes:
        scores: Ascending, finite. Empty where nothing is known of normal rows: then every p-value is 1.
        held_out: Whether the network did not train on these rows. Of rows that it trained on, scores are lower than
            those of new normal rows, and p-values too small.
    """

    scores: Float64[np.ndarray, "calibration"]
    held_out: bool

    @property
    def rows(self) -> int:
        """How many calibration rows there are."""
        return int(self.scores.size)

    @cached_property
    def tail(self) -> TailFit:
        """The tail fitted to the highest of the scores."""
        return fit_tail(self.scores)

    @cached_property
    def outlying_share(self) -> float:
        """The share of the scores that lie far above all others: what a few obvious anomalies among the rows look like.

        Far is 5 standard deviations by the median and the median deviation, of the scores' logarithms: these are close
        to normal, where scores have long tails by nature.
        """
        logs = np.log(np.maximum(self.scores, np.finfo(np.float32).tiny))
        middle = np.median(logs) if self.rows else 0.0
        deviation = MAD_TO_STD * float(np.median(np.abs(logs - middle))) if self.rows else 0.0
        return float(np.mean(logs > middle + 5 * deviation)) if deviation > 0 else 0.0

    @cached_property
    def cut_offs(self) -> CutOffs:
        """Which score has which p-value."""
        return CutOffs(self.p_values)

    @cached_property
    def smooth_cut_offs(self) -> CutOffs:
        """Which score has which smooth p-value."""
        return CutOffs(self.smooth_p_values)

    def p_values(self, scores: Float[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
        """How likely a normal row is to score at least this high, in (0, 1]: conformal, then by the fitted tail.

        Up to the largest calibration score this is (1 + number of calibration scores at least as high) / (rows + 1),
        exact whatever the distribution. Above it plain conformal p-values stay at 1 / (rows + 1), so no single row of a
        large table could ever be selected; from there the fitted tail takes over without a jump. A row's p-value does
        not depend on the other rows, and never rises with its score.

        Args:
            scores: Higher is more anomalous. Infinity gets the smallest p-value that is ever given, 1e-12.

        Raises:
            DataError: A score is NaN.

        Example:
            >>> calibration = calibrate(np.arange(1.0, 20.0), held_out=True)
            >>> calibration.p_values(np.array([0.0, 18.5, 19.0, 19.5, 60.0])).round(4).tolist()
            [1.0, 0.1, 0.1, 0.0465, 0.0019]

        Reference:
            Bates, Candès, Lei, Romano and Sesia (2023), Testing for outliers with conformal p-values, equation 2.
        """
        p_values = conformal_p_values(self, scores)
        beyond = scores > (self.scores[-1] if self.rows else np.inf)
        if beyond.any():
            p_values[beyond] *= self.tail.chance_beyond_largest(scores[beyond])
        return np.maximum(p_values, SMALLEST_P_VALUE)

    def smooth_p_values(self, scores: Float[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
        """As `p_values`, but the tail already takes over at its base: conformal up to there, then by the tail.

        Args:
            scores: Higher is more anomalous.

        Raises:
            DataError: A score is NaN.

        Reference:
            Davison and Smith (1990), Models for exceedances over high thresholds.
        """
        p_values = conformal_p_values(self, scores)
        beyond = scores > self.tail.base
        if beyond.any():
            reach = (1 + (self.scores > self.tail.base).sum()) / (self.rows + 1)
            p_values[beyond] = reach * self.tail.chance_beyond_base(scores[beyond])
        return np.maximum(p_values, SMALLEST_P_VALUE)


def calibrate(scores: Float[np.ndarray, "calibration"], *, held_out: bool) -> Calibration:
    """Checks and sorts calibration scores.

    Args:
        scores: Scores of normal rows, in any order.
        held_out: Whether the network did not train on these rows.

    Raises:
        DataError: There is no score, or one is not finite.

    Example:
        >>> calibrate(np.array([0.3, 0.1]), held_out=True).scores.tolist()
        [0.1, 0.3]
    """
    if not scores.size:
        raise DataError(
            "No calibration scores: a threshold needs at least one normal row to compare with. "
            "Set it on a table of them: table=normal (--table NORMAL.csv)."
        )
    require_finite(scores, "calibration")
    ordered = np.sort(scores.astype(np.float64))
    ordered.flags.writeable = False
    return Calibration(ordered, held_out)


NO_CALIBRATION = Calibration(np.empty(0), held_out=True)
"""Where nothing is known of normal rows, as with a model that came without any."""


def conformal_p_values(calibration: Calibration, scores: Float[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
    """Split-conformal p-values, without a tail: multiples of 1 / (calibration rows + 1).

    Raises:
        DataError: A score is NaN.
    """
    if np.isnan(scores).any():
        row = int(np.isnan(scores).argmax())
        raise DataError(
            f"The score of row {row} is NaN; a number was expected. It comes from NaN in the row's features or in "
            "the network's weights."
        )
    lower = np.searchsorted(calibration.scores, scores.astype(np.float64), side="left")
    return (1 + calibration.rows - lower) / (calibration.rows + 1)


def require_finite(scores: Float[np.ndarray, "rows"], kind: str) -> None:
    """Refuses scores to compute a threshold from that are NaN or infinite.

    Args:
        scores: What to check.
        kind: Which scores they are: "calibration" or "training".

    Raises:
        DataError: A score is not finite.
    """
    finite = np.isfinite(scores)
    if not finite.all():
        row = int(finite.argmin())
        raise DataError(
            f"The {kind} score of row {row} is {float(scores[row])}; finite numbers were expected "
            f"({int((~finite).sum())} of {scores.size} are not). No threshold can be set on them: look for absurd "
            "values in these rows, or a network that diverged."
        )
