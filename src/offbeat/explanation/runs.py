"""Which stretches of a curve carry its score: neighbouring columns read better together than one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from offbeat.explanation.contributions import shares

# A second stretch that carries less than this says nothing about the curve.
_LEAST_SHARE = 0.05
# An even row differs from its mean by rounding only; such differences are no stretches.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Run:
    """Neighbouring columns that carry a part of the score.

    Attributes:
        first: Position of the first column, from 0.
        last: Position of the last column, itself included.
        share: Which fraction of the row's score they carry together.
    """

    first: int
    last: int
    share: float


def top_runs(contributions_row: Float[np.ndarray, "columns"], most: int = 2) -> list[Run]:
    """The stretches of neighbouring columns that carry most of one curve's score, the largest share first.

    A stretch is one of the maximal segments of the contributions' excess over their mean: small dips within it are
    bridged as long as what lies behind them outweighs them. Every stretch but the first carries at least 5 % of the
    score. Where all columns add the same, the one stretch is the whole curve.

    Args:
        contributions_row: What each column adds to the score of one row, in the order of time.
        most: How many stretches to give at most.

    Returns:
        Disjoint stretches, equal shares from left to right; none where nothing is added.

    Example:
        >>> top_runs(np.array([0.0, 0.0, 4.0, 1.0, 4.0, 0.0, 0.0, 1.0]))
        [Run(first=2, last=4, share=0.9)]

    Reference:
        W. L. Ruzzo and M. Tompa, A linear time algorithm for finding all maximal scoring subsequences, ISMB 1999.
    """
    fractions = shares(contributions_row)
    if not fractions.any():
        return []
    columns = len(contributions_row)
    excess = contributions_row * columns - contributions_row.sum()
    excess[np.abs(excess) <= _ROUNDING * columns * np.abs(contributions_row).max()] = 0
    segments = maximal_segments(excess) or [(0, columns - 1)]
    runs = [Run(first, last, float(fractions[first : last + 1].sum())) for first, last in segments]
    ranked = sorted(runs, key=lambda run: -run.share)
    return [*ranked[:1], *(run for run in ranked[1:most] if run.share >= _LEAST_SHARE)][:most]


def maximal_segments(scores: Float[np.ndarray, "columns"]) -> list[tuple[int, int]]:
    """All maximal scoring segments: first and last position of each, from left to right.

    The largest sum of neighbours is one of them; the others are those of what remains left and right of it.

    Example:
        >>> maximal_segments(np.array([4.0, -5.0, 3.0, -3.0, 1.0, 2.0, -2.0, 2.0, -2.0, 1.0, 5.0]))
        [(0, 0), (2, 2), (4, 10)]
    """
    # Each candidate: first, last, and the sums of all scores before the first and up to the last.
    candidates: list[tuple[int, int, float, float]] = []
    total = 0.0
    for position, score in enumerate(scores.tolist()):
        before, total = total, total + score
        if score <= 0:
            continue
        first, below = position, before
        while (place := _last_below(candidates, below)) is not None and candidates[place][3] < total:
            first, _, below, _ = candidates[place]
            del candidates[place:]
        candidates.append((first, position, below, total))
    return [(first, last) for first, last, _, _ in candidates]


def _last_below(candidates: list[tuple[int, int, float, float]], level: float) -> int | None:
    """The rightmost candidate that begins at a lower sum."""
    places = (place for place in reversed(range(len(candidates))) if candidates[place][2] < level)
    return next(places, None)
