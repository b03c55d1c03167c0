"""Curves and reconstructions as drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from plotting_figures import legend_of, misplaced_words, title_of, words_in

from offbeat.plotting import draw_curves, draw_reconstruction
from offbeat.plotting.curves import MOST_ANOMALOUS, MOST_LINES
from offbeat.plotting.style import ANOMALOUS, FURTHER, INK, MARKERS, NORMAL

RNG = np.random.default_rng(0)
NORMAL_CURVES = np.sin(np.linspace(0, 6, 50)) + RNG.normal(0, 0.1, (20, 50))
ANOMALOUS_CURVES = np.cos(np.linspace(0, 6, 50)) + RNG.normal(0, 0.1, (3, 50))
THOUSANDS = 5000


def test_good_curves_are_thin_and_bad_ones_named() -> None:
    figure = draw_curves(NORMAL_CURVES, ANOMALOUS_CURVES, [21, 22, 20], x_label="time (ms)", y_label="voltage (mV)")
    axes = figure.axes[0]
    good, bad = axes.lines[:20], axes.lines[20:23]
    np.testing.assert_array_equal([line.get_ydata() for line in good], NORMAL_CURVES)
    np.testing.assert_array_equal([line.get_ydata() for line in bad], ANOMALOUS_CURVES)
    assert {line.get_color() for line in good} == {NORMAL}
    assert [line.get_color() for line in bad] == list(FURTHER[:3])
    assert [line.get_marker() for line in bad] == list(MARKERS[:3])
    assert max(line.get_linewidth() for line in good) < min(line.get_linewidth() for line in bad)
    assert words_in(axes) == ["row 21", "row 22", "row 20"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (ms)", "voltage (mV)")
    assert title_of(figure) == "3 anomalous curves over 20 normal ones"
    assert misplaced_words(figure) == []


def test_positions_are_the_x_axis() -> None:
    milliseconds = np.arange(50) * 4.0
    figure = draw_curves(NORMAL_CURVES, ANOMALOUS_CURVES, [1, 2, 3], positions=milliseconds)
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), milliseconds)


def test_many_good_curves_become_a_band() -> None:
    many = np.repeat(NORMAL_CURVES, 5, axis=0)
    figure = draw_curves(many, ANOMALOUS_CURVES[:1], [7])
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), np.median(many, axis=0), atol=0.05)
    assert len(axes.collections) == 1
    assert legend_of(figure) == ["90 % of the normal curves", "their median"]
    assert title_of(figure) == "1 anomalous curve over 100 normal ones"
    named = draw_curves(many, ANOMALOUS_CURVES[:1], [7], names=("not flagged", "flagged"))
    assert title_of(named) == "1 flagged curve over 100 not flagged ones"
    assert "90 % of the not flagged curves" in legend_of(named)
    assert misplaced_words(figure) == []


def test_no_more_bad_curves_than_the_title_says() -> None:
    many = np.repeat(ANOMALOUS_CURVES, 100, axis=0)
    figure = draw_curves(NORMAL_CURVES, many, range(300))
    assert words_in(figure.axes[0]) == [f"row {row}" for row in range(MOST_ANOMALOUS)]
    assert title_of(figure) == "The top 5 of 300 anomalous curves over 20 normal ones"
    assert words_in(draw_curves(NORMAL_CURVES, many, range(300), most=2).axes[0]) == ["row 0", "row 1"]
    assert misplaced_words(figure) == []


def test_samples_are_titled_by_what_they_were_taken_from() -> None:
    figure = draw_curves(NORMAL_CURVES, ANOMALOUS_CURVES, range(416), normal_count=2919, most=3)
    assert title_of(figure) == "The top 3 of 416 anomalous curves over 2,919 normal ones"


def test_thousands_of_curves_are_no_more_to_draw_than_a_hundred() -> None:
    def drawn(count: int) -> int:
        curves = np.repeat(NORMAL_CURVES, count // 20, axis=0)
        axes = draw_curves(curves, curves, range(count)).axes[0]
        return sum(len(line.get_xydata()) for line in axes.lines) + len(axes.collections)

    assert drawn(THOUSANDS) == drawn(100)


@pytest.mark.parametrize("good", [0, 1, MOST_LINES + 1])
@pytest.mark.parametrize("bad", [0, 1])
def test_few_curves_or_none(good: int, bad: int) -> None:
    figure = draw_curves(np.ones((good, 9), np.float32), np.full((bad, 9), 2, np.float32), [3][:bad])
    assert misplaced_words(figure) == []
    assert title_of(figure).startswith("1 anomalous curve" if bad else "No anomalous curves")


def test_missing_and_infinite_values_leave_gaps() -> None:
    broken = ANOMALOUS_CURVES.copy()
    broken[0, :5], broken[1, 7], broken[2] = np.nan, np.inf, np.nan
    figure = draw_curves(np.vstack([NORMAL_CURVES] * 3) * np.inf, broken, [1, 2, 3])
    assert np.isnan(figure.axes[0].lines[2].get_ydata()[7])
    assert misplaced_words(figure) == []


def test_reconstruction_draws_input_reconstruction_and_filled_error() -> None:
    expected = NORMAL_CURVES[:3]
    figure = draw_reconstruction(
        ANOMALOUS_CURVES, expected, [21, 22, 20], scores=np.array([9.66, 7.4, 2.8]), y_label="voltage (mV)"
    )
    assert [panel.get_title("right") for panel in figure.axes] == [
        "row 21, score 9.66",
        "row 22, score 7.4",
        "row 20, score 2.8",
    ]
    for panel, shown, wanted in zip(figure.axes, ANOMALOUS_CURVES, expected, strict=True):
        came, made = panel.lines
        np.testing.assert_array_equal(came.get_ydata(), shown)
        np.testing.assert_array_equal(made.get_ydata(), wanted)
        assert (came.get_color(), made.get_color()) == (INK, NORMAL)
        assert came.get_linestyle() != made.get_linestyle()
        (error,) = panel.collections
        corners = error.get_paths()[0].vertices[:, 1]
        assert (corners.min(), corners.max()) == (np.minimum(shown, wanted).min(), np.maximum(shown, wanted).max())
        assert error.get_facecolor()[0, :3] == pytest.approx([0xD5 / 255, 0x5E / 255, 0])
    assert ANOMALOUS == "#D55E00"
    assert len({panel.get_ylim() for panel in figure.axes}) == 1
    assert [panel.get_xlabel() for panel in figure.axes] == ["", "", "position in the curve"]
    assert [panel.get_ylabel() for panel in figure.axes] == ["voltage (mV)", "", ""]
    assert legend_of(figure) == ["input", "reconstruction", "error"]
    assert misplaced_words(figure) == []


def test_no_more_reconstructions_than_the_title_says() -> None:
    figure = draw_reconstruction(NORMAL_CURVES, NORMAL_CURVES, range(20))
    assert len(figure.axes) == 5
    assert title_of(figure) == "Input, reconstruction and error of 5 of 20 rows"
    assert figure.axes[0].get_title("right") == "row 0"


def test_no_reconstruction_at_all() -> None:
    none = np.zeros((0, 9))
    assert misplaced_words(draw_reconstruction(none, none, [])) == []


@pytest.mark.parametrize("good", [20, 100])
def test_a_curve_far_off_does_not_flatten_the_others(good: int) -> None:
    bad = np.vstack([ANOMALOUS_CURVES, np.full(50, 1e6), -NORMAL_CURVES[0]])
    bad[1, 7], bad[4, :10] = -1e9, [-1e3, 1e3] * 5
    figure = draw_curves(np.resize(NORMAL_CURVES, (good, 50)), bad, [1, 2, 3, 4, 5])
    axes = figure.axes[0]
    assert words_in(axes) == ["row 1", "row 2 ↓", "row 3", "row 4 ↑", "row 5 ↕"]
    assert legend_of(figure)[-1] == "↑ ↓ ↕ beyond the axis"
    low, high = axes.get_ylim()
    assert low < NORMAL_CURVES.min() and NORMAL_CURVES.max() < high and high - low < 5
    assert misplaced_words(figure) == []


def test_curves_a_little_off_stay_on_the_axis() -> None:
    figure = draw_curves(NORMAL_CURVES, 10 + ANOMALOUS_CURVES, [1, 2, 3])
    assert words_in(figure.axes[0]) == ["row 1", "row 2", "row 3"]
    assert figure.axes[0].get_ylim()[1] > 11
    assert legend_of(figure) == ["normal curves"]


def test_a_row_far_off_is_reconstructed_on_a_scale_of_its_own() -> None:
    inputs = np.vstack([np.full((1, 50), 1e6), ANOMALOUS_CURVES[:2], NORMAL_CURVES[:1] + 1e5, np.full((1, 50), np.nan)])
    expected = np.vstack([NORMAL_CURVES[:3], NORMAL_CURVES[:1] + 1e5, NORMAL_CURVES[:1] * np.nan])
    figure = draw_reconstruction(inputs, expected, [7, 1, 2, 3, 4], scores=np.array([8e13, 2, 1.5, 1, 0.5]))
    assert [panel.get_title("right") for panel in figure.axes] == [
        *["row 7, score 8e13, own scale", "row 1, score 2", "row 2, score 1.5", "row 3, score 1, own scale"],
        "row 4, score 0.5",
    ]
    limits = [panel.get_ylim() for panel in figure.axes]
    assert limits[1] == limits[2] == limits[4]
    for panel, (low, high) in zip(figure.axes[:4], limits, strict=False):
        shown = np.concatenate([line.get_ydata() for line in panel.lines])
        assert low < shown.min() and shown.max() < high < shown.max() + 2 * np.ptp(shown)
    assert misplaced_words(figure) == []


def test_one_spike_flattens_nothing_but_its_own_row() -> None:
    spiked = np.vstack([ANOMALOUS_CURVES, NORMAL_CURVES[:1]])
    spiked[0, 20] = 35
    figure = draw_reconstruction(spiked, NORMAL_CURVES[:4], [7, 1, 2, 3])
    titles = ["row 7, own scale", "row 1", "row 2", "row 3"]
    assert [panel.get_title("right") for panel in figure.axes] == titles
    assert figure.axes[0].get_ylim()[1] > 35
    assert all(panel.get_ylim()[1] < 3 for panel in figure.axes[1:])
    axes = draw_curves(NORMAL_CURVES, spiked, [7, 1, 2, 3]).axes[0]
    assert words_in(axes)[0] == "row 7 ↑" and axes.get_ylim()[1] < 3
    assert misplaced_words(figure) == []


def test_flat_rows_share_the_scale_of_the_others() -> None:
    flat = np.ones((2, 50)) * [[0.0], [0.5]]
    figure = draw_reconstruction(np.vstack([flat, NORMAL_CURVES[:1]]), np.vstack([flat, NORMAL_CURVES[1:2]]), [1, 2, 3])
    assert len({panel.get_ylim() for panel in figure.axes}) == 1


def test_real_heartbeats(real_data: Path) -> None:
    beats = np.loadtxt(real_data / "ecg_discord_test.csv", delimiter=",")
    figure = draw_curves(beats[:20], beats[[21, 22, 20]], [21, 22, 20], x_label="sample")
    assert misplaced_words(figure) == []
    expected = np.repeat(beats[:20].mean(axis=0)[None], 3, axis=0)
    assert misplaced_words(draw_reconstruction(beats[[21, 22, 20]], expected, [21, 22, 20])) == []
