"""What a trained model answers, against what a running H2O 3.46 prints."""

from __future__ import annotations

import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from naive import h2o_importances as naive
from offbeat import h2o
from offbeat.errors import DataError, SchemaError, SettingsError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.model_plots import plot_importances
from offbeat.h2o.two_dim_table import H2OTwoDimTable
from offbeat.integrations.h2o_mojo.forward import ERROR_TOLD_BY_FLOAT32
from offbeat.plotting.canvas import png_of

SUMMARY_OF_H2O = [
    *("", "layer", "units", "type", "dropout", "l1", "l2", "mean_rate", "rate_rms", "momentum"),
    *("mean_weight", "weight_rms", "mean_bias", "bias_rms"),
]
HISTORY_OF_H2O = [
    *("", "timestamp", "duration", "training_speed", "epochs", "iterations", "samples"),
    *("training_rmse", "training_mse"),
]


def _frame() -> H2OFrame:
    draw = np.random.default_rng(0)
    cells = {
        "num": [None if row % 7 == 0 else float(draw.normal()) for row in range(200)],
        "kind": ["abc"[row % 3] for row in range(200)],
        "u": draw.random(200),
        "state": ["on" if row % 2 else "off" for row in range(200)],
    }
    return H2OFrame(pl.DataFrame(cells), column_types={"kind": "enum", "state": "enum"})


@cache
def _model(activation: str = "RectifierWithDropout", hidden: tuple[int, ...] = (5, 3), **more: Any) -> Any:
    chosen = {"activation": activation, "hidden": list(hidden), "epochs": 3, "seed": 1, **more}
    return H2OAutoEncoderEstimator(export_weights_and_biases=True, **chosen).train(training_frame=_frame())


def _scores(frame: H2OFrame) -> np.ndarray:
    return frame.cells.to_numpy().astype(np.float64)


@pytest.mark.parametrize(
    ("activation", "hidden", "types", "dropout"),
    [
        (
            *("RectifierWithDropout", (5, 3)),
            *(["Input", "RectifierDropout", "RectifierDropout", "Rectifier"], [0, 50, 50, ""]),
        ),
        ("Tanh", (), ["Input", "Tanh"], [0, ""]),
        ("Tanh", (3,), ["Input", "Tanh", "Tanh"], [0, 0, ""]),
    ],
)
def test_the_summary_is_h2os(activation: str, hidden: tuple[int, ...], types: list[str], dropout: list[Any]) -> None:
    summary = _model(activation, hidden).summary()
    assert list(summary.col_header) == SUMMARY_OF_H2O
    assert summary["type"] == types and summary["dropout"] == dropout
    assert summary["units"] == [9, *hidden, 9] and summary["layer"] == list(range(1, len(hidden) + 3))
    assert all(cell == "" for cell in summary.cell_values[0][5:])
    assert all(isinstance(cell, float) for row in summary.cell_values[1:] for cell in row[5:])
    layer = _model(activation, hidden).model.network.layers[0]
    assert summary["mean_weight"][1] == pytest.approx(layer.weight.mean(), rel=1e-5)
    assert summary["bias_rms"][1] == pytest.approx(layer.bias.std())


def test_the_summarys_caption_is_h2os() -> None:
    weights = 9 * 5 + 5 + 5 * 3 + 3 + 3 * 9 + 9
    words = "Status of Neuron Layers: auto-encoder, gaussian distribution, Quadratic loss, 104 weights/biases, "
    assert weights == 104
    assert _model().summary().caption.startswith(words)
    assert _model().summary().caption.endswith("600 training samples, mini-batch size 1")


def test_the_caption_tells_the_size_of_a_batch() -> None:
    assert _model("Tanh", (3,), mini_batch_size=5).summary().caption.endswith("training samples, mini-batch size 5")


def test_the_momentum_of_the_summary_is_that_at_the_end() -> None:
    manual = {"adaptive_rate": False, "momentum_start": 0.5, "momentum_stable": 0.9, "momentum_ramp": 100.0}
    summary = _model("Tanh", (3,), **manual).summary()
    assert summary["momentum"][1:] == pytest.approx([0.9, 0.9])
    assert summary["rate_rms"][1:] == [0.0, 0.0]


