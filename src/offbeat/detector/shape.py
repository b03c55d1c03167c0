"""Whether the columns of a table are the steps of one series."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

FEWEST_STEPS = 16
MOST_ROWS_LOOKED_AT = 200
# Of white noise the mean squared step between neighbours is twice the variance; of a smooth curve it is far smaller.
LARGEST_ROUGHNESS = 0.7
# Two byte counts side by side among twenty ratios are nearly all that varies in a row, and close to one another. That
# many columns, those farthest from the row's median, count for no more than the next.
FEW_COLUMNS = 3


def looks_like_curves(values: Float[np.ndarray, "rows columns"]) -> bool:
    """True when neighbouring columns of a row are much closer to each other than columns of that row are in general.

    Args:
        values: The table in its own units, NaN where missing.

    Example:
        >>> looks_like_curves(np.sin(np.linspace(0, 6, 50))[None, :])
        True
        >>> looks_like_curves(np.random.default_rng(0).normal(size=(20, 50)))
        False
    """
    if values.shape[1] < FEWEST_STEPS:
        return False
    sample = np.asarray(values[:MOST_ROWS_LOOKED_AT], np.float64)
    sample = sample[np.isfinite(sample).all(axis=1)]
    # Each row in its own unit: the squares of very large numbers are no floats.
    largest = np.abs(sample).max(axis=1, keepdims=True)
    sample = np.divide(sample, largest, out=np.zeros_like(sample), where=largest > 0)
    away = sample - np.median(sample, axis=1, keepdims=True)
    most = np.sort(np.abs(away), axis=1)[:, -1 - FEW_COLUMNS, None]
    sample = np.clip(away, -most, most)
    variance = sample.var(axis=1)
    sample, variance = sample[variance > 0], variance[variance > 0]
    if len(sample) == 0:
        return False
    roughness = np.mean(np.diff(sample, axis=1) ** 2, axis=1) / variance
    return bool(np.median(roughness) < LARGEST_ROUGHNESS)
