"""Values that a figure leaves out: missing and infinite ones, and those so large that matplotlib overflows."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from jaxtyping import Bool, Float

LARGEST: Final = 1e150
"""matplotlib multiplies and subtracts limits; near the largest double that overflows with a warning."""


def is_drawable(values: Float[np.ndarray, "*shape"]) -> Bool[np.ndarray, "*shape"]:
    """Where a value is finite and not absurdly large.

    Example:
        >>> is_drawable(np.array([1.0, np.inf, np.nan, -1e300]))
        array([ True, False, False, False])
    """
    # Comparisons with NaN are false; compared as doubles, because the limit is beyond a float32.
    return np.abs(values.astype(np.float64)) <= LARGEST


def can_be_reached(threshold: float) -> bool:
    """Whether a threshold is one; the largest number says that none is set, or that too few rows are known for one.

    Example:
        >>> import sys
        >>> can_be_reached(0.5), can_be_reached(sys.float_info.max)
        (True, False)
    """
    return not LARGEST < threshold < math.inf


def with_gaps(curves: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """The same values, with NaN, which matplotlib leaves out, for each that cannot be drawn.

    Example:
        >>> with_gaps(np.array([1.0, np.inf]))
        array([ 1., nan])
    """
    return np.where(is_drawable(curves), curves, np.nan).astype(curves.dtype)