@pytest.mark.parametrize("strict", [False, True])
def test_rates_and_momenta_are_told_as_h2o_tells_them(strict: bool) -> None:
    """H2O 3.46.0.12, reproducible=True, after 800 rows: .000556 and .66, though it learns by a momentum of .4998."""
    cells = {name: [float(row * step % 11) for row in range(400)] for name, step in (("a", 3), ("b", 5))}
    momentum: dict[str, Any] = {"momentum_start": 0.5, "momentum_stable": 0.9, "momentum_ramp": 2000.0}
    rate: dict[str, Any] = {"adaptive_rate": False, "rate": 1e-3, "rate_annealing": 1e-3}
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=2, seed=1, strict_h2o=strict, **momentum, **rate)
    summary = model.train(training_frame=H2OFrame(cells)).summary()
    assert summary["mean_rate"][1:] == pytest.approx([1e-3 / 1.8] * 2)
    assert summary["momentum"][1:] == pytest.approx([0.66] * 2)


def test_the_history_has_h2os_columns() -> None:
    history = _model().scoring_history()
    assert list(history.columns) == HISTORY_OF_H2O and set(history[""]) == {""}
    assert list(_model().summary().as_data_frame().columns) == SUMMARY_OF_H2O
    assert history["training_speed"][0] == "0.00000 obs/sec" and history["training_speed"][1].endswith(" obs/sec")
    assert history["duration"][0].endswith(" sec") and len(history["timestamp"][0]) == len("2026-11-21 23:52:12")
    assert history["samples"].tolist()[:2] == [0.0, 200.0]
    assert _model().score_history().equals(history)


def test_a_notebook_shows_tables_of_a_model_as_tables() -> None:
    shown = H2OTwoDimTable("Layers <2>", None, ("", "units"), cell_values=(("", 3), ("", 4)))._repr_html_()
    assert shown.startswith("<pre>Layers &lt;2&gt;</pre><table><thead><tr><th></th><th>units</th></tr></thead>")
    assert shown.endswith("<tr><td></td><td>3</td></tr><tr><td></td><td>4</td></tr></tbody></table>")


def test_the_model_is_printed_in_h2os_order() -> None:
    frame = _frame()
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1).train(training_frame=frame, validation_frame=frame)
    headings = [
        "Model Details\n=============\nH2OAutoEncoderEstimator : Deep Learning\nModel Key: ",
        "Status of Neuron Layers: auto-encoder",
        "ModelMetricsAutoEncoder: deeplearning\n** Reported on train data. **\n\nMSE: ",
        "ModelMetricsAutoEncoder: deeplearning\n** Reported on validation data. **\n\nMSE: ",
        "Scoring History:",
        "Variable Importances:",
    ]
    places = [str(model).index(heading) for heading in headings]
    assert places == sorted(places)
    assert "Reported on validation" not in str(_model())


def test_metrics_of_training_validation_and_other_rows(capsys: pytest.CaptureFixture[str]) -> None:
    model, frame = _model(), _frame()
    performance = model.model_performance()
    assert (performance.mse(), performance.nobs()) == (model.mse(), 200)
    other = model.model_performance(frame[:50, :])
    assert other.mse() == pytest.approx(_scores(model.anomaly(frame[:50, :])).mean()) and other.nobs() == 50
    assert other.rmse() == pytest.approx(other.mse() ** 0.5)
    other.show()
    assert "** Reported on test data. **" in capsys.readouterr().out
    assert model.model_performance(valid=True) is None and model.mse(valid=True) is None
    assert model.mse(xval=True) is None
    assert model.rmse(train=True, valid=True) == {"train": model.rmse(), "valid": None}


