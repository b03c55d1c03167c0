"""The loss of a categorical column: the cross-entropy of its level, in units of what not knowing it costs.

A level in nats costs more the more levels there are, up to the logarithm of their number where nothing is known of it.
Divided by that logarithm, a column costs from 0 (known) to about 1 (unknown), as a standardised number does; so a
column of 40 levels has the say of one sensor, and neither that of 40 nor less than that of a column of two levels.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from offbeat.networks.softmax import runs

# The smallest number of float32 with all its digits; log of it is -87.
SMALLEST_PROBABILITY = np.finfo(np.float32).tiny


def cross_entropies(
    logits: Float[Array, "rows features"], rows: Float[Array, "rows features"], widths: tuple[int, ...]
) -> Float[Array, "rows"]:
    """The summed loss of each row's categorical columns.

    Args:
        logits: Before the softmax.
        rows: As they are: 1 for the level that each column has.
        widths: How many features each categorical column has; these are the last features, in this order.
    """
    total = jnp.zeros(len(rows))
    first = rows.shape[1] - sum(widths)
    for count, width in runs(widths):
        part = slice(first, first + count * width)
        surprise = -jax.nn.log_softmax(logits[:, part].reshape(-1, count, width), axis=2)
        total += jnp.sum(rows[:, part].reshape(-1, count, width) * surprise, axis=(1, 2)) / nats_of(width)
        first += count * width
    return total


def cross_entropies_of(
    probabilities: Float[np.ndarray, "rows features"], rows: Float[np.ndarray, "rows features"], widths: tuple[int, ...]
) -> Float[np.ndarray, "rows"]:
    """The same on the host, from probabilities."""
    first = rows.shape[1] - sum(widths)
    cost = np.concatenate([np.full(width, 1.0 / nats_of(width), np.float32) for width in widths])
    surprise = -np.log(np.maximum(probabilities[:, first:], SMALLEST_PROBABILITY))
    return np.asarray((rows[:, first:] * surprise * cost).sum(axis=1))


def nats_of(width: int) -> float:
    """What it costs not to know which of so many features a column has; a single one is always known.

    Args:
        width: One for each level, and for rare, missing and unseen ones.

    Example:
        >>> round(nats_of(41), 2)
        3.71
    """
    return math.log(max(width, 2))
