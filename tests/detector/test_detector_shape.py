"""When the columns of a table are the steps of one series."""

from __future__ import annotations

import numpy as np
import pytest

import offbeat
from offbeat.data.heartbeats import heartbeats
from offbeat.data.mixed_rows import mixed_rows
from offbeat.detector.shape import FEWEST_STEPS, have_one_unit, looks_like_curves


def test_heartbeats_are_curves_also_bad_ones_and_few() -> None:
    assert looks_like_curves(heartbeats(50).curves)
    assert looks_like_curves(heartbeats(50, anomalies=50).curves)
    assert looks_like_curves(heartbeats(1).curves)
    assert looks_like_curves(heartbeats(20, samples=70).curves)


def test_a_curve_is_one_in_any_unit_and_on_any_level() -> None:
    curves = heartbeats(20).curves

    for unit in (1e-9, 1e200):
        assert looks_like_curves(unit * curves)
    assert looks_like_curves(curves + 100.0)


def test_columns_of_their_own_are_no_curves() -> None:
    rng = np.random.default_rng(0)

    assert not looks_like_curves(rng.normal(size=(200, 40)))
    assert not looks_like_curves(rng.normal(size=(200, 40)) * 10.0 ** rng.integers(-3, 4, 40))
    assert not looks_like_curves(1e200 * rng.normal(size=(200, 40)))
    numbers = mixed_rows(200, missing=0.0).table
    assert not looks_like_curves(numbers.numbers(numbers.names[3:]))


@pytest.mark.parametrize("large", [1, 2, 3])
@pytest.mark.parametrize("place", [0, 7, -3])
def test_a_few_large_columns_side_by_side_make_no_curve(large: int, place: int) -> None:
    rng = np.random.default_rng(0)
    counts = 1e5 * (1.0 + 0.1 * rng.random((200, large)))

    assert not looks_like_curves(np.insert(rng.normal(size=(200, 20)), [place] * large, counts, axis=1))


def test_the_order_of_the_columns_makes_the_curve() -> None:
    curves = heartbeats(50).curves

    assert not looks_like_curves(curves[:, np.random.default_rng(0).permutation(curves.shape[1])])
    assert looks_like_curves(curves[:, ::-1])


def test_too_few_columns_are_no_curve() -> None:
    wave = np.sin(np.linspace(0, 3, FEWEST_STEPS))[None, :]

    assert looks_like_curves(wave)
    assert not looks_like_curves(wave[:, 1:])


@pytest.mark.parametrize(
    "values",
    [np.zeros((5, 20)), np.full((5, 20), np.nan), np.full((5, 20), 3.7), np.zeros((0, 20))],
    ids=["zeros", "missing", "constant", "no rows"],
)
def test_rows_that_say_nothing_are_no_curves(values: np.ndarray) -> None:
    assert not looks_like_curves(values)


def test_rows_with_missing_steps_are_left_out() -> None:
    curves = heartbeats(20).curves
    curves[::2, 3] = np.nan

    assert looks_like_curves(curves)


PIXELS = np.random.default_rng(0).integers(0, 17, size=(60, 12)).astype(float)
PIXELS[0], PIXELS[1] = 0.0, 16.0


def test_whole_numbers_of_one_range_have_one_unit() -> None:
    gaps = PIXELS.copy()
    gaps[3, 4] = np.nan
    image = np.tile(PIXELS, 4)
    image[:, :6] = np.minimum(image[:, :6], [0.0, 1.0, 2.0, 3.0, 3.0, 15.0])

    assert have_one_unit(PIXELS) and have_one_unit(PIXELS - 8) and have_one_unit(gaps)
    assert have_one_unit(image), "dim pixels and those that never light up have the unit of the others"


@pytest.mark.parametrize(
    "values",
    [
        PIXELS * np.linspace(1, 3, 12).round(1),
        PIXELS + 0.5,
        PIXELS * [*[1] * 11, 2],
        (PIXELS > 8).astype(float),
        PIXELS[:, :2],
        PIXELS[:0],
        np.full((5, 20), np.nan),
        np.ones((5, 20)),
        np.minimum(PIXELS, [*[1.0], *[16.0] * 11]),
        np.minimum(np.tile(PIXELS, 4), [*[3.0] * 4, *[1.0] * 4, *[16.0] * 40]),
        np.minimum(PIXELS, [*np.arange(5.0, 12.0), *[16.0] * 5]),
    ],
    ids=[
        "units",
        "halves",
        "one larger",
        "yes or no",
        "two",
        "no rows",
        "missing",
        "constant",
        "a flag",
        "many flags",
        "few alike",
    ],
)
def test_other_columns_have_units_of_their_own(values: np.ndarray) -> None:
    assert not have_one_unit(values)


