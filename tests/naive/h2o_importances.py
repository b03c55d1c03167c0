"""Gedeon's importance of inputs in plain loops."""

from __future__ import annotations


def gedeon(first: list[list[float]], second: list[list[float]]) -> list[float]:
    """Sums over the units of the second layer of each input's share of the paths to it."""
    inputs = len(first[0])
    total = [0.0] * inputs
    for to_unit in second:
        paths = [0.0] * inputs
        for strength, from_inputs in zip(to_unit, first, strict=True):
            share = abs(strength) / sum(abs(weight) for weight in to_unit)
            for place, weight in enumerate(from_inputs):
                paths[place] += share * abs(weight) / sum(abs(each) for each in from_inputs)
        for place in range(inputs):
            total[place] += paths[place] / sum(paths)
    return total
