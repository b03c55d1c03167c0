"""Cut-offs of threshold rules with plain loops."""

from __future__ import annotations

import math


def mean_plus_std(scores: list[float], multiple: float) -> float:
    mean = sum(scores) / len(scores)
    variance = sum((score - mean) ** 2 for score in scores) / len(scores)
    return mean + multiple * math.sqrt(variance)


def quantile(scores: list[float], share: float) -> float:
    ordered = sorted(scores)
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = math.ceil(position)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def median_plus_mad(scores: list[float], multiple: float) -> float:
    median = quantile(scores, 0.5)
    return median + multiple * 1.482602218505602 * quantile([abs(score - median) for score in scores], 0.5)


def f_beta(scores: list[float], labels: list[bool], cut: float, beta: float) -> float:
    caught = alarms = missed = 0
    for score, label in zip(scores, labels, strict=True):
        caught += label and score > cut
        alarms += not label and score > cut
        missed += label and score <= cut
    if caught == 0:
        return 0.0
    return (1 + beta**2) * caught / ((1 + beta**2) * caught + beta**2 * missed + alarms)


def best_f_beta(scores: list[float], labels: list[bool], beta: float) -> float:
    """The highest F-beta that any cut-off reaches."""
    return max(f_beta(scores, labels, cut, beta) for cut in [-math.inf, *scores])