def test_slots_that_training_never_lit_have_no_importance() -> None:
    for hidden in ((5, 3), ()):
        rows = _model("Tanh", hidden).varimp()
        assert {row[0] for row in rows[-2:]} == {"kind.missing(NA)", "state.missing(NA)"}
        assert [row[1:] for row in rows[-2:]] == [(0.0, 0.0, 0.0)] * 2
        assert rows[0][2] == 1.0 and sum(row[3] for row in rows) == pytest.approx(1)
    assert list(_model().varimp(use_pandas=True).columns) == [
        *("variable", "relative_importance", "scaled_importance", "percentage")
    ]


def test_importances_agree_with_plain_loops() -> None:
    layers = _model("Tanh", (5, 3)).model.network.layers
    expected = naive.gedeon(layers[0].weight.tolist(), layers[1].weight.tolist())
    largest = max(expected)
    found = {name: relative for name, relative, _, _ in _model("Tanh", (5, 3)).varimp()}
    for name, importance in zip(_model("Tanh", (5, 3)).model.network.feature_names, expected, strict=True):
        assert found[name] == (pytest.approx(importance / largest) if "missing" not in name else 0.0)


def test_weights_and_scaling_have_h2os_errors() -> None:
    model = _model()
    assert model.weights(0).names[:4] == ["kind.a", "kind.b", "kind.c", "kind.missing(NA)"]
    assert (model.weights(1).shape, model.biases(2).shape) == ((3, 5), (9, 1))
    words = (
        r"Weight matrix does not exist. Model has 3 weight matrices \(0-based indexing\), but matrix 9 was requested"
    )
    with pytest.raises(ValueError, match=words):
        model.weights(9)
    with pytest.raises(ValueError, match=r"Bias vector does not exist. Model has 3 bias vectors .* but vector -1 was"):
        model.biases(-1)
    assert model.catoffsets() == [0, 4, 7]
    numbers = _frame()["u"].cells.to_series().to_numpy()
    assert model.normsub()[1] == pytest.approx(numbers.mean())
    assert model.normmul()[1] == pytest.approx(1 / np.ptp(numbers))
    plain = H2OAutoEncoderEstimator(hidden=[1], epochs=1).train(training_frame=_frame())
    assert (plain.normmul(), plain.normsub(), plain.catoffsets()) == (None, None, None)
    with pytest.raises(SettingsError, match="export_weights_and_biases=True"):
        plain.weights(0)


def test_parameters_and_times_are_told_in_h2os_words() -> None:
    model = _model()
    actual = model.actual_params
    assert (actual["activation"], actual["hidden"], actual["distribution"]) == (
        "RectifierWithDropout",
        [5, 3],
        "gaussian",
    )
    assert (actual["stopping_metric"], actual["categorical_encoding"]) == ("MSE", "OneHotInternal")
    assert actual["model_id"] == model.model_id == model.key
    assert (model.default_params["activation"], model.default_params["hidden"]) == ("Rectifier", [200, 200])
    assert model.full_parameters["epochs"]["default_value"] == 10.0
    assert model.end_time - model.start_time == model.run_time >= 0


