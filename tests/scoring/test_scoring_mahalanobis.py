"""The Mahalanobis distance of residuals: against loops, scikit-learn's shrinkage, and what whitening is for."""

from __future__ import annotations

import numpy as np
import pytest
from scored_rows import network, reconstructed, rows
from sklearn.covariance import ledoit_wolf

from naive import scoring_mahalanobis as naive
from offbeat.errors import SettingsError
from offbeat.networks.blocks import ReconstructedRows, reconstruct_in_blocks
from offbeat.networks.softmax import CategoryProbabilities
from offbeat.scoring.fit import fit_components
from offbeat.scoring.mahalanobis import MahalanobisDistance, fit_mahalanobis, refuse_wide, shrinkage
from offbeat.scoring.settings import ScoringSettings
from offbeat.scoring.whitening import fit_whitening

UNDAMPED = np.float32(1.0)
ROUNDING = 1e-5
"""The root is kept as float32."""


def _correlated(count: int, features: int, seed: int = 0) -> np.ndarray:
    """Residuals that err together."""
    mixed = np.random.default_rng(100).normal(size=(features, features))
    return (rows(count, features, seed) @ mixed).astype(np.float32)


def _fitted(residuals: np.ndarray, features: np.ndarray | None = None) -> MahalanobisDistance:
    seen = rows(*residuals.shape, seed=77) if features is None else features
    return fit_mahalanobis([reconstructed(seen, seen + residuals)], UNDAMPED, None)


def _distances(score: MahalanobisDistance, residuals: np.ndarray) -> np.ndarray:
    return score.scores(reconstructed(np.zeros_like(residuals), residuals))


@pytest.mark.parametrize(("count", "features"), [(200, 4), (9, 5), (4, 7), (1, 3), (60, 1)])
def test_distances_are_the_naive_twins(count: int, features: int) -> None:
    residuals, others = _correlated(count, features), _correlated(20, features, seed=3)
    seen = np.zeros_like(residuals)

    found = _distances(_fitted(residuals, seen), others)

    covariance = naive.usual_covariance(residuals.tolist(), [False] * features)
    expected = [naive.distance(residual, covariance) for residual in others.tolist()]
    np.testing.assert_allclose(found, expected, rtol=20 * ROUNDING)


@pytest.mark.parametrize(("count", "features"), [(500, 4), (50, 8), (10, 30), (2, 5)])
def test_the_shrinkage_is_scikit_learns(count: int, features: int) -> None:
    residuals = _correlated(count, features).astype(np.float64)
    second = residuals.T @ residuals / count

    found = shrinkage(second, float(np.square(np.square(residuals).sum(axis=1)).sum()), count)

    assert found == pytest.approx(ledoit_wolf(residuals, assume_centered=True)[1], rel=1e-9)
    assert found == pytest.approx(naive.shrinkage(residuals.tolist()), rel=1e-9)


