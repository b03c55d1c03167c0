"""Mean and whitened reconstruction errors against plain loops, and at the edges of what numbers can be."""

from __future__ import annotations

import numpy as np
import pytest
from scored_rows import reconstructed, rows

from naive import scoring_errors as naive
from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.reconstruction import LARGEST_RESIDUAL, ErrorMeasure, ReconstructionError
from offbeat.scoring.whitening import SHARE_OF_TYPICAL, WhitenedError, fit_whitening, with_floor

ROUNDING = 1e-5
"""A few float32 operations on numbers near 1, against float64."""

SHAPES = {"usual": (20, 6), "one row": (1, 6), "one feature": (20, 1), "one cell": (1, 1)}

every_shape = pytest.mark.parametrize("shape", SHAPES)


@every_shape
@pytest.mark.parametrize("measure", ["squared", "absolute", "huber"])
def test_mean_error_equals_the_naive_twin(measure: ErrorMeasure, shape: str) -> None:
    features, values = rows(*SHAPES[shape]), rows(*SHAPES[shape], seed=1)
    error = ReconstructionError(measure, huber_delta=0.7)
    pairs = list(zip(features.tolist(), values.tolist(), strict=True))

    expected = [naive.mean_error(measure, *pair, 0.7) for pair in pairs]
    np.testing.assert_allclose(error.scores(reconstructed(features, values)), expected, rtol=ROUNDING)
    elements = [np.array(naive.element_errors(measure, *pair, 0.7)) / features.shape[1] for pair in pairs]
    np.testing.assert_allclose(error.contributions(reconstructed(features, values)), elements, rtol=ROUNDING)


def test_huber_is_squared_up_to_delta_and_its_tangent_beyond() -> None:
    features, values = np.zeros((1, 4), np.float32), np.array([[0.5, -1.0, 1.5, -3.0]], np.float32)

    added = ReconstructionError("huber", huber_delta=1.0).contributions(reconstructed(features, values))

    assert (4 * added).tolist() == [[0.25, 1.0, 2.0, 5.0]]


