"""Plain detectors against naive twins and scikit-learn, and the comparison of two rankings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

from naive import evaluation_baselines as naive
from offbeat.evaluation.baselines import (
    baseline_scores,
    isolation_scores,
    neighbour_distances,
    principal_component_errors,
)
from offbeat.evaluation.comparison import compare, rank_correlation

_RANDOM = np.random.default_rng(0)
TRAINED_ON = {
    "random": _RANDOM.normal(size=(40, 4)).astype(np.float32),
    "correlated": (_RANDOM.normal(size=(40, 2)) @ _RANDOM.normal(size=(2, 4))).astype(np.float32),
    "one feature": _RANDOM.normal(size=(40, 1)).astype(np.float32),
    "constant": np.ones((12, 4), np.float32),
    "tied": _RANDOM.integers(0, 2, size=(40, 4)).astype(np.float32),
    "one row": np.ones((1, 4), np.float32),
    "three rows": _RANDOM.normal(size=(3, 4)).astype(np.float32),
    "more features than rows": _RANDOM.normal(size=(12, 30)).astype(np.float32),
    "equal rows": np.repeat(_RANDOM.normal(size=(3, 30)), 4, axis=0).astype(np.float32),
}
every_table = pytest.mark.parametrize("name", TRAINED_ON)
two_scores = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


def _rows(name: str) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(25, TRAINED_ON[name].shape[1])).astype(np.float32)


@every_table
def test_neighbour_distances_are_the_naive_twins(name: str) -> None:
    train, rows = TRAINED_ON[name], _rows(name)
    expected = [naive.neighbour_distance(train.tolist(), row.tolist()) for row in rows]
    np.testing.assert_allclose(neighbour_distances(train, rows), expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["random", "correlated", "tied", "more features than rows", "equal rows"])
def test_principal_components_are_scikit_learns(name: str) -> None:
    train, rows = TRAINED_ON[name], _rows(name)
    needed = PCA(0.9, svd_solver="full").fit(train).n_components_
    oracle = PCA(min(needed, train.shape[1] - 1), svd_solver="full").fit(train)
    expected = np.square(oracle.inverse_transform(oracle.transform(rows)) - rows).mean(axis=1)
    np.testing.assert_allclose(principal_component_errors(train, rows), expected, rtol=1e-4)


@pytest.mark.parametrize("name", ["one feature", "constant", "one row"])
def test_without_a_direction_to_leave_out_the_error_is_the_distance_to_the_mean(name: str) -> None:
    train, rows = TRAINED_ON[name], _rows(name)
    expected = np.square(rows - train.mean(axis=0)).mean(axis=1)
    np.testing.assert_allclose(principal_component_errors(train, rows), expected, rtol=1e-5)


def test_isolation_scores_are_scikit_learns_and_follow_from_the_seed() -> None:
    train, rows = TRAINED_ON["random"], _rows("random")
    randomness = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([3, 7])))
    expected = -IsolationForest(random_state=randomness).fit(train).score_samples(rows)
    assert np.array_equal(isolation_scores(train, rows, 3), expected)
    assert not np.array_equal(isolation_scores(train, rows, 4), expected)


@every_table
def test_every_baseline_scores_every_row(name: str) -> None:
    scores = baseline_scores(TRAINED_ON[name], _rows(name), 2**62)
    assert list(scores) == ["PCA", "5 nearest neighbours", "isolation forest"]
    for values in scores.values():
        assert values.shape == (25,)
        assert np.isfinite(values).all() and (values >= 0).all()


def test_no_rows_have_no_scores() -> None:
    assert all(len(scores) == 0 for scores in baseline_scores(TRAINED_ON["random"], np.zeros((0, 4)), 0).values())


def test_of_very_many_rows_a_sample_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.evaluation.baselines.MOST_TRAINING_ROWS", 10)
    name = "5 nearest neighbours"
    one, same, other = (baseline_scores(TRAINED_ON["random"], _rows("random"), seed)[name] for seed in (0, 0, 1))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert (one >= neighbour_distances(TRAINED_ON["random"], _rows("random"))).all()


def test_of_very_many_features_a_few_rows_have_principal_components(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.evaluation.baselines.MOST_FEATURES_OR_ROWS", 20)
    wide, few = _RANDOM.normal(size=(35, 30)), _RANDOM.normal(size=(35, 20))
    of_all = {width: principal_component_errors(train, train) for width, train in ((30, wide), (20, few))}

    one, same, other = (baseline_scores(wide, wide, seed)["PCA"] for seed in (0, 0, 1))

    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert one.mean() > of_all[30].mean()  # 20 rows explain the other 15 less well
    assert np.array_equal(baseline_scores(few, few, 0)["PCA"], of_all[20])


def test_wide_tables_have_principal_components_in_no_time() -> None:
    """20,000 features: their covariance alone would take 3.2 GB."""
    train = np.random.default_rng(0).normal(size=(30, 20_000)).astype(np.float32)

    errors = principal_component_errors(train, train[:3])

    assert (errors < 0.2).all()


@given(rows=two_scores)
def test_a_comparison_is_the_naive_twins(rows: list[tuple[int, int, bool]]) -> None:
    theirs, ours, flags = (list(values) for values in zip(*rows, strict=True))
    found = compare("other", np.array(theirs, float), np.array(ours, float), np.array(flags))
    assert found.rank_correlation == pytest.approx(naive.rank_correlation(theirs, ours))
    assert found.overlap == pytest.approx(naive.overlap(theirs, flags))
    assert found.roc_auc is None and found.average_precision is None


@given(rows=two_scores, seed=st.integers(0, 9))
def test_the_order_of_rows_changes_no_overlap(rows: list[tuple[int, int, bool]], seed: int) -> None:
    theirs, ours, flags = (np.array(values) for values in zip(*rows, strict=True))
    order = np.random.default_rng(seed).permutation(len(rows))
    found, again = (
        compare("other", theirs[by].astype(float), ours[by].astype(float), flags[by].astype(bool)).overlap
        for by in (np.arange(len(rows)), order)
    )
    assert found == pytest.approx(again)


def test_of_rows_that_all_score_alike_the_flagged_ones_are_among_the_highest_by_lot() -> None:
    flags = np.array([True, True, False, False, False])
    assert compare("other", np.ones(5), np.arange(5.0), flags).overlap == pytest.approx(0.4)


def test_with_labels_a_comparison_has_the_areas_of_the_other_detector() -> None:
    labels = np.array([False, False, True, True])
    found = compare("other", np.array([0.1, 0.4, 0.35, 0.8]), np.arange(4.0), labels, labels)
    assert (found.roc_auc, round(found.average_precision or 0, 4)) == (0.75, 0.8333)


def test_rank_correlation_sees_only_the_order() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert rank_correlation(values, np.exp(values)) == pytest.approx(1.0)
    assert rank_correlation(values, -values) == pytest.approx(-1.0)
    assert rank_correlation(values, np.ones(50)) is None
