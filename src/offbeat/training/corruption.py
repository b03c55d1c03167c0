"""Noise on the input of training; the target stays clean."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from offbeat.training.time_corruption import move_in_time

TIME = 2
"""The key of shift and warp; those of noise and masking are older, and stay as they were."""


def corrupt(
    rows: Float[Array, "rows features"],
    key: PRNGKeyArray,
    *,
    noise: float,
    masking: float,
    shift: float = 0.0,
    warp: float = 0.0,
    columns: tuple[int, ...] = (),
) -> Float[Array, "rows features"]:
    """Move curves in time, add Gaussian noise, then set a share of the cells to 0, the mean of standardised columns.

    Args:
        rows: A batch.
        key: Decides noise and cells.
        noise: Standard deviation.
        masking: The share of cells.
        shift: See `offbeat.training.time_corruption.move_in_time`.
        warp: Likewise.
        columns: For each feature the number of the column that it came from: the features of a cell are masked
            together, since any of them may give the others away. Unless given, each feature is a cell.

    Reference:
        Vincent et al. 2010, section 3.3 (additive isotropic Gaussian noise, masking noise).
    """
    noise_key, masking_key = jax.random.split(key)
    cells = max(columns) + 1 if columns else rows.shape[1]
    if shift > 0 or warp > 0:
        rows = move_in_time(rows, jax.random.fold_in(key, TIME), shift=shift, warp=warp, steps=cells)
    if noise > 0:
        rows = rows + noise * jax.random.normal(noise_key, rows.shape, rows.dtype)
    if masking > 0:
        masked = jax.random.bernoulli(masking_key, masking, (len(rows), cells))
        rows = jnp.where(masked[:, np.array(columns)] if columns else masked, 0.0, rows)
    return rows
