"""Heartbeats: the model against its own equations of motion, physiology of each kind, and the demo's job."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import data_heartbeats as naive
from offbeat.data.bad_beats import BAD_BEATS, DISEASES
from offbeat.data.ecg_model import WAVES, Beats, baseline_wander, rr_intervals, trace
from offbeat.data.heartbeats import heartbeat_job, heartbeats
from offbeat.errors import SettingsError

# The model's leak is a trapezoid sum over 5 ms steps, and the tail of the S wave of the beat before is left out.
MODEL_MILLIVOLTS = 5e-4


def mean_beat(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds after the R peak, and the mean over 200 beats of one kind, counted from its own baseline."""
    beats = heartbeats(200, seed=3) if kind == "normal" else heartbeats(200, seed=3, anomalies=200, kinds=[kind])
    milliseconds = 1000.0 * beats.times
    curve = beats.curves.mean(axis=0)
    return milliseconds, curve - curve[(milliseconds > -110) & (milliseconds < -60)].mean()


def steady_beats(rows: int, interval: float) -> Beats:
    """Beats whose waves are all flat, at one pace."""
    shape, pace = (rows, len(WAVES)), np.full(rows, interval)
    return Beats(np.zeros(shape), np.full(shape, 0.02), np.zeros(shape), pace, pace)


def level(kind: str, start: float, end: float) -> float:
    milliseconds, curve = mean_beat(kind)
    return float(curve[(milliseconds >= start) & (milliseconds <= end)].mean())


def qrs_milliseconds(curve: np.ndarray, milliseconds: np.ndarray) -> float:
    """From the first to the last moment around the R peak when the trace is steep (over 4 mV/s)."""
    smooth = np.convolve(curve, np.ones(3) / 3, mode="same")
    steep = np.abs(np.gradient(smooth, milliseconds / 1000.0)) > 4.0
    steep &= np.abs(milliseconds) < 140.0
    return float(np.ptp(milliseconds[steep]))


def test_the_closed_form_solves_the_equations_of_motion() -> None:
    interval = 0.8
    waves = {
        "P": (-0.16, 0.02, 0.12),
        "Q": (-0.026, 0.009, -0.1),
        "R": (0.0, 0.012, 1.1),
        "S": (0.027, 0.010, -0.25),
        "T-": (0.24, 0.04, 0.16),
        "T+": (0.28, 0.028, 0.18),
    }
    times, expected = naive.last_beat(list(waves.values()), interval, beats=9, step=0.001)
    beat = steady_beats(1, interval)
    for wave, (centre, width, height) in waves.items():
        beat = beat.change(wave, centre=centre, width=width, height=height)

    grid = np.arange(-0.25, 0.39, 0.005)[None, :]
    drawn = trace(beat, beat, grid)[0]

    np.testing.assert_allclose(drawn, np.interp(grid[0], times, expected), atol=MODEL_MILLIVOLTS)


def test_baseline_wander_is_breathing_smoothed_over_one_second() -> None:
    step, breathing = 0.001, 0.25
    moments = np.arange(0.0, 40.0, step)
    wander, expected = 0.0, []
    for moment in moments:
        expected.append(wander)
        wander += step * (0.15 * np.sin(2 * np.pi * breathing * (moment + step / 2)) - wander)
    drawn = baseline_wander(moments[None, :], breathing=np.array([breathing]))[0]
    np.testing.assert_allclose(drawn[20_000:], expected[20_000:], atol=1e-3)


def test_intervals_swing_with_blood_pressure_and_with_breathing() -> None:
    mean = 0.8
    intervals = rr_intervals(2048, mean=mean, deviation=0.04, rng=np.random.default_rng(5))
    power = np.abs(np.fft.rfft(intervals - intervals.mean())) ** 2
    hertz = np.fft.rfftfreq(2048) / intervals.mean()
    mayer, breath = abs(hertz - 0.1) < 0.03, abs(hertz - 0.25) < 0.03

    assert intervals.mean() == pytest.approx(mean, rel=0.01)
    assert intervals.std() == pytest.approx(0.04, rel=0.15)
    assert power[mayer | breath].sum() / power.sum() > 0.9
    assert hertz[mayer][power[mayer].argmax()] == pytest.approx(0.1, abs=0.025)
    assert hertz[breath][power[breath].argmax()] == pytest.approx(0.25, abs=0.025)
    # Half as much power in the low peak, and what lies between two beats is averaged, which lowers the upper one.
    assert 0.4 < power[mayer].sum() / power[breath].sum() < 0.9


