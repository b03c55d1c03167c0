"""H2O's updates a batch at a time: against plain loops, and against the same rows one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from naive import training_per_sample_batches as naive
from offbeat.training.per_sample import train_rows
from offbeat.training.per_sample_batches import train_batches
from offbeat.training.per_sample_state import PerSampleSettings, PerSampleState, first_state

WORDS = np.array([1, 2], np.uint32)
# float32 against float64, where a root with steps may fall on either side of one.
LOOSE = 2e-4


def _network() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    draw = np.random.default_rng(4)
    weights = [draw.normal(size=size).astype(np.float32) for size in ((4, 3), (3, 4))]
    biases = [draw.normal(size=weight.shape[1]).astype(np.float32) for weight in weights]
    rows = draw.normal(size=(11, 4)).astype(np.float32)
    rows[:4, 1] = 0.0
    return weights, biases, rows


@pytest.mark.parametrize("chosen", [{}, {"l1": 1e-3}, {"sparsity_beta": 0.5}], ids=str)
def test_a_batch_moves_the_weights_as_plain_loops_do(chosen: dict[str, Any]) -> None:
    weights, biases, rows = _network()
    settings = PerSampleSettings(activation="tanh", **chosen)
    state = train_batches(first_state(weights, biases), rows, settings, WORDS, 4)
    expected = naive.train(
        [weight.tolist() for weight in weights],
        [bias.tolist() for bias in biases],
        rows.tolist(),
        size=4,
        l1=settings.l1,
        beta=settings.sparsity_beta,
    )
    for layer, weight, bias in zip(state.layers, *expected, strict=True):
        np.testing.assert_allclose(layer.weight, weight, atol=LOOSE)
        np.testing.assert_allclose(layer.bias, bias, atol=LOOSE)
    assert int(state.samples) == 11


@pytest.mark.parametrize(
    "chosen",
    [
        {"activation": "rectifier", "l2": 1e-2},
        {"activation": "tanh", "adaptive_rate": False, "momentum_stable": 0.5, "momentum_ramp": 5.0},
    ],
    ids=str,
)
def test_batches_of_one_row_are_rows_one_by_one(chosen: dict[str, Any]) -> None:
    weights, biases, rows = _network()
    settings = PerSampleSettings(**chosen)
    alone = train_rows(first_state(weights, biases), rows, settings, WORDS)
    batches = train_batches(first_state(weights, biases), rows, settings, WORDS, 1)
    for one, two in zip(_numbers(alone), _numbers(batches), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("copies", [1, 2])
def test_a_batch_is_no_larger_than_the_rows(copies: int) -> None:
    """Else its time and memory would follow its size; and other bits would come of rows that fill it up."""
    weights, biases, rows = _network()
    settings = PerSampleSettings(activation="tanh", hidden_dropout_ratios=(0.5,))
    order = np.tile(np.arange(len(rows)), copies)
    sizes = (len(order), len(order) + 1, 500_000)
    all_at_once, *larger = (
        train_batches(first_state(weights, biases), rows, settings, WORDS, size, order) for size in sizes
    )
    for other in larger:
        for left, right in zip(_numbers(all_at_once), _numbers(other), strict=True):
            np.testing.assert_array_equal(left, right)
        assert int(other.samples) == len(order)


def test_the_same_words_drop_the_same_units() -> None:
    weights, biases, rows = _network()
    settings = PerSampleSettings(activation="tanh", hidden_dropout_ratios=(0.5,), input_dropout_ratio=0.2)
    one, two = (train_batches(first_state(weights, biases), rows, settings, WORDS, 4) for _ in range(2))
    other = train_batches(first_state(weights, biases), rows, settings, WORDS + np.uint32(1), 4)
    for left, right in zip(_numbers(one), _numbers(two), strict=True):
        np.testing.assert_array_equal(left, right)
    assert not np.allclose(one.layers[0].weight, other.layers[0].weight)


def _numbers(state: PerSampleState) -> list[np.ndarray]:
    return [np.asarray(part) for layer in state.layers for part in layer]
