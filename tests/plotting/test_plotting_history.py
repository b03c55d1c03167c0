"""The loss per epoch as drawn."""

from __future__ import annotations

import numpy as np
import pytest
from plotting_figures import legend_of, misplaced_words, title_of

from offbeat.plotting import draw_history
from offbeat.plotting.style import NORMAL, VALIDATION

TRAINING = np.array([0.9, 0.5, 0.4, 0.35])
VALIDATING = np.array([1.0, 0.6, 0.55, 0.58])


def test_both_losses_and_the_best_epoch() -> None:
    figure = draw_history(TRAINING, VALIDATING, best_epoch=3, loss="mean absolute error")
    axes = figure.axes[0]
    training, validation, best = axes.lines
    np.testing.assert_array_equal(training.get_xydata(), np.column_stack([[1, 2, 3, 4], TRAINING]))
    np.testing.assert_array_equal(validation.get_ydata(), VALIDATING)
    np.testing.assert_array_equal(best.get_xydata(), [[3, 0.55]])
    assert (training.get_color(), training.get_linestyle()) == (NORMAL, "-")
    assert (validation.get_color(), validation.get_linestyle()) == (VALIDATION, "--")
    assert training.get_marker() != validation.get_marker()
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epoch", "mean absolute error", "linear")
    assert title_of(figure) == "Loss per epoch"
    assert legend_of(figure) == ["training", "validation", "best epoch: 3"]
    assert misplaced_words(figure) == []


def test_losses_that_span_decades_are_logarithmic_with_plain_ticks() -> None:
    figure = draw_history(np.geomspace(1, 1e-4, 100))
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert misplaced_words(figure) == []
    assert {"1", "0.1", "0.01", "0.001"} <= {label.get_text() for label in axes.get_yticklabels()}


def test_a_decade_or_two_has_ticks_between_powers_of_ten() -> None:
    figure = draw_history(np.geomspace(3, 0.1, 50))
    assert misplaced_words(figure) == []
    assert {"0.1", "0.3", "1", "3"} <= {label.get_text() for label in figure.axes[0].get_yticklabels()}


def test_negative_losses_stay_linear() -> None:
    assert draw_history(np.array([100.0, 1.0, -3.0])).axes[0].get_yscale() == "linear"


def test_a_single_epoch_is_a_point() -> None:
    figure = draw_history(np.array([0.3], np.float32), np.array([0.4], np.float32), best_epoch=1)
    assert [line.get_marker() for line in figure.axes[0].lines] == ["o", "s", "o"]
    assert misplaced_words(figure) == []


@pytest.mark.parametrize("validation", [None, np.full(4, np.nan)])
def test_without_validation_only_training_is_drawn(validation: np.ndarray | None) -> None:
    assert legend_of(draw_history(TRAINING, validation)) == ["training"]


def test_epochs_without_validation_are_skipped() -> None:
    figure = draw_history(TRAINING, np.array([np.nan, 0.6, np.nan, 0.5]))
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_xydata(), [[2, 0.6], [4, 0.5]])


def test_no_epoch_at_all() -> None:
    assert misplaced_words(draw_history(np.zeros(0))) == []
