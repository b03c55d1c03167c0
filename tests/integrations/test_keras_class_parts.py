"""Layers of a class of someone's own of which the file tells only that they are there."""

from __future__ import annotations

import json
import zipfile
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


@pytest.mark.parametrize("name", ["batch_normalization_2", "normalization", None])
def test_a_scaling_layer_of_a_class_opens_in_a_sequential_model(tmp_path: Path, name: str | None) -> None:
    def scaling(file: Any) -> None:
        if name is None:
            file.visititems(lambda _, found: found.attrs.clear())
        own = file.create_group("scaling/vars")
        own["0"] = own["1"] = np.ones(12, np.float32)
        if name is not None:
            own.attrs["name"] = name

    called = "" if name is None else f", called '{name}',"
    path = with_arrays(tmp_path / "a.keras", scaling, "tutorial")
    assert refused(path) == (
        f"{path}: 'scaling'{called} holds the arrays of something else than a dense layer. Of a class, dense layers "
        "that follow one another in one line can be read, and layers that act in training only under the names that "
        "Keras gives them (dropout, gaussian_noise). Where it calls its layers in one line, rebuild it as a Sequential "
        "model, and save that."
    )


@pytest.mark.parametrize("name", ["add", "dense_7"])
def test_layers_beside_saved_models_are_refused(tmp_path: Path, name: str) -> None:
    def beside(file: Any) -> None:
        file.create_group("beside/vars").attrs["name"] = name

    path = with_arrays(tmp_path / "a.keras", beside, "pair")
    with pytest.raises(DetectorFileError, match=f"'beside' is a layer '{name}', and the file does not tell what"):
        open_keras(path, scaling="none")


def test_what_files_of_older_keras_do_not_tell_is_told(tmp_path: Path) -> None:
    def unnamed(file: Any) -> None:
        file.visititems(lambda _, found: found.attrs.clear())

    path = with_arrays(tmp_path / "a.keras", unnamed, "tutorial")
    expected = opened(keras_file("tutorial")).score(CURVES).tolist()
    with pytest.warns(UserWarning) as told:
        assert opened(path).score(CURVES).tolist() == expected
    assert [str(warning.message) for warning in told] == [
        f"{path}: files of Keras before 3.6 do not name layers that keep no arrays, such as Rescaling or Add, and none "
        "was assumed in this 'AnomalyDetector'. Where the class calls one, the scores are wrong: compare one row with "
        "Keras's predict, or save the model with Keras 3.6 or later."
    ]


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


def wired(model: Parts, *, again: bool = False, heads: int = 1) -> Parts:
    """What `get_config` of a functional model with the layers of a `Sequential` one gives."""
    layers = [{**entry, "name": entry["config"]["name"]} for entry in model["config"]["layers"]]
    names = [entry["name"] for entry in layers]
    for entry, before in zip(layers, [None, *names[:-1]], strict=True):
        entry["inbound_nodes"] = [] if before is None else [[[before, 0, 0, {}]]]
    if again:
        layers[-1]["inbound_nodes"].append([[names[-1], 0, 0, {}]])
    ends = [[name, 0, 0] for name in names[-heads:]]
    return {
        "name": model["config"]["name"],
        "layers": layers,
        "input_layers": [[names[0], 0, 0]],
        "output_layers": ends,
    }


def refused_parts(path: Path) -> str:
    with pytest.raises(DetectorFileError) as problem:
        open_keras(path, scaling="none")
    return str(problem.value)


@pytest.mark.parametrize(
    "edit",
    [
        lambda found: {"recon": found["decoder"], "latent": found["encoder"]},
        lambda found: {"halves": [found["encoder"], found["decoder"]]},
        lambda found: {key: model["config"] for key, model in found.items() if isinstance(model, dict)},
        lambda found: {"halves": [found["encoder"]["config"], found["decoder"]["config"]]},
        lambda found: {**found, "encoder": wired(found["encoder"])},
        lambda found: {**found, "noise": layer("GaussianNoise", stddev=0.1), "flat": layer("Flatten")},
        lambda found: {"shape": layer("Reshape", target_shape=[4, 3]), **found},
    ],
)
def test_parts_follow_one_another_by_their_shapes(edit: Callable[[Parts], Parts], tmp_path: Path) -> None:
    expected = open_keras(keras_file("pair"), scaling="none").score(CURVES).tolist()
    assert open_keras(of_parts(tmp_path, edit), scaling="none").score(CURVES).tolist() == expected


