"""Stretches of curves: by their definition, by the paper's example, and on shapes anyone would agree on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive import explanation_runs as naive
from offbeat.explanation import Run, top_runs
from offbeat.explanation.runs import maximal_segments


@given(scores=st.lists(st.integers(-4, 4), max_size=14))
def test_segments_agree_with_their_definition(scores: list[int]) -> None:
    assert maximal_segments(np.array(scores, dtype=np.float64)) == naive.maximal_segments(scores)


def test_segments_of_the_papers_example() -> None:
    # Ruzzo and Tompa 1999, figure 1.
    scores = np.array([4.0, -5, 3, -3, 1, 2, -2, 2, -2, 1, 5])
    assert maximal_segments(scores) == [(0, 0), (2, 2), (4, 10)]


@given(row=st.lists(st.integers(0, 6), min_size=1, max_size=12), most=st.integers(1, 4))
def test_runs_agree_with_their_definition(row: list[int], most: int) -> None:
    found = top_runs(np.array(row, dtype=np.float64), most)
    assert [(run.first, run.last) for run in found] == naive.top_runs(row, most)
    assert [run.share for run in found] == pytest.approx(
        [sum(row[run.first : run.last + 1]) / sum(row) for run in found]
    )


@given(row=st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_a_curve_read_backwards_has_the_same_first_share(row: list[int]) -> None:
    forwards, backwards = (top_runs(np.array(values, dtype=np.float64), 1) for values in (row, row[::-1]))
    assert [run.share for run in forwards] == pytest.approx([run.share for run in backwards])


@pytest.mark.parametrize("value", [0.1, 1e-9, 1e9, 1 / 3])
@pytest.mark.parametrize("columns", [1, 3, 7, 210])
def test_an_even_row_is_one_stretch(value: float, columns: int) -> None:
    (run,) = top_runs(np.full(columns, value))
    assert (run.first, run.last) == (0, columns - 1)
    assert run.share == pytest.approx(1)


def test_a_row_of_zeros_has_no_stretch() -> None:
    assert top_runs(np.zeros(5)) == []
    assert top_runs(np.zeros(0)) == []


def test_a_dip_within_a_bump_is_bridged_and_two_bumps_are_two() -> None:
    row = np.full(100, 0.01)
    row[[20, 21, 23, 24]] = 3.0
    row[60:64] = 1.0
    first, second = top_runs(row)
    assert (first.first, first.last) == (20, 24)
    assert (second.first, second.last) == (60, 63)
    assert first.share == pytest.approx(12.01 / 16.92)


def test_a_second_stretch_that_carries_little_is_left_out() -> None:
    row = np.array([0.0, 0.0, 96.0, 0.0, 0.0, 4.0, 0.0, 0.0])
    assert top_runs(row, most=2) == [Run(2, 2, 0.96)]


def test_no_more_than_asked_for() -> None:
    assert top_runs(np.array([1.0, 0.0, 1.0, 0.0, 1.0]), most=0) == []
    assert [(run.first, run.last) for run in top_runs(np.array([1.0, 0.0, 1.0, 0.0, 1.0]), most=2)] == [(0, 0), (2, 2)]


def test_columns_that_lower_the_score_are_in_no_stretch() -> None:
    (run,) = top_runs(np.array([0.0, -1.0, 5.0, 4.0, -1.0]))
    assert (run.first, run.last) == (2, 3)
