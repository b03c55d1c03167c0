"""What one cell of a table holds, as a plain value that a sentence can say and JSON can carry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Shaped

Cell: TypeAlias = float | int | str | None
"""A number, a category, or None for a missing value."""


def plain_cell(value: object) -> Cell:
    """The value as Python's own number or text; NaN and None both mean missing.

    Example:
        >>> plain_cell(np.float32(0.5)), plain_cell(float("nan")), plain_cell(np.str_("open")), plain_cell(True)
        (0.5, None, 'open', 'true')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, int | float | str) else str(value)


def row_cells(columns: Mapping[str, Sequence[Any] | Shaped[np.ndarray, "rows"]], row: int) -> dict[str, Cell]:
    """One row of some columns, as plain values.

    Args:
        columns: Name to the column's values, all of the same length.
        row: Which of them, from 0.

    Example:
        >>> row_cells({"flow": np.array([1.5, np.nan]), "valve": ["open", "shut"]}, 1)
        {'flow': None, 'valve': 'shut'}
    """
    return {name: plain_cell(values[row]) for name, values in columns.items()}
