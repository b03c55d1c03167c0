"""Random numbers a row, and the rows of a random split.

The same seed gives the same numbers each time; they are not H2O's numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from offbeat.errors import SettingsError


def generator_of(seed: int | None) -> np.random.Generator:
    """Where random numbers come from; of a negative seed, as of its positive one.

    Args:
        seed: The same seed gives the same numbers; None and -1 give others each time.
    """
    return np.random.default_rng(None if seed in (None, -1) else abs(int(seed or 0)))


def uniform_rows(rows: int, seed: int | None) -> Float[np.ndarray, "rows"]:
    """One number from 0 to 1 for each row.

    Args:
        rows: How many.
        seed: The same seed gives the same numbers; None and -1 give others each time.
    """
    return generator_of(seed).random(rows)


def split_rows(drawn: Float[np.ndarray, "rows"], ratios: Sequence[float]) -> list[Bool[np.ndarray, "rows"]]:
    """Which rows belong to each part of a split; the last part takes what the ratios leave.

    Args:
        drawn: A number from 0 to 1 for each row.
        ratios: About which share of the rows each part gets; the shares are exact only on average, as in H2O.

    Raises:
        SettingsError: There are no ratios, one is below 0, or they add up to 1 or more.

    Example:
        >>> [part.tolist() for part in split_rows(np.array([0.1, 0.9]), [0.5])]
        [[True, False], [False, True]]
    """
    ends = np.cumsum(np.asarray(ratios, dtype=float))
    if not len(ends) or min(ratios) < 0 or ends[-1] >= 1:
        raise SettingsError(f"Ratios must be at least 0 and add up to less than 1; {list(ratios)} was given.")
    part_of_row = np.searchsorted(ends, drawn, side="left")
    return [part_of_row == part for part in range(len(ends) + 1)]
