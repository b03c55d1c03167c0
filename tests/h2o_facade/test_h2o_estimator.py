"""The estimator against the acceptance list of H2O's own tests, on data made here."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from offbeat.data.heartbeats import NORMAL, heartbeats
from offbeat.errors import DataError, SettingsError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator, H2ODeepLearningEstimator, parameter_conflicts
from offbeat.h2o.frame import H2OFrame

# H2O's own tests demand that the model's error is the mean of its scores to so much.
H2O_TOLERANCE = 1e-7


_DROPPED = r"^Dropping bad and constant columns: \[same\]$"


def _numbers(frame: H2OFrame) -> np.ndarray:
    return frame.cells.to_numpy().astype(np.float64)


def _beats() -> tuple[H2OFrame, H2OFrame, np.ndarray]:
    beats = heartbeats(60, samples=40, anomalies=3)
    normal = np.array([kind == NORMAL for kind in beats.kinds])
    # The heart changes its pace over the minute: rows to score must not all be later than those to learn from.
    order = np.random.default_rng(0).permutation(np.flatnonzero(normal))
    train = beats.curves[order[:40]]
    test = np.vstack([beats.curves[order[40:]], beats.curves[~normal]])
    names = [f"C{i + 1}" for i in range(train.shape[1])]
    is_bad = np.arange(len(test)) >= len(test) - np.count_nonzero(~normal)
    return H2OFrame(pl.DataFrame(train, schema=names)), H2OFrame(pl.DataFrame(test, schema=names)), is_bad


def _mixed() -> H2OFrame:
    draw = np.random.default_rng(0)
    flow = draw.normal(10, 2, 60)
    cells = {
        "flow": [None if row % 11 == 5 else float(value) for row, value in enumerate(flow)],
        "kind": [None if row % 13 == 3 else "abc"[row % 3] for row in range(60)],
        "twice": (2 * flow).tolist(),
        "same": [1.0] * 60,
        "state": ["on" if value > 10 else "off" for value in flow],
    }
    return H2OFrame(pl.DataFrame(cells), column_types={"kind": "enum", "state": "enum"})


@pytest.mark.parametrize("kind", [H2OAutoEncoderEstimator, H2ODeepLearningEstimator])
def test_both_names_train_without_y(kind: Any) -> None:
    frame = H2OFrame(pl.DataFrame(np.random.default_rng(0).normal(size=(30, 4)), schema=list("abcd")))
    model = kind(autoencoder=True, hidden=[4], epochs=2, seed=1)
    model.train(x=[0, 1, "c"], training_frame=frame)
    assert model.predict(frame).names == ["reconstr_a", "reconstr_b", "reconstr_c"]


@pytest.mark.parametrize("sparsity_beta", [0.0, 0.1])
@pytest.mark.parametrize("standardize", [True, False])
def test_heartbeats_with_dropout_and_absolute_loss(sparsity_beta: float, standardize: bool) -> None:
    train, test, is_bad = _beats()
    model = H2OAutoEncoderEstimator(
        hidden=[37, 12],
        activation="TanhWithDropout",
        loss="Absolute",
        l1=1e-4,
        epochs=13.3,
        average_activation=-0.7,
        sparsity_beta=sparsity_beta,
        standardize=standardize,
        seed=0xDECAF,
    )
    model.train(training_frame=train, validation_frame=test)
    assert _numbers(model.anomaly(test)).mean() == pytest.approx(model.mse(valid=True), abs=H2O_TOLERANCE)
    assert _numbers(model.anomaly(train)).mean() == pytest.approx(model.mse(), abs=H2O_TOLERANCE)
    assert [model.deepfeatures(test, layer).ncols for layer in (0, 1)] == [37, 12]
    assert int(model.model.last.samples) == 532
    if standardize:
        cells = _numbers(train)
        errors = (_numbers(model.predict(train)) - cells) / np.ptp(cells, axis=0)
        assert np.square(errors).mean() == pytest.approx(model.mse(), abs=H2O_TOLERANCE)
        scores = _numbers(model.anomaly(test)).ravel()
        assert scores[is_bad].min() > scores[~is_bad].max()


def test_columns_of_categories_and_numbers_have_h2os_names_and_order() -> None:
    frame = _mixed()
    model = H2OAutoEncoderEstimator(
        hidden=[10, 5, 3], activation="Tanh", loss="Huber", max_w2=10.0, l1=1e-4, epochs=1, seed=3
    )
    with pytest.warns(RuntimeWarning, match=_DROPPED):
        model.train(training_frame=frame)
    inputs = ["kind.a", "kind.b", "kind.c", "kind.missing(NA)", "state.off", "state.on", "state.missing(NA)"]
    names = [*inputs, "flow", "twice"]
    assert model.predict(frame).names == [f"reconstr_{name}" for name in names]
    each = model.anomaly(frame, per_feature=True)
    assert each.names == [f"reconstr_{name}.SE" for name in names]
    scores = _numbers(model.anomaly(frame)).ravel()
    np.testing.assert_allclose(_numbers(each).sum(axis=1) / 9, scores, atol=H2O_TOLERANCE)
    assert scores.mean() == pytest.approx(model.mse(), abs=H2O_TOLERANCE)
    assert model.deepfeatures(frame, 2).names == ["DF.L3.C1", "DF.L3.C2", "DF.L3.C3"]


def test_the_detector_scores_as_h2o_and_explains() -> None:
    train, test, is_bad = _beats()
    model = H2OAutoEncoderEstimator(hidden=[10], activation="Tanh", epochs=30, seed=1).train(training_frame=train)
    scores = _numbers(model.anomaly(test)).ravel()
    np.testing.assert_allclose(model.detector.score(test.to_table()), scores, rtol=1e-3, atol=1e-6)
    flagged = set(model.detect(test).rows.tolist())
    assert flagged and flagged <= set(np.flatnonzero(is_bad).tolist())
    assert len(model.explain(test)) == len(flagged)
    assert model.threshold("quantile:0.99", train).threshold.value < 10 * scores.max()


def test_the_same_seed_gives_the_same_model_and_a_checkpoint_goes_on() -> None:
    train, _, _ = _beats()
    chosen: dict[str, Any] = {"hidden": [5], "activation": "Tanh", "seed": 7}
    one, two = (H2OAutoEncoderEstimator(epochs=3, **chosen).train(training_frame=train) for _ in range(2))
    assert one.mse() == two.mse()
    more = H2OAutoEncoderEstimator(epochs=6, checkpoint=one, **chosen).train(training_frame=train)
    assert [event.epochs for event in more.model.descent.history] == [0, 1, 2, 3, 3, 4, 5, 6]
    assert more.mse() < one.mse()
    with pytest.raises(SettingsError, match="epochs is 3; more than the 3 of the checkpoint were expected"):
        H2OAutoEncoderEstimator(epochs=3, checkpoint=one, **chosen).train(training_frame=train)


def test_history_summary_importances_and_weights() -> None:
    train, test, _ = _beats()
    model = H2OAutoEncoderEstimator(hidden=[5], activation="Tanh", epochs=2.5, seed=7, export_weights_and_biases=True)
    model.train(training_frame=train, validation_frame=test)
    history = model.scoring_history()
    assert history["epochs"].tolist()[:4] == [0.0, 1.0, 2.0, 2.5]
    assert {"training_mse", "training_rmse", "validation_mse", "validation_rmse"} <= set(history.columns)
    assert model.summary()["units"] == [40, 5, 40]
    assert sum(row[3] for row in model.varimp()) == pytest.approx(1.0)
    assert (model.weights(0).shape, model.biases(1).shape) == ((5, 40), (40, 1))
    assert "Status of Neuron Layers" in repr(model)
    assert model.rmse() == pytest.approx(model.mse() ** 0.5)


def test_rows_with_missing_cells_can_be_skipped() -> None:
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, missing_values_handling="Skip", seed=1)
    with pytest.warns(RuntimeWarning, match=_DROPPED):
        assert model.train(training_frame=_mixed()).model.rows == 51


def test_unknown_and_wrong_parameters_are_refused() -> None:
    with pytest.raises(TypeError, match="has no parameter 'epoch'"):
        H2OAutoEncoderEstimator(epoch=3)
    for wrong, words in {
        "activation": "one of tanh",
        "hidden": "a list of whole numbers above 0",
        "rho": "at least",
        "l1": "at least 0",
        "fast_mode": "True or False",
        "epochs": "a number was expected",
    }.items():
        with pytest.raises(SettingsError, match=words):
            H2OAutoEncoderEstimator(**{wrong: -1 if wrong in {"l1", "rho"} else "maxout"})
    with pytest.raises(DataError, match="There is no training frame"):
        H2OAutoEncoderEstimator().train()
    with pytest.raises(SettingsError, match="not trained yet"):
        H2OAutoEncoderEstimator().mse()


def test_parameters_without_effect_are_said_once(
    recwarn: pytest.WarningsRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parameter_conflicts, "_said", set())  # by other tests of this process
    for _ in range(2):
        H2OAutoEncoderEstimator(tweedie_power=1.2, reproducible=True)
    assert len(recwarn) == 1
    assert "no effect in offbeat's autoencoder: 'tweedie_power'" in str(recwarn[0].message)


def test_what_a_model_says_before_training_is_h2os() -> None:
    named = H2OAutoEncoderEstimator(model_id="zz")
    assert named.model_id == named.key == named._id == "zz" and named.params == named.actual_params == {}
    assert H2OAutoEncoderEstimator().model_id is None and H2OAutoEncoderEstimator().key is None


def test_autoencoder_may_be_set_until_training_and_arguments_come_in_h2os_order() -> None:
    frame = H2OFrame({"a": [1.0, 2.0, 3.0, 4.5], "b": [2.0, 4.0, 6.0, 8.5], "c": [1.0, 1.5, 0.5, 2.0]})
    model = H2ODeepLearningEstimator(hidden=[1], epochs=1, seed=1)
    with pytest.raises(SettingsError, match="autoencoder is False; offbeat trains autoencoders only"):
        model.train(training_frame=frame)
    model.autoencoder = True
    model.train(["a", "b"], None, frame, None, None, None, frame)
    assert model.predict(frame).names == ["reconstr_a", "reconstr_b"]
    metrics = model.model_performance()
    assert metrics["MSE"] == model.mse() == metrics._metric_json["MSE"] and metrics["nope"] is None
    assert metrics["RMSE"] == model.rmse() and model.model_performance(valid=True)["nobs"] == 4
    assert model._parms["epochs"] == 1 and not model.supervised_learning and model.xval_keys() is None
    with pytest.raises(DataError, match=r"x takes names and positions of columns; 1\.5 was given"):
        model.train(1.5, training_frame=frame)
