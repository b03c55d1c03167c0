"""The bootstrap with plain loops: draw rows, compute the metric, take percentiles."""

from __future__ import annotations

import random
from collections.abc import Callable

Metric = Callable[[list[float], list[bool]], float]


def interval(scores: list[float], labels: list[bool], metric: Metric, *, resamples: int) -> tuple[float, float]:
    """The 2.5 % and 97.5 % percentiles over rows drawn again within each class."""
    chance = random.Random(0)
    anomalous = [row for row, label in enumerate(labels) if label]
    normal = [row for row, label in enumerate(labels) if not label]
    values = []
    for _ in range(resamples):
        rows = [chance.choice(anomalous) for _ in anomalous] + [chance.choice(normal) for _ in normal]
        values.append(metric([scores[row] for row in rows], [labels[row] for row in rows]))
    values.sort()
    return values[round(0.025 * (resamples - 1))], values[round(0.975 * (resamples - 1))]
