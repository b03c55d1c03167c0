"""Realistic heartbeats that the project makes itself, one a row, good ones and named kinds of bad ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from offbeat.data.bad_beats import ARTEFACTS, BAD_BEATS, DISEASES
from offbeat.data.ecg_model import BREATHING_HERTZ, WAVES, Beats, baseline_wander, rr_intervals, trace
from offbeat.data.table import Table
from offbeat.errors import SettingsError, name_some

NORMAL = "normal"

_BEFORE_SECONDS = 0.25  # a row starts this long before its R peak: the P wave starts at 0.2 s
_ROW_SECONDS = 0.7  # and ends after the T wave, which ends at 0.35 s
_FEWEST_SAMPLES = 35  # 50 a second; below that an R wave falls between two samples

# A healthy beat over the left side of the chest (lead V5) at 60 beats a minute: PR 160 ms, QRS 90 ms, QT 380 ms.
#                      P       Q      R      R'     S      ST     T-     T+
_CENTRE = np.array([-0.163, -0.028, 0.000, 0.040, 0.030, 0.120, 0.235, 0.275])
_WIDTH = np.array([0.0200, 0.0085, 0.0115, 0.0150, 0.0095, 0.0450, 0.0430, 0.0270])
_HEIGHT = np.array([0.12, -0.10, 1.15, 0.00, -0.25, 0.00, 0.16, 0.18])
# How far patients lie apart, and one patient's beats: relative for width and height, seconds for centre.
_PATIENT_CENTRE = np.array([0.010, 0.0015, 0.0, 0.0, 0.0015, 0.0, 0.012, 0.012])
_BEAT_CENTRE = np.array([0.003, 0.0005, 0.0, 0.0, 0.0005, 0.0, 0.003, 0.003])
_PATIENT_WIDTH, _BEAT_WIDTH = 0.06, 0.02
_PATIENT_HEIGHT, _BEAT_HEIGHT = 0.18, 0.05
_PATIENT_ST, _BEAT_ST = 0.03, 0.008  # millivolts: a healthy ST segment is level within half a millimetre of paper
_BREATHING_SHARE = 0.05  # the chest widens with each breath, which lowers and raises all waves
_NOISE_MILLIVOLTS = 0.015  # muscles and amplifier

_JOB_TRAIN, _JOB_TEST = 200, 60
_JOB_KINDS = (
    "premature-ventricular",
    "premature-atrial",
    "st-elevation",
    "st-depression",
    "t-inversion",
    "motion-artefact",
)


@dataclass(frozen=True)
class Heartbeats:
    """Heartbeats cut from recordings, each lined up on its R peak.

    Attributes:
        curves: Millivolts; a row is one beat.
        kinds: One word a row: "normal" or the kind of bad beat, one of `BAD_BEATS`.
        sampling_rate: Samples a second.
    """

    curves: Float[np.ndarray, "rows samples"]
    kinds: tuple[str, ...]
    sampling_rate: float

    @property
    def times(self) -> Float[np.ndarray, "samples"]:
        """Seconds after the R peak of each sample; negative before it."""
        return np.arange(self.curves.shape[1]) / self.sampling_rate - _BEFORE_SECONDS


class HeartbeatJob(NamedTuple):
    """A whole job: learn from good beats, find the bad ones.

    Attributes:
        train: Good beats only.
        test: Other beats of the same patients, a few of them bad.
        kinds: One word for each row of `test`: "normal" or the kind of bad beat.
    """

    train: Table
    test: Table
    kinds: tuple[str, ...]


def heartbeats(
    rows: int = 200,
    *,
    samples: int = 140,
    seed: int = 0,
    anomalies: int = 0,
    kinds: Sequence[str] = BAD_BEATS,
    patients: int = 4,
) -> Heartbeats:
    """Draw heartbeats with a model of the electrocardiogram, some of them bad.

    Rows are in order of time, one patient's recording after the other. A row covers 0.7 s around its R peak, whatever
    the number of samples. Good rows do not depend on `anomalies` and `kinds`.

    Args:
        rows: How many beats.
        samples: Values a beat, at least 35; 140 of them are 200 a second.
        seed: Equal seeds give equal beats.
        anomalies: How many of the rows are bad, at rows drawn by chance.
        kinds: The kinds of bad beats, in turn; words of `BAD_BEATS`.
        patients: How many people the beats come from; more people, more different good beats.

    Returns:
        The beats, in millivolts.

    Raises:
        SettingsError: If a number is out of its range or a kind is unknown.

    Example:
        >>> beats = heartbeats(100, anomalies=2, kinds=["st-elevation", "lead-off"])
        >>> beats.curves.shape, beats.sampling_rate, sorted(set(beats.kinds))
        ((100, 140), 200.0, ['lead-off', 'normal', 'st-elevation'])
    """
    _check(rows, samples, seed, patients)
    _check_anomalies(rows, anomalies, kinds)
    rhythm, body, chance, bad, recorder = np.random.Generator(np.random.Philox(seed)).spawn(5)
    words = _draw_kinds(rows, anomalies, kinds, chance)
    sampling_rate = samples / _ROW_SECONDS
    # An R peak falls anywhere between two samples, so no two beats are sampled at the same instants.
    offset = recorder.uniform(-0.5, 0.5, (rows, 1)) / sampling_rate
    times = np.arange(samples) / sampling_rate - _BEFORE_SECONDS + offset

    good, breathing, moments = _good_beats(rows, min(patients, rows), rhythm, body)
    beats = good
    for word, disease in DISEASES.items():
        these = _rows_of(word, words)
        beats = beats.put(these, disease(beats.take(these), bad))
    curves = trace(beats, good, times) + baseline_wander(moments[:, None] + times, breathing=breathing)
    curves += _NOISE_MILLIVOLTS * recorder.standard_normal(curves.shape)
    for word, artefact in ARTEFACTS.items():
        these = _rows_of(word, words)
        curves[these] = artefact(curves[these], times[these], bad)
    return Heartbeats(curves, words, sampling_rate)


def heartbeat_job(seed: int = 0) -> HeartbeatJob:
    """200 good beats to learn from, and 60 others of the same four patients of which 6 are bad, each in its own way.

    Most of the bad ones are plain to see. The ST depression and the atrial premature beat are subtle: neither rises
    higher nor falls lower than good beats do.

    Args:
        seed: Equal seeds give equal beats.

    Example:
        >>> train, test, kinds = heartbeat_job(seed=7)
        >>> train.height, test.height, sum(kind != "normal" for kind in kinds)
        (200, 60, 6)
    """
    beats = heartbeats(_JOB_TRAIN + _JOB_TEST, seed=seed, anomalies=len(_JOB_KINDS), kinds=_JOB_KINDS)
    bad = np.flatnonzero([kind != NORMAL for kind in beats.kinds])
    good = np.random.Generator(np.random.Philox(seed)).permutation(np.setdiff1d(np.arange(len(beats.kinds)), bad))
    train, test = np.sort(good[:_JOB_TRAIN]), np.sort(np.concatenate([good[_JOB_TRAIN:], bad]))
    table = _as_table(beats)
    return HeartbeatJob(table.take(train), table.take(test), tuple(beats.kinds[row] for row in test))


def _check(rows: int, samples: int, seed: int, patients: int) -> None:
    if rows < 1:
        raise SettingsError(f"rows is {rows}; at least 1 heartbeat was expected. Ask for one or more.")
    if samples < _FEWEST_SAMPLES:
        raise SettingsError(
            f"samples is {samples}; at least {_FEWEST_SAMPLES} values a heartbeat were expected, or its R wave falls "
            "between two of them. Ask for more (140 is 200 a second)."
        )
    if seed < 0:
        raise SettingsError(f"seed is {seed}; 0 or a larger whole number was expected. Give such a number.")
    if patients < 1:
        raise SettingsError(f"patients is {patients}; heartbeats come from at least 1 person. Ask for one or more.")


def _check_anomalies(rows: int, anomalies: int, kinds: Sequence[str]) -> None:
    if not 0 <= anomalies <= rows:
        raise SettingsError(
            f"anomalies is {anomalies}; from 0 to all {rows} rows can be bad. Ask for fewer, or for more rows."
        )
    unknown = [kind for kind in kinds if kind not in BAD_BEATS]
    if unknown:
        raise SettingsError(
            f"Unknown kind of bad heartbeat: {name_some(unknown)}; one of {', '.join(BAD_BEATS)} was expected. "
            "Use these words."
        )
    if anomalies and not kinds:
        raise SettingsError(f"anomalies is {anomalies} but kinds is empty. Name at least one kind of bad heartbeat.")


def _draw_kinds(rows: int, anomalies: int, kinds: Sequence[str], rng: np.random.Generator) -> tuple[str, ...]:
    words = [NORMAL] * rows
    for turn, row in enumerate(rng.permutation(rows)[:anomalies]):
        words[row] = kinds[turn % len(kinds)]
    return tuple(words)


def _rows_of(kind: str, words: tuple[str, ...]) -> Int[np.ndarray, "these"]:
    return np.array([row for row, word in enumerate(words) if word == kind], dtype=np.int64)


def _good_beats(
    rows: int, patients: int, rhythm: np.random.Generator, body: np.random.Generator
) -> tuple[Beats, Float[np.ndarray, "rows"], Float[np.ndarray, "rows"]]:
    """Healthy beats, each one's patient's breaths a second, and seconds since the patient's recording began."""
    patient = np.arange(rows) * patients // rows
    pace = rhythm.uniform(0.75, 1.0, patients)
    breaths = BREATHING_HERTZ * rhythm.uniform(0.9, 1.1, patients)
    previous, following, moments = np.empty(rows), np.empty(rows), np.empty(rows)
    for one in range(patients):
        mine = patient == one
        intervals = rr_intervals(
            int(mine.sum()) + 1, mean=float(pace[one]), deviation=0.04, breathing=float(breaths[one]), rng=rhythm
        )
        previous[mine], following[mine] = intervals[:-1], intervals[1:]
        moments[mine] = np.cumsum(intervals[:-1])
    breathing = breaths[patient]
    beats = _shapes(patient, previous, following, np.sin(2.0 * np.pi * breathing * moments), body)
    return beats, breathing, moments


