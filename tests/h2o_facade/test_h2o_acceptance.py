"""What H2O tests of its own autoencoder, under the names of H2O's tests, on data that are public or made here.

Where H2O's tests hold a MOJO or POJO against the model, these hold the native detector against it, saved and loaded: it
is what leaves the process here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier

import offbeat
import offbeat.h2o as h2o
from offbeat.data.heartbeats import heartbeats
from offbeat.data.mixed_rows import mixed_rows
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.frame import H2OFrame

# H2O's tests allow so much between a model's error and the mean of its scores ...
MEAN_OF_SCORES = 1e-7
# ... and so much, of numbers of about 1, between a model and its exported copy (POJO). Detectors compute in float32.
EXPORTED = 2e-6


def numbers(frame: H2OFrame) -> np.ndarray:
    return frame.cells.to_numpy().astype(np.float64)


def scores(model: Any, frame: H2OFrame) -> np.ndarray:
    return numbers(model.anomaly(frame))[:, 0]


def columns(rows: np.ndarray) -> H2OFrame:
    return H2OFrame(pl.DataFrame(rows, schema=[f"C{column + 1}" for column in range(rows.shape[1])]))


def pumps(rows: int, missing: float = 0.025) -> H2OFrame:
    """Numbers, words and missing cells, in place of H2O's airlines and cars."""
    return H2OFrame(mixed_rows(rows, seed=3, missing=missing).table.cells)


def require_the_same_answers_outside(model: Any, frame: H2OFrame, folder: Path) -> None:
    """The detector, saved and loaded, scores and reconstructs as the model does."""
    detector = offbeat.load(model.detector_of_layout.save(folder / "model.offbeat"))
    table = model.model.table_of(frame)
    np.testing.assert_allclose(detector.score(table), scores(model, frame), rtol=EXPORTED * 10, atol=EXPORTED)
    predicted, network = model.predict(frame), model.model.network
    reconstructed = detector.reconstruct(table)
    for name, scale in zip(network.numeric, network.multiplied, strict=True):
        difference = reconstructed[name] - predicted.cells[f"reconstr_{name}"].to_numpy()
        assert np.abs(difference * scale).max() < EXPORTED


@pytest.fixture(scope="module")
def ecg(real_data: Path) -> tuple[H2OFrame, H2OFrame]:
    return h2o.import_file(real_data / "ecg_discord_train.csv"), h2o.import_file(real_data / "ecg_discord_test.csv")


@pytest.mark.parametrize("sparsity_beta", [0.0, 0.1])
@pytest.mark.parametrize("standardize", [True, False])
def test_deep_learning_auto_encoder(
    ecg: tuple[H2OFrame, H2OFrame], sparsity_beta: float, standardize: bool, tmp_path: Path
) -> None:
    train, test = ecg
    model = H2OAutoEncoderEstimator(
        hidden=[37, 12],
        activation="TanhWithDropout",
        loss="Absolute",
        l1=1e-4,
        epochs=13.3,
        train_samples_per_iteration=-1,
        average_activation=-0.7,
        sparsity_beta=sparsity_beta,
        standardize=standardize,
        seed=0xDECAF,
    )
    model.train(training_frame=train, validation_frame=test)
    of_test, of_train = scores(model, test), scores(model, train)
    assert of_test.mean() == pytest.approx(model.mse(valid=True), abs=MEAN_OF_SCORES)
    assert of_train.mean() == pytest.approx(model.mse(), abs=MEAN_OF_SCORES)
    assert [model.deepfeatures(test, layer).dim for layer in (0, 1)] == [[23, 37], [23, 12]]
    require_the_same_answers_outside(model, test, tmp_path)
    if standardize:
        assert of_test.mean() < 2.0
        threshold = 10 * np.quantile(of_train, 0.95)
        assert np.flatnonzero(of_test > threshold).tolist() == [20, 21, 22]
        cells = numbers(train)
        missed = (numbers(model.predict(train)) - cells) / np.ptp(cells, axis=0)
        assert np.square(missed).mean() == pytest.approx(model.mse(), abs=MEAN_OF_SCORES)


def test_deep_learning_auto_encoder_categorical(tmp_path: Path) -> None:
    frame = pumps(2000)
    model = H2OAutoEncoderEstimator(
        hidden=[10, 5, 3],
        activation="Tanh",
        loss="Huber",
        max_w2=10.0,
        l1=1e-4,
        epochs=0.2,
        train_samples_per_iteration=-1,
        score_training_samples=0,
        reproducible=True,
        seed=0xDECAF,
    )
    model.train(training_frame=frame)
    assert scores(model, frame).mean() == pytest.approx(model.mse(), rel=MEAN_OF_SCORES)
    assert [model.deepfeatures(frame, layer).ncols for layer in range(3)] == [10, 5, 3]
    require_the_same_answers_outside(model, frame, tmp_path)