@pytest.mark.parametrize(
    ("options", "words"), [({"again": True}, "is called 2 times"), ({"heads": 2}, "the model has the outputs")]
)
@pytest.mark.parametrize("is_listed", [False, True])
def test_the_wiring_of_a_part_without_its_class_is_followed(
    options: dict[str, Any], words: str, is_listed: bool, tmp_path: Path
) -> None:
    def edit(found: Parts) -> Parts:
        encoder = wired(found["encoder"], **options)
        return {**found, "encoder": [encoder] if is_listed else encoder}

    assert words in refused_parts(of_parts(tmp_path, edit))


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


# --- parts of which the file tells too little ---


def of_someone(kind: str, **config: Any) -> Parts:
    return {"module": None, "class_name": kind, "config": config, "registered_name": f"mine>{kind}"}


OWN_LAYER = of_someone("Scale01", name="scale01", lo=-1.0, hi=3.0)


def as_a_line(found: Parts) -> Parts:
    """What a subclass of Sequential saves."""
    return {"name": "line", "layers": [*found["encoder"]["config"]["layers"], *found["decoder"]["config"]["layers"]]}


def of_older_keras(tmp_path: Path, edit: Callable[[Parts], Parts], moves: dict[str, str]) -> Path:
    """As Keras before 3.6 saves the class: no layer is named, and the arrays may lie at other places."""

    def moved(file: Any) -> None:
        file.visititems(lambda _, found: found.attrs.clear())
        for old, new in moves.items():
            file.move(old, new)

    arrays = with_arrays(tmp_path / "arrays.keras", moved, "pair")
    with zipfile.ZipFile(arrays) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"] = edit(config["config"])
    return repacked(arrays, tmp_path / "older.keras", {"config.json": json.dumps(config).encode()})


TO_A_LINE = {
    "encoder/layers/dense": "layers/dense",
    "encoder/layers/dense_1": "layers/dense_1",
    "decoder/layers/dense": "layers/dense_2",
    "decoder/layers/dense_1": "layers/dense_3",
}


