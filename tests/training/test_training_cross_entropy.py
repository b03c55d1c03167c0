"""The loss of categories: its gradient and its value against plain loops, and how much a column weighs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from small_training import arrays, settings

from naive import networks_forward
from naive import training_losses as naive
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import reconstruct
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.training.loop import train
from offbeat.training.losses import mean_loss_of

WIDTHS = (3, 2, 2)
NUMBERS = 2
FEATURES = NUMBERS + sum(WIDTHS)
LAYERS = [FEATURES, 3, FEATURES]


def _network(numbers: int = NUMBERS, widths: tuple[int, ...] = WIDTHS) -> AbstractAutoencoder:
    chosen = NetworkSettings(network="dense", hidden=(3,))
    return build_network(chosen, numbers + sum(widths), np.random.default_rng(4), probabilities=widths)


def _rows(count: int, numbers: int = NUMBERS, widths: tuple[int, ...] = WIDTHS, seed: int = 0) -> np.ndarray:
    """Independent numbers and levels, each level as likely as the others."""
    rng = np.random.default_rng(seed)
    slots = [np.eye(width)[rng.integers(width, size=count)] for width in widths]
    return np.concatenate([rng.normal(size=(count, numbers)), *slots], axis=1).astype(np.float32)


def _flat(made: AbstractAutoencoder) -> list[float]:
    return np.concatenate([leaf.ravel() for leaf in arrays(made)]).astype(float).tolist()


def _naive_loss(weights: list[float], rows: np.ndarray) -> float:
    layers = naive.unflatten(weights, LAYERS)
    outputs = [networks_forward.dense(layers, ["tanh"], "linear", row)[0] for row in rows.tolist()]
    pairs = zip(outputs, rows.tolist(), strict=True)
    return sum(naive.loss_with_categories("squared", made, row, list(WIDTHS)) for made, row in pairs) / len(rows)


def test_first_step_follows_the_gradient_of_the_naive_twin() -> None:
    start, rows = _network(), _rows(5)
    step = settings(optimizer="sgd", learning_rate=1.0, epochs=1, batch_size=5)
    after, history = train(start, rows, step)
    expected = naive.gradient(lambda weights: _naive_loss(weights, rows), _flat(start))
    np.testing.assert_allclose(np.subtract(_flat(start), _flat(after)), expected, rtol=0, atol=3e-6)
    assert history.loss[0] == pytest.approx(_naive_loss(_flat(start), rows), rel=1e-6)


@pytest.mark.parametrize("loss", ["squared", "absolute", "huber"])
def test_the_loss_of_validation_rows_is_that_of_their_reconstruction(loss: str) -> None:
    made, rows = _network(), _rows(9, seed=1)
    values = reconstruct(made, rows)
    chosen = settings(loss=loss, epochs=0)
    # The logarithm of a probability is a logit of it: the softmax of it is the probability again.
    logits = np.concatenate([values[:, :NUMBERS], np.log(values[:, NUMBERS:])], axis=1).tolist()
    pairs = itertools.zip_longest(logits, rows.tolist())
    expected = [naive.loss_with_categories(loss, output, row, list(WIDTHS)) for output, row in pairs]
    np.testing.assert_allclose(mean_loss_of(chosen, made, values, rows), expected, rtol=2e-6)
    held = _rows(8, seed=2)
    after, history = train(made, rows, settings(loss=loss, epochs=2), validation=held)
    found = mean_loss_of(chosen, after, reconstruct(after, held), held).mean()
    assert history.validation_loss[-1] == pytest.approx(float(found), rel=1e-6)


@pytest.mark.parametrize("levels", [2, 5, 40])
def test_not_knowing_a_column_costs_one_whatever_the_number_of_its_levels(levels: int) -> None:
    made, rows = _network(0, (levels,)), _rows(6, 0, (levels,))
    nothing_known = np.full(rows.shape, 1 / levels, np.float32)
    np.testing.assert_allclose(mean_loss_of(settings(), made, nothing_known, rows), 1.0, rtol=1e-6)
    np.testing.assert_allclose(mean_loss_of(settings(), made, rows, rows), 0.0, atol=1e-6)


def test_a_level_that_was_held_for_impossible_costs_much_but_no_infinity() -> None:
    made, rows = _network(0, (2,)), np.array([[1.0, 0.0]], np.float32)
    cost = mean_loss_of(settings(), made, rows[:, ::-1].copy(), rows)
    assert 100 < cost[0] < 130


def test_random_levels_keep_no_unit_from_the_numbers() -> None:
    """One unit of code, for a number or for a column of 40 levels that follow nothing: the number is worth it."""
    rng = np.random.default_rng(3)
    number = rng.normal(size=(400, 1))
    numbers = np.repeat(number, 3, axis=1) + 0.1 * rng.normal(size=(400, 3))
    slots = np.eye(40)[rng.integers(40, size=400)]
    rows = np.concatenate([numbers, slots], axis=1).astype(np.float32)
    chosen = NetworkSettings(network="dense", hidden=(1,), activation="linear")
    start = build_network(chosen, 43, np.random.default_rng(0), probabilities=(40,))
    after, _ = train(start, rows, settings(epochs=60, batch_size=100, learning_rate=0.02))
    residual = (reconstruct(after, rows) - rows)[:, :3]
    assert np.mean(residual**2) < 0.1 < np.mean(rows[:, :3] ** 2)
