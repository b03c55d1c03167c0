"""McSharry's three equations of motion, integrated step by step with plain loops: the slow twin of the closed form."""

from __future__ import annotations

import math

State = list[float]
Wave = tuple[float, float, float]  # angle, strength a, width b, as in the paper


def motion(state: State, speed: float, waves: list[Wave]) -> State:
    """How fast x, y and z change."""
    x, y, z = state
    slack = 1.0 - math.sqrt(x * x + y * y)
    push = 0.0
    for angle, strength, width in waves:
        away = (math.atan2(y, x) - angle + math.pi) % (2.0 * math.pi) - math.pi
        push -= strength * away * math.exp(-0.5 * (away / width) ** 2)
    return [slack * x - speed * y, slack * y + speed * x, push - z]


def runge_kutta(state: State, step: float, speed: float, waves: list[Wave]) -> State:
    """One step of order four."""

    def ahead(slope: State, share: float) -> State:
        return [state[axis] + share * step * slope[axis] for axis in range(3)]

    k1 = motion(state, speed, waves)
    k2 = motion(ahead(k1, 0.5), speed, waves)
    k3 = motion(ahead(k2, 0.5), speed, waves)
    k4 = motion(ahead(k3, 1.0), speed, waves)
    return [state[axis] + step / 6.0 * (k1[axis] + 2 * k2[axis] + 2 * k3[axis] + k4[axis]) for axis in range(3)]


def last_beat(
    waves: list[tuple[float, float, float]], interval: float, *, beats: int, step: float
) -> tuple[list[float], list[float]]:
    """Seconds after the R peak, from half a beat before it to half a beat after, and millivolts; all beats alike.

    Waves are centre (s), width (s) and height (mV), as offbeat writes them.
    """
    speed = 2.0 * math.pi / interval
    in_the_paper = [(speed * c, h * speed / (speed * s) ** 2, speed * s) for c, s, h in waves]
    state = [-1.0, 0.0, 0.0]  # opposite to the R peak
    times, millivolts = [], []
    steps = round(interval / step)
    for number in range(1, beats * steps + 1):
        state = runge_kutta(state, step, speed, in_the_paper)
        if number > (beats - 1) * steps:
            times.append((number - (beats - 1) * steps) * step - 0.5 * interval)
            millivolts.append(state[2])
    return times, millivolts
