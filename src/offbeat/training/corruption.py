"""Noise on the input of training; the target stays clean."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray


def corrupt(
    rows: Float[Array, "rows features"], key: PRNGKeyArray, *, noise: float, masking: float
) -> Float[Array, "rows features"]:
    """Add Gaussian noise, then set a share of the cells to 0, which is the mean where columns are standardised.

    Reference:
        Vincent et al. 2010, section 3.3 (additive isotropic Gaussian noise, masking noise).
    """
    noise_key, masking_key = jax.random.split(key)
    if noise > 0:
        rows = rows + noise * jax.random.normal(noise_key, rows.shape, rows.dtype)
    if masking > 0:
        rows = jnp.where(jax.random.bernoulli(masking_key, masking, rows.shape), 0.0, rows)
    return rows
