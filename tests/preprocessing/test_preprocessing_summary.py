"""Mean, spread, extremes and quartiles of columns, where rounding, missing cells or sheer size make them hard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from naive.preprocessing_scaling import quantile
from offbeat.preprocessing.column_summary import summarise
from offbeat.preprocessing.quartiles import quartiles
from offbeat.preprocessing.training_numbers import BLOCK_VALUES, TrainingNumbers, block_bounds


def test_blocks_cover_every_row_once() -> None:
    for rows, columns in [(0, 3), (1, 1), (BLOCK_VALUES + 1, 1), (10, 10 * BLOCK_VALUES), (1000, 100)]:
        bounds = list(block_bounds(rows, columns))
        assert [row for start, stop in bounds for row in range(start, stop)] == list(range(rows))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_summary_over_several_blocks(dtype: type) -> None:
    matrix = np.random.default_rng(0).normal(3.0, 2.0, size=(BLOCK_VALUES, 3)).astype(dtype)
    matrix[::7, 1] = np.nan
    summary = summarise(TrainingNumbers(matrix))
    exact = matrix.astype(np.float64)
    np.testing.assert_allclose(summary.mean, np.nanmean(exact, axis=0), rtol=1e-13)
    np.testing.assert_allclose(summary.std, np.nanstd(exact, axis=0), rtol=1e-13)
    assert summary.minimum.tolist() == np.nanmin(exact, axis=0).tolist()
    assert summary.maximum.tolist() == np.nanmax(exact, axis=0).tolist()
    assert summary.present.tolist() == (~np.isnan(exact)).sum(axis=0).tolist()


def test_only_training_rows_count() -> None:
    matrix = np.array([[1.0], [100.0], [3.0], [np.nan]])
    summary = summarise(TrainingNumbers(matrix, np.array([2, 0])))
    assert (summary.mean[0], summary.std[0], summary.minimum[0], summary.maximum[0]) == (2.0, 1.0, 1.0, 3.0)


def test_spread_beside_a_huge_offset() -> None:
    matrix = 1.7e15 + np.arange(-100.0, 101.0)[:, np.newaxis]
    assert summarise(TrainingNumbers(matrix)).std[0] == pytest.approx(np.arange(-100.0, 101.0).std(), rel=1e-9)


def test_column_without_any_value() -> None:
    summary = summarise(TrainingNumbers(np.full((4, 1), np.nan)))
    assert (summary.present[0], summary.mean[0], summary.std[0], summary.magnitude[0]) == (0, 0.0, 0.0, 0.0)
    assert summary.constant.tolist() == [True]


@pytest.mark.parametrize(
    ("column", "constant"),
    [
        ([0.1, 0.1], True),
        ([0.1, 0.1 + 4e-17], True),
        ([0.1, 0.1 + 1e-12], False),
        ([0.0, 0.0], True),
        ([0.0, 1e-20], False),
        ([1.7e9, 1.7e9 + 1e-5], False),
    ],
)
def test_constant_up_to_rounding(column: list[float], constant: bool) -> None:
    assert summarise(TrainingNumbers(np.array(column)[:, np.newaxis])).constant.tolist() == [constant]


def test_rounding_is_that_of_the_given_precision() -> None:
    wobbling = np.array([[293.15], [293.15 + 5e-5]])
    assert summarise(TrainingNumbers(wobbling)).constant.tolist() == [False]
    assert summarise(TrainingNumbers(wobbling.astype(np.float32))).constant.tolist() == [True]


@given(
    matrix=arrays(
        np.float64,
        st.tuples(st.integers(1, 9), st.integers(1, 40)),
        elements=st.one_of(st.floats(-1e3, 1e3), st.just(np.nan)),
    )
)
def test_quartiles_are_those_of_the_naive_twin(matrix: np.ndarray) -> None:
    present = (~np.isnan(matrix)).sum(axis=0)
    found = quartiles(TrainingNumbers(matrix), present)
    for column, cells in enumerate(matrix.T):
        for values, share in zip(found, (0.25, 0.5, 0.75), strict=True):
            assert values[column] == pytest.approx(quantile(cells[~np.isnan(cells)].tolist(), share), abs=1e-9)
