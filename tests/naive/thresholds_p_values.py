"""P-values and their selection with plain loops, one score at a time."""

from __future__ import annotations

import math

SMALLEST_P_VALUE = 1e-12


def conformal(calibration: list[float], score: float) -> float:
    at_least_as_high = 0
    for other in calibration:
        if other >= score:
            at_least_as_high += 1
    return (1 + at_least_as_high) / (len(calibration) + 1)


def conformal_with_tail(calibration: list[float], score: float) -> float:
    p_value = conformal(calibration, score)
    base, excesses = peaks(calibration)
    if score > max(calibration) and excesses:
        p_value *= chance(excesses, score - base, start=excesses[-1])
    return max(p_value, SMALLEST_P_VALUE)


def tail(calibration: list[float], score: float) -> float:
    p_value = conformal(calibration, score)
    base, excesses = peaks(calibration)
    if score > base:
        above = sum(other > base for other in calibration)
        p_value = (1 + above) / (len(calibration) + 1)
        if excesses:
            p_value *= chance(excesses, score - base, start=0.0)
    return max(p_value, SMALLEST_P_VALUE)


def peaks(calibration: list[float]) -> tuple[float, list[float]]:
    """The score below the highest ones, and how far each of them exceeds it, ascending."""
    ordered = sorted(calibration)
    count = min(len(ordered) // 2, math.floor(3 * math.sqrt(len(ordered))))
    if count < 3:
        return ordered[-1], []
    lowest_peak = ordered[-count]
    lower = [score for score in ordered if score < lowest_peak]
    base = lower[-1] if lower else ordered[0]
    smallest = max(1e-6 * max(abs(score) for score in ordered), 1e-300)
    excesses = [max(score - base, smallest) for score in ordered if score > base]
    return base, excesses or [smallest] * count


def chance(excesses: list[float], excess: float, *, start: float) -> float:
    """How likely one more excess is to go beyond `excess`, given that it goes beyond `start` (0, or the largest)."""
    mean = sum(excess / len(excesses) for excess in excesses)
    logs, terms = [], []
    for step in range(20):
        shape = (step + 0.5) / 20
        rate = shape / (1 - shape) / mean
        total = sum(math.log1p(rate * one) for one in excesses)
        logs.append(3 * math.log(1 - shape) + len(excesses) * math.log(rate / total) - total)
        beyond = max(math.log1p(rate * excess) - math.log1p(rate * start), 0.0)
        terms.append((1 + beyond / (total + math.log1p(rate * start))) ** -len(excesses))
    weights = [math.exp(log - max(logs)) for log in logs]
    return min(sum(weight * term for weight, term in zip(weights, terms, strict=True)) / sum(weights), 1.0)


def adaptive_benjamini_hochberg(p_values: list[float], fdr: float, calibration_rows: int) -> list[bool]:
    rows = len(p_values)
    if calibration_rows < 6:
        return [False] * rows
    above_half = 0
    for p_value in p_values:
        if p_value > 0.499999:
            above_half += 1
    share_normal = (1 + above_half) / (0.5 * rows) if rows >= 20 else 1.0
    selected = 0
    for rank, p_value in enumerate(sorted(p_values), start=1):
        if p_value <= fdr / share_normal * rank / rows + 1e-15:
            selected = rank
    level = min(fdr / share_normal * selected / rows, 0.499999)
    return [p_value <= level + 1e-15 for p_value in p_values]