@pytest.mark.parametrize("beats", [1, 2, 7])
def test_short_recordings_have_intervals_too(beats: int) -> None:
    intervals = rr_intervals(beats, mean=1.0, rng=np.random.default_rng(0))
    assert intervals.shape == (beats,)
    assert np.all(abs(intervals - 1.0) < 0.25)


def test_healthy_beats_have_the_durations_of_a_clinical_reading() -> None:
    milliseconds, curve = mean_beat("normal")
    slow = np.convolve(curve, np.ones(5) / 5, mode="same")
    p_peak = milliseconds[milliseconds < -80][slow[milliseconds < -80].argmax()]
    t_part = (milliseconds > 120) & (milliseconds < 420)
    t_end = milliseconds[t_part][slow[t_part] > 0.05 * slow[t_part].max()][-1]

    assert milliseconds[curve.argmax()] == pytest.approx(0, abs=5)
    assert 0.9 < curve.max() < 1.5
    assert 80 <= qrs_milliseconds(curve, milliseconds) <= 110
    assert p_peak == pytest.approx(-160, abs=20)
    assert 0.08 < slow[milliseconds == p_peak][0] < 0.2
    assert 340 <= t_end + 45 <= 410  # QT, from the start of the QRS 45 ms before R
    assert abs(level("normal", 70, 90)) < 0.06


def test_every_healthy_row_is_lined_up_on_its_r_peak() -> None:
    beats = heartbeats(500, seed=11)
    assert np.all(np.abs(beats.times[beats.curves.argmax(axis=1)]) <= 0.005 + 1e-9)
    assert beats.times[0] == pytest.approx(-0.25)
    assert beats.sampling_rate == 200.0


def test_premature_ventricular_beats_are_broad_lack_p_and_end_in_an_opposite_t() -> None:
    beats = heartbeats(60, seed=4, anomalies=60, kinds=["premature-ventricular"])
    milliseconds = 1000.0 * beats.times
    for curve in beats.curves:
        still = curve - np.median(curve[milliseconds < -100])
        main = still[np.abs(milliseconds) <= 20].mean()
        assert qrs_milliseconds(still, milliseconds) > 120
        assert np.sign(still[(milliseconds > 240) & (milliseconds < 320)].mean()) == -np.sign(main)
        assert abs(still[(milliseconds > -180) & (milliseconds < -150)].mean()) < 0.1


def test_premature_beats_come_early_and_only_the_ventricular_one_pauses_fully() -> None:
    rng = np.random.default_rng(0)
    steady = steady_beats(50, 0.8)
    ventricular, atrial = DISEASES["premature-ventricular"](steady, rng), DISEASES["premature-atrial"](steady, rng)
    assert np.all(ventricular.previous < 0.8 * 0.8)
    np.testing.assert_allclose(ventricular.previous + ventricular.following, 1.6)
    assert np.all(atrial.previous < 0.7 * 0.8)
    assert np.all(atrial.previous + atrial.following < 1.5)


def test_st_segments_are_raised_and_lowered() -> None:
    normal = level("normal", 80, 120)
    assert level("st-elevation", 80, 120) - normal > 0.15
    assert -0.2 < level("st-depression", 80, 120) - normal < -0.08


def test_t_waves_are_inverted() -> None:
    assert level("normal", 200, 260) > 0.15
    assert level("t-inversion", 200, 260) < -0.08


def test_bundle_branch_block_is_broad_and_notched_with_a_p_wave() -> None:
    milliseconds, curve = mean_beat("bundle-branch-block")
    high = curve > 0.5 * curve.max()
    first, second = curve[abs(milliseconds) <= 10].max(), curve[(milliseconds > 45) & (milliseconds < 75)].max()
    notch = curve[(milliseconds > 15) & (milliseconds < 45)].min()
    assert np.ptp(milliseconds[high]) > 80
    assert 120 < qrs_milliseconds(curve, milliseconds) < 200
    assert notch < min(first, second)
    assert level("bundle-branch-block", -190, -160) > 0.05
    assert level("bundle-branch-block", 200, 260) < -0.1


def test_low_amplitude_keeps_a_third() -> None:
    assert 0.25 < level("low-amplitude", -5, 5) / level("normal", -5, 5) < 0.45


def test_a_loose_lead_ends_flat_but_for_mains() -> None:
    beats = heartbeats(40, seed=2, anomalies=40, kinds=["lead-off"])
    end = beats.curves[:, beats.times > 0.4]
    assert np.all(abs(end) < 0.05)
    assert np.all(end.std(axis=1) > 0.01)


def test_motion_swings_as_high_as_the_waves() -> None:
    beats = heartbeats(40, seed=2, anomalies=40, kinds=["motion-artefact"])
    late = beats.curves[:, beats.times > 0.1]
    assert np.median(np.ptp(late, axis=1)) > 0.6


