"""Nearest neighbours, rank correlation and common flags with plain loops; the slow twins of offbeat.evaluation."""

from __future__ import annotations

import math


def neighbour_distance(train: list[list[float]], row: list[float], neighbours: int = 5) -> float:
    """The mean distance to the nearest rows."""
    distances = sorted(math.dist(other, row) for other in train)[:neighbours]
    return sum(distances) / len(distances)


def rank_correlation(one: list[float], other: list[float]) -> float | None:
    """Pearson's correlation of the ranks; a row's rank is how many rows are below it, and half of its equals."""
    ranks = [[sum((b < a) + 0.5 * (b == a) for b in values) for a in values] for values in (one, other)]
    means = [sum(rank) / len(rank) for rank in ranks]
    both = spread_one = spread_other = 0.0
    for a, b in zip(*ranks, strict=True):
        both += (a - means[0]) * (b - means[1])
        spread_one += (a - means[0]) ** 2
        spread_other += (b - means[1]) ** 2
    return both / math.sqrt(spread_one * spread_other) if spread_one and spread_other else None


def overlap(scores: list[float], flags: list[bool]) -> float | None:
    """The share of flagged rows among as many rows of highest score; equal scores have an equal chance to be there."""
    flagged = [row for row in range(len(flags)) if flags[row]]
    chances = 0.0
    for row in flagged:
        higher = sum(score > scores[row] for score in scores)
        equal = sum(score == scores[row] for score in scores)
        chances += min(max((len(flagged) - higher) / equal, 0.0), 1.0)
    return chances / len(flagged) if flagged else None
