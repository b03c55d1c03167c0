"""Every loss, penalty and optimizer against plain loops from the papers, with gradients by finite differences."""

from __future__ import annotations

import itertools

import jax
import numpy as np
import pytest
from small_training import arrays, network, rows, settings, trained

from naive import training_losses as naive
from naive import training_optimizers as rules
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.training.batches import order_of_epoch
from offbeat.training.epoch import first_state
from offbeat.training.layout import choose_layout
from offbeat.training.loop import train
from offbeat.training.losses import mean_loss
from offbeat.training.optimizers import OPTIMIZERS, build_optimizer
from offbeat.training.settings import DEFAULT_LEARNING_RATES, TrainingSettings

WIDTHS = [3, 2, 4, 3]
GRADIENT_TOLERANCE = 3e-6
"""Gradients near 1 from weights in float32, against central differences in float64."""
WEIGHT_TOLERANCE = 2e-5
"""Weights near 1 after five float32 steps; ADADELTA and Adam divide by small roots."""

PENALTIES = {"l1": 0.3, "l2": 0.5, "sparsity": 0.7}


def _start() -> tuple[list[float], AbstractAutoencoder]:
    chosen = NetworkSettings.model_validate({"network": "dense", "hidden": WIDTHS[1:-1], "activation": "tanh"})
    made = build_network(chosen, WIDTHS[0], np.random.default_rng(9))
    return _flat(made), made


def _flat(made: AbstractAutoencoder) -> list[float]:
    return np.concatenate([leaf.ravel() for leaf in arrays(made)]).astype(float).tolist()


@pytest.mark.parametrize("loss", ["squared", "absolute", "huber"])
def test_first_step_follows_the_gradient_of_loss_and_penalties(loss: str) -> None:
    start, made = _start()
    data = rows(5, WIDTHS[0])
    step = settings(loss=loss, huber_delta=0.5, optimizer="sgd", learning_rate=1.0, epochs=1, batch_size=5, **PENALTIES)
    after, _ = train(made, data, step)
    found = np.subtract(start, _flat(after))
    expected = naive.gradient(
        lambda weights: naive.objective(weights, WIDTHS, "tanh", data.tolist(), loss=loss, delta=0.5, **PENALTIES),
        start,
    )
    np.testing.assert_allclose(found, expected, rtol=0, atol=GRADIENT_TOLERANCE)


COUNT = sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(WIDTHS))
RULES = {
    "adam": ({"optimizer": "adam", "epsilon": 1e-4}, lambda: rules.Adam(COUNT, 1e-4)),
    "adamw": ({"optimizer": "adamw", "weight_decay": 0.3}, lambda: rules.AdamW(COUNT, 1e-8, 0.3)),
    "sgd": ({"optimizer": "sgd"}, lambda: rules.Momentum(COUNT, 0.0)),
    "momentum": ({"optimizer": "sgd", "momentum": 0.8}, lambda: rules.Momentum(COUNT, 0.8)),
    "nesterov": ({"optimizer": "sgd", "momentum": 0.8, "nesterov": True}, lambda: rules.Momentum(COUNT, 0.8, True)),
    "adadelta": ({"optimizer": "adadelta", "rho": 0.9, "epsilon": 1e-5}, lambda: rules.Adadelta(COUNT, 0.9, 1e-5)),
    "rmsprop": ({"optimizer": "rmsprop", "epsilon": 1e-6}, lambda: rules.RmsProp(COUNT, 1e-6)),
}


