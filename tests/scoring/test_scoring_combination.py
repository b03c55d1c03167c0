"""Several components as one score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scored_rows import network, rows, scorer

from naive import scoring_weights as naive
from offbeat.scoring.combine import Scorer, component_scores, weigh_components
from offbeat.scoring.reconstruction import ReconstructionError

component_table = st.integers(1, 9).flatmap(
    lambda count: arrays(
        np.float64, st.tuples(st.just(count), st.integers(1, 3)), elements=st.sampled_from([0, 0.5, 3])
    )
)


@given(component_table)
def test_weights_equal_the_naive_twin(measured: np.ndarray) -> None:
    assert weigh_components(measured) == pytest.approx(naive.weights(measured.tolist()))


def test_a_single_component_keeps_its_unit() -> None:
    assert weigh_components(np.array([[4.0], [9.0]])) == (1.0,)


def test_each_component_counts_the_same_on_a_typical_row() -> None:
    assert weigh_components(np.array([[4.0, 0.1], [2.0, 0.3], [9.0, 0.2]])) == pytest.approx((0.125, 2.5))


def test_where_most_rows_score_zero_the_mean_tells_the_size() -> None:
    assert weigh_components(np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 0.0]])) == pytest.approx((0.5, 0.5))


def test_a_score_is_the_weighted_sum_of_its_components() -> None:
    parts = (ReconstructionError("squared"), ReconstructionError("absolute"))
    made, features = network(), rows(9)
    squared, absolute = component_scores(parts, made, features).T

    combined = Scorer(parts, (0.25, 3.0)).scores(made, features)

    assert combined.dtype == np.float64
    np.testing.assert_allclose(combined, 0.25 * squared + 3.0 * absolute, rtol=1e-12)


def test_the_median_held_out_row_of_the_combined_score_is_about_one() -> None:
    scores = scorer("combined").scores(network(), rows(300, seed=9))

    assert np.median(scores) == pytest.approx(1.0, abs=0.15)
