"""The neighbour distance against plain loops, and where rows are equal, few, far from 0, or too many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scored_rows import reconstructed, rows

from naive import scoring_neighbours as naive
from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring import neighbours
from offbeat.scoring.neighbours import NeighbourDistance, fit_neighbours

ROUNDING = 1e-4
"""Squares of differences of float32 numbers near 1, against float64."""


def _contributions(queries: np.ndarray, reference: np.ndarray, k: int) -> np.ndarray:
    return NeighbourDistance(reference, k).contributions(reconstructed(queries, queries))


def _expected(queries: np.ndarray, reference: np.ndarray, k: int) -> list[list[float]]:
    return [naive.contributions(row, reference.tolist(), k) for row in queries.tolist()]


@pytest.mark.parametrize("k", [1, 3, 30, 31, 1000], ids=lambda k: f"{k} of 30")
@pytest.mark.parametrize("features", [1, 4])
def test_distance_equals_the_naive_twin(features: int, k: int) -> None:
    reference, queries = rows(30, features), rows(7, features, seed=1)

    np.testing.assert_allclose(
        _contributions(queries, reference, k), _expected(queries, reference, k), rtol=ROUNDING, atol=ROUNDING
    )


@pytest.mark.parametrize("k", [1, 2, neighbours.MOST_SEARCHES, neighbours.MOST_SEARCHES + 1, 100])
def test_among_many_rows_searching_and_sorting_find_the_neighbours(k: int) -> None:
    reference, queries = rows(2003, 3), rows(neighbours.BLOCK_ROWS + 5, 3, seed=1)

    np.testing.assert_allclose(
        _contributions(queries, reference, k), _expected(queries, reference, k), rtol=ROUNDING, atol=ROUNDING
    )


@pytest.mark.parametrize("k", [1, 2])
def test_reference_rows_in_float64_are_compared_in_float64(k: int) -> None:
    """Of one feature, rows are so near one another that the product in float32 takes other neighbours."""
    reference = np.linspace(-2.0, 2.0, 8000, dtype=np.float32)[:, None].astype(np.float64)
    queries = (reference[::800] + 0.0002).astype(np.float32)

    found, again = (_contributions(queries, kept, k) for kept in (reference, reference.astype(np.float32)))

    expected = _expected(queries, reference, k)
    assert (found.dtype, again.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.abs(again / expected - 1.0).max() > 1e-3
    scores = NeighbourDistance(reference, k).scores(reconstructed(queries, queries))
    np.testing.assert_allclose(scores, found[:, 0], rtol=1e-12)


@pytest.mark.parametrize("k", [1, 3, 40])
def test_what_is_expected_is_the_mean_of_the_nearest_rows(k: int) -> None:
    reference, queries = rows(30, 4), rows(neighbours.BLOCK_ROWS + 5, 4, seed=1)
    distances = np.square(queries[:, None].astype(np.float64) - reference).sum(axis=2)
    nearest = np.argsort(distances, axis=1)[:, :k]

    expected = NeighbourDistance(reference, k).expected(reconstructed(queries, queries))

    np.testing.assert_allclose(expected, reference[nearest].mean(axis=1), rtol=ROUNDING, atol=ROUNDING)


def test_sorting_finds_the_same_neighbours_as_searching(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = np.round(rows(2000, 3), 1)  # many are equally far
    queries = reference[::100] + np.float32(0.05)
    searched = NeighbourDistance(reference, 3).scores(reconstructed(queries, queries))

    monkeypatch.setattr(neighbours, "MOST_SEARCHES", 0)
    sorted_out = NeighbourDistance(reference, 3).scores(reconstructed(queries, queries))

    np.testing.assert_allclose(sorted_out, searched, rtol=1e-5)


def test_many_differences_are_squared_some_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    reference, queries = rows(50), rows(9, seed=1)
    at_once = _contributions(queries, reference, 4)

    monkeypatch.setattr(neighbours, "DIFFERENCES_AT_ONCE", 2 * 4 * queries.shape[1])
    assert np.array_equal(_contributions(queries, reference, 4), at_once)


@pytest.mark.parametrize("digits", [1, 6], ids=["many are equally far", "none are"])
@pytest.mark.parametrize("features", [1, 2, 7])
@pytest.mark.parametrize("k", [2, 20])
def test_a_row_has_the_same_neighbours_alone_as_among_others(k: int, features: int, digits: int) -> None:
    reference, queries = np.round(rows(500, features), digits), np.round(rows(200, features, seed=1), digits)
    together = _contributions(queries, reference, k)

    alone = [_contributions(queries[row : row + 1], reference, k)[0] for row in range(len(queries))]
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("k", [1, 4, 29])
def test_a_row_is_measured_by_the_other_reference_rows(k: int) -> None:
    table, chosen = rows(40), np.arange(3, 33)
    distance = fit_neighbours(table, chosen, k, seed=0)
    asked = np.array([2, 3, 17, 32, 33])

    given = ReconstructedRows(table[asked], table[asked][:, None], asked)

    expected = [
        naive.contributions(table[row].tolist(), [table[other].tolist() for other in chosen if other != row], k)
        for row in asked
    ]
    np.testing.assert_allclose(distance.contributions(given), expected, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("k", [1, 3, 20])
def test_a_training_row_scored_again_does_not_find_itself(k: int) -> None:
    table = rows(30)
    distance = fit_neighbours(table, np.arange(30), k, seed=0)
    numbered = ReconstructedRows(table, table[:, None], np.arange(30))

    again = distance.contributions(reconstructed(table, table))

    assert np.array_equal(again, distance.contributions(numbered)) and (again.sum(axis=1) > 0.0).all()


def test_a_training_row_in_other_last_bits_is_still_the_same_row() -> None:
    table = 100 * rows(30)
    distance = fit_neighbours(table, np.arange(30), 2, seed=0)
    rounded = np.nextafter(table, np.float32(np.inf))

    scores, again = (distance.scores(reconstructed(given, given)) for given in (table, rounded))

    np.testing.assert_allclose(again, scores, rtol=1e-5)
    near = table * np.float32(1.001)
    assert (distance.scores(reconstructed(near, near)) < scores / 2).any()


def test_one_reference_row_that_equals_a_new_one_is_left_out_and_no_more() -> None:
    reference = np.array([[0.0], [0.0], [3.0], [5.0]], np.float32)
    queries = np.array([[0.0], [3.0]], np.float32)

    assert _contributions(queries, reference, 1).tolist() == [[0.0], [4.0]]
    assert _contributions(queries, reference, 4).tolist() == [[8.5], [5.5]]  # all are needed


def test_rows_that_set_the_threshold_are_treated_as_new_ones_with_an_equal_row_are() -> None:
    # Three equal rows: whichever is the new one and the other two are reference, or all are, the score is the same.
    others = rows(20, 2)
    three = np.zeros((3, 2), np.float32)
    fitted = fit_neighbours(np.concatenate([others, three[:2]]), np.arange(22), 2, seed=0)
    as_new = fitted.scores(reconstructed(three[2:], three[2:]))

    everything = np.concatenate([others, three])
    with_itself = fit_neighbours(everything, np.arange(23), 2, seed=0)
    as_calibration = with_itself.scores(ReconstructedRows(three[2:], three[2:, None], np.array([22])))

    assert np.array_equal(as_new, as_calibration) and as_new[0] > 0.0


def test_the_only_reference_row_is_measured_by_itself() -> None:
    table = rows(1)
    distance = fit_neighbours(table, np.arange(1), 5, seed=0)

    given = ReconstructedRows(table, table[:, None], np.arange(1))

    assert (distance.contributions(given) == 0.0).all()


def test_one_reference_row() -> None:
    reference, queries = np.zeros((1, 2), np.float32), np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)

    assert _contributions(queries, reference, 5).tolist() == [[4.5, 8.0], [0.0, 0.0]]


@pytest.mark.parametrize("k", [1, 2])
def test_ties_count_as_if_the_first_were_nearer(k: int) -> None:
    reference = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    queries = np.zeros((1, 2), np.float32)

    # All four are as near; which of them is taken shows in the contributions, not in the score.
    assert _contributions(queries, reference, k).tolist() == {1: [[0.5, 0.0]], 2: [[0.5, 0.0]]}[k]
    assert NeighbourDistance(reference, k).scores(reconstructed(queries, queries)).tolist() == [0.5]


@pytest.mark.parametrize("offset", [0.0, 1000.0])
def test_rows_that_training_holds_often_enough_score_zero(offset: float) -> None:
    once = rows(20) + np.float32(offset)
    reference = np.repeat(once, 3, axis=0)

    # One of the three may be the row itself.
    assert (_contributions(once, reference, 2) == 0.0).all()
    assert (_contributions(once, reference, 3) > 0.0).any(axis=1).all()


def test_columns_far_from_zero_have_the_same_neighbours() -> None:
    reference, queries = rows(200, 3), rows(20, 3, seed=1)
    shifted = 1000 + reference.astype(np.float64), 1000 + queries.astype(np.float64)
    far, asked = (part.astype(np.float32) for part in shifted)

    np.testing.assert_allclose(_contributions(asked, far, 3), _expected(asked, far, 3), rtol=ROUNDING)


def test_an_absurd_value_is_as_far_as_it_is() -> None:
    queries = np.array([[1e15, 0.0]], np.float32)

    score = NeighbourDistance(rows(9, 2), 2).scores(reconstructed(queries, queries))

    assert score == pytest.approx([0.5e30], rel=ROUNDING)


def test_too_many_training_rows_are_thinned_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_REFERENCE_ROWS", 10)
    features, trained = rows(40), np.arange(5, 35)

    kept, same, other = (fit_neighbours(features, trained, 5, seed).reference for seed in (0, 0, 1))

    assert kept.shape == (10, 6) and np.array_equal(kept, same) and not np.array_equal(kept, other)
    places = [int(np.flatnonzero((features == row).all(axis=1))[0]) for row in kept]
    assert places == sorted(places) and set(places) <= set(trained.tolist())


def test_few_training_rows_are_all_kept_in_their_order() -> None:
    features = rows(40)

    fitted = fit_neighbours(features, np.array([3, 7, 31]), 5, seed=0)

    assert np.array_equal(fitted.reference, features[[3, 7, 31]])
    assert fitted.neighbours == 5


@given(st.lists(st.integers(-3, 3), min_size=10, max_size=10), st.integers(1, 6))
def test_distance_equals_the_naive_twin_on_small_whole_numbers_with_many_ties(cells: list[int], k: int) -> None:
    reference = np.array(cells, np.float32).reshape(5, 2)
    queries = np.array([[0, 0], [3, -3]], np.float32)

    scores = NeighbourDistance(reference, k).scores(reconstructed(queries, queries))

    # Ties may be taken in another order, which changes contributions but never their sum.
    expected = [sum(row) for row in _expected(queries, reference, k)]
    np.testing.assert_allclose(scores, expected, rtol=ROUNDING, atol=ROUNDING)
