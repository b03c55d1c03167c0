"""Networks whose weights are float64, as imported ones may be: reconstructed in float64, whatever JAX's default is."""

from __future__ import annotations

import equinox as eqx
import jax
import numpy as np
import pytest

from naive import networks_forward as naive
from offbeat.networks.blocks import encode, reconstruct
from offbeat.networks.dense import DenseAutoencoder
from offbeat.networks.layers import Affine

ROUNDING = 1e-14
"""Sums of a few float64 products near 1."""


@pytest.fixture(scope="module")
def network() -> DenseAutoencoder:
    random = np.random.default_rng(0)
    sizes = [(6, 3), (3, 6)]
    layers = tuple(Affine(random.normal(size=(i, o)), random.normal(size=o)) for i, o in sizes)
    return DenseAutoencoder(layers, ("tanh",), "tanh", (0.0,), 0.0)


def test_reconstruction_is_the_naive_twins_to_the_last_digits(network: DenseAutoencoder) -> None:
    rows = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    layers = [(np.asarray(layer.weight).tolist(), np.asarray(layer.bias).tolist()) for layer in network.layers]
    expected = [naive.dense(layers, ["tanh"], "tanh", row.tolist()) for row in rows]
    values, latent = reconstruct(network, rows), encode(network, rows)
    assert values.dtype == latent.dtype == np.float64
    np.testing.assert_allclose(values, [answer[0] for answer in expected], rtol=ROUNDING, atol=ROUNDING)
    np.testing.assert_allclose(latent, [answer[1] for answer in expected], rtol=ROUNDING, atol=ROUNDING)


def test_other_networks_stay_in_float32(network: DenseAutoencoder) -> None:
    rows = np.random.default_rng(1).normal(size=(5, 6)).astype(np.float32)
    reconstruct(network, rows)
    rounded = jax.tree.map(lambda leaf: leaf.astype(np.float32), eqx.filter(network, eqx.is_array))
    assert reconstruct(rounded, rows).dtype == np.float32
    assert jax.numpy.ones(1).dtype == np.float32
