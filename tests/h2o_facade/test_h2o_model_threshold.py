"""The threshold of an H2O model's detector: what it rests on, and what it flags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from naive import h2o_leverages as naive
from offbeat import h2o
from offbeat.h2o.calibration import calibration_scores, leverages
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.folds import scores_by_folds
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo.answers import inputs


def _rows(count: int, seed: int = 0) -> H2OFrame:
    """Six columns that follow two hidden ones, with some noise."""
    draw = np.random.default_rng(seed)
    hidden = draw.normal(size=(count, 2))
    mixed = hidden @ np.random.default_rng(9).normal(size=(2, 6)) + 0.1 * draw.normal(size=(count, 6))
    return H2OFrame(pl.DataFrame(mixed, schema=[f"c{column}" for column in range(6)]))


def test_leverages_agree_with_plain_regressions() -> None:
    draw = np.random.default_rng(1)
    hidden, targets = draw.normal(size=(12, 3)), draw.normal(size=(12, 2))
    for share in (0.5, 0.8):
        squared_error = share * float(np.square(targets).sum())
        found = leverages(hidden, targets, squared_error)
        penalty = naive.penalty_for(hidden.tolist(), targets.tolist(), squared_error)
        np.testing.assert_allclose(found, naive.leverages(hidden.tolist(), penalty), rtol=1e-5)


def test_leverages_stay_between_none_and_all() -> None:
    draw = np.random.default_rng(2)
    hidden = draw.normal(size=(5, 20))  # more units than rows: everything can be followed
    assert leverages(hidden, draw.normal(size=(5, 3)), 0.0) == pytest.approx(np.ones(5), abs=1e-6)
    # An error that not even a constant has: nothing was followed.
    assert leverages(hidden, np.ones((5, 1)), 1e9).max() < 1e-3


def test_scores_of_rows_left_out_are_above_those_of_training() -> None:
    frame = _rows(320)
    model = H2OAutoEncoderEstimator(hidden=[4], activation="Tanh", epochs=10, seed=1).train(training_frame=frame).model
    rows = inputs(model.network, frame.to_table())
    trained = np.sort(model.anomaly(frame).cells.to_series().to_numpy())
    estimated = calibration_scores(model.network, rows)
    assert (estimated >= trained).all() and estimated.max() <= max(trained.max(), np.square(rows).mean(axis=1).max())
    scores, held_out = model.normal_scores
    assert not held_out and np.array_equal(scores, estimated)
    # Rows beyond 300 are hardly followed, so new ones score about as high.
    fresh = model.anomaly(_rows(400, seed=3)).cells.to_series().to_numpy()
    assert np.quantile(estimated, 0.9) == pytest.approx(np.quantile(fresh, 0.9), rel=0.5)


def test_few_rows_are_scored_by_models_trained_without_them() -> None:
    frame = _rows(30)
    model = H2OAutoEncoderEstimator(hidden=[4], activation="Tanh", epochs=10, seed=1).train(training_frame=frame).model
    scores, held_out = model.normal_scores
    assert held_out and len(scores) == 30 and (np.diff(scores) >= 0).all()
    again = scores_by_folds(frame.cells, frame.names, model.parameters, model.last.epochs)
    np.testing.assert_array_equal(scores, again)
    threshold = model.detector.threshold
    assert (threshold.rule, threshold.held_out, threshold.rows) == ("conformal", True, 30)


@pytest.mark.parametrize("count", [60, 320])
def test_rows_that_are_not_learnt_from_set_no_threshold(count: int) -> None:
    """Few rows are judged by folds, many by their leverages."""
    frame, chosen = _rows(count), {"hidden": [2], "activation": "Tanh", "epochs": 20, "seed": 1}
    frame[:6, "c0"] = 90.0
    frame["weight"] = H2OFrame([0.0] * 6 + [1.0] * (count - 6))
    weighted = H2OAutoEncoderEstimator(weights_column="weight", **chosen).train(training_frame=frame)
    alone = H2OAutoEncoderEstimator(**chosen).train(x=frame.names[:6], training_frame=frame[6:, :])
    np.testing.assert_array_equal(weighted.normal_scores[0], alone.normal_scores[0])
    assert weighted.detector.threshold.rows == weighted.model.rows == count - 6
    assert set(range(6)) <= set(weighted.detect(frame).rows.tolist())


@pytest.mark.parametrize("count", [40, 320])
def test_rows_that_are_skipped_set_no_threshold(count: int) -> None:
    frame, chosen = _rows(count), {"hidden": [2], "activation": "Tanh", "epochs": 5, "seed": 1}
    frame[:8, "c0"] = None
    model = H2OAutoEncoderEstimator(missing_values_handling="skip", **chosen).train(training_frame=frame).model
    assert model.detector.threshold.rows == model.rows == count - 8


def test_the_detector_flags_odd_rows_and_takes_frames() -> None:
    train, test = _rows(400), _rows(60, seed=5)
    test[0, "c0"] = 40.0
    test[7, "c3"] = -40.0
    model = H2OAutoEncoderEstimator(hidden=[3], activation="Tanh", epochs=10, seed=1).train(training_frame=train)
    found = model.detect(test)
    assert {0, 7} <= set(found.rows.tolist()) and len(found) <= 6
    assert [explanation.row for explanation in model.explain(test)][:2] == found.rows.tolist()[:2]
    explained = {explanation.row: explanation for explanation in model.explain(test)}
    assert "c3" in str(explained[7])
    stricter = model.threshold("quantile:1.0", train)
    assert stricter.threshold.value == pytest.approx(model.anomaly(train).max(), rel=1e-4)
    assert model.threshold("none").detect(test.to_table()).rows.size == 0


def test_the_detector_is_exported(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")
    model = H2OAutoEncoderEstimator(hidden=[2], activation="Tanh", epochs=1, seed=1).train(training_frame=_rows(320))
    written = model.export_onnx(tmp_path / "rows.onnx")
    assert written == tmp_path / "rows.onnx" and written.stat().st_size > 1000


@pytest.mark.parametrize("seed", [1, 2])
def test_exactly_the_bad_heartbeats_are_flagged(real_data: Path, seed: int) -> None:
    train, test = (h2o.import_file(str(real_data / f"ecg_discord_{part}.csv")) for part in ("train", "test"))
    model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[50], l1=1e-5, epochs=100, seed=seed)
    model.train(x=train.names, training_frame=train, validation_frame=test)
    found = model.detect(test)
    assert sorted(found.rows.tolist()) == [20, 21, 22]
    assert (found.p_values[:20] > 0.5).all() and (found.p_values[20:] < 0.01).all()
