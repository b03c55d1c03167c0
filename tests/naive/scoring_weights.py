"""The combination of a score's components with plain loops."""

from __future__ import annotations

import statistics
from typing import NamedTuple


class Combination(NamedTuple):
    """What each component is multiplied by, and its share in the geometric mean."""

    weights: list[float]
    exponents: list[float]


def combination(measured: list[list[float]]) -> Combination:
    """1 over the component's median, or its mean where that is 0, or 1; equal shares."""
    components = len(measured[0])
    if components == 1:
        return Combination([1.0], [])
    weights = []
    for column in range(components):
        scores = [row[column] for row in measured]
        typical = statistics.median(scores)
        if typical == 0:
            typical = sum(scores) / len(scores)
        if typical == 0:
            typical = 1.0
        weights.append(1.0 / typical)
    return Combination(weights, [1.0 / components] * components)


def score(components: list[float], how: Combination) -> float:
    """One row's score."""
    if not how.exponents:
        return components[0]
    product = 1.0
    for measured, weight, exponent in zip(components, *how, strict=True):
        product *= (measured * weight + 0.01) ** exponent
    return product