def test_pictures(tmp_path: Path) -> None:
    model = _model()
    drawn = model.scoring_history_plot(metric="mse", save_plot_path=tmp_path / "scores.png").axes[0].lines[0]
    assert drawn.get_xdata().tolist() == [1.0, 2.0, 3.0]
    assert (tmp_path / "scores.png").stat().st_size > 1000
    curve = model.learning_curve_plot().axes[0].lines[0]
    history = model.scoring_history()
    assert curve.get_ydata().tolist() == pytest.approx(history["training_rmse"].tolist())
    bars = model.varimp_plot(4).axes[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([row[2] for row in model.varimp()[:4]])
    with pytest.raises(SettingsError, match="metric is 'auc'; AUTO, rmse, mse were expected"):
        model.learning_curve_plot(metric="auc")
    with pytest.raises(SettingsError, match="at least 1 was expected"):
        model.varimp_plot(0)


def test_pictures_say_what_they_show() -> None:
    model = _model()
    history, curve = model.scoring_history_plot(timestep="samples"), model.learning_curve_plot(metric="mse")
    assert [figure.texts[0].get_text() for figure in (history, curve)] == ["Scoring history", "Learning curve"]
    assert [figure.axes[0].get_ylabel() for figure in (history, curve)] == [
        "root mean squared error",
        "mean squared error",
    ]
    ticks = curve.axes[0].get_xticks()
    assert (ticks == ticks.round()).all()
    first = [text.get_text() for text in model.varimp_plot(3).axes[0].texts]
    assert first == [row[0] for row in model.varimp()[:3]]


@pytest.mark.parametrize("name", ["x", "W" * 60, r"$\frac{1$ of a\nday"], ids=["short", "wide", "formula"])
def test_names_of_bars_stay_in_the_picture(name: str) -> None:
    figure = plot_importances([(name, 2.0, 1.0, 0.7), ("b", 1.0, 0.5, 0.3)])
    png_of(figure)
    (text, _), axes = figure.axes[0].texts, figure.axes[0]
    assert text.get_window_extent().x0 > 0
    assert text.get_window_extent().x1 <= axes.get_window_extent().x0
    assert axes.get_window_extent().width > 0.4 * figure.bbox.width


def test_long_names_of_bars_are_told_apart() -> None:
    names = [f"temperature_of_the_bearing_of_pump_{number}" for number in (1, 2)]
    figure = plot_importances([(name, 2.0, 1.0, 0.5) for name in names])
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "temperature_…g_of_pump_1",
        "temperature_…g_of_pump_2",
    ]