def test_deep_learning_test_auto_encoder(tmp_path: Path) -> None:
    frame = pumps(200, missing=0.0)
    model = H2OAutoEncoderEstimator(
        hidden=[5, 5, 5], activation="Tanh", input_dropout_ratio=0.1, epochs=10, reproducible=True, seed=5
    )
    require_the_same_answers_outside(model.train(training_frame=frame), frame, tmp_path)


def test_anomaly_deeplearning_large(tmp_path: Path) -> None:
    """784 columns of images, many of which are constant and stay in."""
    images = np.zeros((300, 784))
    images[:, 100:164] = load_digits().data[:300]
    frame = columns(images)
    model = H2OAutoEncoderEstimator(
        activation="Tanh", hidden=[2], l1=1e-5, ignore_const_cols=False, epochs=1, seed=2, standardize=True
    )
    model.train(x=frame.names, training_frame=frame)
    assert model.predict(frame).dim == [300, 784]
    assert scores(model, frame).mean() == pytest.approx(model.mse(), abs=MEAN_OF_SCORES)


def test_autoencoder_deep_learning_large() -> None:
    """Deep features of unlabelled images tell digits apart; H2O asks for 8.8 % of errors, on MNIST."""
    images, digits = load_digits(return_X_y=True)
    frame = columns(images)
    model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[20], epochs=3, reproducible=True, seed=1234)
    with pytest.warns(RuntimeWarning, match=r"Dropping bad and constant columns: \["):  # corners that no digit reaches
        model.train(training_frame=frame[:900, :])
    features = numbers(model.deepfeatures(frame, 0))
    assert features.shape == (len(images), 20)
    forest = RandomForestClassifier(50, random_state=0).fit(features[:900], digits[:900])
    assert 1 - forest.score(features[900:], digits[900:]) < 0.15


def test_autoencoder_eigen_mojo(tmp_path: Path) -> None:
    frame = h2o.create_frame(
        rows=500, cols=10, categorical_fraction=0.6, factors=10, missing_fraction=0.0, real_fraction=0.4, seed=7
    )
    model = H2OAutoEncoderEstimator(
        categorical_encoding="eigen", activation="Tanh", hidden=[50, 30], epochs=2, reproducible=True, seed=1
    )
    require_the_same_answers_outside(model.train(training_frame=frame), frame, tmp_path)


@pytest.mark.parametrize(
    ("activation", "handling"),
    [
        ("rectifier", "skip"),
        ("tanh", "mean_imputation"),
        ("rectifier_with_dropout", "mean_imputation"),
        ("tanh_with_dropout", "skip"),
    ],
)
def test_pubdev_4628_autoencoder(activation: str, handling: str, tmp_path: Path) -> None:
    """Five layers of 8; H2O lets these fail as unstable, here they may not."""
    frame = pumps(300)
    model = H2OAutoEncoderEstimator(
        activation=activation,
        hidden=[8] * 5,
        input_dropout_ratio=0.25,
        missing_values_handling=handling,
        epochs=2,
        seed=4,
    )
    require_the_same_answers_outside(model.train(training_frame=frame), frame, tmp_path)


def test_anomaly_per_feature_error_of_numbers() -> None:
    frame = columns(heartbeats(40, samples=50).curves)
    model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[50], l1=1e-4, epochs=5, seed=3)
    each = numbers(model.train(training_frame=frame).anomaly(frame, per_feature=True))
    cells, reconstructed = numbers(frame), numbers(model.predict(frame))
    mean, spread = cells.mean(axis=0), np.ptp(cells, axis=0)
    np.testing.assert_allclose(each, np.square((cells - mean) / spread - (reconstructed - mean) / spread), atol=1e-12)
    np.testing.assert_allclose(each.sum(axis=1) / 50, scores(model, frame), atol=MEAN_OF_SCORES)


def test_anomaly_per_feature_error_of_iris() -> None:
    iris = load_iris()
    species = pl.Series("Species", [str(iris.target_names[kind]) for kind in iris.target])
    frame = H2OFrame(pl.DataFrame(iris.data, schema=["a", "b", "c", "d"]).with_columns(species))
    model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[5], epochs=5, seed=3).train(training_frame=frame)
    each, reconstructed = model.anomaly(frame, per_feature=True), numbers(model.predict(frame))
    assert each.ncols == 8
    slots = np.eye(4)[iris.target]
    np.testing.assert_allclose(numbers(each)[:, :4], np.square(slots - reconstructed[:, :4]), atol=1e-12)
    np.testing.assert_allclose(numbers(each).sum(axis=1) / 8, scores(model, frame), atol=MEAN_OF_SCORES)
