"""Which rows of a batch a step leaves out: those that fit worst, as anomalies among the training rows do."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# 0.1 as a float32 is a little more than a tenth, and a tenth of ten rows is one row.
ROUNDING = 1e-4


def without_largest(
    losses: Float[Array, "batch"], weights: Float[Array, "batch"], share: Float[Array, ""] | np.float32
) -> Float[Array, "batch"]:
    """The weights of a batch's rows with 0 for the share whose loss is largest.

    Args:
        losses: Of each row.
        weights: 1 for rows, 0 for the padding behind them.
        share: Of the rows, from 0 to 1; rounded up to a number of them, but one row is always left.

    Reference:
        The trimmed loss of Shen & Sanghavi 2019 ("Learning with bad training data via iterative trimmed loss
        minimization"), which chooses the rows of the whole table anew now and then; here each batch chooses its own.
    """
    rows = jnp.sum(weights)
    left_out = jnp.minimum(jnp.ceil(share * rows - ROUNDING), rows - 1)
    largest_first = jnp.argsort(jnp.where(weights > 0, -losses, jnp.inf))
    rank = jnp.argsort(largest_first)
    return jnp.where(rank < left_out, 0.0, weights)
