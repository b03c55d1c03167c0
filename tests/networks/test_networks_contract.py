"""The contract of a network, over the table of networks and over shapes that are easily forgotten."""

from __future__ import annotations

import functools
from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest

from naive import networks_forward as naive
from naive import networks_kinds as kinds
from offbeat.errors import SettingsError
from offbeat.networks.activations import ACTIVATIONS
from offbeat.networks.autoencoder import AbstractAutoencoder, Reconstruction
from offbeat.networks.blocks import encode, reconstruct
from offbeat.networks.build import BUILDERS, build_network, parameter_count
from offbeat.networks.contractive import ContractiveAutoencoder
from offbeat.networks.convolutional import MOST_SLICES, Convolution, ConvolutionalAutoencoder
from offbeat.networks.denoiser import MultiScaleDenoiser
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.memory import MemoryAutoencoder
from offbeat.networks.settings import NetworkSettings
from offbeat.networks.variational import VariationalAutoencoder

KINDS = sorted(BUILDERS)
SHAPES = {
    "usual": (6, (4,)),
    "one feature": (1, (3,)),
    "one hidden unit": (5, (1,)),
    "no hidden layer": (4, ()),
    "deep, narrowest twice": (5, (7, 4, 2, 3, 2, 4, 7)),
}

ROUNDING = 2e-6
"""Sums of a few float32 products near 1 against float64."""

WITHOUT_CODE = {"dense", "denoiser"}
"""The kinds that work without a hidden layer; the others have a latent code."""

every_network = pytest.mark.parametrize(
    ("kind", "shape"),
    [(kind, shape) for kind in KINDS for shape in SHAPES if SHAPES[shape][1] or kind in WITHOUT_CODE],
)


def _shape(kind: str, shape: str) -> tuple[int, tuple[int, ...]]:
    """Features and hidden layers; of a convolution, which mirrors them, the first few."""
    features, hidden = SHAPES[shape]
    return features, hidden[:3] if kind == "convolutional" else hidden


@functools.cache
def _network(kind: str, shape: str, seed: int = 3) -> AbstractAutoencoder:
    features, hidden = _shape(kind, shape)
    settings = NetworkSettings.model_validate({"network": kind, "hidden": hidden})
    # Biases start at zero, and a zero hides mistakes.
    randomness = np.random.default_rng(seed)
    network = build_network(settings, features, randomness)
    return jax.tree.map(lambda leaf: (leaf + 0.1 * randomness.normal(size=leaf.shape)).astype(np.float32), network)


def _examples(shape: str, rows: int = 5) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(rows, SHAPES[shape][0])).astype(np.float32)


@eqx.filter_jit
def _answers(network: AbstractAutoencoder, rows: jax.Array, keys: jax.Array) -> Reconstruction:
    return jax.vmap(lambda row, key: network(row, key=key))(rows, keys)


@eqx.filter_jit
def _scoring_answer(network: AbstractAutoencoder, row: jax.Array) -> Reconstruction:
    return network(row)


def _layers(network: Any) -> list[naive.Layer]:
    return [(np.asarray(layer.weight).tolist(), np.asarray(layer.bias).tolist()) for layer in network.layers]


def _naive_answer(network: AbstractAutoencoder, example: np.ndarray) -> naive.Answer:
    row = example.tolist()
    if isinstance(network, DenseAutoencoder):
        return naive.dense(_layers(network), list(network.activation), network.output_activation, row)
    if isinstance(network, MultiScaleDenoiser):
        return naive.denoise(_layers(network), network.activation, list(network.levels), row)
    if isinstance(network, VariationalAutoencoder):
        return kinds.variational(_layers(network), list(network.layer_words), network.code, row)
    if isinstance(network, ContractiveAutoencoder):
        return kinds.contractive(_layers(network), list(network.layer_words), network.code, row)
    if isinstance(network, MemoryAutoencoder):
        slots = np.asarray(network.memory.weight).tolist()
        return kinds.memory(_layers(network), slots, list(network.layer_words), network.code, row)
    assert isinstance(network, ConvolutionalAutoencoder)
    return kinds.convolutional(_layers(network), list(network.layer_words), row)


