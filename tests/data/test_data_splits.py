from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from offbeat.data.splits import train_test_rows
from offbeat.errors import SettingsError

SEEDS = st.integers(0, 2**32 - 1)


def assert_same_as_scikit_learn(rows: int, test_size: float | int, seed: int) -> None:
    train, test = train_test_rows(rows, test_size, seed)
    expected_train, expected_test = train_test_split(np.arange(rows), test_size=test_size, random_state=seed)
    np.testing.assert_array_equal(train, expected_train)
    np.testing.assert_array_equal(test, expected_test)


def test_the_split_of_the_heartbeat_tutorial() -> None:
    assert_same_as_scikit_learn(5000, 0.2, 21)
    assert_same_as_scikit_learn(4998, 0.2, 21)


@pytest.mark.parametrize("rows", [2, 3, 5, 10, 23, 99, 100, 101, 1000])
@pytest.mark.parametrize("test_size", [0.01, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.9, 1, 2])
def test_sizes_around_rounding(rows: int, test_size: float | int) -> None:
    tests = test_size if isinstance(test_size, int) else math.ceil(test_size * rows)
    if tests < rows:
        assert_same_as_scikit_learn(rows, test_size, 0)
    else:
        with pytest.raises(
            SettingsError, match=rf"of {rows} rows leaves {rows - tests} training rows and {tests} test rows"
        ):
            train_test_rows(rows, test_size, 0)


@given(st.integers(2, 300), st.floats(0.001, 0.999), SEEDS)
def test_any_share_and_any_seed(rows: int, test_size: float, seed: int) -> None:
    assume(math.ceil(test_size * rows) < rows)
    assert_same_as_scikit_learn(rows, test_size, seed)


@given(st.integers(2, 300).flatmap(lambda rows: st.tuples(st.just(rows), st.integers(1, rows - 1))), SEEDS)
def test_any_number_of_test_rows(rows_and_tests: tuple[int, int], seed: int) -> None:
    assert_same_as_scikit_learn(*rows_and_tests, seed)


def test_empty_sides_are_refused() -> None:
    with pytest.raises(SettingsError) as raised:
        train_test_rows(3, 0.9, 0)
    assert str(raised.value) == (
        "test_size=0.9 of 3 rows leaves 0 training rows and 3 test rows; at least one of each is needed. "
        "Give more rows or another size (--test-size)."
    )
    for rows, test_size in ((5, 0), (5, 5), (5, -1), (1, 0.5), (0, 0.5)):
        with pytest.raises(SettingsError, match=r"at least one of each is needed"):
            train_test_rows(rows, test_size, 0)


@pytest.mark.parametrize("test_size", [0.0, 1.0, -0.2, 1.5, math.nan, math.inf])
def test_shares_out_of_range(test_size: float) -> None:
    with pytest.raises(SettingsError, match=r"is out of range; a share above 0 and below 1, or a whole number of rows"):
        train_test_rows(10, test_size, 0)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_out_of_range(seed: int) -> None:
    with pytest.raises(
        SettingsError, match=rf"split seed {seed} is out of range; a number from 0 to 4294967295 was expected"
    ):
        train_test_rows(10, 0.2, seed)
