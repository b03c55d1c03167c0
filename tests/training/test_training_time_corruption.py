"""Curves moved in time: by whole steps, smoothly warped, and learned from as they were."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_training import rows, same_bits, trained

from naive import training_time as naive
from offbeat.training.corruption import corrupt
from offbeat.training.time_corruption import move_in_time

STEPS = 50
RAMPS = np.tile(np.arange(STEPS, dtype=np.float32), (400, 1))
"""Curves whose value is the step that it stands at."""
ROUNDING = 1e-4


def _moved(curves: np.ndarray, seed: int = 0, **how: float) -> np.ndarray:
    how = {"shift": 0.0, "warp": 0.0, **how}
    return np.asarray(move_in_time(jnp.asarray(curves), jax.random.key(seed), steps=STEPS, **how))  # type: ignore[arg-type]


def test_a_shift_is_a_whole_number_of_steps_up_to_the_share_and_the_ends_stay() -> None:
    found = _moved(RAMPS, shift=0.1)
    by = found[:, 25] - 25
    assert set(by.tolist()) == set(range(-5, 6))
    for row, steps in zip(found, by, strict=True):
        assert row.tolist() == np.clip(np.arange(STEPS) + steps, 0, STEPS - 1).tolist()


def test_a_warp_keeps_both_ends_and_changes_the_pace_smoothly_by_no_more_than_its_strength() -> None:
    found = _moved(RAMPS, warp=0.3)
    np.testing.assert_allclose(found[:, 0], 0, atol=ROUNDING)
    np.testing.assert_allclose(found[:, -1], STEPS - 1, atol=ROUNDING)
    pace = np.diff(found, axis=1)
    assert 1 - 0.3 - ROUNDING <= pace.min() < 0.8 and 1.2 < pace.max() <= 1.3 + ROUNDING
    assert np.abs(np.diff(pace, axis=1)).max() < 0.05


def test_moved_curves_are_the_naive_twins() -> None:
    curves = rows(20, STEPS)
    key = jax.random.key(3)
    shift_key, warp_key = jax.random.split(key)
    by = np.round(jax.random.uniform(shift_key, (20, 1), minval=-5.0, maxval=5.0))[:, 0].tolist()
    waves = np.asarray(jax.random.uniform(warp_key, (20, 3), minval=-0.4, maxval=0.4)).tolist()

    found = move_in_time(jnp.asarray(curves), key, shift=0.1, warp=0.4, steps=STEPS)

    expected = [naive.moved(curve, *how) for curve, *how in zip(curves.tolist(), by, waves, strict=True)]
    np.testing.assert_allclose(found, expected, atol=20 * ROUNDING)


def test_features_that_are_no_steps_stay_as_they_are() -> None:
    with_marks = np.concatenate([RAMPS, np.ones((400, 2), np.float32)], axis=1)
    found = _moved(with_marks, shift=0.2, warp=0.2)
    assert (found[:, STEPS:] == 1).all()
    np.testing.assert_array_equal(found[:, :STEPS], _moved(RAMPS, shift=0.2, warp=0.2))


@pytest.mark.parametrize("steps", [1, 2])
def test_the_shortest_curves_can_be_moved(steps: int) -> None:
    curves = jnp.asarray(rows(9, steps))
    found = move_in_time(curves, jax.random.key(0), shift=0.5, warp=0.9, steps=steps)
    assert np.isfinite(np.asarray(found)).all()
    assert steps == 2 or np.array_equal(found, curves)


def test_noise_and_masking_are_the_same_ones_beside_it() -> None:
    key, curves = jax.random.key(0), jnp.zeros((100, STEPS))
    alone = corrupt(curves, key, noise=0.2, masking=0.3)
    assert np.array_equal(corrupt(curves, key, noise=0.2, masking=0.3, shift=0.2, warp=0.2), alone)


@pytest.mark.parametrize("how", [{"shift": 0.2}, {"warp": 0.5}])
def test_the_network_is_to_answer_with_the_curve_as_it_was(how: dict[str, float]) -> None:
    """Of constant curves nothing changes; of others the loss is that of the curve as it was."""
    constant = np.repeat(rows(20, 1), 6, axis=1)
    one, history = trained(constant, **how)
    other, same = trained(constant)
    assert same_bits(one, other) and history.loss == same.loss
    assert not same_bits(trained(rows(20), **how)[0], trained(rows(20))[0])