def test_st_depression_hides_from_a_rule_on_the_highest_and_lowest_value() -> None:
    beats = heartbeats(600, seed=8, anomalies=100, kinds=["st-depression"])
    bad = np.array([kind != "normal" for kind in beats.kinds])
    highest, lowest = beats.curves.max(axis=1), beats.curves.min(axis=1)
    outside = (highest > highest[~bad].max()) | (lowest < lowest[~bad].min())
    assert outside[bad].mean() < 0.05


@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(1, 40),
    samples=st.integers(35, 300),
    seed=st.integers(0, 2**63),
    patients=st.integers(1, 50),
    data=st.data(),
)
def test_any_size_gives_finite_curves_and_the_asked_anomalies(
    rows: int, samples: int, seed: int, patients: int, data: st.DataObject
) -> None:
    anomalies = data.draw(st.integers(0, rows))
    kinds = data.draw(st.lists(st.sampled_from(BAD_BEATS), min_size=1, max_size=4, unique=True))
    beats = heartbeats(rows, samples=samples, seed=seed, anomalies=anomalies, kinds=kinds, patients=patients)
    assert beats.curves.shape == (rows, samples)
    assert np.all(np.isfinite(beats.curves)) and np.abs(beats.curves).max() < 5.0
    assert sum(kind != "normal" for kind in beats.kinds) == anomalies
    assert set(beats.kinds) <= {"normal", *kinds}


def test_equal_seeds_give_equal_beats_and_anomalies_leave_good_rows_alone() -> None:
    good, again, bad = heartbeats(80, seed=9), heartbeats(80, seed=9), heartbeats(80, seed=9, anomalies=18)
    normal = np.array([kind == "normal" for kind in bad.kinds])
    np.testing.assert_array_equal(good.curves, again.curves)
    np.testing.assert_array_equal(good.curves[normal], bad.curves[normal])
    assert not np.array_equal(good.curves, heartbeats(80, seed=10).curves)
    assert all(not np.allclose(good.curves[row], bad.curves[row], atol=0.05) for row in np.flatnonzero(~normal))
    assert {kind: bad.kinds.count(kind) for kind in BAD_BEATS} == dict.fromkeys(BAD_BEATS, 2)


def test_tables_name_columns_by_time() -> None:
    names = heartbeat_job(seed=1).train.names
    assert (names[0], names[50], names[-1]) == ("R-250ms", "R+0ms", "R+445ms")


def test_the_job_trains_on_good_beats_and_hides_six_bad_ones() -> None:
    train, test, kinds = heartbeat_job(seed=0)
    assert (train.height, test.height, len(kinds)) == (200, 60, 60)
    assert train.names == test.names
    assert sorted(set(kinds) - {"normal"}) == [
        "motion-artefact",
        "premature-atrial",
        "premature-ventricular",
        "st-depression",
        "st-elevation",
        "t-inversion",
    ]
    assert kinds.count("normal") == 54
    both = np.vstack([train.numbers(train.names), test.numbers(test.names)])
    assert len(np.unique(both, axis=0)) == 260


def test_the_job_is_neither_trivial_nor_hopeless() -> None:
    areas = []
    for seed in range(20):
        train, test, kinds = heartbeat_job(seed)
        good, mixed = train.numbers(train.names), test.numbers(test.names)
        distance = np.sqrt(((mixed[:, None, :] - good[None, :, :]) ** 2).sum(axis=2))
        score = np.sort(distance, axis=1)[:, :5].mean(axis=1)
        bad = np.array([kind != "normal" for kind in kinds])
        areas.append((score[bad][:, None] > score[~bad][None, :]).mean())
    assert 0.93 < np.mean(areas) < 0.995


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"rows": 0}, "rows is 0; at least 1 heartbeat was expected"),
        ({"samples": 20}, "samples is 20; at least 35 values a heartbeat were expected"),
        ({"patients": 0}, "patients is 0; heartbeats come from at least 1 person"),
        ({"rows": 5, "anomalies": 6}, "anomalies is 6; from 0 to all 5 rows can be bad"),
        (
            {"anomalies": 1, "kinds": ["murmur"]},
            "Unknown kind of bad heartbeat: 'murmur'; one of premature-ventricular, ",
        ),
        ({"anomalies": 1, "kinds": []}, "anomalies is 1 but kinds is empty"),
        ({"seed": -1}, "seed is -1; 0 or a larger whole number was expected"),
    ],
)
def test_wrong_settings_say_what_was_expected(asked: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        heartbeats(**asked)  # type: ignore[arg-type]
    assert words in str(caught.value)
