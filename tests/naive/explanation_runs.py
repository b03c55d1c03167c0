"""Maximal scoring segments by their definition, cubic in time: the best stretch, then the same left and right of it."""

from __future__ import annotations


def maximal_segments(scores: list[float], start: int = 0) -> list[tuple[int, int]]:
    """The stretch with the largest positive sum (of equal ones the shortest, then the leftmost); so on beside it."""
    best = None
    for first in range(len(scores)):
        for last in range(first, len(scores)):
            rank = (sum(scores[first : last + 1]), -(last - first), -first)
            if rank[0] > 0 and (best is None or rank > best[0]):
                best = (rank, first, last)
    if best is None:
        return []
    _, first, last = best
    left = maximal_segments(scores[:first], start)
    right = maximal_segments(scores[last + 1 :], start + last + 1)
    return [*left, (start + first, start + last), *right]


def top_runs(contributions: list[int], most: int) -> list[tuple[int, int]]:
    """First and last column of the segments of the excess over the mean, the largest sum first."""
    columns, total = len(contributions), sum(contributions)
    if not any(contributions):
        return []
    segments = maximal_segments([value * columns - total for value in contributions]) or [(0, columns - 1)]
    sums = {segment: sum(contributions[segment[0] : segment[1] + 1]) for segment in segments}
    ranked = sorted(segments, key=lambda segment: (-sums[segment], segment))
    size = sum(abs(value) for value in contributions)
    return [
        segment for place, segment in enumerate(ranked) if place < most and (place == 0 or sums[segment] * 20 >= size)
    ]
