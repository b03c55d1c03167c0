"""The weights of a score's components with plain loops."""

from __future__ import annotations

import statistics


def weights(measured: list[list[float]]) -> list[float]:
    """1 over the component's median, or its mean where that is 0, or 1 where that is 0 too; over their number."""
    components = len(measured[0])
    if components == 1:
        return [1.0]
    answer = []
    for column in range(components):
        scores = [row[column] for row in measured]
        typical = statistics.median(scores)
        if typical == 0:
            typical = sum(scores) / len(scores)
        if typical == 0:
            typical = 1.0
        answer.append(1.0 / typical / components)
    return answer
