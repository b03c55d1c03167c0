"""What an imported Keras model answers, against Keras itself."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imported_models import (
    CURVES,
    KERAS,
    answer_of_keras,
    file_of_a_class,
    keras_file,
    repacked,
    with_arrays,
    with_config,
)

import offbeat
from offbeat.detector.detector import Detector
from offbeat.errors import DataError, SettingsError
from offbeat.integrations import open_keras, open_model
from offbeat.integrations.keras.conversion import require_scaling
from offbeat.integrations.keras.published import published_activations

FLOAT32 = 1e-6
"""Keras computes in float32 as well, with sums in another order."""

AS_DEMANDED = 1e-5

every_file = pytest.mark.parametrize("name", KERAS)


def opened(name: str) -> Detector:
    said = {"activation": "relu", "output_activation": "sigmoid"} if name == "tutorial" else {}
    return open_keras(keras_file(name), scaling="none", **said)


@every_file
def test_reconstruction_is_kerass_own(name: str) -> None:
    values = np.stack(list(opened(name).reconstruct(CURVES).values()), axis=1)
    np.testing.assert_allclose(values, answer_of_keras(name), rtol=FLOAT32, atol=FLOAT32)


@every_file
def test_scores_are_mean_errors_of_the_loss_that_it_was_compiled_with(name: str) -> None:
    residual = answer_of_keras(name) - np.loadtxt(CURVES, delimiter=",")
    expected = np.abs(residual).mean(axis=1) if name == "sequential" else np.square(residual).mean(axis=1)
    np.testing.assert_allclose(opened(name).score(CURVES), expected, rtol=AS_DEMANDED)


_OBJECT = {"module": "keras.losses", "class_name": "MeanAbsoluteError", "config": {"name": "mean_absolute_error"}}
_FUNCTION = {"module": "builtins", "class_name": "function", "config": "mean_absolute_error"}


@pytest.mark.parametrize(
    ("loss", "score"),
    [
        (["mae"], "absolute"),
        ({"out": "mae"}, "absolute"),
        ([_OBJECT], "absolute"),
        ({"out": _FUNCTION}, "absolute"),
        (_OBJECT, "absolute"),
        (_FUNCTION, "absolute"),
        (["mse"], "squared"),
        (["mae", "mae"], "squared"),
        ([], "squared"),
        (None, "squared"),
    ],
)
def test_the_loss_is_read_in_all_its_spellings(loss: object, score: str, tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", lambda config: config["compile_config"].update(loss=loss))
    residual = answer_of_keras("sequential") - np.loadtxt(CURVES, delimiter=",")
    expected = np.abs(residual) if score == "absolute" else np.square(residual)
    np.testing.assert_allclose(open_keras(path, scaling="none").score(CURVES), expected.mean(axis=1), rtol=AS_DEMANDED)


@every_file
def test_saving_and_loading_changes_no_bit(name: str, tmp_path: Path) -> None:
    detector = opened(name)
    loaded = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    assert loaded.score(CURVES).tobytes() == detector.score(CURVES).tobytes()
    assert loaded.describe() == detector.describe()


@pytest.mark.parametrize(
    ("name", "hidden", "activation", "output"),
    [
        ("sequential", (8, 4, 8), "relu", "sigmoid"),
        ("functional", (6, 3, 6), ("leaky-relu:0.3", "linear", "selu"), "gelu"),
        ("pair", (5, 2, 5), ("elu", "linear", "tanh"), "linear"),
        ("tutorial", (8, 4, 2, 4, 8), "relu", "sigmoid"),
    ],
)
def test_settings_say_what_the_network_is(
    name: str, hidden: tuple[int, ...], activation: str | tuple[str, ...], output: str
) -> None:
    settings = opened(name).resolved
    assert (settings.hidden, settings.activation, settings.output_activation) == (hidden, activation, output)
    assert (settings.network, settings.scaling) == ("dense", "none")


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("sequential", "Imported from sequential.keras, a model of Keras 3.15.1 (Sequential)."),
        (
            "pair",
            "Imported from pair.keras, a model of Keras 3.15.1 (Pair). Its class 'Pair' was taken to call "
            "'encoder', 'decoder' in this order and to do nothing else, which its Python code may: compare one row "
            "with Keras's predict.",
        ),
        (
            "tutorial",
            "Imported from tutorial.keras, a model of Keras 3.15.1 (AnomalyDetector). The file does not tell its "
            "activations; relu, relu, relu, relu, relu, sigmoid were taken. Its class 'AnomalyDetector' was taken to "
            "call 'encoder', 'decoder' in this order and to do nothing else, which its Python code may: compare one "
            "row with Keras's predict.",
        ),
    ],
)
def test_it_says_where_it_comes_from_and_what_was_taken_for_granted(name: str, origin: str) -> None:
    assert opened(name).facts.origin == origin


def test_tables_are_scaled_by_the_numbers_given() -> None:
    rows = np.loadtxt(CURVES, delimiter=",")
    detector = open_keras(keras_file("sequential"), minimum=-2.0, maximum=3.0)
    assert detector.resolved.scaling == "minmax-global"
    np.testing.assert_allclose(detector.score(rows * 5 - 2), opened("sequential").score(rows), rtol=AS_DEMANDED)
    in_their_unit = detector.reconstruct(rows * 5 - 2)["C1"]
    np.testing.assert_allclose(in_their_unit, answer_of_keras("sequential")[:, 0] * 5 - 2, rtol=AS_DEMANDED)
    gap = np.where(np.arange(12) == 3, np.nan, rows * 5 - 2)
    middle = np.where(np.arange(12) == 3, 0.5, rows * 5 - 2)
    assert detector.score(gap).tolist() == detector.score(middle).tolist()


MEANS = np.linspace(0.2, 0.7, 12)


@pytest.mark.parametrize("given", [{"scaling": "none"}, {"minimum": -2.0, "maximum": 3.0}])
def test_a_missing_cell_counts_as_the_mean_that_the_file_knows(given: dict[str, Any], tmp_path: Path) -> None:
    def normalized(config: dict[str, Any]) -> None:
        own = {"name": "norm", "mean": MEANS.tolist(), "variance": [0.01] * 12}
        layer = {"module": "keras.layers", "class_name": "Normalization", "config": own}
        config["config"]["layers"].insert(1, layer)

    detector = open_keras(with_config(tmp_path / "a.keras", normalized), **given)
    to_raw = (lambda scaled: scaled) if "scaling" in given else (lambda scaled: scaled * 5 - 2)
    rows = to_raw(np.loadtxt(CURVES, delimiter=","))
    gap, filled = rows.copy(), rows.copy()
    gap[:, 3], filled[:, 3] = np.nan, to_raw(MEANS[3])
    np.testing.assert_allclose(detector.score(gap), detector.score(filled), rtol=1e-6)
    assert detector.facts.origin.endswith("(Sequential). A missing cell counts as its column's mean.")


def test_a_moving_mean_is_not_called_the_mean(tmp_path: Path) -> None:
    def kept(file: Any) -> None:
        own = file.create_group("layers/batch_normalization/vars")
        for index, numbers in enumerate([np.ones(12), np.zeros(12), MEANS, np.ones(12)]):
            own[str(index)] = numbers.astype(np.float32)

    def normalized(config: dict[str, Any]) -> None:
        layer = {"module": "keras.layers", "class_name": "BatchNormalization", "config": {"name": "norm"}}
        config["config"]["layers"].insert(1, layer)

    arrays, config = with_arrays(tmp_path / "a.keras", kept), with_config(tmp_path / "b.keras", normalized)
    with zipfile.ZipFile(config) as archive:
        path = repacked(arrays, tmp_path / "c.keras", {"config.json": archive.read("config.json")})
    rows = np.loadtxt(CURVES, delimiter=",")
    gap, filled = rows.copy(), rows.copy()
    gap[:, 3], filled[:, 3] = np.nan, MEANS[3]
    detector = open_keras(path, scaling="none")
    np.testing.assert_allclose(detector.score(gap), detector.score(filled), rtol=1e-6)
    assert detector.facts.origin.endswith(
        "(Sequential). A missing cell counts as the moving mean that BatchNormalization kept of its column, which is "
        "far from the mean after few steps of training: open the model with a table of normal rows where cells are "
        "missing."
    )
    told = open_model(path, scaling="none", table=CURVES).facts.origin
    assert told.endswith("(Sequential). A missing cell counts as its column's mean.")


def test_a_missing_cell_of_scaled_rows_counts_as_0_where_no_mean_is_known() -> None:
    rows = np.loadtxt(CURVES, delimiter=",")
    gap = np.where(np.arange(12) == 3, np.nan, rows)
    zero = np.where(np.arange(12) == 3, 0.0, rows)
    assert opened("sequential").score(gap).tolist() == opened("sequential").score(zero).tolist()


def test_no_threshold_is_set_until_normal_rows_are_there() -> None:
    detector = opened("sequential")
    found = detector.detect(CURVES)
    assert (len(found), found.p_values.tolist()) == (0, [1.0] * 8)
    assert found.note == "No threshold is set, so no row is flagged: set one on a table of normal rows."
    with pytest.raises(DataError, match="No calibration scores"):
        detector.with_threshold("mean+1std")
    scores = detector.score(CURVES)
    assert detector.with_threshold("mean+1std", table=CURVES).threshold.value == scores.mean() + scores.std()
    assert detector.with_threshold(0.2).detect(CURVES).flags.tolist() == (scores > 0.2).tolist()


def test_columns_may_have_names() -> None:
    names = [f"t{step}" for step in range(12)]
    detector = open_keras(keras_file("sequential"), scaling="none", names=names)
    assert detector.schema.names == tuple(names)
    assert detector.score(CURVES).tolist() == opened("sequential").score(CURVES).tolist()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "How were the rows scaled that the Keras model was trained on? The file does not tell."),
        (
            {"scaling": "none", "minimum": 1.0},
            "scaling='none' was given beside numbers; either scaling='none' or",
        ),
        ({"minimum": 1.0}, "minimum=1.0 and maximum=None were given; two finite numbers were expected"),
        ({"minimum": 1.0, "maximum": 1.0}, "minimum=1.0 and maximum=1.0 were given"),
        ({"minimum": False, "maximum": True}, "minimum=False and maximum=True were given"),
        ({"minimum": -1, "maximum": 10**400}, "were given; two finite numbers were expected"),
        ({"minimum": 0.0, "maximum": float("inf")}, "minimum=0.0 and maximum=inf were given"),
        ({"scaling": "none", "names": ["a", "b"]}, "The model has 12 inputs; 2 names were given ('a', 'b')."),
        ({"scaling": "none", "names": ["a"] * 12}, "Give one name for each, all different."),
        (
            {"scaling": "none", "activation": "relu"},
            "the file tells the activations of its layers itself.",
        ),
    ],
)
def test_words_for_what_was_not_said_or_cannot_be(given: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as problem:
        open_keras(keras_file("sequential"), **given)  # type: ignore[arg-type]
    assert words in str(problem.value)


@pytest.mark.parametrize(
    "limits", [("0", "1"), (None, 1.0), (0.0, "1"), (False, True), ([0.0], [1.0]), (math.nan, 1.0), (-1, 10**400)]
)
def test_limits_that_are_no_numbers_are_refused(limits: tuple[object, object]) -> None:
    words = f"minimum={limits[0]!r} and maximum={limits[1]!r} were given; two finite numbers were expected"
    with pytest.raises(SettingsError, match=re.escape(words)):
        require_scaling(None, *limits)


@pytest.mark.parametrize("limits", [(0, 1), (-1.5, 2), (np.float32(0), np.int64(1))])
def test_limits_may_be_numbers_of_any_kind(limits: tuple[object, object]) -> None:
    require_scaling(None, *limits)


def test_a_class_of_its_own_needs_its_activations_said(tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", lambda config: config.update(class_name="Mine"), "tutorial")
    with pytest.raises(SettingsError) as problem:
        open_keras(path, scaling="none")
    assert str(problem.value) == (
        f"{path}: 'Mine' is a class of its own, whose Python code says which activations its 6 dense layers have; the "
        "file does not. Say them: activation='relu', output_activation='sigmoid' (--activation relu "
        "--output-activation sigmoid)."
    )
    said = open_keras(path, scaling="none", activation="relu", output_activation="sigmoid")
    assert said.score(CURVES).tolist() == opened("tutorial").score(CURVES).tolist()
    by_layer = open_keras(path, scaling="none", activation=["relu"] * 5, output_activation="sigmoid")
    assert by_layer.score(CURVES).tolist() == said.score(CURVES).tolist()
    with pytest.raises(SettingsError, match="2 activations were given for 5 hidden layers"):
        open_keras(path, scaling="none", activation=["relu", "tanh"])


def test_activations_of_the_tutorials_class_are_taken_and_told() -> None:
    path = keras_file("tutorial")
    with pytest.warns(UserWarning) as told:
        detector = open_keras(path, scaling="none")
    assert [str(warning.message) for warning in told] == [
        f"{path}: the file of this 'AnomalyDetector' does not tell its activations; relu, relu, relu, relu, relu, "
        "sigmoid were taken, those of TensorFlow's tutorial on autoencoders. Where the class has others, say them: "
        "activation='relu', output_activation='sigmoid' (--activation relu --output-activation sigmoid)."
    ]
    assert detector.score(CURVES).tolist() == opened("tutorial").score(CURVES).tolist()


def test_the_name_of_the_tutorials_class_alone_decides_nothing(tmp_path: Path) -> None:
    """Both are classes of the tutorial, with other layers than there."""
    layers = {"encoder/layers/dense": ("dense", 6, 3), "decoder/layers/dense": ("dense_1", 3, 6)}
    models = {"encoder": "sequential", "decoder": "sequential_1"}
    with pytest.raises(SettingsError, match="'Autoencoder' is a class of its own, whose Python code says which"):
        open_keras(file_of_a_class(tmp_path, layers, models, kind="Autoencoder"), scaling="none")
    with pytest.warns(UserWarning, match="relu, sigmoid were taken, those of TensorFlow's tutorial"):
        open_keras(file_of_a_class(tmp_path, layers, models, kind="Autoencoder", shape=(2, 3)), scaling="none")


@pytest.mark.parametrize(
    ("units", "is_published"),
    [
        ([(32, 16, 8), (16, 32, 140)], True),
        ([(8, 4, 2), (4, 8, 12)], True),
        ([(32, 32, 8), (16, 32, 140)], False),
        ([(32, 16), (8, 16, 32, 140)], False),
        ([(8,), (140,)], False),
    ],
)
def test_the_tutorials_detector_halves_its_layers(units: list[tuple[int, ...]], is_published: bool) -> None:
    assert (published_activations("AnomalyDetector", units, (140,)) == ("relu", "sigmoid")) is is_published
    assert published_activations("Mine", units, (140,)) is None


def test_an_activation_that_was_not_said_is_told(tmp_path: Path) -> None:
    layers = {"encoder": ("dense", 6, 3), "decoder": ("dense_1", 3, 6)}
    with pytest.warns(UserWarning, match="tell its activations; tanh, linear were taken, linear where none was said"):
        open_keras(file_of_a_class(tmp_path, layers), scaling="none", activation="tanh")


def test_the_real_model_answers_as_keras_did(real_data: Path) -> None:
    folder = real_data / "keras"
    detector = open_keras(folder / "ecg5000_dense_sigmoid.keras", scaling="none")
    values = np.stack(list(detector.reconstruct(folder / "input_scaled.csv").values()), axis=1)
    np.testing.assert_allclose(values, np.loadtxt(folder / "reconstruction.csv", delimiter=","), rtol=AS_DEMANDED)


def test_the_real_model_finds_bad_heartbeats_in_their_own_unit(real_data: Path) -> None:
    """Keras's notebook: accuracy .944 with mean + 1 std of the normal training rows."""
    table = offbeat.read(real_data / "ecg5000.csv")
    values = np.asarray(table.numbers(table.names), np.float64)
    curves, normal = values[:, :-1], values[:, -1] == 1
    detector = open_keras(
        real_data / "keras" / "ecg5000_dense_sigmoid.keras", minimum=-7.0903741, maximum=4.9664142
    ).with_threshold("mean+1std", table=curves[normal])
    assert ((~detector.detect(curves).flags) == normal).mean() > 0.93
