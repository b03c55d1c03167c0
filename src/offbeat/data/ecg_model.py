"""The dynamical model of the electrocardiogram (ECGSYN): heart rhythm and waves in, millivolts out.

A point runs once a beat around a circle, at the angular speed w(t) = 2 pi / T(t); the electrocardiogram is its height
z, which each of the waves P, Q, R, S, T pushes up or down as the point passes the wave's angle theta_i:

    dz/dt = - sum_i a_i d_i exp(-d_i^2 / (2 b_i^2)) - (z - z0(t)),    d_i = theta - theta_i

The equation is linear in z, so it needs no integration by steps: with g(t) = sum_i h_i exp(-(t - c_i)^2 / (2 s_i^2)),
where c_i = theta_i / w seconds, s_i = b_i / w seconds and h_i = a_i b_i^2 / w millivolts, z' = g' - (z - z0), and so

    z = g - q + (z0, smoothed over one second),    q' = g - q.

Waves are therefore written as `centre`, `width` and `height` in seconds and millivolts, as a clinician reads them.

Reference:
    McSharry, Clifford, Tarassenko and Smith, "A dynamical model for generating synthetic electrocardiogram signals",
    IEEE Transactions on Biomedical Engineering 50(3), 2003: equation (1), table I and section III.
    Departures: the QRS of table I lasts 150 ms, a healthy one 80 to 100, so widths and heights here are clinical ones;
    the T wave is two Gaussians, because a real one rises slower than it falls (Clifford, Shoeb, McSharry and Janz,
    International Journal of Bioelectromagnetism 7(1), 2005); two more waves, R' and ST, are flat in a healthy beat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

WAVES = ("P", "Q", "R", "R'", "S", "ST", "T-", "T+")

MAYER_HERTZ = 0.1  # blood pressure control makes the heart rate swing about every ten seconds
BREATHING_HERTZ = 0.25  # and breathing about every four
_BAND_HERTZ = 0.01  # standard deviation of either peak of the spectrum
_LOW_TO_HIGH = 0.5  # power of the Mayer peak over the power of the breathing peak
_WANDER_MILLIVOLTS = 0.15
_REACH = 6.0  # widths from a wave's centre to where it is left out: 1.5e-8 of its height
_RHYTHM_RATE = 4.0  # samples a second of the instantaneous interval: 16 for each breath


@dataclass(frozen=True)
class Beats:
    """The waves of many beats, time counted from each beat's own R peak.

    Attributes:
        centre: When each wave of `WAVES` peaks, in seconds.
        width: Standard deviation of each wave, in seconds.
        height: Height of each wave, in millivolts.
        previous: Seconds since the R peak of the beat before.
        following: Seconds until the R peak of the beat after.
    """

    centre: Float[np.ndarray, "rows waves"]
    width: Float[np.ndarray, "rows waves"]
    height: Float[np.ndarray, "rows waves"]
    previous: Float[np.ndarray, "rows"]
    following: Float[np.ndarray, "rows"]

    def take(self, rows: Int[np.ndarray, "taken"]) -> Beats:
        """The beats of some rows only."""
        return Beats(self.centre[rows], self.width[rows], self.height[rows], self.previous[rows], self.following[rows])

    def put(self, rows: Int[np.ndarray, "taken"], others: Beats) -> Beats:
        """The same beats with those of some rows exchanged for `others`."""
        parts = []
        for mine, theirs in zip(vars(self).values(), vars(others).values(), strict=True):
            part = mine.copy()
            part[rows] = theirs
            parts.append(part)
        return Beats(*parts)

    def change(
        self,
        wave: str,
        *,
        centre: Float[np.ndarray, "rows"] | float | None = None,
        width: Float[np.ndarray, "rows"] | float | None = None,
        height: Float[np.ndarray, "rows"] | float | None = None,
    ) -> Beats:
        """The same beats with one wave moved, widened or made higher; what is not given stays."""
        column = WAVES.index(wave)
        changed = {}
        for name, value in (("centre", centre), ("width", width), ("height", height)):
            if value is not None:
                part = getattr(self, name).copy()
                part[:, column] = value
                changed[name] = part
        return replace(self, **changed)

    def height_of(self, wave: str) -> Float[np.ndarray, "rows"]:
        """The height of one wave in each beat, in millivolts."""
        return self.height[:, WAVES.index(wave)]


def rr_intervals(
    beats: int,
    *,
    mean: float = 0.85,
    deviation: float = 0.04,
    breathing: float = BREATHING_HERTZ,
    rng: np.random.Generator,
) -> Float[np.ndarray, "beats"]:
    """The intervals between R peaks of a heart at rest, which swing with blood pressure and with breathing.

    Args:
        beats: How many intervals.
        mean: Mean interval in seconds.
        deviation: Standard deviation of the instantaneous interval in seconds.
        breathing: Breaths a second: where the upper peak of the spectrum lies; the lower lies at 0.1 Hz.
        rng: Where the random phases come from.

    Returns:
        Intervals in seconds, in order of time.

    Example:
        >>> intervals = rr_intervals(500, mean=0.8, rng=np.random.default_rng(0))
        >>> print(f"{intervals.mean():.2f} s")
        0.80 s

    Reference:
        McSharry et al. 2003, equation (6): the spectrum is the sum of two Gaussians; random phases and an inverse
        Fourier transform make a series of it. R peaks are where the model's point has gone once around (equation 5).
    """
    # At least two minutes, or a short recording would have no room for swings of ten seconds.
    points = int(_RHYTHM_RATE * max(128.0, 1.5 * mean * (beats + 2)))
    frequency = np.fft.rfftfreq(points, 1.0 / _RHYTHM_RATE)
    power = _LOW_TO_HIGH * np.exp(-0.5 * ((frequency - MAYER_HERTZ) / _BAND_HERTZ) ** 2)
    power += np.exp(-0.5 * ((frequency - breathing) / _BAND_HERTZ) ** 2)
    phase = rng.uniform(0.0, 2.0 * np.pi, frequency.size)
    swings = np.fft.irfft(np.sqrt(power) * np.exp(1j * phase), points)
    interval = mean + deviation * (swings - swings.mean()) / swings.std()

    turns = np.cumsum(1.0 / interval) / _RHYTHM_RATE
    peaks = np.interp(np.arange(1.0, beats + 2.0), turns, np.arange(points) / _RHYTHM_RATE)
    return np.diff(peaks)


def trace(
    beats: Beats, neighbours: Beats, times: Float[np.ndarray, "rows samples"]
) -> Float[np.ndarray, "rows samples"]:
    """What an ideal recorder draws of each beat, without baseline wander and noise.

    Args:
        beats: The beats to draw.
        neighbours: The beat before and after each of them, with the waves it has by itself; its T wave may run into the
            start of a row and its P wave into the end.
        times: Seconds after the R peak, evenly spaced in a row, starting after the QRS of the beat before.

    Returns:
        Millivolts.
    """
    before = replace(neighbours, centre=neighbours.centre - beats.previous[:, None])
    after = replace(neighbours, centre=neighbours.centre + beats.following[:, None])
    drawn = np.zeros_like(times)
    for wave in WAVES:
        _add(drawn, beats, wave, times)
    for beat, wave in ((before, "T-"), (before, "T+"), (after, "P")):
        _add(drawn, beat, wave, times)
    return drawn - _leak(drawn, times, before)


def baseline_wander(
    moments: Float[np.ndarray, "rows samples"], *, breathing: Float[np.ndarray, "rows"]
) -> Float[np.ndarray, "rows samples"]:
    """How breathing lifts and lowers the whole trace: 0.15 mV, as smoothed by the model's relaxation over one second.

    Args:
        moments: Seconds since the start of the recording.
        breathing: Breaths a second, one value a row.

    Returns:
        Millivolts.
    """
    speed = 2.0 * np.pi * breathing[:, None]
    return _WANDER_MILLIVOLTS / np.sqrt(1.0 + speed**2) * np.sin(speed * moments - np.arctan(speed))


def _add(
    drawn: Float[np.ndarray, "rows samples"], beats: Beats, wave: str, times: Float[np.ndarray, "rows samples"]
) -> None:
    """Adds one wave of each beat to what is drawn, in place."""
    column = WAVES.index(wave)
    centre, width, height = beats.centre[:, column, None], beats.width[:, column, None], beats.height[:, column, None]
    # Most waves are short: computing them only where they reach takes a third of the time.
    reached = (times >= centre - _REACH * width) & (times <= centre + _REACH * width) & (height != 0.0)
    samples = np.flatnonzero(reached.any(axis=0))
    if len(samples):
        near = slice(samples[0], samples[-1] + 1)
        bell = np.exp(-0.5 * ((times[:, near] - centre) / width) ** 2)
        drawn[:, near] += reached[:, near] * height * bell  # the mark, or a row would depend on how far others reach


def _leak(
    drawn: Float[np.ndarray, "rows samples"], times: Float[np.ndarray, "rows samples"], before: Beats
) -> Float[np.ndarray, "rows samples"]:
    """The solution q of q' = g - q, where all beats before the row's start were like the one before.

    The integral over the row is a trapezoid sum, good to 1e-3 mV while a step is no longer than the narrowest wave.
    """
    start = times[:, :1]
    area = before.height * before.width * np.sqrt(2.0 * np.pi) * np.exp(before.centre - start + 0.5 * before.width**2)
    remembered = np.where(before.centre < start, area, 0.0).sum(axis=1, keepdims=True)
    remembered = remembered / (1.0 - np.exp(-before.previous[:, None]))

    growth = np.exp(times - start)
    step = times[:, 1:2] - start
    grown = growth * drawn
    gathered = np.zeros_like(drawn)
    gathered[:, 1:] = np.cumsum(0.5 * step * (grown[:, 1:] + grown[:, :-1]), axis=1)
    return (remembered + gathered) / growth
