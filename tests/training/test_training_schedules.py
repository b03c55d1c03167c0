"""The learning rate of every step, by hand and against the naive twin."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from naive import training_losses as naive
from offbeat.training.schedules import SCHEDULES, rate_share


def _shares(schedule: str, warmup: float, steps: float, count: int) -> list[float]:
    every = jax.vmap(lambda step: rate_share(schedule, warmup, step, jnp.float32(steps)))
    return np.asarray(every(jnp.arange(count, dtype=jnp.float32))).tolist()


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [1, 1, 1, 1, 1]),
        ("linear", [1, 0.75, 0.5, 0.25, 0]),
        ("cosine", [1, 0.853553, 0.5, 0.146447, 0]),
        ("exponential", [1, 0.316228, 0.1, 0.0316228, 0.01]),
    ],
)
def test_shares_by_hand(schedule: str, expected: list[float]) -> None:
    assert _shares(schedule, 0.0, 4, 5) == pytest.approx(expected, abs=1e-6)


def test_warmup_rises_linearly_then_the_schedule_begins() -> None:
    assert _shares("constant", 0.4, 10, 6) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])
    expected = [0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]
    assert _shares("linear", 0.2, 10, 10) == pytest.approx(expected, abs=1e-6)


def test_warmup_shorter_than_a_step_changes_nothing_but_the_stretch() -> None:
    assert _shares("constant", 0.01, 10, 3) == [1, 1, 1]


@pytest.mark.parametrize("warmup", [0.0, 0.15, 0.9])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_shares_equal_the_naive_twin(schedule: str, warmup: float) -> None:
    found = _shares(schedule, warmup, 23.5, 24)
    expected = [naive.rate_share(schedule, warmup, step, 23.5) for step in range(24)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    assert 0 <= min(found) <= max(found) <= 1
