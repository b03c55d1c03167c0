"""Betting against exchangeability: a capital that grows only where scores change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

BETS = (-1.0, 0.0, 1.0)
"""On high scores, on nothing, on low scores."""

JUMP = 0.01
"""The share of the capital that is dealt out anew before each row, so that a bet that loses can be left behind."""


@dataclass(frozen=True)
class Martingale:
    """The simple jumper: what 1 has become by betting on each row's p-value.

    Where the p-values are those of an exchangeable stream, a capital of C or more is ever reached with a chance of at
    most 1/C, at whatever row one looks (Ville's inequality). It is so too where up to a share `anomalies` of the rows
    score higher than they should: each bet pays so much less as such rows could win it.

    Attributes:
        anomalies: That share.
        stakes: The capital on each of `BETS`.

    Example:
        >>> martingale, rows = Martingale(0.0).after([0.02] * 50, enough=200.0)
        >>> round(martingale.capital), rows, martingale.favourite
        (239, 17, -1.0)

    Reference:
        Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman (2021), Retrain or not retrain: conformal test
        martingales for change-point detection, algorithm 1. The division by what anomalous rows could win is ours.
    """

    anomalies: float
    stakes: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)

    @property
    def capital(self) -> float:
        """What 1 has become."""
        return sum(self.stakes)

    @property
    def favourite(self) -> float:
        """The bet that holds most: -1 where scores are higher than they were, 1 where they are lower."""
        return max(zip(self.stakes, BETS, strict=True))[1]

    def after(self, p_values: Sequence[float], *, enough: float = inf) -> tuple[Martingale, int]:
        """The martingale after more rows, and how many those were: it stops where the capital is enough.

        Args:
            p_values: In [0, 1], one a row; small where the row's score is high.
            enough: The capital to stop at.
        """
        odds = 1 + self.anomalies / 2
        high, none, low = self.stakes
        # A few million rows are watched in a day: plain numbers, no object a row.
        for row, p_value in enumerate(p_values):
            share, distance = JUMP / 3 * (high + none + low), p_value - 0.5
            high = ((1 - JUMP) * high + share) * (1 - distance) / odds
            none = (1 - JUMP) * none + share
            low = ((1 - JUMP) * low + share) * (1 + distance) / odds
            if high + none + low >= enough:
                return Martingale(self.anomalies, (high, none, low)), row + 1
        return Martingale(self.anomalies, (high, none, low)), len(p_values)