def _latent_width(kind: str, features: int, hidden: tuple[int, ...]) -> int:
    """Of a convolution the channels of the last layer of the encoder, at each of its places."""
    if kind == "convolutional":
        return hidden[-1] * -(-features // 2 ** len(hidden))
    return min(hidden, default=features)


@every_network
def test_reconstruction_has_the_width_of_the_input_and_the_latent_code_that_of_the_narrowest_layer(
    kind: str, shape: str
) -> None:
    features, hidden = _shape(kind, shape)
    network, rows = _network(kind, shape), _examples(shape)
    values, latent = reconstruct(network, rows), encode(network, rows)
    assert values.shape == (5, features)
    assert latent.shape == (5, _latent_width(kind, features, hidden))
    assert values.dtype == latent.dtype == np.float32
    assert np.isfinite(values).all()


@every_network
def test_answer_equals_the_naive_twin(kind: str, shape: str) -> None:
    network, rows = _network(kind, shape), _examples(shape)
    for row, values, latent in zip(rows, reconstruct(network, rows), encode(network, rows), strict=True):
        expected_values, expected_latent, _ = _naive_answer(network, row)
        np.testing.assert_allclose(values, expected_values, rtol=ROUNDING, atol=ROUNDING)
        np.testing.assert_allclose(latent, expected_latent, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("steps", [23, 24])
@pytest.mark.parametrize("kernel", [1, 4, MOST_SLICES, MOST_SLICES + 1, MOST_SLICES + 2, 40])
def test_a_convolution_of_few_and_of_many_taps_equals_the_naive_twin(kernel: int, steps: int) -> None:
    settings = NetworkSettings(network="convolutional", hidden=(3, 2), kernel=kernel)
    network = build_network(settings, steps, np.random.default_rng(2))
    rows = np.random.default_rng(1).normal(size=(3, steps)).astype(np.float32)
    expected = [_naive_answer(network, row)[:2] for row in rows]
    np.testing.assert_allclose(reconstruct(network, rows), [answer[0] for answer in expected], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(encode(network, rows), [answer[1] for answer in expected], rtol=0, atol=ROUNDING)


def test_more_taps_make_no_longer_program() -> None:
    """What XLA is given grows with the taps no more once they are many: it took minutes to compile 300 slices."""
    lengths = [
        len(jax.make_jaxpr(Convolution(np.ones((taps, 1, 2), np.float32), np.zeros(2), 2))(np.ones((400, 1))).eqns)
        for taps in (MOST_SLICES + 1, 301)
    ]
    assert lengths[0] == lengths[1] < MOST_SLICES


@pytest.mark.parametrize("kind", KINDS)
def test_penalty_is_the_naive_twins(kind: str) -> None:
    """The mean absolute activation, or the network's own term."""
    network, row = _network(kind, "deep, narrowest twice"), _examples("deep, narrowest twice")[0]
    assert float(_scoring_answer(network, row).penalty) == pytest.approx(_naive_answer(network, row)[2], rel=1e-5)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - WITHOUT_CODE))
def test_a_latent_code_needs_a_hidden_layer(kind: str) -> None:
    with pytest.raises(SettingsError, match=f"network='{kind}' needs a hidden layer for its latent code"):
        build_network(NetworkSettings.model_validate({"network": kind, "hidden": ()}), 4, np.random.default_rng(0))


@every_network
def test_parameters_are_counted_without_making_them(kind: str, shape: str) -> None:
    features, hidden = _shape(kind, shape)
    settings = NetworkSettings.model_validate({"network": kind, "hidden": hidden})
    made = sum(leaf.size for leaf in jax.tree.leaves(_network(kind, shape)))
    assert parameter_count(settings, features) == made


@every_network
def test_scoring_is_not_random(kind: str, shape: str) -> None:
    network, rows = _network(kind, shape), _examples(shape)
    assert reconstruct(network, rows).tobytes() == reconstruct(network, rows).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_same_randomness_same_network_other_randomness_another(kind: str) -> None:
    one, same, other = (_network.__wrapped__(kind, "usual", seed) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(*map(jax.tree.leaves, (one, same)), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(*map(jax.tree.leaves, (one, other)), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_no_rows_keep_their_widths(kind: str) -> None:
    network, none = _network(kind, "usual"), np.zeros((0, 6), np.float32)
    assert reconstruct(network, none).shape == (0, 6)
    assert encode(network, none).shape == (0, _latent_width(kind, 6, (4,)))


@pytest.mark.parametrize("kind", ["dense", "denoiser", "variational"])
def test_a_key_decides_the_randomness_of_training(kind: str) -> None:
    settings = {"network": kind, "hidden": (4,), **({"dropout": 0.5} if kind == "dense" else {})}
    network = build_network(NetworkSettings.model_validate(settings), 6, np.random.default_rng(0))
    rows = np.repeat(_examples("usual", 1), 8, axis=0)
    keys = jax.random.split(jax.random.key(0), 8)
    first, again = _answers(network, rows, keys), _answers(network, rows, keys)
    assert np.array_equal(first.values, again.values)
    assert len(np.unique(np.asarray(first.values), axis=0)) > 4


@pytest.mark.parametrize("kind", ["dense", "contractive", "memory", "convolutional"])
def test_without_randomness_a_key_changes_no_value(kind: str) -> None:
    network, rows = _network(kind, "usual"), _examples("usual")
    keys = jax.random.split(jax.random.key(0), len(rows))
    np.testing.assert_allclose(_answers(network, rows, keys).values, reconstruct(network, rows), rtol=0, atol=ROUNDING)


def test_dropout_is_off_without_a_key() -> None:
    plain = {"network": "dense", "hidden": (4,)}
    networks = [
        build_network(NetworkSettings.model_validate(settings), 6, np.random.default_rng(0))
        for settings in (plain, plain | {"dropout": 0.9, "input_dropout": 0.9})
    ]
    rows = _examples("usual")
    assert np.array_equal(reconstruct(networks[0], rows), reconstruct(networks[1], rows))


@pytest.mark.parametrize("word", [*ACTIVATIONS, "leaky-relu:0.2"])
def test_every_activation_works_in_hidden_and_output_layers(word: str) -> None:
    settings = {"network": "dense", "hidden": (3,), "activation": word, "output_activation": word}
    network = build_network(NetworkSettings.model_validate(settings), 6, np.random.default_rng(2))
    rows = 2 * _examples("usual")
    expected = [naive.dense(_layers(network), [word], word, row.tolist())[0] for row in rows]
    np.testing.assert_allclose(reconstruct(network, rows), expected, rtol=ROUNDING, atol=ROUNDING)


def test_each_hidden_layer_may_have_an_activation_of_its_own() -> None:
    words = ["relu", "linear", "leaky-relu:0.3"]
    settings = {"network": "dense", "hidden": (5, 2, 5), "activation": words, "output_activation": "sigmoid"}
    network = build_network(NetworkSettings.model_validate(settings), 6, np.random.default_rng(2))
    rows = 2 * _examples("usual")
    expected = [naive.dense(_layers(network), words, "sigmoid", row.tolist()) for row in rows]
    np.testing.assert_allclose(reconstruct(network, rows), [answer[0] for answer in expected], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(encode(network, rows), [answer[1] for answer in expected], rtol=0, atol=ROUNDING)
