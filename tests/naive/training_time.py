"""Curves moved in time with plain loops; the slow twin of offbeat.training.time_corruption."""

from __future__ import annotations

import math


def value_at(curve: list[float], place: float) -> float:
    """The curve at a place between its steps; beyond its ends it stays as it ends."""
    if place <= 0:
        return curve[0]
    if place >= len(curve) - 1:
        return curve[-1]
    step = int(place)
    return curve[step] + (place - step) * (curve[step + 1] - curve[step])


def moved(curve: list[float], by: float, waves: list[float]) -> list[float]:
    """The curve shifted by some steps, and warped by waves of the given sizes (half a wave, one, one and a half)."""
    last = len(curve) - 1
    answer = []
    for step in range(len(curve)):
        detour = sum(
            size * math.sin(math.pi * k * step / last) / (math.pi * k) for k, size in enumerate(waves, start=1)
        )
        answer.append(value_at(curve, step + detour / len(waves) * last + by))
    return answer
