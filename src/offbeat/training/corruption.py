"""Noise on the input of training; the target stays clean."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray


def corrupt(
    rows: Float[Array, "rows features"],
    key: PRNGKeyArray,
    *,
    noise: float,
    masking: float,
    columns: tuple[int, ...] = (),
) -> Float[Array, "rows features"]:
    """Add Gaussian noise, then set a share of the cells to 0, which is the mean where columns are standardised.

    Args:
        rows: A batch.
        key: Decides noise and cells.
        noise: Standard deviation.
        masking: The share of cells.
        columns: For each feature the number of the column that it came from: the features of a cell are masked
            together, since any of them may give the others away. Unless given, each feature is a cell.

    Reference:
        Vincent et al. 2010, section 3.3 (additive isotropic Gaussian noise, masking noise).
    """
    noise_key, masking_key = jax.random.split(key)
    if noise > 0:
        rows = rows + noise * jax.random.normal(noise_key, rows.shape, rows.dtype)
    if masking > 0:
        cells = max(columns) + 1 if columns else rows.shape[1]
        masked = jax.random.bernoulli(masking_key, masking, (len(rows), cells))
        rows = jnp.where(masked[:, np.array(columns)] if columns else masked, 0.0, rows)
    return rows