@pytest.mark.parametrize("rule", RULES)
def test_training_equals_the_naive_twin(rule: str) -> None:
    """Two and a half epochs over seven rows in batches of three, so that the last one of an epoch holds one row."""
    words, make = RULES[rule]
    start, made = _start()
    data, rate, share = rows(7, WIDTHS[0], seed=2), 0.05, 2.5
    chosen = settings(
        epochs=share, batch_size=3, learning_rate=rate, schedule="cosine", warmup=0.4, clip_norm=0.8, seed=5, **words
    )
    after, _ = train(made, data, chosen)
    orders = [order_of_epoch(np.arange(7), 5, epoch, min(1.0, share - epoch)) for epoch in range(3)]
    batches = [order[first : first + 3] for order in orders for first in range(0, len(order), 3)]
    assert [len(batch) for batch in batches] == [3, 3, 1, 3, 3, 1, 3, 1]
    expected, optimizer = start, make()
    for step, batch in enumerate(batches):
        gradient = naive.gradient(
            lambda weights, batch=batch: naive.objective(weights, WIDTHS, "tanh", data[batch].tolist()), expected
        )
        moves = optimizer.direction(rules.clipped(gradient, 0.8), expected)
        now = rate * naive.rate_share("cosine", 0.4, step, share * 3)
        expected = [weight - now * move for weight, move in zip(expected, moves, strict=True)]
    np.testing.assert_allclose(_flat(after), expected, rtol=0, atol=WEIGHT_TOLERANCE)


@pytest.mark.parametrize("word", OPTIMIZERS)
@pytest.mark.parametrize("more", [{}, {"clip_norm": 1.0}, {"momentum": 0.9, "nesterov": True}])
def test_first_state_is_what_optax_starts_from(word: str, more: dict[str, object]) -> None:
    chosen = settings(optimizer=word, **more)
    for batch_size in (8, 200):
        layout = choose_layout(network(), batch_size)
        state = first_state(layout, chosen, network())
        expected = build_optimizer(chosen).init(state.parameters)
        assert jax.tree.structure(state.optimizer) == jax.tree.structure(expected)
        for ours, theirs in zip(jax.tree.leaves(state.optimizer), jax.tree.leaves(expected), strict=True):
            assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
            assert np.array_equal(ours, theirs)
        assert state.step == 0


def test_every_optimizer_has_a_learning_rate() -> None:
    assert set(DEFAULT_LEARNING_RATES) == set(OPTIMIZERS)
    words = TrainingSettings.model_fields["learning_rate"].description
    assert words == "Step size: unless given, 0.001, and 1 for adadelta, 0.01 for sgd."
    assert DEFAULT_LEARNING_RATES == {"adam": 0.001, "adamw": 0.001, "sgd": 0.01, "adadelta": 1.0, "rmsprop": 0.001}


def test_long_gradients_are_scaled_down_to_the_norm() -> None:
    start, made = _start()
    after, _ = train(
        made,
        100 * rows(5, WIDTHS[0]),
        settings(optimizer="sgd", learning_rate=2.0, epochs=1, batch_size=5, clip_norm=0.25),
    )
    assert np.linalg.norm(np.subtract(start, _flat(after))) == pytest.approx(2.0 * 0.25, rel=1e-5)


@pytest.mark.parametrize("loss", ["squared", "absolute", "huber"])
def test_loss_on_the_host_equals_the_naive_twin(loss: str) -> None:
    residual = 3 * rows(9, 4)
    found = mean_loss(settings(loss=loss, huber_delta=1.5), residual)
    expected = [naive.row_loss(loss, row, [0.0] * 4, 1.5) for row in residual.tolist()]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_huber_is_squared_below_delta_and_smooth_at_it() -> None:
    sizes = np.array([[0.0], [0.5], [2.0], [2.0001], [5.0]], np.float32)
    found = mean_loss(settings(loss="huber", huber_delta=2.0), sizes)
    np.testing.assert_allclose(found, [0.0, 0.25, 4.0, 4.0004, 16.0], rtol=1e-5)


def test_huber_of_a_delta_whose_square_is_no_float32_is_squared() -> None:
    sizes = np.array([[0.5], [-3.0]], np.float32)
    assert mean_loss(settings(loss="huber", huber_delta=1e20), sizes).tolist() == [0.25, 9.0]


def test_history_is_the_mean_loss_of_the_rows_before_their_steps() -> None:
    """With a learning rate of next to nothing, an epoch has the loss of the first weights, without penalties."""
    data = rows(20)
    _, history = trained(data, learning_rate=1e-12, epochs=1, l2=5.0)
    weights = np.concatenate([leaf.ravel() for leaf in arrays(network())]).tolist()
    expected = naive.objective(weights, [6, 4, 6], "tanh", data.tolist())
    assert history.loss == (pytest.approx(expected, rel=1e-6),)
