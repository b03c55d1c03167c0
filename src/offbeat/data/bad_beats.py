"""Named kinds of bad heartbeats: what each disease or loose electrode does to a good beat.

Reference:
    Durations and levels are clinical: "AHA/ACCF/HRS recommendations for the standardization and interpretation of the
    electrocardiogram", Circulation 119, 2009: part III, Surawicz and others (conduction); part IV, Rautaharju and
    others (ST segment, T wave, QT interval); part VI, Wagner and others (ischemia and infarction).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from offbeat.data.ecg_model import WAVES, Beats

Curves = Float[np.ndarray, "rows samples"]


def premature_ventricular(beats: Beats, rng: np.random.Generator) -> Beats:
    """Premature ventricular contraction: fired early by the ventricle itself, so no P, a broad QRS, a T against it."""
    count = len(beats.previous)
    early = rng.uniform(0.62, 0.78, count)
    beats = replace(beats, previous=beats.previous * early, following=beats.previous * (2.0 - early))
    tall = rng.uniform(1.1, 1.7, count) * np.where(rng.random(count) < 0.6, 1.0, -1.0)
    slow = rng.uniform(0.030, 0.037, count)
    beats = beats.change("P", height=0.0).change("Q", height=0.0)
    beats = beats.change("R", height=tall, width=slow)
    beats = beats.change("R'", height=0.25 * tall, centre=-1.7 * slow, width=0.45 * slow)
    beats = beats.change("S", height=-0.45 * tall, centre=2.9 * slow, width=1.1 * slow)
    beats = beats.change("T-", height=-0.25 * tall, centre=0.25, width=0.065)
    return beats.change("T+", height=-0.22 * tall, centre=0.31, width=0.042)


def premature_atrial(beats: Beats, rng: np.random.Generator) -> Beats:
    """Atrial premature beat: fired early outside the sinus node, so its P is misshapen and rides on the T before it."""
    count = len(beats.previous)
    early = rng.uniform(0.56, 0.68, count)
    beats = replace(beats, previous=beats.previous * early, following=beats.previous * rng.uniform(1.0, 1.1, count))
    low = rng.random(count) < 0.5
    height = np.where(low, -1.0, 1.3) * np.abs(beats.height_of("P"))
    return beats.change("P", height=height, centre=np.where(low, -0.12, -0.15), width=0.015)


def st_elevation(beats: Beats, rng: np.random.Generator) -> Beats:
    """ST elevation: injury through the whole wall (infarction) lifts the ST segment 0.2 mV and more, into a tall T."""
    count = len(beats.previous)
    lifted = rng.uniform(0.20, 0.40, count)
    beats = beats.change("ST", height=lifted, centre=0.105, width=0.055)
    beats = beats.change("S", height=0.4 * beats.height_of("S"))
    return beats.change("T-", height=beats.height_of("T-") + 0.35 * lifted)


def st_depression(beats: Beats, rng: np.random.Generator) -> Beats:
    """ST depression: the inner layer of the wall lacks blood and lowers the ST segment by only 0.1 to 0.16 mV."""
    count = len(beats.previous)
    lowered = rng.uniform(0.10, 0.16, count)
    beats = beats.change("ST", height=-lowered, centre=0.11, width=0.045)
    return beats.change("T-", height=0.8 * beats.height_of("T-"))


def t_inversion(beats: Beats, rng: np.random.Generator) -> Beats:
    """T-wave inversion: the wall recovers in the wrong order (ischemia, strain), so T points down."""
    deep = -rng.uniform(0.5, 1.0, len(beats.previous))
    return beats.change("T-", height=deep * beats.height_of("T-")).change("T+", height=deep * beats.height_of("T+"))


def bundle_branch_block(beats: Beats, rng: np.random.Generator) -> Beats:
    """Left bundle branch block: the left ventricle is reached late, so no Q, a broad notched R, and a T against it."""
    count = len(beats.previous)
    tall = beats.height_of("R") * rng.uniform(0.75, 0.95, count)
    apart = rng.uniform(0.052, 0.064, count)
    beats = beats.change("Q", height=0.0).change("S", height=0.0)
    beats = beats.change("P", centre=beats.centre[:, WAVES.index("P")] - 0.015)
    beats = beats.change("R", height=tall, width=0.020)
    beats = beats.change("R'", height=0.95 * tall, centre=apart, width=0.024)
    beats = beats.change("ST", height=-0.12 * tall, centre=0.16, width=0.040)
    beats = beats.change("T-", height=-0.7 * beats.height_of("T-"))
    return beats.change("T+", height=-beats.height_of("T+"))


def low_amplitude(beats: Beats, rng: np.random.Generator) -> Beats:
    """Low voltage: fluid around the heart, or a drying electrode, leaves a third of the beat's height."""
    left = rng.uniform(0.25, 0.45, (len(beats.previous), 1))
    return replace(beats, height=left * beats.height)


def lead_off(curves: Curves, times: Curves, rng: np.random.Generator) -> Curves:
    """Lead off: the electrode comes loose; the trace jumps, sinks to a flat line and picks up 50 Hz from the mains."""
    count = len(curves)
    loose = rng.uniform(-0.15, 0.0, (count, 1))
    since = np.maximum(times - loose, 0.0)
    jump = rng.uniform(0.3, 0.8, (count, 1)) * rng.choice([-1.0, 1.0], (count, 1))
    mains = 0.03 * np.sin(2.0 * np.pi * (50.0 * times + rng.random((count, 1))))
    return np.where(times < loose, curves, jump * np.exp(-since / 0.08) + mains)


def motion_artefact(curves: Curves, times: Curves, rng: np.random.Generator) -> Curves:
    """Motion artefact: the patient moves and the stretched skin adds swings of 1 to 8 Hz, as high as the waves."""
    count = len(curves)
    swings = np.zeros_like(curves)
    for hertz in (1.3, 2.6, 4.4, 7.5):
        phase = rng.uniform(0.0, 2.0 * np.pi, (count, 1))
        swings += rng.uniform(0.5, 1.0, (count, 1)) / np.sqrt(hertz) * np.sin(2.0 * np.pi * hertz * times + phase)
    begins = rng.uniform(-0.25, 0.0, (count, 1))
    reach = 1.0 / (1.0 + np.exp(-(times - begins) / 0.03))
    return curves + 0.6 * reach * swings


DISEASES: Mapping[str, Callable[[Beats, np.random.Generator], Beats]] = MappingProxyType(
    {
        "premature-ventricular": premature_ventricular,
        "premature-atrial": premature_atrial,
        "st-elevation": st_elevation,
        "st-depression": st_depression,
        "t-inversion": t_inversion,
        "bundle-branch-block": bundle_branch_block,
        "low-amplitude": low_amplitude,
    }
)
"""What changes the waves of a beat, by its word."""

ARTEFACTS: Mapping[str, Callable[[Curves, Curves, np.random.Generator], Curves]] = MappingProxyType(
    {"lead-off": lead_off, "motion-artefact": motion_artefact}
)
"""What changes the recorded curve, by its word: from millivolts and seconds after the R peak."""

BAD_BEATS = (*DISEASES, *ARTEFACTS)
"""The words of all kinds of bad beats."""
