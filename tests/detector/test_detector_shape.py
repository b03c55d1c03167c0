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
