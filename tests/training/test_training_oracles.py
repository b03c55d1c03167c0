"""Networks whose best weights are known from elsewhere: principal components, and the best linear denoiser."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.decomposition import PCA
from small_training import arrays, network, settings

from offbeat.networks.blocks import reconstruct
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.training.loop import train

_random = np.random.default_rng(3)
MIXING = _random.normal(size=(2, 6))
PLANE = (_random.normal(size=(300, 2)) @ MIXING + 0.2 * _random.normal(size=(300, 6)) + 1.5).astype(np.float32)
"""Rows near a plane that does not pass through the origin."""


def test_a_linear_network_reaches_the_error_of_principal_components() -> None:
    components = PCA(n_components=2).fit(PLANE)
    best = np.mean((components.inverse_transform(components.transform(PLANE)) - PLANE) ** 2)
    start = network(hidden=(2,), activation="linear")
    chosen = settings(epochs=2000, batch_size=300, learning_rate=0.1, schedule="cosine")
    after, _ = train(start, PLANE, chosen)
    found = np.mean((reconstruct(after, PLANE) - PLANE) ** 2)
    assert best <= found * (1 + 1e-4)  # no linear network with two hidden units can do better
    assert found == pytest.approx(best, rel=1e-3)


def test_a_linear_network_learns_the_best_linear_denoiser() -> None:
    """E[x c^T] E[c c^T]^-1 for clean x and its corruption c: noise adds to the diagonal, masking shrinks the rest."""
    data = (PLANE - PLANE.mean(axis=0)).astype(np.float32)
    noise, masking = 0.5, 0.3
    kept, covariance = 1 - masking, np.cov(data.T, bias=True)
    of_corrupted = kept**2 * covariance + masking * kept * np.diag(np.diag(covariance)) + kept * noise**2 * np.eye(6)
    expected = np.linalg.solve(of_corrupted, kept * covariance)
    start = network(hidden=(), activation="linear")
    chosen = settings(epochs=3000, batch_size=300, learning_rate=0.02, schedule="cosine", noise=noise, masking=masking)
    after, _ = train(start, data, chosen)
    weight, bias = arrays(after)
    np.testing.assert_allclose(weight, expected, rtol=0, atol=0.02)
    np.testing.assert_allclose(bias, 0, rtol=0, atol=0.02)


def test_the_denoiser_takes_most_of_the_noise_away() -> None:
    data = ((PLANE - PLANE.mean(axis=0)) / PLANE.std(axis=0)).astype(np.float32)
    start = build_network(
        NetworkSettings.model_validate({"network": "denoiser", "hidden": (32, 32)}), 6, np.random.default_rng(0)
    )
    after, _ = train(start, data, settings(epochs=150, batch_size=300, learning_rate=0.01))
    noise = 0.5 * np.random.default_rng(8).normal(size=data.shape).astype(np.float32)
    left = [float(np.mean((reconstruct(made, data + noise) - data) ** 2)) for made in (start, after)]
    # Noise of 0.25 in six directions, of which the plane has two: a third of it must stay.
    assert left[1] < 0.6 * 0.25 < left[0]
    assert jnp.isfinite(jnp.asarray(left)).all()
    assert len(jax.tree.leaves(after)) == 6
