"""Distances to curves that may be shifted: against loops, and what shifting is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scored_rows import reconstructed, rows

from naive import scoring_aligned as naive
from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.aligned import MOST_COMPARISONS, AlignedNeighbourDistance, fit_aligned, shifts_of
from offbeat.scoring.neighbours import NeighbourDistance

STEPS = 40
ROUNDING = 1e-4


def _fitted(reference: np.ndarray, neighbours: int = 3, alignment: float = 0.1) -> AlignedNeighbourDistance:
    return fit_aligned(
        reference, np.arange(len(reference)), neighbours=neighbours, alignment=alignment, columns=(), seed=0
    )


def _scores(score: AlignedNeighbourDistance, curves: np.ndarray) -> np.ndarray:
    return score.scores(reconstructed(curves, curves))


@pytest.mark.parametrize(("count", "neighbours"), [(30, 3), (2, 5), (1, 1)])
def test_contributions_are_the_naive_twins(count: int, neighbours: int) -> None:
    reference, curves = rows(count, STEPS), rows(70, STEPS, seed=1)

    found = _fitted(reference, neighbours).contributions(reconstructed(curves, curves))

    expected = [
        naive.contributions(curve, reference.tolist(), neighbours, list(range(-4, 5)), STEPS)
        for curve in curves.tolist()
    ]
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=1e-6)


def test_reference_curves_in_float64_are_compared_in_float64() -> None:
    """Curves so near one another that the product in float32 takes others."""
    phases = np.add.outer(np.linspace(0.0, 6.0, 50), [0.0, 1e-4]).reshape(-1, 1)
    curves = np.sin(np.linspace(0.0, 12.0, STEPS) + phases).astype(np.float32)
    near = curves[:70] + np.float32(1e-4) * rows(70, STEPS)
    fitted = _fitted(curves, neighbours=1)
    exact = replace(fitted, reference=curves.astype(np.float64))

    found, again = (score.contributions(reconstructed(near, near)) for score in (exact, fitted))

    asked, reference = near.astype(np.float64).tolist(), curves.astype(np.float64).tolist()
    expected = [naive.contributions(curve, reference, 1, list(range(-4, 5)), STEPS) for curve in asked]
    assert (found.dtype, again.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-20)
    assert np.abs(again.sum(axis=1) / np.sum(expected, axis=1) - 1.0).max() > 1e-3


def test_what_is_expected_is_the_nearest_curve_as_it_is_shifted() -> None:
    reference, curves = _bumps(np.array([14.0, 20.0])), _bumps(np.array([16.0, 21.0]))
    moved = _fitted(reference, neighbours=1).expected(reconstructed(curves, curves))
    np.testing.assert_allclose(moved, curves, atol=0.01)


def _bumps(at: np.ndarray) -> np.ndarray:
    return np.exp(-np.square((np.arange(STEPS) - at[:, np.newaxis]) / 3.0)).astype(np.float32)


def test_a_shifted_curve_is_near_and_another_shape_is_not() -> None:
    reference = _bumps(np.linspace(18, 22, 50))
    late, low = _bumps(np.array([25.0])), 0.7 * _bumps(np.array([20.0]))
    aligned, in_place = _fitted(reference), NeighbourDistance(reference, 3)

    assert _scores(aligned, late) < 0.1 * _scores(aligned, low)
    assert in_place.scores(reconstructed(late, late)) > in_place.scores(reconstructed(low, low))


def test_a_curve_among_the_reference_curves_is_measured_by_the_others() -> None:
    reference = rows(30, STEPS)
    score = _fitted(reference)
    piece = ReconstructedRows(reference[5:9], reference[5:9, np.newaxis], numbers=np.arange(5, 9))

    found = score.scores(piece)

    for place, answer in zip(range(5, 9), found, strict=True):
        others = _fitted(np.delete(reference, place, axis=0))
        assert answer == pytest.approx(_scores(others, reference[place : place + 1])[0], rel=1e-6)
    assert np.array_equal(_scores(score, reference[5:9]), found)


def test_features_that_are_no_steps_stay_in_place() -> None:
    marks = np.zeros((20, 2), np.float32)
    marks[:, 1] = 1.0
    reference = np.concatenate([rows(20, STEPS), marks], axis=1)
    columns = (*range(STEPS), 3, 7)
    score = fit_aligned(reference, np.arange(20), neighbours=1, alignment=0.1, columns=columns, seed=0)

    nearly = reference[:4] + np.float32(0.001)
    found = score.contributions(reconstructed(nearly, nearly))

    assert score.moves.sum() == STEPS
    np.testing.assert_allclose(found, 1e-6 / nearly.shape[1], rtol=1e-3)
    expected = naive.contributions(reference[7].tolist(), reference[:3].tolist(), 1, list(range(-4, 5)), STEPS)
    of_three = fit_aligned(reference, np.arange(3), neighbours=1, alignment=0.1, columns=columns, seed=0)
    one = reconstructed(reference[7:8], reference[7:8])
    np.testing.assert_allclose(of_three.contributions(one)[0], expected, rtol=ROUNDING, atol=1e-6)


@pytest.mark.parametrize(
    ("steps", "alignment", "shifts"),
    [(40, 0.01, [0]), (40, 0.05, [-2, -1, 0, 1, 2]), (100, 0.1, [-10, -8, -6, -4, -2, 0, 2, 4, 6, 8, 10])],
)
def test_at_most_seven_shifts_each_way(steps: int, alignment: float, shifts: list[int]) -> None:
    assert shifts_of(steps, alignment).tolist() == shifts
    assert len(shifts_of(100_000, 0.5)) <= 15


def test_of_many_curves_as_many_are_kept_as_their_shifts_allow() -> None:
    features = np.zeros((4000, STEPS), np.float32)
    score = _fitted(features)
    assert len(score.reference) == MOST_COMPARISONS // 9
    assert score.numbers is not None and (np.diff(score.numbers) > 0).all()


def test_a_curve_scores_the_same_bits_whatever_stands_beside_it() -> None:
    score, curves = _fitted(rows(50, STEPS)), rows(200, STEPS, seed=1)
    whole, order = _scores(score, curves), np.random.default_rng(0).permutation(200)

    assert _scores(score, curves[order]).tobytes() == whole[order].tobytes()
    for first in (0, 63, 64, 130):
        assert _scores(score, curves[first : first + 1]).tobytes() == whole[first : first + 1].tobytes()
