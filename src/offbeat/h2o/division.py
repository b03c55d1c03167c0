"""Remainders and whole quotients of columns, by Java's rules, which are H2O's."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.h2o.doubles import whole_where_it_fits


def remainder(left: Any, right: Any) -> pl.Series:
    """What division leaves, with the sign of what is divided; missing where divided by 0.

    Args:
        left: A column, or a number where `right` is one.
        right: A column as long, a column of one row, or a number.

    Example:
        >>> remainder(pl.Series([-5, 7]), 2).to_list(), remainder(7, pl.Series([-5, 0])).to_list()
        ([-1, 1], [2, None])
    """
    with np.errstate(invalid="ignore"):
        left_over = pl.Series(np.fmod(_floats(left), _floats(right))).fill_nan(None)
    return whole_where_it_fits(left_over) if _is_whole(left) and _is_whole(right) else left_over


def whole_quotient(left: Any, right: Any) -> pl.Series:
    """How often one whole number goes into another, towards 0; missing where divided by 0.

    Decimals are cut off both numbers first: 7 // 2.5 is 7 // 2. Where one is missing, so is the
    quotient; H2O takes it for 0.

    Args:
        left: A column, or a number where `right` is one.
        right: A column as long, a column of one row, or a number.

    Example:
        >>> whole_quotient(pl.Series([-5, 7]), 2).to_list(), whole_quotient(7, pl.Series([-5, 0])).to_list()
        ([-2, 3], [-1, None])
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = np.trunc(np.trunc(_floats(left)) / np.trunc(_floats(right)))
    return whole_where_it_fits(pl.Series(np.where(np.isfinite(quotient), quotient, np.nan)))


def _floats(numbers: Any) -> Float64[np.ndarray, "..."]:
    """The numbers, NaN where one is missing."""
    if isinstance(numbers, pl.Series):
        return numbers.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return np.array(numbers, np.float64)


def _is_whole(numbers: Any) -> bool:
    return numbers.dtype.is_integer() if isinstance(numbers, pl.Series) else isinstance(numbers, int)
