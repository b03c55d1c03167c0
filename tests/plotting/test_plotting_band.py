"""Bands of many curves, and labels beside them, against naive twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from naive import plotting_band as naive_band
from naive import plotting_labels as naive_labels
from offbeat.plotting.band import MOST_ROWS, quantile_band
from offbeat.plotting.end_labels import spread

VALUES = st.floats(-1e100, 1e100) | st.sampled_from([np.nan, np.inf, -np.inf])
QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)


@given(npst.arrays(np.float64, npst.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=VALUES))
def test_band_equals_naive(curves: np.ndarray) -> None:
    expected = naive_band.quantile_band(curves.tolist(), QUANTILES)
    np.testing.assert_array_equal(quantile_band(curves, QUANTILES), np.array(expected))


def test_column_without_values_gives_nan() -> None:
    band = quantile_band(np.array([[1.0, np.nan], [2.0, np.inf]]), [0.5])
    np.testing.assert_array_equal(band, [[2.0, np.nan]])


def test_many_curves_are_thinned_evenly() -> None:
    curves = np.arange(10 * MOST_ROWS, dtype=np.float32)[:, None]
    low, middle, high = quantile_band(curves, [0.0, 0.5, 1.0])[:, 0]
    assert (low, high) == (0, 10 * MOST_ROWS - 1)
    assert middle == pytest.approx(5 * MOST_ROWS, rel=0.01)


@given(st.lists(st.floats(0, 10), max_size=8), st.floats(0.01, 2))
def test_labels_keep_order_gap_and_room(wanted: list[float], gap: float) -> None:
    heights = spread(np.array(wanted), gap=gap, low=0.0, high=10.0)
    room = min(gap, 10 / max(len(wanted) - 1, 1))
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(heights[order]) >= room - 1e-9)
    assert np.all((heights >= -1e-9) & (heights <= 10 + 1e-9))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=8, unique_by=lambda height: round(height)))
def test_labels_with_room_stay_where_they_are(wanted: list[float]) -> None:
    apart = np.diff(np.sort(wanted))
    gap = float(apart.min()) if len(apart) else 1.0
    np.testing.assert_allclose(spread(np.array(wanted), gap=gap, low=0.0, high=10.0), wanted, atol=1e-9)


@pytest.mark.parametrize("wanted", [[5.0, 5.0], [5.0, 5.0, 9.0], [3.0, 3.2], [2.0, 8.0, 2.0]])
def test_labels_equal_naive_relaxation(wanted: list[float]) -> None:
    found = spread(np.array(wanted), gap=1.0, low=0.0, high=10.0)
    np.testing.assert_allclose(found, naive_labels.spread(wanted, 1.0, 0.0, 10.0), atol=1e-6)


def test_no_labels() -> None:
    assert spread(np.zeros(0), gap=1.0, low=0.0, high=1.0).shape == (0,)