@pytest.mark.parametrize("delta", [1e-30, 1e-3, 0.7, 1e10, 1e20, 1e30])
def test_huber_of_any_delta_is_the_naive_twins(delta: float) -> None:
    """Among them those whose square is no float32, of which NumPy must not warn."""
    features, values = rows(), rows(seed=1)
    values[3], values[4] = 1e16, features[4]

    found = ReconstructionError("huber", delta).scores(reconstructed(features, values))

    expected = [
        naive.mean_error("huber", *pair, delta) for pair in zip(features.tolist(), values.tolist(), strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_huber_has_the_bits_of_its_two_branches() -> None:
    sizes, delta = np.abs(rows(200)), np.float32(0.7)

    found = ReconstructionError("huber", 0.7).contributions(reconstructed(np.zeros_like(sizes), sizes))

    branches = np.where(sizes <= delta, sizes * sizes, delta * (2 * sizes - delta)) / np.float32(sizes.shape[1])
    assert np.array_equal(found, branches)


@pytest.mark.parametrize("measure", ["squared", "absolute", "huber"])
def test_a_perfect_reconstruction_scores_zero_and_leaves_the_rows_alone(measure: ErrorMeasure) -> None:
    features = rows()
    pieces = reconstructed(features, features.copy())

    assert ReconstructionError(measure).scores(pieces).tolist() == [0.0] * 20
    assert np.array_equal(pieces.features, rows()) and np.array_equal(pieces.values, rows())


@pytest.mark.parametrize("measure", ["squared", "absolute", "huber"])
def test_an_absurd_reconstruction_scores_high_but_finite(measure: ErrorMeasure) -> None:
    features, values = np.zeros((3, 5), np.float32), np.zeros((3, 5), np.float32)
    values[1, 2], values[2, 2] = 1e30, np.inf

    scores = ReconstructionError(measure).scores(reconstructed(features, values))

    assert scores[0] == 0.0
    assert (
        scores[1]
        == scores[2]
        == pytest.approx(
            {"squared": float(LARGEST_RESIDUAL) ** 2, "absolute": 1e16, "huber": 2e16}[measure] / 5, rel=ROUNDING
        )
    )


@every_shape
def test_whitening_equals_the_naive_twin(shape: str) -> None:
    features, values = rows(*SHAPES[shape]), rows(*SHAPES[shape], seed=1)
    fitted = fit_whitening([reconstructed(features, values)], None)
    variance = naive.usual_variance(features.tolist(), values.tolist())

    np.testing.assert_allclose(fitted.variance, [variance], rtol=ROUNDING)
    expected = [
        naive.whitened(row, made, variance) for row, made in zip(features.tolist(), values.tolist(), strict=True)
    ]
    np.testing.assert_allclose(fitted.contributions(reconstructed(features, values)), expected, rtol=ROUNDING)


def test_each_view_is_whitened_by_itself() -> None:
    features, views = rows(40), np.stack([rows(40, seed=1), 5.0 * rows(40, seed=2)], axis=1)

    fitted = fit_whitening([ReconstructedRows(features, views)], None)

    variances = [naive.usual_variance(features.tolist(), view.tolist()) for view in np.swapaxes(views, 0, 1)]
    np.testing.assert_allclose(fitted.variance, variances, rtol=ROUNDING)
    assert (fitted.variance[1] > 4 * fitted.variance[0]).all()
    by_view = [
        [naive.whitened(row, made, usual) for row, made in zip(features.tolist(), view.tolist(), strict=True)]
        for view, usual in zip(np.swapaxes(views, 0, 1), variances, strict=True)
    ]
    scored = fitted.contributions(ReconstructedRows(features, views))
    np.testing.assert_allclose(scored, np.mean(by_view, axis=0), rtol=ROUNDING)


def test_a_single_variance_is_that_of_the_mean_of_the_views() -> None:
    """As detector files of before there were views hold it."""
    features, views = rows(40), np.stack([rows(40, seed=1), rows(40, seed=2)], axis=1)
    usual = np.linspace(0.5, 2.0, features.shape[1], dtype=np.float32)[None]

    scored = WhitenedError(usual).contributions(ReconstructedRows(features, views))

    expected = WhitenedError(usual).contributions(reconstructed(features, views.mean(axis=1)))
    np.testing.assert_allclose(scored, expected, rtol=ROUNDING)


def test_whitening_does_not_depend_on_the_pieces() -> None:
    features, values = rows(50), rows(50, seed=1)
    pieces = [reconstructed(features[part], values[part]) for part in (slice(0, 7), slice(7, 8), slice(8, 50))]

    whole = fit_whitening([reconstructed(features, values)], None)

    np.testing.assert_allclose(fit_whitening(pieces, None).variance, whole.variance, rtol=ROUNDING)


def test_training_rows_score_about_one() -> None:
    features, values = rows(500), rows(500, seed=1)
    pieces = reconstructed(features, values)

    mean = fit_whitening([pieces], None).scores(pieces).mean()

    assert mean == pytest.approx(1 / 1.1, rel=0.02)  # 1.1: the floor raises each variance by a tenth of the typical


@pytest.mark.parametrize("constant", [1, 2, 5])
def test_constant_features_set_no_floor_however_many_there_are(constant: int) -> None:
    features, values = rows(40), rows(40, seed=1)
    features[:, :constant] = values[:, :constant] = 1.0
    variance = fit_whitening([reconstructed(features, values)], None).variance[0]

    of_varying = np.square(features - values)[:, constant:].mean(axis=0)
    np.testing.assert_allclose(variance[:constant], 0.1 * np.median(of_varying), rtol=ROUNDING)
    np.testing.assert_allclose(variance, naive.usual_variance(features.tolist(), values.tolist()), rtol=ROUNDING)


def test_where_nothing_varies_the_smallest_variance_is_the_floor() -> None:
    features = np.ones((9, 3), np.float32)

    assert fit_whitening([reconstructed(features, features.copy())], None).variance[0] == pytest.approx([1e-12] * 3)


def test_the_largest_feature_over_the_smallest_variance_is_a_number() -> None:
    features, values = np.full((1, 2), 1e15, np.float32), np.zeros((1, 2), np.float32)

    score = WhitenedError(np.full((1, 2), 1e-12, np.float32)).scores(reconstructed(features, values))

    assert score == pytest.approx([1e42], rel=ROUNDING)


@pytest.mark.parametrize("numbers", [None, 0, 2])
def test_the_floor_is_of_what_varies_where_no_number_does(numbers: int | None) -> None:
    variance, varies = np.array([1e-9, 1e-9, 1.0, 3.0, 1e-9]), np.array([False, False, True, True, False])
    raised = with_floor(variance, varies, numbers)
    np.testing.assert_allclose(raised - variance, SHARE_OF_TYPICAL * 2.0, rtol=1e-4)
