"""Contributions and shares the slow way: plain loops over plain lists."""

from __future__ import annotations


def column_contributions(
    feature_contributions: list[list[float]], feature_columns: list[int], columns: int
) -> list[list[float]]:
    """Adds each feature to its column."""
    answer = []
    for row in feature_contributions:
        sums = [0.0] * columns
        for value, column in zip(row, feature_columns, strict=True):
            sums[column] += value
        answer.append(sums)
    return answer


def shares(row: list[float]) -> list[float]:
    """Each contribution over the sum of all sizes."""
    total = sum(abs(value) for value in row)
    return [value / total if total else 0.0 for value in row]


def top_columns(row: list[float], names: list[str], most: int) -> list[tuple[str, float]]:
    """Takes the largest share again and again; of equal ones, the leftmost."""
    left = [(share, name) for share, name in zip(shares(row), names, strict=True) if share > 0]
    answer = []
    while left and len(answer) < most:
        best = 0
        for place in range(len(left)):
            if left[place][0] > left[best][0]:
                best = place
        share, name = left.pop(best)
        answer.append((name, share))
    return answer
