"""Sums of squares against plain loops, and whether one row, alone or beside others, gets the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.scoring.squares import row_sums_of_squares

BUFFER = 8192
"""Of NumPy, in numbers: up to so many are summed in one go also where the axes of a single row are joined."""

shapes = st.one_of(st.tuples(st.integers(1, 3 * BUFFER)), st.tuples(st.integers(1, 30), st.integers(1, BUFFER // 10)))


def _rows(count: int, shape: tuple[int, ...], kind: type[np.floating]) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, *shape)).astype(kind)


@pytest.mark.parametrize("shape", [(1,), (7,), (5, 3), (2, 3, 4)])
@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_sums_equal_the_naive_twin(count: int, shape: tuple[int, ...]) -> None:
    rows = _rows(count, shape, np.float64)

    expected = [sum(number**2 for number in row.ravel().tolist()) for row in rows]
    np.testing.assert_allclose(row_sums_of_squares(rows), np.array(expected), rtol=1e-12)


@given(shapes, st.sampled_from([np.float32, np.float64]), st.integers(1, 4))
def test_a_row_gets_the_same_bits_among_any_number(shape: tuple[int, ...], kind: type[np.floating], count: int) -> None:
    rows = _rows(5, shape, kind)
    whole = row_sums_of_squares(rows)

    assert whole.dtype == kind
    for first in range(5 - count + 1):
        some = row_sums_of_squares(rows[first : first + count])
        assert some.tobytes() == whole[first : first + count].tobytes()


@pytest.mark.parametrize("shape", [(BUFFER + 1,), (25, 400), (3, 3000)])
def test_more_numbers_than_the_buffer_holds_change_no_bit(shape: tuple[int, ...]) -> None:
    rows = _rows(40, shape, np.float32)

    alone = [row_sums_of_squares(row[np.newaxis])[0] for row in rows]

    assert np.array_equal(alone, row_sums_of_squares(rows))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_long_rows_lose_no_digits_and_change_no_bit(kind: type[np.floating]) -> None:
    rows = 1 + 0.01 * _rows(6, (25, 6000), kind)
    sums = row_sums_of_squares(rows)
    np.testing.assert_allclose(sums, np.square(rows, dtype=np.float64).sum(axis=(1, 2)), rtol=4e-7)
    assert np.array_equal(sums, [row_sums_of_squares(row[np.newaxis])[0] for row in rows])
