"""Curves moved in time on the input of training; the network is to answer with the curve as it was."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

WAVES = 3
"""A warp is the sum of so many waves, the slowest half a wave to the curve."""


def move_in_time(
    rows: Float[Array, "rows features"], key: PRNGKeyArray, *, shift: float, warp: float, steps: int
) -> Float[Array, "rows features"]:
    """Shift and warp every curve of a batch by its own random amount; beyond its ends a curve stays as it ends.

    Args:
        rows: A batch of curves.
        key: Decides the amounts.
        shift: Largest shift, as a share of the steps; each row's is uniform from minus to plus that, in whole steps,
            for a curve between two steps would be smoother than curves are.
        warp: Largest change of pace: 0.2 lets time run at 0.8 to 1.2 of its pace. Both ends stay where they are.
        steps: How many of the features are steps; those behind them (marks of missing cells) stay as they are.

    Reference:
        Um et al. 2017 (arXiv 1706.00527) warp time by a smooth random curve too, through knots of a spline.
    """
    shift_key, warp_key = jax.random.split(key)
    place = jnp.broadcast_to(jnp.arange(steps, dtype=jnp.float32), (len(rows), steps))
    if warp > 0:
        place = place + _detour(len(rows), warp_key, warp, steps)
    if shift > 0:
        largest = shift * steps
        by = jnp.round(jax.random.uniform(shift_key, (len(rows), 1), minval=-largest, maxval=largest))
        place = place + by
    moved = _between_steps(rows[:, :steps], jnp.clip(place, 0.0, steps - 1.0))
    return jnp.concatenate([moved, rows[:, steps:]], axis=1)


def _detour(rows: int, key: PRNGKeyArray, warp: float, steps: int) -> Float[Array, "rows steps"]:
    """How many steps ahead of itself each curve is at each step: 0 at both ends, and never steeper than `warp`."""
    time = np.linspace(0.0, 1.0, steps)
    number = np.arange(1, WAVES + 1)[:, np.newaxis]
    waves = np.sin(np.pi * number * time) / (np.pi * number * WAVES) * max(1, steps - 1)
    sizes = jax.random.uniform(key, (rows, WAVES), minval=-warp, maxval=warp)
    return sizes @ jnp.asarray(waves, jnp.float32)


def _between_steps(curves: Float[Array, "rows steps"], place: Float[Array, "rows steps"]) -> Float[Array, "rows steps"]:
    """Each curve's values at places between its steps, on the straight line from one step to the next."""
    before = jnp.floor(place)
    first = before.astype(jnp.int32)
    second = jnp.minimum(first + 1, curves.shape[1] - 1)
    left, right = (jnp.take_along_axis(curves, steps, axis=1) for steps in (first, second))
    return left + (place - before) * (right - left)
