"""Training that went wrong is noticed and explained."""

from __future__ import annotations

import re

import numpy as np
import pytest
from small_training import rows, trained

from offbeat.errors import TrainingError
from offbeat.training import loop, stopping

ADVICE = (
    "Usual causes: a learning rate too high (now {rate}; try a tenth), or unscaled columns "
    "(scaled features reach {largest}; a few units are usual). clip_norm=1 bounds the steps."
)


def _words(data: np.ndarray, call: dict[str, object] | None = None, **values: object) -> str:
    with pytest.raises(TrainingError) as problem:
        trained(data, call, optimizer="sgd", **values)
    return str(problem.value)


def test_words_for_a_learning_rate_too_high() -> None:
    words = _words(rows(20), learning_rate=1e6, epochs=50)
    # Which of the two comes first is up to the order in which the compiler adds.
    assert re.match(r"Training diverged: the loss became (infinite|NaN) in epoch [2-9]\. ", words)
    assert words.endswith(ADVICE.format(rate="1e+06", largest="2.33"))


def test_words_for_features_that_nobody_scaled() -> None:
    words = _words(1e20 * rows(20), epochs=50)
    assert words.startswith("Training diverged: the loss became infinite in epoch 1. ")
    assert words.endswith(ADVICE.format(rate="0.01", largest="2.33e+20"))


def test_words_for_features_that_are_no_numbers() -> None:
    data = rows(20)
    data[3, 2] = np.nan
    assert _words(data).startswith("Training diverged: the loss became NaN in epoch 1. ")


def test_words_for_a_last_step_that_no_loss_shows() -> None:
    words = _words(rows(20), learning_rate=1e30, l2=1e15, epochs=1, batch_size=20)
    assert words.startswith("Training diverged: the last steps made weights infinite or NaN. ")


@pytest.mark.parametrize("more", [{}, {"patience": 3}])
def test_words_for_a_last_step_that_ruins_the_weights(more: dict[str, object]) -> None:
    """The loss of the only epoch is near 1: it was measured before the step."""
    words = _words(rows(20), learning_rate=1e6, epochs=1, batch_size=20, **more)
    assert re.match(r"Training diverged: the loss ended at \d.*e\+\d+, while answering 0 for everything would ", words)
    assert words.endswith(ADVICE.format(rate="1e+06", largest="2.33"))


def test_a_training_that_leads_down_needs_no_look_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "measure_in_blocks", None)
    _, history = trained(rows(20), epochs=5)
    assert history.loss[-1] < history.loss[0]


def test_words_for_a_validation_loss_that_diverged_first() -> None:
    words = _words(rows(20), {"validation": rows(5)}, learning_rate=1e30, epochs=2, batch_size=20)
    assert words.startswith("Training diverged: the validation loss became infinite in epoch 1. ")


def test_words_for_a_loss_that_is_a_number_and_hopeless() -> None:
    """Adam's steps are bounded: it never reaches infinity, however absurd its learning rate."""
    data = rows(20)
    with pytest.raises(TrainingError) as problem:
        trained(data, learning_rate=1e6, epochs=50)
    assert str(problem.value).startswith("Training diverged: the loss ended at ")
    of_zeros = float(np.mean(data.astype(float) ** 2))
    assert f", while answering 0 for everything would have {of_zeros:.3g}. " in str(problem.value)


def test_large_features_with_a_loss_to_match_are_no_divergence() -> None:
    _, history = trained(1e4 * rows(20))
    assert history.loss[-1] > 1e6


def test_a_far_row_among_those_looked_at_is_no_divergence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its share in the loss of every 2,000th row is 2,000 times that in the loss of all."""
    monkeypatch.setattr(stopping, "MOST_ROWS_LOOKED_AT", 5)
    data = rows(10_000)
    data[0] = 1e5
    _, history = trained(data, epochs=1, batch_size=4096)
    assert history.loss[0] > 1e5
