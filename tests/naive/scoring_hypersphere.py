"""The distance of codes with plain loops; the slow twin of offbeat.scoring.hypersphere, gradients by differences."""

from __future__ import annotations

from collections.abc import Callable

Encode = Callable[[list[float]], list[float]]


def mean(rows: list[list[float]]) -> list[float]:
    """The mean of each column."""
    return [sum(row[i] for row in rows) / len(rows) for i in range(len(rows[0]))]


def distance(encode: Encode, centre: list[float], x: list[float]) -> float:
    """Mean squared difference between the code and the centre."""
    code = encode(x)
    return sum((a - b) ** 2 for a, b in zip(code, centre, strict=True)) / len(code)


def shares(encode: Encode, centre: list[float], start: list[float], x: list[float], steps: int = 16) -> list[float]:
    """Each feature's share: its integrated gradient from the start, without sign, over the sum of all."""
    step = 1e-5
    sizes = []
    for feature in range(len(x)):
        total = 0.0
        for place in range(steps):
            at = [s + (place + 0.5) / steps * (v - s) for s, v in zip(start, x, strict=True)]
            up, down = list(at), list(at)
            up[feature] += step
            down[feature] -= step
            total += (distance(encode, centre, up) - distance(encode, centre, down)) / (2 * step)
        sizes.append(abs((x[feature] - start[feature]) * total / steps))
    return [size / sum(sizes) for size in sizes]
