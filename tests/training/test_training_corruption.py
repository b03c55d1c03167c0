"""Noise and masking have the sizes that the settings say."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from offbeat.training.corruption import corrupt

ROWS = np.full((500, 40), 3.0, np.float32)
"""20,000 cells: means are known to 1 %, shares to a third of a percent."""


def _corrupt(noise: float, masking: float, seed: int = 0) -> np.ndarray:
    return np.asarray(corrupt(jnp.asarray(ROWS), jax.random.key(seed), noise=noise, masking=masking))


def test_nothing_is_done_unless_asked_for() -> None:
    assert np.array_equal(_corrupt(0.0, 0.0), ROWS)


def test_noise_is_gaussian_of_the_given_deviation() -> None:
    noise = _corrupt(0.2, 0.0) - ROWS
    assert noise.mean() == pytest.approx(0, abs=0.005)
    assert noise.std() == pytest.approx(0.2, rel=0.02)
    assert np.mean(np.abs(noise) < 0.2) == pytest.approx(0.6827, abs=0.01)
    assert np.abs(np.corrcoef(noise.T) - np.eye(40)).max() < 0.25


def test_masking_sets_its_share_to_zero_and_leaves_the_rest() -> None:
    masked = _corrupt(0.0, 0.3)
    assert set(np.unique(masked).tolist()) == {0.0, 3.0}
    assert np.mean(masked == 0) == pytest.approx(0.3, abs=0.015)


def test_the_features_of_a_cell_are_masked_together() -> None:
    columns = (0, 1, *[2] * 30, *[3] * 8)
    masked = np.asarray(corrupt(jnp.asarray(ROWS), jax.random.key(0), noise=0.0, masking=0.3, columns=columns)) == 0
    assert (masked[:, 2:32] == masked[:, [2]]).all() and (masked[:, 32:] == masked[:, [32]]).all()
    cells = masked[:, [0, 1, 2, 32]]
    assert np.mean(cells) == pytest.approx(0.3, abs=0.03)
    assert np.abs(np.corrcoef(cells.T) - np.eye(4)).max() < 0.15


def test_where_each_feature_is_a_cell_the_same_ones_are_masked() -> None:
    given = corrupt(jnp.asarray(ROWS), jax.random.key(0), noise=0.1, masking=0.3, columns=tuple(range(40)))
    assert np.array_equal(given, _corrupt(0.1, 0.3))


def test_masked_cells_are_zero_under_noise_too() -> None:
    both = _corrupt(0.2, 0.3)
    assert np.mean(both == 0) == pytest.approx(0.3, abs=0.015)
    assert (both[both != 0] - 3).std() == pytest.approx(0.2, rel=0.03)


def test_another_key_corrupts_otherwise() -> None:
    assert np.array_equal(_corrupt(0.2, 0.3, 1), _corrupt(0.2, 0.3, 1))
    assert not np.array_equal(_corrupt(0.2, 0.3, 1), _corrupt(0.2, 0.3, 2))
