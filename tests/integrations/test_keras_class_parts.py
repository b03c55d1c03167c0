"""Layers of a class of someone's own of which the file tells only that they are there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imported_models import CURVES, Layers, file_of_a_class, keras_file, repacked, weight_of, with_arrays, with_config

from offbeat.detector.detector import Detector
from offbeat.errors import DetectorFileError
from offbeat.integrations import open_keras

LAYERS: Layers = {"encoder": ("dense", 6, 3), "decoder": ("dense_1", 3, 6)}


def opened(path: Path) -> Detector:
    return open_keras(path, scaling="none", activation="tanh", output_activation="linear")


def refused(path: Path) -> str:
    with pytest.raises(DetectorFileError) as problem:
        opened(path)
    return str(problem.value)


@pytest.mark.parametrize(
    "name", ["rescaling", "normalization_3", "lambda", "add", "multiply_1", "permute", "softmax", "concatenate", "mine"]
)
def test_a_layer_that_may_change_numbers_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = file_of_a_class(tmp_path, LAYERS, {"layers/other": name})
    assert refused(path) == (
        f"{path}: 'layers/other' is a layer '{name}', and the file does not tell what it does to the numbers, nor "
        "when. Of a class, dense layers that follow one another in one line can be read, and layers that act in "
        "training only under the names that Keras gives them (dropout, gaussian_noise). Where it calls its layers in "
        "one line, rebuild it as a Sequential model, and save that."
    )


@pytest.mark.parametrize(
    "name", ["dropout", "gaussian_noise_2", "flatten", "reshape", "re_lu", "activation_1", "input_layer", "identity"]
)
def test_a_layer_that_changes_none_is_passed_over(tmp_path: Path, name: str) -> None:
    rows = np.linspace(-1, 1, 18).reshape(3, 6)
    found = opened(file_of_a_class(tmp_path, LAYERS, {"other": name})).reconstruct(rows)
    expected = np.tanh(rows @ weight_of("dense", 6, 3)) @ weight_of("dense_1", 3, 6)
    np.testing.assert_allclose(np.stack(list(found.values()), axis=1), expected, atol=1e-5)


def test_a_model_may_have_any_name_but_not_what_is_in_it(tmp_path: Path) -> None:
    layers = {"a/layers/dense": ("dense", 6, 3), "b/layers/dense": ("dense_1", 3, 6)}
    models = {"a": "my_encoder", "b": "my_decoder"}
    assert opened(file_of_a_class(tmp_path, layers, models)).resolved.hidden == (3,)
    words = refused(file_of_a_class(tmp_path, layers, {**models, "a/layers/softmax": "softmax"}))
    assert "'a/layers/softmax' is a layer 'softmax', and" in words


@pytest.mark.parametrize("name", ["embedding", "einsum_dense_1"])
def test_other_layers_with_one_matrix_are_taken_for_no_dense_ones(tmp_path: Path, name: str) -> None:
    words = refused(file_of_a_class(tmp_path, {**LAYERS, "encoder": (name, 6, 3)}))
    assert f"'encoder' is a layer '{name}', and the file does not tell what it does" in words


def test_a_dense_layer_for_each_step_is_taken_for_no_plain_one(tmp_path: Path) -> None:
    layers = {"encoder/layer": ("dense", 6, 3), "decoder/layer": ("dense_1", 3, 6)}
    words = refused(file_of_a_class(tmp_path, layers, {"encoder": "time_distributed", "decoder": "time_distributed_1"}))
    assert "is a layer 'time_distributed" in words


def test_a_recurrent_layer_is_not_called_damaged(tmp_path: Path) -> None:
    def recurrent(file: Any) -> None:
        for old in list(file):
            del file[old]
        cell = file.create_group("layers/simple_rnn/cell/vars")
        cell.attrs["name"] = "simple_rnn_cell"
        cell["0"], cell["1"] = np.eye(6, dtype=np.float32), np.eye(6, dtype=np.float32)

    path = with_arrays(tmp_path / "a.keras", recurrent, "tutorial")
    assert refused(path) == (
        f"{path}: 'layers/simple_rnn/cell', called 'simple_rnn_cell', holds the arrays of something else than a dense "
        "layer. Only dense autoencoders can be imported."
    )


@pytest.mark.parametrize("name", ["add", "dense_7"])
def test_layers_beside_saved_models_are_refused(tmp_path: Path, name: str) -> None:
    def beside(file: Any) -> None:
        file.create_group("beside/vars").attrs["name"] = name

    path = with_arrays(tmp_path / "a.keras", beside, "pair")
    with pytest.raises(DetectorFileError, match=f"'beside' is a layer '{name}', and the file does not tell what"):
        open_keras(path, scaling="none")


def test_what_files_of_keras_2_do_not_tell_is_told(tmp_path: Path) -> None:
    def unnamed(file: Any) -> None:
        file.visititems(lambda _, found: found.attrs.clear())

    path = with_arrays(tmp_path / "a.keras", unnamed, "tutorial")
    expected = opened(keras_file("tutorial")).score(CURVES).tolist()
    assert opened(path).score(CURVES).tolist() == expected
    assert opened(path).facts.origin.endswith(
        "were taken. Nor does it name layers that keep no arrays, such as Add; none was assumed."
    )


def test_files_of_other_things_than_layers_are_no_parts(tmp_path: Path) -> None:
    config = {"class_name": "Mine", "config": {"units": [8, 4], "name": "mine"}}
    path = repacked(keras_file("tutorial"), tmp_path / "a.keras", {"config.json": json.dumps(config).encode()})
    assert opened(path).resolved.hidden == (8, 4, 2, 4, 8)


# --- parts that a class saves in its configuration ---

Parts = dict[str, Any]


def of_parts(tmp_path: Path, edit: Callable[[Parts], Parts], *, is_built: bool = True) -> Path:
    """The class with an encoder and a decoder, by other names or with parts beside them."""

    def edited(config: dict[str, Any]) -> None:
        config["config"] = edit(config["config"])
        if not is_built:
            del config["build_config"]

    return with_config(tmp_path / "a.keras", edited, "pair")


def layer(kind: str, **config: Any) -> Parts:
    return {"module": "keras.layers", "class_name": kind, "config": {"name": kind.lower(), **config}}


def refused_parts(path: Path) -> str:
    with pytest.raises(DetectorFileError) as problem:
        open_keras(path, scaling="none")
    return str(problem.value)


@pytest.mark.parametrize(
    "edit",
    [
        lambda found: {"recon": found["decoder"], "latent": found["encoder"]},
        lambda found: {"halves": [found["encoder"], found["decoder"]]},
        lambda found: {**found, "noise": layer("GaussianNoise", stddev=0.1), "flat": layer("Flatten")},
        lambda found: {"shape": layer("Reshape", target_shape=[4, 3]), **found},
    ],
)
def test_parts_follow_one_another_by_their_shapes(edit: Callable[[Parts], Parts], tmp_path: Path) -> None:
    expected = open_keras(keras_file("pair"), scaling="none").score(CURVES).tolist()
    assert open_keras(of_parts(tmp_path, edit), scaling="none").score(CURVES).tolist() == expected


def test_parts_in_no_order_or_in_several_are_refused(tmp_path: Path) -> None:
    path = of_parts(tmp_path, lambda found: {**found, "decoder2": found["decoder"]})
    assert refused_parts(path) == (
        f"{path}: 6 dense layers were found, in no order in which each takes what the one before "
        "gives and the output is as wide as the input (12 to 5, 5 to 2, 2 to 5, 5 to 12, 2 to 5, ...). Only layers "
        "that follow one another in one line can be read."
    )
    turned = of_parts(tmp_path, lambda found: {"a": found["decoder"], "b": found["encoder"]}, is_built=False)
    assert "the dense layers 'a', 'b' fit one another in more than one order." in refused_parts(turned)


@pytest.mark.parametrize(
    "part",
    [
        layer("Rescaling", scale=0.5),
        layer("Normalization", axis=None, mean=1.0, variance=2.0),
        layer("ReLU"),
        layer("BatchNormalization"),
        layer("Flatten", data_format="channels_first"),
    ],
    ids=lambda part: part["class_name"],
)
def test_a_part_that_changes_numbers_without_a_dense_layer_is_refused(part: Parts, tmp_path: Path) -> None:
    kind = part["class_name"]
    for edit in (lambda found: {**found, "pre": part}, lambda found: {"pre": [layer("Dropout"), part], **found}):
        path = of_parts(tmp_path, edit)
        assert refused_parts(path) == (
            f"{path}: 'pre' holds layer '{kind.lower()}' ('{kind}') and no dense layer, and the file "
            "does not tell when the class calls it. Of a class, dense layers that follow one another in one line can "
            "be read, and layers that act in training only under the names that Keras gives them (dropout, "
            "gaussian_noise). Where it calls its layers in one line, rebuild it as a Sequential model, and save that."
        )
