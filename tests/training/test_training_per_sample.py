"""Training one row at a time: against plain loops, and against the weights of a running H2O."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from naive import training_per_sample as naive
from offbeat.training.per_sample import train_rows
from offbeat.training.per_sample_state import PerSampleSettings, PerSampleState, first_state, next_iteration
from offbeat.training.per_sample_updates import approximate_root, approximate_root_of_biases

WORDS = np.array([1, 2], np.uint32)
# float32 against float64 over a dozen rows, where a root with steps may fall on either side of one.
LOOSE = 2e-4


def _network(seed: int) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    draw = np.random.default_rng(seed)
    weights = [draw.normal(size=size).astype(np.float32) for size in ((4, 3), (3, 4))]
    biases = [draw.normal(size=len(weight[0])).astype(np.float32) for weight in weights]
    rows = draw.normal(size=(12, 4)).astype(np.float32)
    rows[draw.random(rows.shape) < 0.2] = 0.0
    return weights, biases, rows


CASES: list[dict[str, Any]] = [
    {},
    {"activation": "rectifier"},
    {"activation": "elu", "loss": "huber"},
    {"activation": "elu_with_h2os_slope"},
    {"fast_mode": False, "l1": 1e-3},
    {"activation": "rectifier", "l1": 1e-3, "l2": 1e-2},
    {"loss": "absolute"},
    {"max_w2": 1.5},
    {"loss": "quantile", "quantile_alpha": 0.2},
    {"adaptive_rate": False, "rate": 0.05, "rate_decay": 0.5, "rate_annealing": 0.1},
    {"adaptive_rate": False, "momentum_start": 0.2, "momentum_stable": 0.9, "momentum_ramp": 6.0},
    {"adaptive_rate": False, "momentum_stable": 0.5, "momentum_ramp": 1.0, "nesterov_accelerated_gradient": False},
    {"sparsity_beta": 0.5, "average_activation": -0.7},
    {"activation": "rectifier", "sparsity_beta": 2.0, "average_activation": 0.7},
    {"activation": "rectifier", "sparsity_beta": 2.0, "average_activation": 0.7, "adaptive_rate": False, "rate": 0.05},
]


@pytest.mark.parametrize("chosen", CASES, ids=str)
def test_every_parameter_does_what_plain_loops_do(chosen: dict[str, Any]) -> None:
    weights, biases, rows = _network(0)
    chosen = {"activation": "tanh", **chosen}
    state = train_rows(first_state(weights, biases), rows, PerSampleSettings(**chosen), WORDS)
    expected = naive.train([w.tolist() for w in weights], [b.tolist() for b in biases], rows.tolist(), **chosen)
    for layer, weight, bias in zip(state.layers, *expected, strict=True):
        np.testing.assert_allclose(layer.weight, weight, atol=LOOSE)
        np.testing.assert_allclose(layer.bias, bias, atol=LOOSE)
    assert int(state.samples) == 12


def test_the_rate_may_be_annealed_by_the_rows_before_an_iteration() -> None:
    weights, biases, rows = _network(0)
    by_hand: dict[str, Any] = {"activation": "tanh", "adaptive_rate": False, "rate": 0.05}
    settings = PerSampleSettings(**by_hand, rate_annealing=0.25, annealed_by_row=False)
    first = train_rows(first_state(weights, biases), rows, settings, WORDS)
    second = train_rows(next_iteration(first), rows, settings, WORDS)
    unannealed = PerSampleSettings(**by_hand, rate_annealing=0.0)
    slower = PerSampleSettings(**by_hand | {"rate": 0.05 / (1 + 0.25 * 12)}, rate_annealing=0.0)
    expected = train_rows(first_state(weights, biases), rows, unannealed, WORDS)
    for left, right in zip(_numbers(first), _numbers(expected), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)
    for left, right in zip(_numbers(second), _numbers(train_rows(expected, rows, slower, WORDS)), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)


def test_three_rows_give_the_weights_of_a_running_h2o() -> None:
    """H2O 3.46.0.12, reproducible=True, one epoch, these initial weights; it shuffled the rows to 2, 1, 0."""
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(3, 4))
    weights = [draw.normal(size=(2, 4)) * 0.5, draw.normal(size=(4, 2)) * 0.5]
    scaled = ((rows - rows.mean(axis=0)) / np.ptp(rows, axis=0))[::-1]
    state = train_rows(
        first_state([weight.T for weight in weights], [np.zeros(2), np.zeros(4)]),
        scaled.astype(np.float32),
        PerSampleSettings(activation="tanh"),
        WORDS,
    )
    h2o = [[-1.1597168, -0.1082438, -0.6219484, -0.3675506], [-0.2682854, -0.1577138, 0.2060875, 0.5197967]]
    np.testing.assert_allclose(state.layers[0].weight.T, h2o, atol=1e-6)
    output = [[-0.0658529, 0.6813039], [-0.3340470, 0.1781343], [0.4498993, 0.0485643], [-0.3725072, -0.4572062]]
    np.testing.assert_allclose(state.layers[1].weight.T, output, atol=1e-6)
    np.testing.assert_allclose(state.layers[1].bias, [-0.0017006, 0.0000155, 0.0008874, -0.0011105], atol=1e-7)


@given(st.floats(1e-12, 1e12))
@hypothesis_settings(max_examples=25)
def test_the_root_is_five_percent_off_at_most(value: float) -> None:
    assert float(approximate_root(jnp.float32(value))) == pytest.approx(value**0.5, rel=0.05)
    assert float(approximate_root(jnp.float32(value))) == pytest.approx(naive.root(value), rel=1e-6)
    assert float(approximate_root_of_biases(jnp.float32(value))) == pytest.approx(value**0.5, rel=0.05)
    assert float(approximate_root_of_biases(jnp.float32(value))) == pytest.approx(naive.root_of_biases(value), rel=1e-6)


@given(st.integers(0, 2**16), st.integers(1, 11))
@hypothesis_settings(max_examples=5)
def test_rows_may_come_in_parts(seed: int, cut: int) -> None:
    weights, biases, rows = _network(seed)
    settings = PerSampleSettings(activation="tanh", hidden_dropout_ratios=(0.5,), input_dropout_ratio=0.1)
    start = first_state(weights, biases)
    whole = train_rows(start, rows, settings, WORDS)
    parts = train_rows(train_rows(start, rows[:cut], settings, WORDS), rows[cut:], settings, WORDS)
    for one, two in zip(_numbers(whole), _numbers(parts), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_a_row_of_zeros_moves_no_weight_of_the_first_layer_in_fast_mode() -> None:
    weights, biases, _ = _network(1)
    state = train_rows(first_state(weights, biases), np.zeros((1, 4), np.float32), PerSampleSettings(l1=0.1), WORDS)
    np.testing.assert_array_equal(state.layers[0].weight, weights[0])


def test_the_output_error_is_not_damped_where_the_output_is_saturated() -> None:
    weights, biases = [np.full((1, 1), 1.0), np.full((1, 1), 20.0)], [np.zeros(1), np.full(1, 20.0)]
    settings = PerSampleSettings(activation="tanh", adaptive_rate=False, rate=1.0)
    state = train_rows(first_state(weights, biases), np.full((1, 1), -0.5, np.float32), settings, WORDS)
    assert float(state.layers[1].bias[0]) == pytest.approx(20.0 - 2 * 1.5)


@pytest.mark.parametrize("activation", ["tanh", "elu"])
def test_without_zeros_among_the_inputs_nothing_is_looked_for_and_nothing_changes(activation: Any) -> None:
    weights, biases, rows = _network(3)
    rows = rows + 5.0  # none is 0
    settings = [PerSampleSettings(activation=activation, zeros_among_inputs=zeros) for zeros in (True, False)]
    one, two = (train_rows(first_state(weights, biases), rows, each, WORDS) for each in settings)
    for left, right in zip(_numbers(one), _numbers(two), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)


def test_rows_are_seen_in_the_order_that_is_given() -> None:
    weights, biases, rows = _network(2)
    order = np.array([3, 0, 3])
    settings = PerSampleSettings(activation="tanh")
    chosen = train_rows(first_state(weights, biases), rows, settings, WORDS, order)
    for left, right in zip(
        _numbers(chosen), _numbers(train_rows(first_state(weights, biases), rows[order], settings, WORDS)), strict=True
    ):
        np.testing.assert_array_equal(left, right)


def _numbers(state: PerSampleState) -> list[np.ndarray]:
    return [np.asarray(part) for layer in state.layers for part in layer]
