"""What a network's own term of the loss does to what it learns, against closed forms where there are any."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_training import arrays, network, rows, same_bits, settings

from naive import networks_kinds as naive
from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import encode, reconstruct
from offbeat.networks.contractive import ContractiveAutoencoder
from offbeat.networks.memory import ENTROPY_WEIGHT, MemoryAutoencoder
from offbeat.training.loop import train
from offbeat.training.losses import penalty_weight

KINDS = ["variational", "contractive", "memory", "convolutional"]


@functools.cache
def _correlated() -> np.ndarray:
    """600 rows of 6 features of variance 1, which two numbers explain almost."""
    rng = np.random.default_rng(0)
    made = rng.normal(size=(600, 2)) @ rng.normal(size=(2, 6)) + 0.2 * rng.normal(size=(600, 6))
    return ((made - made.mean(axis=0)) / made.std(axis=0)).astype(np.float32)


def _trained(**chosen: object) -> AbstractAutoencoder:
    made = settings(epochs=120, batch_size=50, learning_rate=0.01, schedule="cosine")
    return train(network(**chosen), _correlated(), made)[0]


def _mean_squared_error(made: AbstractAutoencoder) -> float:
    return float(np.mean((reconstruct(made, _correlated()) - _correlated()) ** 2))


def _eigenvalues() -> np.ndarray:
    return np.linalg.eigvalsh(np.cov(_correlated().T, bias=True))[::-1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_weights_and_less_loss(kind: str) -> None:
    one, other = (train(network(network=kind), rows(40), settings(epochs=8, learning_rate=0.01)) for _ in range(2))
    assert same_bits(arrays(one[0]), arrays(other[0]))
    assert one[1].loss == other[1].loss
    assert one[1].loss[-1] < one[1].loss[0]


def test_a_small_weight_lets_the_variational_code_tell_rows_apart_and_a_large_one_empties_it() -> None:
    """Beyond the largest eigenvalue of the covariance no direction is worth its divergence."""
    telling = _trained(network="variational", hidden=(8, 2, 8), kl_weight=0.01)
    assert _mean_squared_error(telling) < 0.1
    assert encode(telling, _correlated()).std(axis=0).min() > 0.6

    empty = _trained(network="variational", hidden=(8, 2, 8), kl_weight=2 * float(_eigenvalues()[0]))
    assert np.abs(encode(empty, _correlated())).max() < 0.3
    assert _mean_squared_error(empty) == pytest.approx(1.0, abs=0.02)


def test_a_linear_variational_network_is_probabilistic_pca() -> None:
    """Tipping & Bishop 1999: with noise variance s, mean codes of a direction of variance v have variance 1 - s/v."""
    weight = 0.5
    made = _trained(network="variational", hidden=(2,), activation="linear", kl_weight=weight)
    codes = np.linalg.eigvalsh(np.cov(encode(made, _correlated()).T, bias=True))[::-1]
    np.testing.assert_allclose(codes, 1 - weight / _eigenvalues()[:2], atol=0.06)
    # What is left is all variance of the lost directions, and a share s/v squared of the kept ones'.
    kept = _eigenvalues()[:2]
    left = (_eigenvalues()[2:].sum() + (kept * (weight / kept) ** 2).sum()) / 6
    assert _mean_squared_error(made) == pytest.approx(left, abs=0.02)


def test_a_linear_contractive_network_is_ridge_regression_of_the_rows_on_themselves() -> None:
    """|x - xA|^2 + c |A|^2 is smallest where A shrinks a direction of variance v to v / (v + c)."""
    made = _trained(network="contractive", hidden=(6,), activation="linear", contraction=0.5)
    first, second = (np.asarray(layer.weight) for layer in made.layers)  # type: ignore[attr-defined]
    covariance = np.cov(_correlated().T, bias=True)
    np.testing.assert_allclose(first @ second, covariance @ np.linalg.inv(covariance + 0.5 * np.eye(6)), atol=0.03)


def test_one_draw_estimates_the_jacobian_without_bias() -> None:
    made = network(network="contractive", hidden=(5, 3, 5))
    assert isinstance(made, ContractiveAutoencoder)
    row = jnp.asarray(rows(1)[0])
    keys = jax.random.split(jax.random.key(0), 4000)
    draws = np.asarray(jax.jit(jax.vmap(lambda key: made(row, key=key).penalty))(keys))
    layers = [(np.asarray(layer.weight).tolist(), np.asarray(layer.bias).tolist()) for layer in made.layers]
    exact = naive.contractive(layers, list(made.layer_words), made.code, row.tolist())[2]
    assert draws.mean() == pytest.approx(exact, abs=4 * draws.std() / np.sqrt(len(draws)))
    assert draws.std() > 0


def test_a_memory_answers_a_far_row_with_what_it_knows() -> None:
    made = _trained(network="memory", hidden=(8, 2, 8), memory_slots=30)
    assert _mean_squared_error(made) < 0.4
    far = np.full((1, 6), 50.0, np.float32)
    assert np.abs(reconstruct(made, far)).max() < 2 * np.abs(_correlated()).max()


def test_a_memory_reads_few_of_its_slots() -> None:
    made = network(network="memory", memory_slots=40)
    assert isinstance(made, MemoryAutoencoder)
    _, shares = made.memory(jnp.array([0.3, -0.2, 0.9, 0.1]))
    shares = np.asarray(shares)
    assert shares.sum() == pytest.approx(1.0, abs=1e-6)
    assert 0 < np.count_nonzero(shares) < 30
    # A code that resembles all slots alike recalls nothing rather than a mean of everything.
    assert np.abs(np.asarray(made.memory(jnp.zeros(4))[0])).max() == 0.0


def test_a_convolution_learns_curves_that_a_shift_makes() -> None:
    steps = np.arange(24)
    curves = np.sin(2 * np.pi * (steps + np.random.default_rng(0).uniform(0, 24, (300, 1))) / 12).astype(np.float32)
    first = network(24, network="convolutional", hidden=(4, 2), kernel=5)
    made, history = train(first, curves, settings(epochs=60, batch_size=30, learning_rate=0.02))
    assert history.loss[-1] < 0.05
    spiked = curves[:1].copy()
    spiked[0, 13] += 4.0
    residual = np.abs(reconstruct(made, spiked) - spiked)[0]
    assert residual.argmax() == 13


def test_each_network_says_how_much_its_penalty_counts() -> None:
    assert penalty_weight(network(network="dense"), settings(sparsity=0.3)) == 0.3
    assert penalty_weight(network(network="convolutional"), settings(sparsity=0.3)) == 0.3
    assert penalty_weight(network(network="variational", kl_weight=0.7), settings()) == 0.7
    assert penalty_weight(network(network="contractive", contraction=0.2), settings()) == 0.2
    assert penalty_weight(network(network="memory"), settings()) == ENTROPY_WEIGHT == 2e-4


@pytest.mark.parametrize("kind", ["variational", "contractive", "memory"])
def test_words_for_sparsity_beside_a_penalty_of_its_own(kind: str) -> None:
    with pytest.raises(
        SettingsError, match=rf"^sparsity=0\.1 asks for .*, but network='{kind}' has a penalty of its own"
    ):
        train(network(network=kind), rows(), settings(sparsity=0.1))


def test_sparsity_makes_the_activations_of_a_dense_network_small() -> None:
    sizes = []
    for weight in (0.0, 1.0):
        made = train(
            network(hidden=(8,)), _correlated(), settings(epochs=30, batch_size=50, learning_rate=0.01, sparsity=weight)
        )[0]
        sizes.append(float(np.abs(encode(made, _correlated())).mean()))
    assert sizes[1] < 0.5 * sizes[0]
