"""What becomes of missing numeric cells: a value in their place, and a feature that says so."""

from __future__ import annotations

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32, Float64


def columns_to_mark(
    setting: bool | Literal["auto"], missing_in_training: Bool[np.ndarray, "columns"]
) -> Bool[np.ndarray, "columns"]:
    """Which numeric columns get a feature that is 1 where the cell is missing, 0 elsewhere.

    Args:
        setting: "auto" for the columns with missing cells in training, True for all, False for none.
        missing_in_training: Which columns had missing cells in training.

    Example:
        >>> columns_to_mark("auto", np.array([True, False])).tolist()
        [True, False]
    """
    if setting == "auto":
        return missing_in_training
    return np.full_like(missing_in_training, setting)


def impute(
    block: Float32[np.ndarray, "rows columns"],
    marks: Float32[np.ndarray, "rows _"],
    *,
    marked: Bool[np.ndarray, "columns"],
    fill: Float64[np.ndarray, "columns"],
) -> None:
    """Fill the missing cells of `block` in place, and write where they were to `marks`.

    Args:
        block: Scaled values, NaN for missing.
        marks: One column for each marked column of the block; every cell is overwritten.
        marked: Which columns of the block have a mark.
        fill: The scaled value that stands in for a missing one.
    """
    missing = np.isnan(block)
    np.copyto(block, fill, where=missing, casting="same_kind")
    marks[...] = missing[:, marked]
