"""Histograms and ranks of scores as drawn."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.patches import StepPatch
from plotting_figures import legend_of, misplaced_words, title_of, words_in

from offbeat.plotting import draw_ranked_scores, draw_scores
from offbeat.plotting.score_range import range_of
from offbeat.plotting.style import THRESHOLD

LIGHT = np.linspace(0.1, 0.9, 33)
HEAVY = np.append(np.geomspace(0.004, 0.02, 20), [2.8, 7.4, 9.66])
EXTREMES = st.floats(allow_nan=True, allow_infinity=True)


def bars_of(axes: Axes) -> list[np.ndarray]:
    """The counts of each class, bar by bar."""
    return [np.nan_to_num(patch.get_data().values) for patch in axes.patches if isinstance(patch, StepPatch)]


def threshold_of(axes: Axes) -> list[float]:
    """Where dashed black lines stand upright."""
    return [float(line.get_xdata()[0]) for line in axes.lines if line.get_color() == THRESHOLD]


def test_unlabelled_scores_are_split_by_the_threshold() -> None:
    figure = draw_scores(HEAVY, 0.1, score_name="mean squared error")
    axes = figure.axes[0]
    good, bad = bars_of(axes)
    assert (good.sum(), bad.sum()) == (20, 3)
    assert threshold_of(axes) == [0.1]
    assert axes.lines[0].is_dashed()
    assert legend_of(figure) == ["not flagged (20)", "flagged (3)", "threshold 0.1"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xscale()) == ("mean squared error", "rows", "log")
    assert title_of(figure) == "3 of 23 rows score above the threshold"
    assert misplaced_words(figure) == []


def test_labelled_scores_are_counted_by_class() -> None:
    anomalous = np.arange(33) % 3 == 0
    figure = draw_scores(LIGHT, 0.5, anomalous=anomalous)
    axes = figure.axes[0]
    assert [counts.sum() for counts in bars_of(axes)] == [22, 11]
    assert legend_of(figure) == ["normal by label (22)", "anomalous by label (11)", "threshold 0.5"]
    assert axes.get_xscale() == "linear"
    good, bad = axes.patches
    assert (good.get_hatch(), bad.get_hatch()) == (None, "////")


def test_counts_equal_numpy() -> None:
    figure = draw_scores(LIGHT, 0.5)
    patch = figure.axes[0].patches[0]
    expected = np.histogram(LIGHT[LIGHT <= 0.5], patch.get_data().edges)[0]
    np.testing.assert_array_equal(bars_of(figure.axes[0])[0], expected)


def test_each_anomalous_row_has_its_stroke() -> None:
    axes = draw_scores(HEAVY, 0.1).axes[0]
    strokes = axes.collections[0].get_segments()
    np.testing.assert_allclose([stroke[0, 0] for stroke in strokes], [2.8, 7.4, 9.66])
    assert max(stroke[:, 1].max() for stroke in strokes) < 0


def test_strokes_of_many_rows_are_bounded() -> None:
    assert len(draw_scores(np.linspace(0, 1, 5000), 0.1).axes[0].collections[0].get_segments()) == 200


@pytest.mark.parametrize(
    ("threshold", "words"),
    [
        (np.inf, "threshold inf (not drawn)"),
        (-np.inf, "threshold -inf (not drawn)"),
        (1e9, "threshold 1e+09 (beyond the axis)"),
        (np.nan, "threshold nan (not drawn)"),
    ],
)
def test_a_threshold_off_the_axis_is_named(threshold: float, words: str) -> None:
    figure = draw_scores(LIGHT, threshold)
    assert legend_of(figure)[-1] == words
    assert threshold_of(figure.axes[0]) == []
    assert misplaced_words(figure) == []


def test_of_a_threshold_that_is_not_set_nothing_is_said() -> None:
    histogram, ranking = draw_scores(LIGHT, sys.float_info.max), draw_ranked_scores(LIGHT, sys.float_info.max)
    assert title_of(histogram) == "Scores of 33 rows"
    for figure in (histogram, ranking):
        assert legend_of(figure) == ["not flagged (33)", "flagged (0)"]
        assert threshold_of(figure.axes[0]) == []


@pytest.mark.parametrize("scores", [[0.3] * 30, [0.3], [0.0] * 5, [0.0, 0.0, 0.0, 5.0]])
@pytest.mark.parametrize("threshold", [0.3, np.inf])
def test_equal_scores_and_one_row(scores: list[float], threshold: float) -> None:
    figure = draw_scores(np.array(scores, np.float32), threshold)
    assert sum(counts.sum() for counts in bars_of(figure.axes[0])) == len(scores)
    assert misplaced_words(figure) == []


def test_scores_that_are_not_finite_are_left_out_and_said() -> None:
    figure = draw_scores(np.array([0.1, np.nan, 0.6, np.inf]), 0.5)
    assert title_of(figure) == "1 of 2 rows scores above the threshold (2 not finite)"
    assert misplaced_words(draw_scores(np.array([np.nan]), 0.5)) == []
    assert misplaced_words(draw_scores(np.zeros(0), 0.5)) == []


def test_a_row_reconstructed_to_the_last_bit_does_not_stretch_the_axis() -> None:
    extent = range_of(np.append(HEAVY, 1e-30), 0.1)
    assert extent.is_log
    assert extent.low > 1e-8


@pytest.mark.parametrize("largest", [1e9, 1e13, 1e140])
def test_one_enormous_score_does_not_push_the_others_out(largest: float) -> None:
    scores = np.append(HEAVY, largest)
    extent = range_of(scores, 0.1)
    assert extent.is_log and extent.contains(0.1)
    assert all(extent.contains(float(score)) for score in scores)
    if largest == 1e13:
        good, bad = bars_of(draw_scores(scores, 0.1).axes[0])
        assert (good.sum(), bad.sum()) == (20, 4)
        # Of 49 bars over fifteen decades the flagged rows stand in others than the normal ones.
        assert np.count_nonzero(good * bad) == 0 and np.count_nonzero(good) > 1


def test_rows_about_the_threshold_are_seen_though_most_scores_are_enormous() -> None:
    extent = range_of(np.append(HEAVY, np.geomspace(1e10, 1e15, 40)), 0.1)
    assert extent.is_log
    assert extent.contains(0.1) and extent.contains(float(HEAVY[0]))


def test_ordinary_rows_are_seen_though_most_are_anomalous() -> None:
    scores = np.append(np.linspace(0.5, 2.0, 40), np.linspace(50.0, 250.0, 60))
    for draw in (draw_scores, draw_ranked_scores):
        axes = draw(scores, 3.0).axes[0]
        assert "log" in (axes.get_xscale(), axes.get_yscale())
    good, bad = bars_of(draw_scores(scores, 3.0).axes[0])
    assert np.count_nonzero(good) > 5 and (good.sum(), bad.sum()) == (40, 60)
    assert not range_of(scores, 300.0).is_log, "all of them are ordinary"
    assert not range_of(scores, 0.1).is_log, "none of them is"


def test_negative_scores_stay_linear() -> None:
    assert not range_of(np.array([-1.0, 0.1, 100.0]), 0.5).is_log


@given(st.lists(EXTREMES, max_size=6), EXTREMES)
@settings(max_examples=8)
def test_any_scores_can_be_drawn(scores: list[float], threshold: float) -> None:
    misplaced_words(draw_scores(np.array(scores), threshold))
    misplaced_words(draw_ranked_scores(np.array(scores), threshold))


def test_ranked_scores_rise_and_name_the_highest() -> None:
    shuffled = np.random.default_rng(1).permutation(HEAVY)
    figure = draw_ranked_scores(shuffled, 0.1, score_name="mean squared error")
    axes = figure.axes[0]
    good, bad = axes.lines[:2]
    np.testing.assert_array_equal(good.get_ydata(), HEAVY[:20])
    np.testing.assert_array_equal(bad.get_xydata(), [[21, 2.8], [22, 7.4], [23, 9.66]])
    assert (good.get_marker(), bad.get_marker()) == ("o", "^")
    assert words_in(axes) == [f"row {np.flatnonzero(shuffled == score)[0]}" for score in (2.8, 7.4, 9.66)]
    assert legend_of(figure) == ["not flagged (20)", "flagged (3)", "threshold 0.1"]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("rows, by score", "mean squared error", "log")
    assert misplaced_words(figure) == []


def test_ranks_of_many_rows_are_thinned_but_keep_the_highest() -> None:
    figure = draw_ranked_scores(np.linspace(0, 1, 100_000), 0.9)
    good, bad = figure.axes[0].lines[:2]
    assert len(good.get_xdata()) + len(bad.get_xdata()) == 2000
    assert bad.get_xdata()[-1] == 100_000
    assert words_in(figure.axes[0])[-1] == "row 99999"
    assert misplaced_words(figure) == []


@pytest.mark.parametrize(
    ("scores", "label"),
    [
        (np.linspace(2, 3, 40) * 1e-5, "anomaly score (1e\N{MINUS SIGN}5)"),
        (np.linspace(2, 3, 40) * 1e25, "anomaly score (1e25)"),
        (np.linspace(2, 3, 40), "anomaly score"),
    ],
)
def test_the_factor_of_all_numbers_stands_behind_the_label_and_not_on_it(scores: np.ndarray, label: str) -> None:
    for draw, axis in ((draw_ranked_scores, "yaxis"), (draw_scores, "xaxis")):
        figure = draw(scores, 4 * float(scores[0]) / 2)
        figure.canvas.draw()
        shown = getattr(figure.axes[0], axis)
        assert shown.label.get_text() == label
        assert shown.get_offset_text().get_text() == ""


@pytest.mark.parametrize(("size", "factor"), [(1.0, ""), (1e-5, " (1e\N{MINUS SIGN}5)")])
def test_a_label_that_a_user_gives_stays(size: float, factor: str) -> None:
    figure = draw_ranked_scores(np.linspace(2, 3, 40) * size, 4 * size)
    for words in ("Wert", "Abstand"):
        figure.axes[0].set_ylabel(words)
        for _ in range(2):
            figure.canvas.draw()
        assert figure.axes[0].get_ylabel() == words + factor


def test_the_scores_of_one_row_are_told_of_one_row() -> None:
    (title, *_) = draw_ranked_scores(np.array([0.2]), 0.5).texts
    assert title.get_text() == "Scores of 1 row, in rising order"
