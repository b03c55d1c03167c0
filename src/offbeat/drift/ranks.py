"""Conformal p-values of a stream of scores: where each lies among the calibration scores and all those before it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

_AT_ONCE = 256
"""Scores ranked at once; each is compared with those of the same piece before it."""


class Ranks:
    """The scores seen so far, in order.

    The first score is ranked among the calibration scores, and each later one among these and all before it. Where all
    of them come in random order, the ranks are independent and uniform, exactly. Ranked among the calibration scores
    alone they would not be: of a hundred scores the tenth highest is not at the 10 % point, and betting would find out.

    Args:
        calibration: Scores of normal rows; may be none.
    """

    def __init__(self, calibration: Float[np.ndarray, "calibration"]) -> None:
        self._bag: Float64[np.ndarray, "_"] = np.sort(calibration.astype(np.float64))

    def p_values(
        self, scores: Float[np.ndarray, "rows"], draws: Float[np.ndarray, "rows"]
    ) -> Float64[np.ndarray, "rows"]:
        """The p-value of each score, in the order in which they came; small where a score is high.

        Args:
            scores: What came next; none is NaN.
            draws: A random number between 0 and 1 for each, which places it among its equals and itself.

        Example:
            >>> ranks = Ranks(np.array([1.0, 2.0, 3.0]))
            >>> ranks.p_values(np.array([4.0, 0.0]), np.array([0.5, 0.5])).tolist()
            [0.125, 0.9]

        Reference:
            Vovk, Gammerman and Shafer (2022), Algorithmic learning in a random world, smoothed conformal transducers.
        """
        pieces = [
            self._ranked(scores[first : first + _AT_ONCE].astype(np.float64), draws[first : first + _AT_ONCE])
            for first in range(0, len(scores), _AT_ONCE)
        ]
        return np.concatenate(pieces) if pieces else np.empty(0)

    def _ranked(
        self, scores: Float64[np.ndarray, "rows"], draws: Float[np.ndarray, "rows"]
    ) -> Float64[np.ndarray, "rows"]:
        before = np.tri(len(scores), k=-1, dtype=bool)
        known = len(self._bag)
        higher = known - np.searchsorted(self._bag, scores, side="right")
        equal = known - np.searchsorted(self._bag, scores, side="left") - higher
        higher += (before & (scores[None, :] > scores[:, None])).sum(axis=1)
        equal += (before & (scores[None, :] == scores[:, None])).sum(axis=1)
        self._bag = np.sort(np.concatenate([self._bag, scores]), kind="stable")
        return (higher + draws * (equal + 1)) / (known + 1 + np.arange(len(scores)))
