"""What an imported H2O model answers, against H2O itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from imported_models import CODED_MOJOS, CODES, MOJOS, PUMPS, answers_of_h2o, mojo

import offbeat
from offbeat.errors import SettingsError
from offbeat.integrations import h2o_mojo

EXACT = 1e-9
"""The same sums in float64, in another order; of a squared error near 0 few digits are left."""

FEATURES_IN_FLOAT32 = 1e-6
"""A detector's features are float32, its network is not."""

AS_DEMANDED = 1e-5

every_mojo = pytest.mark.parametrize("name", MOJOS)


@pytest.mark.parametrize(
    ("name", "table"),
    [*((name, PUMPS) for name in (*MOJOS, *CODED_MOJOS)), ("own-numbers", CODES), ("backslashes", CODES)],
)
def test_answers_are_h2os_own_with_its_names(name: str, table: Path) -> None:
    model, expected = h2o_mojo.read_mojo(mojo(name)), answers_of_h2o(name)
    given = {
        "anomaly": h2o_mojo.anomaly(model, table),
        "anomaly_per_feature": h2o_mojo.anomaly_per_feature(model, table),
        "predict": h2o_mojo.predict(model, table),
        **{
            f"deep_features {layer}": h2o_mojo.deep_features(model, table, layer)
            for layer in range(len(model.layers) - 1)
        },
    }
    assert set(given) | {"mse"} == set(expected)
    for key, frame in given.items():
        assert frame.columns == list(expected[key])
        np.testing.assert_allclose(frame.to_numpy(), np.transpose(list(expected[key].values())), rtol=EXACT, atol=1e-15)


@every_mojo
def test_scores_of_the_detector_are_h2os(name: str) -> None:
    scores = h2o_mojo.open_mojo(mojo(name)).score(PUMPS)
    np.testing.assert_allclose(scores, answers_of_h2o(name)["anomaly"]["Reconstruction.MSE"], rtol=FEATURES_IN_FLOAT32)


@every_mojo
def test_errors_of_the_detectors_features_are_h2os_in_another_order(name: str) -> None:
    model = h2o_mojo.read_mojo(mojo(name))
    detector = h2o_mojo.mojo_detector(model)
    errors = detector.feature_errors(PUMPS)[:, h2o_mojo.feature_order(model)] * len(model.feature_names)
    expected = np.transpose(list(answers_of_h2o(name)["anomaly_per_feature"].values()))
    np.testing.assert_allclose(errors, expected, rtol=FEATURES_IN_FLOAT32, atol=1e-6 * expected.max())


@every_mojo
def test_reconstruction_of_numbers_is_h2os(name: str) -> None:
    model = h2o_mojo.read_mojo(mojo(name))
    values = h2o_mojo.mojo_detector(model).reconstruct(PUMPS)
    for column in model.numeric:
        expected = answers_of_h2o(name)["predict"][f"reconstr_{column}"]
        np.testing.assert_allclose(values[column], expected, rtol=AS_DEMANDED)


def test_features_have_h2os_names_levels_in_its_order_and_quotes_as_they_are() -> None:
    names = h2o_mojo.read_mojo(mojo("tanh-dropout")).feature_names
    assert names[:5] == ("code.1.0", "code.2.0", "code.3.0", "code.4.0", "code.missing(NA)")
    assert 'pump.C "new"' in names and "pump.B, old" in names
    assert names[-3:] == ("pressure", "flow", "cycles")


@pytest.mark.parametrize("layer", [-1, 3])
def test_there_is_no_such_layer(layer: int) -> None:
    model = h2o_mojo.read_mojo(mojo("tanh-dropout"))
    with pytest.raises(SettingsError) as problem:
        h2o_mojo.deep_features(model, PUMPS, layer)
    assert str(problem.value) == f"There is no hidden layer {layer}; tanh-dropout.zip has 3, counted from 0."


REAL = ("ecg_tanh_50", "pumps_mixed_tanh_10_4_10", "pumps_mixed_rectifier_dropout")


@pytest.mark.parametrize("name", REAL)
def test_real_models_answer_as_h2o_did(name: str, real_data: Path) -> None:
    folder = real_data / "h2o_mojo" / name
    model, rows = h2o_mojo.read_mojo(folder / "model.zip"), folder / "input.csv"
    for file, frame in {
        "anomaly": h2o_mojo.anomaly(model, rows),
        "anomaly_per_feature": h2o_mojo.anomaly_per_feature(model, rows),
        "reconstruction": h2o_mojo.predict(model, rows),
        "deepfeatures_0": h2o_mojo.deep_features(model, rows, 0),
    }.items():
        expected = pl.read_csv(folder / f"{file}.csv", infer_schema_length=None).cast(pl.Float64)
        assert frame.columns == expected.columns
        np.testing.assert_allclose(frame.to_numpy(), expected.to_numpy(), rtol=AS_DEMANDED, atol=1e-15)
    scores = h2o_mojo.mojo_detector(model).score(rows)
    np.testing.assert_allclose(scores, pl.read_csv(folder / "anomaly.csv").to_numpy()[:, 0], rtol=AS_DEMANDED)


def test_the_real_heartbeats_are_found(real_data: Path) -> None:
    detector = h2o_mojo.open_mojo(real_data / "h2o_mojo" / "ecg_tanh_50" / "model.zip")
    assert detector.facts.curves
    assert sorted(detector.detect(real_data / "ecg_discord_test.csv").rows.tolist()) == [20, 21, 22]
    assert offbeat.read(real_data / "ecg_discord_test.csv").names == detector.schema.names
