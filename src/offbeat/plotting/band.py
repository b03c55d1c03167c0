"""The course of many curves in a few: at each position, some quantiles over the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float

from offbeat.plotting.gaps import with_gaps

MOST_ROWS: Final = 1000
"""More curves than these give the same band to the eye (a 5 % quantile is off by less than 1 %), only later."""


def quantile_band(
    curves: Float[np.ndarray, "rows columns"], quantiles: Sequence[float]
) -> Float[np.ndarray, "quantiles columns"]:
    """At each position the nearest-rank quantiles of the values there, missing and infinite ones left out.

    Args:
        curves: One curve a row; at least one. Of more than `MOST_ROWS`, so many are taken at even distances.
        quantiles: Each between 0 and 1.

    Returns:
        One row a quantile; NaN where no curve has a value.

    Example:
        >>> quantile_band(np.array([[1.0, 5.0], [2.0, np.nan], [3.0, 7.0]]), [0.0, 0.5, 1.0])
        array([[1., 5.],
               [2., 7.],
               [3., 7.]])
    """
    taken = curves
    if len(curves) > MOST_ROWS:
        taken = curves[np.linspace(0, len(curves) - 1, MOST_ROWS).astype(np.int64)]
    # NumPy sorts NaN behind all numbers, so the first `counts` of each column are its values, with no warning if none.
    ordered = np.sort(with_gaps(taken), axis=0)
    counts = np.isfinite(ordered).sum(axis=0)
    ranks = np.floor(np.outer(quantiles, np.maximum(counts - 1, 0)) + 0.5).astype(np.int64)
    return np.take_along_axis(ordered, ranks, axis=0).astype(np.float64)
