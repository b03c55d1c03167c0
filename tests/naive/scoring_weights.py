"""The combination of a score's components with plain loops."""

from __future__ import annotations

import math
import statistics
from typing import NamedTuple


class Combination(NamedTuple):
    """What each component is multiplied by, and its share in the geometric mean."""

    weights: list[float]
    exponents: list[float]


def combination(measured: list[list[float]]) -> Combination:
    """1 over the component's median, or its mean where that is 0, or 1; shares by one over the logarithms' spread."""
    components = len(measured[0])
    if components == 1:
        return Combination([1.0], [])
    weights, inverse_spreads = [], []
    for column in range(components):
        scores = [row[column] for row in measured]
        typical = statistics.median(scores)
        if typical == 0:
            typical = sum(scores) / len(scores)
        if typical == 0:
            typical = 1.0
        weights.append(1.0 / typical)
        logarithms = sorted(math.log(score / typical + 0.01) for score in scores)
        inverse_spreads.append(1.0 / max(_quantile(logarithms, 0.75) - _quantile(logarithms, 0.25), 0.05))
    return Combination(weights, [each / sum(inverse_spreads) for each in inverse_spreads])


def score(components: list[float], how: Combination) -> float:
    """One row's score."""
    if not how.exponents:
        return components[0]
    product = 1.0
    for measured, weight, exponent in zip(components, *how, strict=True):
        product *= (measured * weight + 0.01) ** exponent
    return product


def _quantile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
