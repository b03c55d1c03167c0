"""Which of many p-values are small enough, and how a rate of errors is spent over an endless watch."""

from __future__ import annotations

from collections.abc import Mapping
from math import pi


def discoveries(p_values: Mapping[str, float], rate: float) -> tuple[str, ...]:
    """The names whose p-values say that something changed, the smallest first.

    The expected share of wrong ones among them is at most `rate`, and so is the chance that there is any where nothing
    changed at all; however the columns depend on each other.

    Args:
        p_values: By name.
        rate: In (0, 1).

    Example:
        >>> discoveries({"flow": 0.001, "rpm": 0.4, "heat": 0.0001}, 0.01)
        ('heat', 'flow')

    Reference:
        Benjamini and Yekutieli (2001), theorem 1.3.
    """
    ranking = sorted(p_values, key=lambda name: p_values[name])
    share = rate / (len(ranking) * sum(1 / rank for rank in range(1, len(ranking) + 1))) if ranking else 0.0
    passing = [rank for rank, name in enumerate(ranking, start=1) if p_values[name] <= rank * share]
    return tuple(ranking[: max(passing, default=0)])


def share_of(rate: float, number: int) -> float:
    """What of a rate a test may use up, so that all tests there will ever be use up the rate and no more.

    Args:
        rate: For all of them.
        number: Of the test, counted from 1; a test twice as late gets a quarter.

    Example:
        >>> round(sum(share_of(0.01, number) for number in range(1, 100_000)), 6)
        0.01
    """
    return rate * 6 / (pi * number) ** 2
