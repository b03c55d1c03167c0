"""Drift the slow way: plain loops over rows, chances by counting."""

from __future__ import annotations

import math
from collections.abc import Sequence


def fisher(found: int, of: int, known: int, of_known: int) -> float:
    """Twice the smaller tail of the hypergeometric distribution, from binomial coefficients."""
    having, total = found + known, of + of_known
    chances = {
        count: math.comb(having, count) * math.comb(total - having, of - count) / math.comb(total, of)
        for count in range(max(0, having - of_known), min(having, of) + 1)
    }
    lower = sum(chance for count, chance in chances.items() if count <= found)
    upper = sum(chance for count, chance in chances.items() if count >= found)
    return min(1.0, 2 * min(lower, upper))


def distance(new: Sequence[float], normal: Sequence[float], edges: Sequence[float]) -> float:
    """The largest difference of the two distribution functions, at and just before the edges."""
    apart = 0.0
    for edge in edges:
        apart = max(apart, abs(_share(new, lambda x, e=edge: x < e) - _share(normal, lambda x, e=edge: x < e)))
        apart = max(apart, abs(_share(new, lambda x, e=edge: x <= e) - _share(normal, lambda x, e=edge: x <= e)))
    return apart


def _share(values: Sequence[float], holds: object) -> float:
    return sum(holds(value) for value in values) / len(values)  # type: ignore[operator]


def ranks(calibration: Sequence[float], scores: Sequence[float], draws: Sequence[float]) -> list[float]:
    """Smoothed conformal p-values, each among all scores before it."""
    bag, p_values = list(calibration), []
    for score, draw in zip(scores, draws, strict=True):
        bag.append(score)
        higher = sum(other > score for other in bag)
        equal = sum(other == score for other in bag)
        p_values.append((higher + draw * equal) / len(bag))
    return p_values


def simple_jumper(p_values: Sequence[float], jump: float = 0.01) -> list[float]:
    """The capital after each p-value, as the paper's algorithm 1 has it."""
    stakes, capital, path = {-1: 1 / 3, 0: 1 / 3, 1: 1 / 3}, 1.0, []
    for p_value in p_values:
        for bet in stakes:
            stakes[bet] = (1 - jump) * stakes[bet] + jump / 3 * capital
        for bet in stakes:
            stakes[bet] *= 1 + bet * (p_value - 0.5)
        capital = sum(stakes.values())
        path.append(capital)
    return path


def benjamini_yekutieli(p_values: Sequence[float], rate: float) -> set[int]:
    """The numbers of the p-values that are small enough."""
    tests = len(p_values)
    harmonic = sum(1 / rank for rank in range(1, tests + 1))
    for rank in range(tests, 0, -1):
        bar = rank * rate / (tests * harmonic)
        if sum(p_value <= bar for p_value in p_values) >= rank:
            return {number for number, p_value in enumerate(p_values) if p_value <= bar}
    return set()