def test_frames_are_adapted_as_h2o_does() -> None:
    model, frame = _model("Tanh", (3,)), _frame()
    whole = _scores(model.anomaly(frame[[3, 1, 0, 2]]))
    np.testing.assert_array_equal(whole, _scores(model.anomaly(frame)))
    with pytest.warns(UserWarning, match="The frame lacks 'kind', 'state', 'u'; these cells count as missing"):
        fewer = model.predict(H2OFrame({"num": [1.0, 2.0], "extra": [1, 2]}))
    assert fewer.shape == (2, 9)
    with pytest.warns(UserWarning, match="Column 'kind' has levels that training had not: 'zz'"):
        unseen = model.anomaly(_with_kind("zz"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        missing = model.anomaly(_with_kind(None))
    np.testing.assert_array_equal(_scores(unseen), _scores(missing))


def _with_kind(word: str | None) -> H2OFrame:
    cells = {"num": [1.0, 2.0], "kind": [word, word], "u": [0.5, 0.5], "state": ["on", "off"]}
    return H2OFrame.of(pl.DataFrame(cells, schema_overrides={"kind": pl.String}))


def test_frames_that_cannot_be_adapted_say_why() -> None:
    model = _model("Tanh", (3,))
    with pytest.raises(ValueError, match="nothing to score"):
        model.anomaly(None)
    with pytest.raises(DataError, match="no rows to score"):
        model.anomaly(_frame()[:0, :])
    with pytest.raises(SchemaError, match="no column in common with the training frame: it has 'zzz'"):
        model.anomaly(H2OFrame({"zzz": [1, 2]}))
    text = H2OFrame({"num": ["x", "y"], "kind": ["a", "b"], "u": [1, 2], "state": ["on", "off"]})
    with pytest.raises(DataError, match="'num' holds text, 'x', 'y', but the model was trained on numbers"):
        model.anomaly(text)
    codes = H2OFrame({"num": [1, 2], "kind": [1, 2], "u": [1, 2], "state": ["on", "off"]})
    with pytest.raises(DataError, match="'kind' holds numbers, but the model was trained on the categories 'a', 'b'"):
        model.anomaly(codes)


def test_removed_models_are_not_listed() -> None:
    model = H2OAutoEncoderEstimator(hidden=[1], epochs=1, model_id="gone").train(training_frame=_frame())
    assert h2o.get_model("gone") is model and "gone" in set(h2o.ls()["key"])
    h2o.remove("gone")
    assert "gone" not in set(h2o.ls()["key"]) and model.mse() > 0
    with pytest.raises(DataError, match="No frame or model is named 'gone'"):
        h2o.get_model("gone")


def test_params_are_default_actual_and_input() -> None:
    """The values that H2O 3.46 tells of the same model."""
    pumps = _frame()
    model = H2OAutoEncoderEstimator(model_id="told", hidden=[3], activation="Tanh", epochs=1, seed=1)
    model.train(training_frame=pumps)
    assert model.params["hidden"] == {"default": [200, 200], "actual": [3], "input": [3]}
    assert model.params["activation"] == {"default": "Rectifier", "actual": "Tanh", "input": "Tanh"}
    assert model.params["distribution"] == {"default": "AUTO", "actual": "gaussian", "input": "AUTO"}
    assert model.params["stopping_metric"] == {"default": "AUTO", "actual": "MSE", "input": "AUTO"}
    assert model.params["training_frame"]["actual"]["name"] == pumps.frame_id
    assert model.params["model_id"]["actual"] == {"name": "told"} and model.params["checkpoint"]["input"] is None
    assert set(model.params) == set(model.actual_params)


def test_get_params_gives_what_the_constructor_took() -> None:
    parameters = H2OAutoEncoderEstimator(epochs=3, activation="Tanh").get_params()
    assert parameters["epochs"] == 3 and parameters["activation"] == "Tanh" and parameters["hidden"] == [200, 200]
    assert parameters["model_id"] is None and parameters["autoencoder"] is True


def test_a_model_says_what_kind_it_is() -> None:
    model = _model()
    assert (model.type, model.algo, model.is_cross_validated()) == ("unsupervised", "deeplearning", False)
    assert (model.have_mojo, model.have_pojo) == (False, False), "there are none to download"
    assert model.get_params()["model_id"] == model.model_id


@pytest.mark.parametrize("layer", [1, -1, "DF", 0.0, True])
def test_a_layer_that_is_not_there_is_named(layer: Any) -> None:
    model = _model("Tanh", (3,))
    words = f"There is no hidden layer {layer!r}; the model '{model.model_id}' has 1 hidden layer, counted from 0."
    with pytest.raises(SettingsError, match=re.escape(words)):
        model.deepfeatures(H2OFrame({"x": [1, 2]}), layer)


def test_codes_of_a_frame_are_the_levels_that_they_equal() -> None:
    rows = h2o.H2OFrame({"code": ["1.0", "2.0"] * 20, "flow": [float(row % 7) for row in range(40)]})
    rows["code"] = rows["code"].asfactor()
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1)
    model.train(x=rows.names, training_frame=rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for codes in (["1", "2"], ["1.0", "2.0"], [1, 2]):
            new = h2o.H2OFrame({"code": codes, "flow": [0.0, 1.0]})
            assert model.anomaly(new).as_data_frame().iloc[:, 0].tolist() == pytest.approx(
                model.anomaly(rows[:2, :]).as_data_frame().iloc[:, 0].tolist()
            )


@pytest.mark.parametrize(("activation", "differ"), [("Tanh", True), ("Rectifier", False)])
def test_errors_of_near_and_far_rows_are_the_mean_of_those_of_the_features(activation: str, differ: bool) -> None:
    random = np.random.default_rng(4)
    near = random.standard_normal((2000, 3)) @ random.standard_normal((3, 12))
    frame = H2OFrame(np.vstack([near, 30 * near[:50]]))
    model = H2OAutoEncoderEstimator(activation=activation, hidden=[60, 60], epochs=3, seed=2)
    model.train(training_frame=frame[:2000, :])
    scores, each = (model.anomaly(frame, per_feature=kind).cells.to_numpy() for kind in (False, True))
    missed = np.abs(scores[:, 0] - each.mean(axis=1))
    assert missed.max() < 1e-7 / 3
    assert np.median(scores[2000:]) > ERROR_TOLD_BY_FLOAT32
    # Whether float32 was at work at all.
    assert (missed[:2000].max() > 1e-12) == differ
