"""Training and test rows, split as scikit-learn splits them, so that a split can be repeated elsewhere."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Int

from offbeat.errors import SettingsError


def train_test_rows(
    rows: int, test_size: float | int, seed: int
) -> tuple[Int[np.ndarray, "train_rows"], Int[np.ndarray, "test_rows"]]:
    """The same rows in the same order as scikit-learn's train_test_split(..., random_state=seed), without importing it.

    Args:
        rows: How many rows there are to split.
        test_size: The share of test rows, above 0 and below 1, rounded up to whole rows; or their number.
        seed: Any number from 0 to 2**32 - 1.

    Returns:
        The training rows and the test rows, shuffled.

    Raises:
        SettingsError: One of the two sides would be empty, or a number is out of range.

    Example:
        >>> train, test = train_test_rows(5, 0.4, seed=21)
        >>> sorted([*train.tolist(), *test.tolist()])
        [0, 1, 2, 3, 4]

    Reference:
        scikit-learn 1.7, `_validate_shuffle_split` and `ShuffleSplit`: ceil(share * rows) test rows are the first of
        one permutation drawn from NumPy's legacy generator, the training rows are the rest.
    """
    if not 0 <= seed < 2**32:
        raise SettingsError(f"split seed {seed} is out of range; a number from 0 to {2**32 - 1} was expected.")
    tests = _count_of_tests(rows, test_size)
    if not 0 < tests < rows:
        raise SettingsError(
            f"test_size={test_size} of {rows} rows leaves {rows - tests} training rows and {tests} test rows; at least "
            "one of each is needed. Give more rows or another size (--test-size)."
        )
    shuffled = np.random.RandomState(seed).permutation(rows)
    return shuffled[tests:], shuffled[:tests]


def _count_of_tests(rows: int, test_size: float | int) -> int:
    """A share becomes a number of rows, rounded up."""
    if isinstance(test_size, int):
        return test_size
    if not 0.0 < test_size < 1.0:
        raise SettingsError(
            f"test_size={test_size} is out of range; a share above 0 and below 1, or a whole number of rows, was "
            "expected."
        )
    return math.ceil(test_size * rows)
