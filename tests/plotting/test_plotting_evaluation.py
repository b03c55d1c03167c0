"""ROC curve, precision-recall curve and confusion table as drawn, against scikit-learn."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from plotting_figures import legend_of, misplaced_words, title_of, words_in
from sklearn import metrics

from offbeat.plotting import draw_evaluation
from offbeat.plotting.style import THRESHOLD

RNG = np.random.default_rng(0)
ANOMALOUS = RNG.random(300) < 0.3
SCORES = RNG.normal(0, 1, 300) + 1.5 * ANOMALOUS


def test_curves_equal_scikit_learn() -> None:
    roc, trade, _ = draw_evaluation(SCORES, 0.8, ANOMALOUS).axes
    false_positive_rate, recall, _ = metrics.roc_curve(ANOMALOUS, SCORES, drop_intermediate=False)
    np.testing.assert_allclose(roc.lines[1].get_xydata(), np.column_stack([false_positive_rate, recall]))
    precision, recall, _ = metrics.precision_recall_curve(ANOMALOUS, SCORES)
    drawn = {tuple(point) for point in trade.lines[1].get_xydata().round(9).tolist()}
    assert set(zip(recall.round(9).tolist(), precision.round(9).tolist(), strict=True)) <= drawn
    assert words_in(roc) == [f"area {metrics.roc_auc_score(ANOMALOUS, SCORES):.3f}"]
    assert words_in(trade) == [f"average {metrics.average_precision_score(ANOMALOUS, SCORES):.3f}"]


def test_the_threshold_stands_on_both_curves() -> None:
    figure = draw_evaluation(SCORES, 0.8, ANOMALOUS)
    roc, trade, table = figure.axes
    flagged = SCORES > 0.8
    recall, precision = metrics.recall_score(ANOMALOUS, flagged), metrics.precision_score(ANOMALOUS, flagged)
    ((chosen,),) = ([line for line in panel.lines if line.get_color() == THRESHOLD] for panel in (roc,))
    np.testing.assert_allclose(chosen.get_xydata(), [[(flagged & ~ANOMALOUS).sum() / (~ANOMALOUS).sum(), recall]])
    np.testing.assert_allclose(trade.lines[2].get_xydata(), [[recall, precision]])
    counts = metrics.confusion_matrix(ANOMALOUS, flagged)
    assert [word for word in words_in(table) if word.isdigit()] == [str(count) for count in counts[::-1, ::-1].ravel()]
    assert legend_of(figure) == ["all thresholds", "threshold 0.8", "guessing"]
    assert title_of(figure) == "300 labelled rows: every threshold, and the chosen one"
    assert misplaced_words(figure) == []


@pytest.mark.parametrize("bad", [1, 6, 14, 20, 50])
def test_no_line_strikes_the_words_through_and_the_point_is_whole(bad: int) -> None:
    anomalous = np.arange(100) < bad
    figure = draw_evaluation(np.where(anomalous, 2.0, 1.0), 1.5, anomalous)
    roc, trade, _ = figure.axes
    points = [line for panel in (roc, trade) for line in panel.lines if line.get_marker() == "D"]
    assert [point.get_clip_on() for point in points] == [False, False]
    np.testing.assert_allclose(trade.lines[0].get_ydata(), bad / 100)
    figure.canvas.draw()
    words, line = trade.texts[0].get_window_extent(), trade.lines[0].get_window_extent()
    assert line.y0 < words.y0 or line.y0 > words.y1
    assert words.y0 > trade.get_window_extent().y0
    assert misplaced_words(figure) == []


def test_a_threshold_that_is_not_set_has_no_point() -> None:
    figure = draw_evaluation(SCORES, sys.float_info.max, ANOMALOUS)
    assert all(line.get_color() != THRESHOLD for panel in figure.axes[:2] for line in panel.lines)
    assert legend_of(figure) == ["all thresholds", "guessing"]
    assert title_of(figure) == "300 labelled rows: every threshold, and none chosen"
    assert misplaced_words(figure) == []


def test_curves_of_many_rows_are_thinned() -> None:
    scores = RNG.random(200_000)
    figure = draw_evaluation(scores, 0.5, scores > RNG.random(200_000))
    points = figure.axes[0].lines[1].get_xydata()
    assert len(points) <= 1000
    np.testing.assert_array_equal(points[[0, -1]], [[0, 0], [1, 1]])
    assert misplaced_words(figure) == []


@pytest.mark.parametrize("anomalous", [True, False])
def test_one_class_has_no_curves_but_a_table(anomalous: bool) -> None:
    figure = draw_evaluation(np.array([0.1, 0.4, 0.8]), 0.3, np.full(3, anomalous))
    roc, trade, table = figure.axes
    assert words_in(roc) == words_in(trade) == ["needs rows\nof both classes"]
    assert sorted(word for word in words_in(table) if word.isdigit()) == ["0", "0", "1", "2"]
    assert misplaced_words(figure) == []


def test_rows_without_a_score_are_left_out() -> None:
    scores = np.append(SCORES, [np.nan, np.inf])
    figure = draw_evaluation(scores, np.inf, np.append(ANOMALOUS, [True, True]))
    assert title_of(figure).startswith("301 labelled rows")
    assert misplaced_words(figure) == []
