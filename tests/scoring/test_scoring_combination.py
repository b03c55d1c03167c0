"""Several components as one score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scored_rows import network, reconstructed, rows, scorer

from naive import scoring_weights as naive
from offbeat.networks.blocks import reconstruct_in_blocks
from offbeat.scoring.combine import Odder, Scorer, combine_components, component_scores
from offbeat.scoring.reconstruction import ReconstructionError

component_table = st.integers(1, 9).flatmap(
    lambda count: arrays(
        np.float64, st.tuples(st.just(count), st.integers(1, 3)), elements=st.sampled_from([0, 0.5, 3])
    )
)


def parts(count: int) -> tuple[ReconstructionError, ...]:
    """So many components; which ones does not matter to how they are combined."""
    return (ReconstructionError("squared"), ReconstructionError("absolute"), ReconstructionError("huber"))[:count]


def equal(count: int) -> tuple[float, ...]:
    """The same share for each."""
    return (1.0 / count,) * count


@given(component_table)
def test_the_combination_equals_the_naive_twin(measured: np.ndarray) -> None:
    made = combine_components(parts(measured.shape[1]), measured, equal(measured.shape[1]))
    expected = naive.combination(measured.tolist())
    assert (list(made.weights), list(made.exponents)) == (
        pytest.approx(expected.weights),
        pytest.approx(expected.exponents),
    )
    assert made.weigh(measured, measured) == pytest.approx([naive.score(row, expected) for row in measured.tolist()])


def test_a_single_component_keeps_its_unit() -> None:
    made = combine_components(parts(1), np.array([[4.0], [9.0]]), equal(1))
    assert (made.weights, made.exponents) == ((1.0,), ())


def test_each_component_counts_in_units_of_its_typical_value() -> None:
    measured = np.array([[4.0, 0.1], [2.0, 0.3], [9.0, 0.2]])
    assert combine_components(parts(2), measured, equal(2)).weights == pytest.approx((0.25, 5.0))


def test_where_most_rows_score_zero_the_mean_tells_the_size() -> None:
    measured = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0]])
    assert combine_components(parts(2), measured, equal(2)).weights == pytest.approx((1.0, 1.0))


def test_a_score_is_the_geometric_mean_of_its_components() -> None:
    made, features = network(), rows(9)
    squared, absolute = component_scores(parts(2), made, features).T

    combined = Scorer(parts(2), (0.25, 3.0), (0.4, 0.6)).scores(made, features)

    assert combined.dtype == np.float64
    np.testing.assert_allclose(combined, (0.25 * squared + 0.01) ** 0.4 * (3.0 * absolute + 0.01) ** 0.6, rtol=1e-12)


def test_contributions_of_several_components_sum_to_the_score_and_are_their_mean_shares() -> None:
    made, features = network(), rows(9)
    pieces = [reconstructed(piece.features, piece.values) for piece in reconstruct_in_blocks(made, features)]
    scorer_of_two = Scorer(parts(2), (0.25, 3.0), (0.4, 0.6))

    contributions = scorer_of_two.contributions(pieces[0])

    scores = scorer_of_two.scores(made, features)
    np.testing.assert_allclose(contributions.sum(axis=1), scores, rtol=1e-6)
    shares = [part.contributions(pieces[0]) for part in parts(2)]
    shares = [share / share.sum(axis=1, keepdims=True) for share in shares]
    expected = scores[:, None] * (0.4 * shares[0] + 0.6 * shares[1])
    np.testing.assert_allclose(contributions, expected, rtol=1e-5, atol=1e-9)


THREE = (0.2, 0.5, 0.3)


def odder_of(logarithms: list[float], spreads: tuple[float, float]) -> float:
    """The logarithm of the score in words of the schoolbook: the mean of two exponentials, drawn back to size."""
    first, rest = logarithms[0] / spreads[0], (0.5 * logarithms[1] + 0.3 * logarithms[2]) / 0.8 / spreads[1]
    return sum(spreads) / 2 * math.log((math.exp(first) + math.exp(rest)) / 2)


@pytest.mark.parametrize("weight", [0.3, 1.0])
def test_the_odder_side_takes_the_place_of_the_mean_by_its_weight(weight: float) -> None:
    spreads = (0.1, 0.4)
    measured = np.array([[1.0, 1.0, 1.0], [3.0, 1.0, 2.0], [0.5, 4.0, 9.0], [2.0, 2.0, 2.0]])
    made = Scorer(parts(3), (1.0, 1.0, 1.0), THREE, Odder(weight, spreads, (7.0, 9.0)))

    logarithms = np.log(measured + 0.01)
    expected = [
        math.exp((1 - weight) * float(np.dot(row, THREE)) + weight * odder_of(row.tolist(), spreads))
        for row in logarithms
    ]
    assert made.weigh(measured, np.ones((4, 2))) == pytest.approx(expected)

    gaps = np.array([[1.0, 1.0], [7.0, 1.0], [1.0, 9.0], [9.0, 7.0]])
    usual = np.exp(logarithms @ np.asarray(THREE))
    found = made.weigh(measured, gaps)
    assert found[[0, 3]] == pytest.approx(np.array(expected)[[0, 3]]), "9 and 7 stand in the other's column"
    assert found[[1, 2]] == pytest.approx(usual[[1, 2]])


def test_the_spreads_are_those_of_the_rows_that_set_the_units() -> None:
    measured = np.exp(np.random.default_rng(0).normal(size=(5000, 3)) * [0.1, 0.5, 0.5])

    odder = combine_components(parts(3), measured, THREE, links=0.7).odder

    assert odder is not None
    assert odder.weight == 0.7
    assert odder.spreads == pytest.approx((0.1, 0.5 * math.hypot(5, 3) / 8), rel=0.05)
    assert combine_components(parts(3), np.ones((5, 3)), THREE, links=1.0).odder == Odder(1.0, (1e-3, 1e-3), ())
    assert combine_components(parts(3), measured, THREE).odder is None


def test_however_odd_a_row_is_its_score_is_a_number() -> None:
    made = Scorer(parts(3), (1.0, 1.0, 1.0), THREE, Odder(1.0, (1e-3, 1e-3), ()))

    scores = made.weigh(np.array([[1e30, 1.0, 1.0], [1.0, 1e30, 1e30], [0.0, 0.0, 0.0]]), np.ones((3, 2)))

    assert np.isfinite(scores).all()
    assert (scores[:2] > 1e20).all()


def test_contributions_follow_the_odder_side() -> None:
    made, features = network(), rows(9)
    pieces = [reconstructed(piece.features, piece.values) for piece in reconstruct_in_blocks(made, features)]
    scorer_of_three = Scorer(parts(3), (0.25, 3.0, 1.0), THREE, Odder(0.6, (0.2, 0.5), ()))

    contributions = scorer_of_three.contributions(pieces[0])

    np.testing.assert_allclose(contributions.sum(axis=1), scorer_of_three.scores(made, features), rtol=1e-6)
    logarithms = np.array([[5.0, 0.0, 0.0], [0.0, 5.0, 5.0], [1.0, 1.0, 1.0]])
    shares = Odder(1.0, (0.1, 0.1), ()).shares(logarithms, THREE, np.zeros(3, bool))
    np.testing.assert_allclose(shares, [[1, 0, 0], [0, 0.625, 0.375], [0.5, 0.3125, 0.1875]], atol=1e-9)


def test_where_nothing_deviates_all_features_share_alike() -> None:
    features = rows(3)
    contributions = Scorer(parts(2), (1.0, 1.0), (0.5, 0.5)).contributions(reconstructed(features, features.copy()))
    np.testing.assert_allclose(contributions, 0.01 / features.shape[1], rtol=1e-9)


def test_the_median_held_out_row_of_the_combined_score_is_about_one() -> None:
    scores = scorer("combined").scores(network(), rows(300, seed=9))

    assert np.median(scores) == pytest.approx(1.0, abs=0.15)