@pytest.mark.parametrize(("count", "features"), [(500, 4), (10, 30)])
def test_without_a_floor_the_distance_is_by_scikit_learns_covariance(
    count: int, features: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offbeat.scoring.whitening.SHARE_OF_TYPICAL", 0.0)
    residuals, others = _correlated(count, features), _correlated(20, features, seed=3)
    seen = np.zeros_like(residuals)

    found = _distances(_fitted(residuals, seen), others)

    sizes = np.sqrt(np.square(residuals.astype(np.float64)).mean(axis=0))
    covariance = ledoit_wolf(residuals / sizes, assume_centered=True)[0]
    scaled = others / sizes
    expected = np.einsum("rf,rf->r", scaled @ np.linalg.inv(covariance), scaled) / features
    np.testing.assert_allclose(found, expected, rtol=100 * ROUNDING)


def test_an_ordinary_row_scores_somewhat_less_than_one() -> None:
    """Five directions of variance 1 and one of 7; the floor adds 0.2, a tenth of a feature's variance."""
    residuals, others = (rows(5000, 6, seed) + rows(5000, 1, seed + 50) for seed in (0, 1))

    expected = (5 / 1.2 + 7 / 7.2) / 6
    assert _distances(_fitted(residuals), others).mean() == pytest.approx(expected, rel=0.05)


def test_features_that_err_against_their_habit_are_found() -> None:
    """Two features that always err alike: each error is small, and one up and one down is what never happens."""
    alike = np.repeat(rows(400, 1), 2, axis=1) + 0.1 * rows(400, 2, seed=1)
    together, apart = np.array([[1.0, 1.0]], np.float32), np.array([[1.0, -1.0]], np.float32)
    score, by_itself = _fitted(alike), fit_whitening([reconstructed(rows(400, 2), rows(400, 2) + alike)], None)

    assert _distances(score, apart) > 5 * _distances(score, together)
    seen = np.zeros((1, 2), np.float32)
    assert by_itself.scores(reconstructed(seen, apart)) == by_itself.scores(reconstructed(seen, together))


def test_each_whitened_feature_is_that_of_its_own_residual() -> None:
    score = _fitted(_correlated(300, 5))
    whitened = _correlated(2000, 5, seed=8).astype(np.float64) @ score.root
    correlations = np.corrcoef(_correlated(2000, 5, seed=8).T, whitened.T)[:5, 5:]

    assert (correlations.argmax(axis=0) == np.arange(5)).all()


def test_residuals_without_correlation_score_as_the_whitened_error() -> None:
    """Two rows whose mean products are nothing but chance: they are shrunk to none."""
    residuals = np.array([[1.0, 2.0], [1.0, -2.0]], np.float32)
    seen = rows(2, 2)
    score, by_itself = _fitted(residuals, seen), fit_whitening([reconstructed(seen, seen + residuals)], None)
    others = reconstructed(rows(20, 2), rows(20, 2, seed=1))

    np.testing.assert_allclose(score.contributions(others), by_itself.contributions(others), rtol=ROUNDING)


def test_the_mean_of_the_views_is_measured() -> None:
    features, views = rows(50, 3), np.random.default_rng(1).normal(size=(50, 4, 3)).astype(np.float32)

    found = fit_mahalanobis([ReconstructedRows(features, views)], UNDAMPED, None).root

    np.testing.assert_array_equal(
        found, fit_mahalanobis([reconstructed(features, views.mean(axis=1))], UNDAMPED, None).root
    )


def test_pieces_are_added_up() -> None:
    residuals, seen = _correlated(100, 4), rows(100, 4)
    parts = [reconstructed(seen[part], seen[part] + residuals[part]) for part in (slice(30), slice(30, 100))]

    np.testing.assert_allclose(
        fit_mahalanobis(parts, UNDAMPED, None).root, _fitted(residuals, seen).root, rtol=ROUNDING
    )


def test_equal_columns_and_constant_ones_leave_the_root_finite() -> None:
    residuals = np.repeat(rows(50, 1), 3, axis=1)
    residuals[:, 2] = 0.0
    score = _fitted(1e6 * residuals)

    assert np.isfinite(score.root).all()
    assert np.isfinite(_distances(score, np.full((1, 3), np.inf, np.float32))).all()


def test_features_of_one_column_have_less_say_each() -> None:
    settings, learned = ScoringSettings(score="mahalanobis"), rows(300)

    (alone,) = fit_components(settings, network(), learned, np.arange(300), huber_delta=1.0, seed=0)
    (grouped,) = fit_components(
        settings, network(), learned, np.arange(300), columns=(0, 1, 1, 1, 1, 2), huber_delta=1.0, seed=0
    )

    seen = reconstructed(rows(9), rows(9, seed=1))
    ratio = alone.contributions(seen) / grouped.contributions(seen)
    np.testing.assert_allclose(ratio, np.tile([1, 2, 2, 2, 2, 1], (9, 1)), rtol=ROUNDING)


def test_levels_that_are_almost_certain_set_no_floor() -> None:
    """Two numbers, and two probabilities that are hardly missed in any row; no two err together."""
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], np.float32)
    seen, residuals = rows(4, 4), signs * np.array([1.0, 2.0, 1e-5, 1e-5], np.float32)
    pieces = [reconstructed(seen, seen + residuals)]

    score, by_itself = fit_mahalanobis(pieces, UNDAMPED, 2), fit_whitening(pieces, 2)

    np.testing.assert_allclose(np.diagonal(score.root) ** -2.0, [1.25, 4.25, 0.25, 0.25], rtol=20 * ROUNDING)
    others = reconstructed(rows(20, 4), rows(20, 4, seed=1))
    np.testing.assert_allclose(score.contributions(others), by_itself.contributions(others), rtol=20 * ROUNDING)


def test_the_numbers_beside_probabilities_tell_the_floor() -> None:
    learned, made = rows(300), CategoryProbabilities(network(), (4,))

    (fitted,) = fit_components(
        ScoringSettings(score="mahalanobis"), made, learned, np.arange(300), huber_delta=1.0, seed=0
    )

    expected = fit_mahalanobis(reconstruct_in_blocks(made, learned), UNDAMPED, 2)
    np.testing.assert_array_equal(fitted.arrays()["root"], expected.root)
    assert not np.array_equal(expected.root, fit_mahalanobis(reconstruct_in_blocks(made, learned), UNDAMPED, None).root)


@pytest.mark.parametrize("features", [1, 7, 150])
def test_a_row_adds_the_same_bits_whatever_stands_beside_it(features: int) -> None:
    score, others = _fitted(_correlated(300, features)), _correlated(200, features, seed=1)
    seen = reconstructed(np.zeros_like(others), others)
    whole, order = score.contributions(seen), np.random.default_rng(0).permutation(200)

    shuffled = score.contributions(reconstructed(np.zeros_like(others), others[order]))
    assert shuffled.tobytes() == whole[order].tobytes()
    for first in (0, 63, 64, 130):
        one = others[first : first + 1]
        assert score.contributions(reconstructed(np.zeros_like(one), one)).tobytes() == whole[first].tobytes()


def test_too_many_features_are_refused_with_a_way_out() -> None:
    refuse_wide(2000)
    with pytest.raises(SettingsError) as caught:
        refuse_wide(2001)
    assert "2,001 features" in str(caught.value) and "--score whitened" in str(caught.value)
