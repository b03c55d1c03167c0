"""The estimator as a part of scikit-learn's pipelines and searches."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone, is_outlier_detector
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from offbeat.sklearn import AutoEncoderDetector

SMALL = {"hidden": (1,), "epochs": 20, "batch_size": 16, "learning_rate": 0.05, "threshold": "quantile:0.9"}


def points_beside_a_line() -> tuple[np.ndarray, np.ndarray]:
    """Rows along a line in space, labelled 1, and a tenth of rows away from it, labelled -1."""
    randomness = np.random.default_rng(0)
    along = randomness.uniform(-1, 1, size=(90, 1)) * [1.0, 100.0, 0.01]
    away = randomness.uniform(-1, 1, size=(10, 3)) * [1.0, 100.0, 0.01]
    return np.vstack([along, away]), np.repeat([1, -1], [90, 10])


X, Y = points_beside_a_line()


def test_it_is_an_outlier_detector_to_scikit_learn() -> None:
    assert is_outlier_detector(AutoEncoderDetector())


def test_a_pipeline_is_the_same_as_its_steps_one_by_one() -> None:
    pipeline = make_pipeline(StandardScaler(), AutoEncoderDetector(**SMALL)).fit(X)
    scaler = StandardScaler().fit(X)
    alone = AutoEncoderDetector(**SMALL).fit(scaler.transform(X))
    assert np.array_equal(pipeline.score_samples(X), alone.score_samples(scaler.transform(X)))
    assert np.array_equal(pipeline.predict(X), alone.predict(scaler.transform(X)))
    assert np.array_equal(pipeline.fit_predict(X), pipeline.predict(X))


def test_a_pipeline_of_frames_keeps_the_names_of_columns() -> None:
    pipeline = make_pipeline(StandardScaler(), AutoEncoderDetector(**SMALL)).set_output(transform="polars").fit(X)
    assert pipeline[-1].feature_names_in_.tolist() == ["x0", "x1", "x2"]
    assert pipeline.predict(X[:1]).tolist() == [1]


def test_a_clone_is_not_fitted_and_learns_the_same() -> None:
    fitted = AutoEncoderDetector(**SMALL).fit(X)
    copy = clone(fitted)
    assert not hasattr(copy, "detector_")
    assert np.array_equal(copy.fit(X).score_samples(X), fitted.score_samples(X))


def test_a_grid_search_ranks_networks_by_labels() -> None:
    search = GridSearchCV(
        make_pipeline(StandardScaler(), AutoEncoderDetector(**SMALL)),
        {"autoencoderdetector__hidden": [(1,), (8, 8)]},
        scoring="roc_auc",
        cv=StratifiedKFold(2),
    ).fit(X, Y)
    # One unit follows the line; two wide layers can copy any row, the labelled ones too.
    assert search.best_params_ == {"autoencoderdetector__hidden": (1,)}
    assert search.best_score_ > 0.9
    assert search.score(X, Y) == roc_auc_score(Y, search.decision_function(X))
    assert search.predict(X).tolist() == search.best_estimator_.predict(X).tolist()


def test_a_grid_search_may_spell_out_the_conformal_threshold_beside_shares() -> None:
    grid = {"contamination": [0.05, 0.1], "threshold": ["conformal"]}
    search = GridSearchCV(AutoEncoderDetector(hidden=(1,), epochs=2), grid, scoring="accuracy", cv=StratifiedKFold(2))
    search.fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro"])
def test_labels_of_plus_and_minus_one_score_predictions(scoring: str) -> None:
    scores = cross_val_score(AutoEncoderDetector(**SMALL), X, Y, scoring=scoring, cv=StratifiedKFold(2))
    assert (scores > 0.6).all()


def test_a_ranking_is_measured_where_no_row_can_be_an_outlier() -> None:
    """Minus the cut-off that no score reaches would leave the same number for all rows, and an area of a half."""
    cut, uncut = (AutoEncoderDetector(**SMALL | {"threshold": rule}) for rule in ("quantile:0.9", "none"))
    areas = [cross_val_score(one, X, Y, scoring="roc_auc", cv=StratifiedKFold(2)) for one in (cut, uncut)]
    assert np.array_equal(*areas)
    assert (areas[0] > 0.9).all()