def _shapes(
    patient: Int[np.ndarray, "rows"],
    previous: Float[np.ndarray, "rows"],
    following: Float[np.ndarray, "rows"],
    breath: Float[np.ndarray, "rows"],
    rng: np.random.Generator,
) -> Beats:
    people = (int(patient.max()) + 1, len(WAVES))
    beats = (len(patient), len(WAVES))

    def vary(between: float, within: float) -> Float[np.ndarray, "rows waves"]:
        return np.exp(between * rng.standard_normal(people)[patient] + within * rng.standard_normal(beats))

    centre = (
        _CENTRE + _PATIENT_CENTRE * rng.standard_normal(people)[patient] + _BEAT_CENTRE * rng.standard_normal(beats)
    )
    width = _WIDTH * vary(_PATIENT_WIDTH, _BEAT_WIDTH)
    height = _HEIGHT * vary(_PATIENT_HEIGHT, _BEAT_HEIGHT) * (1.0 + _BREATHING_SHARE * breath[:, None])
    height[:, WAVES.index("ST")] += _PATIENT_ST * rng.standard_normal(people[0])[patient]
    height[:, WAVES.index("ST")] += _BEAT_ST * rng.standard_normal(beats[0])
    # A slower heart recovers later: QT grows with the square root of the interval (Bazett 1920), PR and QRS stay.
    late = np.sqrt(previous)[:, None]
    recovers = np.isin(WAVES, ("T-", "T+"))
    centre, width = np.where(recovers, centre * late, centre), np.where(recovers, width * late, width)
    return Beats(centre, width, height, previous, following)


def _as_table(beats: Heartbeats) -> Table:
    """One column an instant: "R-250ms" to "R+445ms", in millivolts."""
    names = tuple(f"R{1000.0 * time:+.0f}ms" for time in beats.times)
    return Table(beats.curves, source="heartbeats", named=True, matrix_names=names)
