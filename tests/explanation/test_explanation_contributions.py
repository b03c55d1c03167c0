"""Contributions sum to the score, follow their columns, and agree with plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from naive import explanation_contributions as naive
from offbeat.errors import DataError
from offbeat.explanation import column_contributions, shares, top_columns

# What adds up exactly, so that the order of adding cannot matter.
EXACT = st.integers(-1000, 1000).map(lambda whole: whole / 8)


@st.composite
def feature_maps(draw: st.DrawFn, elements: st.SearchStrategy[float]) -> tuple[np.ndarray, np.ndarray, int]:
    rows, features, columns = draw(st.integers(0, 4)), draw(st.integers(0, 8)), draw(st.integers(1, 5))
    contributions = draw(hnp.arrays(np.float64, (rows, features), elements=elements))
    return contributions, draw(hnp.arrays(np.int64, features, elements=st.integers(0, columns - 1))), columns


@given(case=feature_maps(EXACT))
def test_columns_are_the_sums_of_their_features(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    contributions, feature_columns, columns = case
    found = column_contributions(contributions, feature_columns, columns)
    assert found.tolist() == naive.column_contributions(contributions.tolist(), feature_columns.tolist(), columns)
    assert found.sum(axis=1).tolist() == contributions.sum(axis=1).tolist()


@given(case=feature_maps(st.floats(0, 1e6)))
def test_rows_still_sum_to_the_score(case: tuple[np.ndarray, np.ndarray, int]) -> None:
    contributions, feature_columns, columns = case
    found = column_contributions(contributions, feature_columns, columns)
    np.testing.assert_allclose(found.sum(axis=1), contributions.sum(axis=1), rtol=1e-12)


@given(case=feature_maps(EXACT), data=st.data())
def test_the_order_of_features_and_columns_does_not_matter(
    case: tuple[np.ndarray, np.ndarray, int], data: st.DataObject
) -> None:
    contributions, feature_columns, columns = case
    found = column_contributions(contributions, feature_columns, columns)
    shuffled = np.array(data.draw(st.permutations(range(len(feature_columns)))), dtype=np.int64)
    assert np.array_equal(column_contributions(contributions[:, shuffled], feature_columns[shuffled], columns), found)
    moved = np.array(data.draw(st.permutations(range(columns))))
    assert np.array_equal(column_contributions(contributions, moved[feature_columns], columns)[:, moved], found)


def test_float32_is_added_in_float64() -> None:
    ones = np.full((1, 3), 1e8, np.float32) + np.array([[0, 8, 8]], np.float32)
    assert column_contributions(ones, np.zeros(3, np.int32), 1).tolist() == [[300000016.0]]


@pytest.mark.parametrize("column", [-1, 3])
def test_a_feature_of_no_column(column: int) -> None:
    with pytest.raises(DataError, match=f"said to come from column {column}, but columns go from 0 to 2"):
        column_contributions(np.ones((1, 2)), np.array([0, column]), 3)


@given(row=hnp.arrays(np.float64, st.integers(0, 8), elements=EXACT))
def test_shares_agree_with_plain_loops(row: np.ndarray) -> None:
    np.testing.assert_allclose(shares(row), naive.shares(row.tolist()), rtol=1e-12)


@given(
    contributions=hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(0, 1e308)),
    scale=st.sampled_from([0.5, 4.0]),
)
def test_shares_sum_to_one_and_know_no_unit(contributions: np.ndarray, scale: float) -> None:
    found = shares(contributions)
    np.testing.assert_allclose(found.sum(axis=1), contributions.any(axis=1).astype(float), rtol=1e-12)
    assert np.all(found >= 0)
    if contributions.max(initial=0) < 1e300 and np.all((contributions == 0) | (contributions > 1e-300)):
        assert np.array_equal(shares(contributions * scale), found)


def test_shares_of_the_largest_and_smallest_numbers() -> None:
    assert shares(np.array([1e308, 1e308, 0.0, 0.0])).tolist() == [0.5, 0.5, 0, 0]
    assert shares(np.array([5e-324, 5e-324])).tolist() == [0.5, 0.5]
    assert shares(np.array([-0.0, 0.0])).tolist() == [0, 0]


def test_columns_that_cancel_have_shares_of_their_size() -> None:
    assert shares(np.array([-2.0, 2.0])).tolist() == [-0.5, 0.5]


@given(row=hnp.arrays(np.float64, st.integers(1, 8), elements=st.integers(-3, 3)), most=st.integers(0, 9))
def test_top_columns_agree_with_plain_loops(row: np.ndarray, most: int) -> None:
    names = [f"C{place}" for place in range(len(row))]
    found, expected = top_columns(row, names, most), naive.top_columns(row.tolist(), names, most)
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert [share for _, share in found] == pytest.approx([share for _, share in expected])


def test_top_columns_break_ties_by_the_columns_order() -> None:
    assert top_columns(np.array([1.0, 2.0, 2.0, 2.0, 1.0]), list("abcde")) == [("b", 0.25), ("c", 0.25), ("d", 0.25)]


def test_top_columns_leave_out_what_adds_nothing() -> None:
    assert top_columns(np.array([0.0, 3.0, -1.0]), ["a", "b", "c"]) == [("b", 0.75)]
    assert top_columns(np.zeros(3), ["a", "b", "c"]) == []
