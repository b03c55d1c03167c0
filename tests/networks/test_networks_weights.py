"""How weights start, and what is random while training: dropout and the denoiser's noise."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from naive import networks_forward as naive
from offbeat.networks.denoiser import MultiScaleDenoiser, level_code
from offbeat.networks.dense import drop
from offbeat.networks.layers import Affine, start_affine

INPUTS, OUTPUTS = 30, 50


@pytest.mark.parametrize(
    ("activation", "fan"),
    [(word, INPUTS) for word in ("relu", "leaky-relu", "leaky-relu:0.2", "elu", "silu", "gelu")]
    + [(word, INPUTS + OUTPUTS) for word in ("tanh", "sigmoid", "linear", "selu")],
)
def test_first_weights_fill_the_range_of_the_papers(activation: str, fan: int) -> None:
    reach = math.sqrt(6 / fan)
    layer = start_affine(INPUTS, OUTPUTS, activation, np.random.default_rng(0))
    weight = np.asarray(layer.weight)
    assert weight.shape == (INPUTS, OUTPUTS)
    assert 0.99 * reach < np.abs(weight).max() <= reach * (1 + 1e-6)
    # Uniform on (-r, r): mean 0, variance r^2 / 3; 1,500 draws know them to a few percent.
    assert abs(weight.mean()) < 4 * reach / math.sqrt(3 * weight.size)
    assert weight.var() == pytest.approx(reach**2 / 3, rel=0.1)
    assert not np.asarray(layer.bias).any()
    assert np.asarray(layer.bias).shape == (OUTPUTS,)


def test_first_weights_are_drawn_once_in_row_major_order() -> None:
    layer = start_affine(2, 3, "tanh", np.random.default_rng(11))
    reach = math.sqrt(6 / 5)
    drawn = np.random.default_rng(11).uniform(-reach, reach, size=6).astype(np.float32)
    assert np.asarray(layer.weight).ravel().tolist() == drawn.tolist()


def test_affine_layer_is_x_w_plus_b() -> None:
    layer = Affine(weight=np.array([[1, 2, 3], [4, 5, 6]], np.float32), bias=np.array([10, 20, 30], np.float32))
    assert np.asarray(layer(jnp.array([2.0, -1.0]))).tolist() == [8.0, 19.0, 30.0]


def test_dropout_zeroes_its_share_and_scales_the_rest_up() -> None:
    x = jnp.full((20_000,), 3.0)
    dropped = np.asarray(drop(x, 0.4, jax.random.key(1)))
    assert set(np.unique(dropped).tolist()) == {0.0, np.float32(3.0 / 0.6)}
    assert np.mean(dropped == 0) == pytest.approx(0.4, abs=0.015)
    assert dropped.mean() == pytest.approx(3.0, rel=0.02)


def test_dropout_leaves_all_alone_without_a_key_or_a_share() -> None:
    x = jnp.array([1.0, 2.0])
    assert drop(x, 0.5, None) is x
    assert drop(x, 0.0, jax.random.key(0)) is x


@pytest.mark.parametrize("level", [0.05, 1.0, 0.6])
def test_level_code_equals_the_naive_twin(level: float) -> None:
    np.testing.assert_allclose(level_code(jnp.float32(level)), naive.level_code(level), rtol=0, atol=1e-6)


def test_denoiser_gets_noise_of_log_uniform_levels() -> None:
    width, draws, levels = 400, 1000, (0.05, 0.2, 0.6)
    # A network that passes its input on: what comes out of zeros is the noise.
    weight = np.concatenate([np.eye(width, dtype=np.float32), np.zeros((4, width), np.float32)])
    passing = MultiScaleDenoiser((Affine(weight, np.zeros(width, np.float32)),), "tanh", levels)
    keys = jax.random.split(jax.random.key(4), draws)
    noise = np.asarray(jax.vmap(lambda key: passing(jnp.zeros(width), key=key).values)(keys))
    found = np.log(noise.std(axis=1))
    low, high = math.log(levels[0]), math.log(levels[-1])
    # A level is known from 400 draws to 3.5 %.
    assert low - 0.15 < found.min() < low + 0.1
    assert high - 0.1 < found.max() < high + 0.15
    assert np.mean(found < (low + high) / 2) == pytest.approx(0.5, abs=0.06)
    assert abs(noise.mean()) < 0.01


def test_denoiser_scores_without_noise() -> None:
    passing = MultiScaleDenoiser((Affine(np.eye(6, 2, dtype=np.float32), np.zeros(2, np.float32)),), "tanh", (0.1, 0.3))
    np.testing.assert_allclose(passing(jnp.array([3.0, -4.0])).values, [3.0, -4.0], rtol=1e-6)


def test_a_denoiser_has_a_view_for_each_level_and_reconstructs_their_mean() -> None:
    """The second of two outputs is the first entry of the level's code."""
    weight = np.zeros((6, 2), np.float32)
    weight[0, 0] = weight[2, 1] = 1.0
    network = MultiScaleDenoiser((Affine(weight, np.zeros(2, np.float32)),), "tanh", (0.1, 0.3))

    views = network.views(jnp.array([3.0, -4.0]))

    codes = [np.sin(0.5 * np.log(level)) for level in (0.1, 0.3)]
    np.testing.assert_allclose(views, [[3.0, codes[0]], [3.0, codes[1]]], rtol=1e-5)
    assert network.view_count == 2
    np.testing.assert_allclose(network(jnp.array([3.0, -4.0])).values, [3.0, np.mean(codes)], rtol=1e-5)