def test_the_default_detector_takes_one_scale_for_pixels_unless_a_scaling_is_named() -> None:
    alone = offbeat.fit(PIXELS, epochs=1, progress="none")
    named = offbeat.fit(PIXELS, epochs=1, scaling="standard", progress="none")
    network = offbeat.fit(PIXELS, hidden=[2], epochs=1, progress="none")

    assert alone.resolved.scaling == "standard-global"
    assert "12 columns as 12 features (all of one unit: one scale for all)." in alone.describe()
    assert named.resolved.scaling == network.resolved.scaling == "standard"
    assert "one unit" not in named.describe() + network.describe()


def test_levels_that_make_rows_smooth_make_no_curve() -> None:
    """Money in some columns side by side, flags and years in others: along a row the level changes only a few times."""
    rng = np.random.default_rng(0)
    money = 20_000.0 * rng.lognormal(0.0, 0.1, size=(200, 8))
    flags = (rng.random(size=(200, 12)) < rng.uniform(0.02, 0.5, 12)).astype(float)
    years = 2000.0 + rng.integers(0, 20, size=(200, 6))
    table = np.concatenate([flags[:, :6], money, years, flags[:, 6:], money[:, ::-1]], axis=1)

    assert not looks_like_curves(table)
    assert looks_like_curves(table[:1])  # a single row tells no spread


def test_one_block_of_money_beside_ratios_makes_no_curve() -> None:
    rng = np.random.default_rng(0)
    ratios = 1 / (1 + np.exp(-rng.normal(size=(300, 5)) @ rng.normal(size=(5, 30))))

    assert not looks_like_curves(np.concatenate([rng.lognormal(8, 1, size=(300, 10)), ratios], axis=1))


@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_curves_that_cross_or_are_quiet_here_and_there_are_curves(noise: float) -> None:
    """Where all curves cross or nothing happens, the spread falls by powers of ten."""
    rng = np.random.default_rng(0)
    step, size = np.linspace(0, 1, 100), rng.lognormal(0.0, 0.3, size=(200, 1))
    pulses = np.isin(np.arange(100) // 12, [1, 4, 7])
    lines = np.exp(-(((np.arange(100)[:, None] - [10, 30, 45, 70, 85]) / 3) ** 2)).sum(axis=1)

    for shape in (np.sin(8 * np.pi * step), pulses, lines, np.exp(-4 * step) * np.sin(30 * step)):
        assert looks_like_curves(size * shape + noise * rng.normal(size=(200, 100)))


def test_a_pulse_between_quiet_stretches_is_a_curve() -> None:
    rng = np.random.default_rng(0)
    pulses = 0.02 * rng.normal(size=(200, 140))
    pulses[:, 40:64] += 1.0 + 0.3 * rng.normal(size=(200, 1))

    assert looks_like_curves(pulses)


def test_glitches_and_gaps_leave_curves_what_they_are() -> None:
    rng = np.random.default_rng(0)
    curves = heartbeats(100).curves
    glitches, gaps = curves.copy(), curves.copy()
    glitches[rng.choice(100, 10, replace=False), rng.integers(0, curves.shape[1], 10)] += 1000 * curves.std()
    gaps[np.arange(100), rng.integers(0, curves.shape[1], 100)] = np.nan
    gaps[:, 7], gaps[3] = np.nan, np.nan

    assert looks_like_curves(glitches)
    assert looks_like_curves(gaps)
    assert not looks_like_curves(np.where(rng.random((200, 40)) < 0.1, np.nan, rng.normal(size=(200, 40))))
    assert not looks_like_curves(np.full((20, 40), np.nan))


def test_what_a_table_is_does_not_hang_on_its_order_nor_on_labelled_anomalies() -> None:
    rng = np.random.default_rng(0)
    curves = np.sin(np.linspace(0, 9, 40) + rng.normal(size=(100, 1))) + 0.1 * rng.normal(size=(100, 40))
    rows = np.concatenate([rng.normal(size=(250, 40)), curves])
    labels = np.repeat([1.0, 0.0], [250, 100])

    table = np.column_stack([rows, labels])
    detector = offbeat.fit(table, label=40, normal=0, epochs=2, batch_size=64, threshold="mean+3std", progress="none")

    assert detector.facts.curves