@pytest.mark.parametrize(
    "edit",
    [
        lambda found: {**found, "scaler": OWN_LAYER},
        lambda found: {"pre": [layer("Dropout"), OWN_LAYER], **found},
        lambda found: {**found, "steps": {"first": [OWN_LAYER]}},
        lambda found: {"layers": [*found["encoder"]["config"]["layers"], OWN_LAYER, found["decoder"]]},
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_a_layer_of_ones_own_in_the_configuration_is_refused_by_name(
    edit: Callable[[Parts], Parts], is_named: bool, tmp_path: Path
) -> None:
    path = of_parts(tmp_path, edit) if is_named else of_older_keras(tmp_path, edit, {})
    assert refused_parts(path) == (
        f"{path}: 'scale01', which the class saves in its configuration, is of the class 'Scale01', no model or layer "
        "of Keras's own: what it computes is Python code, and offbeat runs none. Build the model of Keras's layers "
        "only."
    )


def test_a_class_that_saves_only_a_layer_of_ones_own_is_refused(tmp_path: Path) -> None:
    config = {"class_name": "Mine", "config": {"units": 8, "scaler": OWN_LAYER}}
    path = repacked(keras_file("tutorial"), tmp_path / "a.keras", {"config.json": json.dumps(config).encode()})
    assert "'scale01', which the class saves in its configuration, is of the class 'Scale01'" in refused(path)


def test_a_model_of_ones_own_with_dense_layers_in_it_is_read_by_their_shapes(tmp_path: Path) -> None:
    config = {"class_name": "Mine", "config": {key: of_someone(key.title()) for key in ("encoder", "decoder")}}
    path = repacked(keras_file("tutorial"), tmp_path / "a.keras", {"config.json": json.dumps(config).encode()})
    assert opened(path).score(CURVES).tolist() == opened(keras_file("tutorial")).score(CURVES).tolist()


@pytest.mark.parametrize(
    "other",
    [
        {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}},
        {"module": "keras.losses", "class_name": "MeanSquaredError", "config": {"name": "mean_squared_error"}},
        {"module": "keras.regularizers", "class_name": "L1", "config": {"l1": 0.1}},
        {"module": "keras.optimizers.schedules", "class_name": "ExponentialDecay", "config": {"decay_rate": 0.9}},
        {"class_name": "__numpy__", "config": {"value": [0.1, 0.2], "dtype": "float64"}},
        {"class_name": "__tensor__", "config": {"value": [0.1, 0.2], "dtype": "float32"}},
        {"module": "builtins", "class_name": "function", "config": "mean_squared_error"},
        {"module": "keras.activations", "class_name": "function", "config": "relu"},
        {"module": "builtins", "class_name": "function", "config": "softsign", "registered_name": "function"},
    ],
    ids=lambda other: f"{other['class_name']} {other['config'] if other['class_name'] == 'function' else ''}",
)
def test_data_and_what_acts_in_training_only_are_no_parts(other: Parts, tmp_path: Path) -> None:
    path = of_parts(tmp_path, lambda found: {**found, "other": other})
    expected = open_keras(keras_file("pair"), scaling="none").score(CURVES).tolist()
    assert open_keras(path, scaling="none").score(CURVES).tolist() == expected


@pytest.mark.parametrize(
    "other",
    [
        {"module": "builtins", "class_name": "function", "config": "scale01", "registered_name": "function"},
        {"module": "mine", "class_name": "function", "config": "relu"},
        {"class_name": "__lambda__", "config": {"value": "4wEA"}},
        {"module": "keras.ops", "class_name": "Scale", "config": {}},
    ],
    ids=lambda other: other["class_name"],
)
def test_functions_of_ones_own_are_refused(other: Parts, tmp_path: Path) -> None:
    words = refused_parts(of_parts(tmp_path, lambda found: {**found, "other": other}))
    assert f"'other', which the class saves in its configuration, is of the class '{other['class_name']}'" in words


@pytest.mark.parametrize(
    ("edit", "moves"),
    [
        (lambda found: found, {}),
        (lambda found: found, {"encoder": "layers/sequential", "decoder": "layers/sequential_1"}),
        (lambda found: found, {"encoder": "layers/sequential_1", "decoder": "layers/sequential"}),
        (lambda found: found, {"decoder": "layers/sequential_1"}),
        (
            lambda found: {"halves": list(found.values())},
            {"encoder": "halves/sequential", "decoder": "halves/sequential_1"},
        ),
        (as_a_line, TO_A_LINE),
    ],
)
def test_arrays_are_found_where_older_keras_keeps_them(
    edit: Callable[[Parts], Parts], moves: dict[str, str], tmp_path: Path
) -> None:
    path = of_older_keras(tmp_path, lambda found: edit({key: found[key] for key in ("encoder", "decoder")}), moves)
    expected = open_keras(keras_file("pair"), scaling="none").score(CURVES).tolist()
    with pytest.warns(UserWarning, match="files of Keras before 3.6 do not name layers that keep no arrays"):
        assert open_keras(path, scaling="none").score(CURVES).tolist() == expected


def test_a_layout_that_is_not_known_is_not_called_damaged(tmp_path: Path) -> None:
    path = of_older_keras(tmp_path, lambda found: found, {"encoder": "layers/model", "decoder": "layers/model_1"})
    assert refused_parts(path).startswith(
        f"{path}: the file does not tell where the arrays of 'encoder', 'decoder' are, parts of a class of its own: "
        "there are none under these names, and those under 'layers' fit their shapes in none of the ways that are "
        "known. Of a class, dense layers that follow one another in one line can be read"
    )


def test_parts_that_may_have_each_others_arrays_are_refused(tmp_path: Path) -> None:
    def twice(found: Parts) -> Parts:
        return {"one": found["encoder"], "two": found["encoder"]}

    def alike(file: Any) -> None:
        file.visititems(lambda _, found: found.attrs.clear())
        del file["decoder"]
        file.move("encoder", "layers/sequential")
        file.copy("layers/sequential", "layers/sequential_1")

    arrays = with_arrays(tmp_path / "arrays.keras", alike, "pair")
    with zipfile.ZipFile(arrays) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"] = twice(config["config"])
    path = repacked(arrays, tmp_path / "a.keras", {"config.json": json.dumps(config).encode()})
    assert "those under 'layers' fit their shapes in more than one way." in refused_parts(path)


@pytest.mark.parametrize("place", ["layers/scale/vars/0", "vars/0"])
def test_arrays_of_no_known_layer_are_refused(place: str, tmp_path: Path) -> None:
    def beside(file: Any) -> None:
        file.visititems(lambda _, found: found.attrs.clear())
        file[place] = np.ones(12, np.float32)

    path = with_arrays(tmp_path / "a.keras", beside, "pair")
    assert refused_parts(path).startswith(
        f"{path}: the array '{place}' is of none of the layers that are known of the class, and the file does not tell "
        "what it does to the numbers, nor when."
    )


def test_an_array_of_a_class_itself_is_refused(tmp_path: Path) -> None:
    def beside(file: Any) -> None:
        file["vars/0"] = np.ones(140, np.float32)

    words = refused(with_arrays(tmp_path / "a.keras", beside, "tutorial"))
    assert "the array 'vars/0' is of none of the layers that are known of the class" in words


@pytest.mark.parametrize(("name", "options"), [("pair", {}), ("tutorial", {"activation": "relu"})])
@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_number_of_a_class_itself_is_told(
    name: str, options: dict[str, str], shape: tuple[int, ...], tmp_path: Path
) -> None:
    def beside(file: Any) -> None:
        file["vars/0"] = np.full(shape, 0.25, np.float32)

    given = {**options, "output_activation": "sigmoid"} if options else {}
    path = with_arrays(tmp_path / "a.keras", beside, name)
    with pytest.warns(UserWarning) as told:
        found = open_keras(path, scaling="none", **given).score(CURVES)  # type: ignore[arg-type]
    assert found.tolist() == open_keras(keras_file(name), scaling="none", **given).score(CURVES).tolist()  # type: ignore[arg-type]
    assert [str(warning.message) for warning in told] == [
        f"{path}: the class keeps a number of its own, 'vars/0' (0.25), and the file does not tell what for. It was "
        "taken for one that reconstructs nothing, such as a threshold. Where the class computes with it, the scores "
        "are wrong: compare one row with Keras's predict."
    ]


def with_optimizer(file: Any, *, each: int = 2, until: int | None = None) -> None:
    """Adam or momentum, as older Keras saves an attribute: steps, a rate, and arrays for each that is trained."""
    file.visititems(lambda _, found: found.attrs.clear())
    trained: list[np.ndarray] = []
    file.visititems(
        lambda path, found: trained.append(found[()]) if "layers/" in path and hasattr(found, "ndim") else None
    )
    own = file.create_group("trainer/vars")
    states = [array for array in trained if array.ndim][:until]
    for index, array in enumerate([np.int64(300), np.float32(1e-3), *(array for array in states for _ in range(each))]):
        own[str(index)] = array


@pytest.mark.filterwarnings("ignore:.*files of Keras before 3.6")
@pytest.mark.parametrize(("name", "options"), [("pair", {}), ("tutorial", {"activation": "relu"})])
@pytest.mark.parametrize("each", [1, 2])
def test_an_optimizer_of_a_class_is_passed_over(name: str, options: dict[str, str], each: int, tmp_path: Path) -> None:
    given = {**options, "output_activation": "sigmoid"} if options else {}
    path = with_arrays(tmp_path / "a.keras", lambda file: with_optimizer(file, each=each), name)
    found = open_keras(path, scaling="none", **given).score(CURVES)  # type: ignore[arg-type]
    assert found.tolist() == open_keras(keras_file(name), scaling="none", **given).score(CURVES).tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["pair", "tutorial"])
def test_what_counts_and_has_arrays_of_few_layers_is_refused(name: str, tmp_path: Path) -> None:
    path = with_arrays(tmp_path / "a.keras", lambda file: with_optimizer(file, until=2), name)
    words = refused(path) if name == "tutorial" else refused_parts(path)
    assert "trainer" in words
    assert words.endswith(" If this is an optimizer, save the model without it.")


def test_a_scaling_layer_with_a_count_is_no_optimizer(tmp_path: Path) -> None:
    def scaling(file: Any) -> None:
        file.visititems(lambda _, found: found.attrs.clear())
        own = file.create_group("scaling/vars")
        own["0"], own["1"], own["2"] = np.ones(12, np.float32), np.ones(12, np.float32), np.int32(0)

    assert "the array 'scaling/vars/" in refused_parts(with_arrays(tmp_path / "a.keras", scaling, "pair"))
