"""The learning rate of a step, as a share of the one that the user gave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax.numpy as jnp
from jaxtyping import Array, Float

EXPONENTIAL_END = 0.01

SCHEDULES: Mapping[str, Callable[[Float[Array, ""]], Float[Array, ""]]] = MappingProxyType(
    {
        "constant": jnp.ones_like,
        "cosine": lambda progress: 0.5 * (1.0 + jnp.cos(jnp.pi * progress)),
        "linear": lambda progress: 1.0 - progress,
        "exponential": lambda progress: EXPONENTIAL_END**progress,
    }
)
"""From the settings word to the share of the learning rate at a progress between 0 (start) and 1 (end)."""


def rate_share(schedule: str, warmup: float, step: Float[Array, ""], steps: Float[Array, ""]) -> Float[Array, ""]:
    """The share at a step: rising linearly over the warm-up, then along the schedule to its end.

    Args:
        schedule: Word from `SCHEDULES`.
        warmup: Share of all steps that the rise takes.
        step: Number of the step, from 0: the end would be reached one step after the last.
        steps: How many steps the whole training takes.
    """
    progress = step / jnp.maximum(steps, 1.0)
    if warmup == 0.0:
        return SCHEDULES[schedule](progress)
    rising = (step + 1.0) / jnp.maximum(warmup * steps, 1.0)
    falling = SCHEDULES[schedule](jnp.clip((progress - warmup) / (1.0 - warmup), 0.0, 1.0))
    return jnp.minimum(rising, 1.0) * falling
