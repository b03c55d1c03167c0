"""Layers of Keras that act in unusual ways, or cannot be expressed; activations in all their spellings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from imported_models import CURVES, answer_of_keras, keras_file, with_arrays, with_config

from offbeat.errors import DetectorFileError
from offbeat.integrations import open_keras
from offbeat.integrations.keras.activations import activation_word, after
from offbeat.integrations.keras.layers import snake_case

Config = dict[str, Any]


def added(kind: str, place: int = -1, **settings: Any) -> Callable[[Config], None]:
    """Inserts a layer into the sequential model: at the end, or before another layer."""

    def edit(config: Config) -> None:
        layers = config["config"]["layers"]
        entry = {"module": "keras.layers", "class_name": kind, "config": {"name": "added", **settings}}
        layers.insert(len(layers) if place == -1 else place, entry)

    return edit


def refused(edit: Callable[[Config], None], tmp_path: Path, name: str = "sequential") -> str:
    path = with_config(tmp_path / "a.keras", edit, name)
    with pytest.raises(DetectorFileError) as problem:
        open_keras(path, scaling="none")
    assert str(problem.value).startswith(str(path))
    return str(problem.value)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        (
            "Lambda",
            {"function": {"class_name": "__lambda__"}},
            "is a 'Lambda'. A Lambda holds Python code, and",
        ),
        (
            "LSTM",
            {"units": 3},
            "layer 'added' is a 'LSTM'. Only dense autoencoders can be imported",
        ),
        ("Softmax", {}, "layer 'added' is a 'Softmax'."),
        ("Activation", {"activation": "softmax"}, "layer 'added' has the activation 'softmax'. Activations that"),
        (
            "Activation",
            {"activation": "tanh"},
            "layer 'added' applies tanh after sigmoid, and a dense layer can have one activation here. Leave one of "
            "the two out, and train the model again.",
        ),
        ("LeakyReLU", {"negative_slope": 2.0}, "layer 'added' has the activation LeakyReLU with negative_slope 2.0."),
        ("ReLU", {"max_value": 6.0}, "layer 'added' has the activation ReLU with max_value 6.0."),
        (
            "ELU",
            {"alpha": 0.5},
            "layer 'added' has the activation ELU with alpha 0.5. Activations that can be read are linear, relu, "
            "leaky_relu, elu, selu, gelu, silu, swish, softplus, tanh, sigmoid; the layers ReLU without max_value and "
            "threshold, LeakyReLU with a slope from 0 to 1, and ELU with alpha 1.",
        ),
        (
            "Activation",
            {"activation": {"class_name": "__lambda__", "config": {"value": ["4wEAAA"]}}},
            "layer 'added' has an activation that is Python code (a lambda), of which offbeat runs none. Activations",
        ),
        (
            "Activation",
            {"activation": {"value": ["4wEAAA", None, None]}},  # as Keras 3.15 writes it
            "layer 'added' has an activation that is Python code (a lambda), of which offbeat runs none. Activations",
        ),
        (
            "Activation",
            {"activation": {"class_name": "function", "config": "my_activation", "registered_name": "my_activation"}},
            "layer 'added' has the activation 'my_activation'.",
        ),
        ("Rescaling", {"scale": 2.0, "offset": 0.0}, "the output is scaled after its activation"),
        (
            "Rescaling",
            {"scale": "eval(1)", "offset": 0.0},
            "(Rescaling) has no numbers to scale by that fit",
        ),
        ("Rescaling", {"scale": 10**399, "offset": 0.0}, "(Rescaling) has no numbers to scale by that fit"),
        (
            "Rescaling",
            {"scale": [1.0] * 5, "offset": 0.0},
            "(Rescaling) has no numbers to scale by that fit",
        ),
        ("Reshape", {"target_shape": [5, 5]}, "layer 'added' makes '[5, 5]' of the shape (12,)."),
        ("Reshape", {"target_shape": [-1, -1]}, "layer 'added' makes '[-1, -1]' of the shape (12,)."),
        ("Flatten", {"data_format": "upside_down"}, "layer 'added' has the data_format 'upside_down'."),
        ("Reshape", {"target_shape": None}, "layer 'added' makes 'None' of the shape (12,)."),
        (
            "BatchNormalization",
            {"axis": 3},
            "layer 'added' (BatchNormalization) scales along axis '3' of examples of the shape (12,); only scaling "
            "along the last one can be imported. Put it after a Flatten, or scale the table instead",
        ),
        ("Normalization", {"axis": 0}, "layer 'added' (Normalization) scales along axis '0'"),
        ("BatchNormalization", {}, "layer 'added' lacks its array"),
        ("Dense", {"units": 12}, "layer 'added' lacks its array"),
        ("Dense", {"units": 10**9}, "layer 'added' has '1000000000' units."),
        ("Dense", {"units": "12"}, "layer 'added' has '12' units."),
        ("Dense", {"units": 12, "quantization_config": {"class_name": "Int8"}}, "layer 'added' is quantized."),
    ],
)
def test_words_for_a_layer_that_cannot_be_read(kind: str, settings: Config, words: str, tmp_path: Path) -> None:
    assert words in refused(added(kind, **settings), tmp_path)


@pytest.mark.parametrize("kind", ["Dropout", "GaussianNoise", "AlphaDropout", "ActivityRegularization", "Identity"])
def test_layers_that_act_in_training_only_change_nothing(kind: str, tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", added(kind, place=2, rate=0.5))
    expected = open_keras(keras_file("sequential"), scaling="none").score(CURVES)
    assert open_keras(path, scaling="none").score(CURVES).tolist() == expected.tolist()


def test_a_linear_activation_and_one_that_changes_nothing_are_passed_over(tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", added("Activation", activation="linear"))
    assert open_keras(path, scaling="none").resolved.output_activation == "sigmoid"
    path = with_config(tmp_path / "b.keras", added("LeakyReLU", place=2))
    assert open_keras(path, scaling="none").resolved.activation == "relu"


def test_a_scaling_before_the_first_layer_is_multiplied_in(tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", added("Rescaling", place=1, scale=2.0, offset=-1.0))
    values = open_keras(path, scaling="none").reconstruct((np.loadtxt(CURVES, delimiter=",") + 1) / 2)
    np.testing.assert_allclose(np.stack(list(values.values()), axis=1), answer_of_keras("sequential"), rtol=1e-5)


def test_numbers_to_scale_by_may_be_written_as_an_array_of_numpy(tmp_path: Path) -> None:
    one, array = ([2.0] * 12, {"class_name": "__numpy__", "config": {"value": [2.0] * 12, "dtype": "float64"}})
    found = []
    for scale in (one, array):
        path = with_config(tmp_path / "a.keras", added("Rescaling", place=1, scale=scale, offset=-1.0))
        found.append(open_keras(path, scaling="none").score(CURVES).tolist())
    assert found[0] == found[1]
    words = "(Rescaling) has no numbers to scale by that fit its input"
    array["config"] = {"value": "eval(1)"}
    assert words in refused(added("Rescaling", place=1, scale=array, offset=0.0), tmp_path)


@pytest.mark.parametrize("scaled", [False, True])
def test_channels_first_are_moved_behind_the_other_axes(tmp_path: Path, scaled: bool) -> None:
    """What the first dense layer gets is the input with its axes turned; what the last one gives is turned as well."""
    to_shape, flatten = added("Reshape", target_shape=[3, 4]), added("Flatten", data_format="channels_first")
    scales = np.arange(1.0, 13.0) if scaled else np.ones(12)
    scale = added("Rescaling", place=1, scale=scales.tolist(), offset=0.0)

    def at_the_start(config: Config) -> None:
        config["config"]["layers"][0]["config"].update(batch_shape=[None, 3, 4])
        added("Flatten", place=1, data_format="channels_first")(config)
        config["config"]["layers"][1]["config"]["name"] = "flat"
        added("Rescaling", place=1, scale=scales.reshape(3, 4).tolist(), offset=0.0)(config)

    rows = np.loadtxt(CURVES, delimiter=",")
    turned = (rows * scales).reshape(-1, 3, 4).swapaxes(1, 2).reshape(-1, 12)
    expected = open_keras(keras_file("sequential"), scaling="none").reconstruct(turned)
    found = open_keras(with_config(tmp_path / "a.keras", at_the_start), scaling="none").reconstruct(rows)
    np.testing.assert_allclose(list(found.values()), list(expected.values()), rtol=1e-5)

    def at_the_end(config: Config) -> None:
        scale(config)
        to_shape(config)
        config["config"]["layers"][-1]["config"]["name"] = "shape"
        flatten(config)
        config["config"]["layers"][-1]["config"]["name"] = "flat"

    found = open_keras(with_config(tmp_path / "b.keras", at_the_end), scaling="none").reconstruct(rows / scales)
    places = np.arange(12).reshape(3, 4).T.ravel()
    np.testing.assert_allclose(np.stack(list(found.values()), 1), answer_of_keras("sequential")[:, places], rtol=1e-5)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda config: config["config"].update(layers=[]), "a model is without a list of layers."),
        (lambda config: config["config"].update(layers="Dense"), "a model is without a list of layers."),
        (lambda config: config["config"].update(layers=[3]), "a layer is without its settings."),
        (lambda config: config.update(config=None), "a layer is without its settings."),
        (
            lambda config: config["config"]["layers"].pop(),
            "the model has 12 inputs and 8 outputs; an",
        ),
        (lambda config: config["config"]["layers"].pop(2), "is float32 (4, 8); floating-point numbers of the shape"),
        (
            lambda config: config["config"]["layers"][1].update(module="mine"),
            "is of the class 'Dense', which is not",
        ),
        (lambda config: config["config"]["layers"][1]["config"].update(name="dense_1"), "two layers called 'dense_1'"),
        (
            lambda config: config["config"]["layers"][0]["config"].update(batch_shape=[None, 10**12]),
            "an example has the absurd shape '(1000000000000,)'",
        ),
        (
            lambda config: config["config"]["layers"][0]["config"].update(batch_shape=[None, 3, 12]),
            "gets examples of the shape (3, 12), without a Flatten before it.",
        ),
    ],
)
def test_words_for_a_configuration_that_is_out_of_order(
    edit: Callable[[Config], None], words: str, tmp_path: Path
) -> None:
    assert words in refused(edit, tmp_path)


def _node(*names: str) -> list[Config]:
    tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}} for name in names]
    return [{"args": tensors, "kwargs": {}}]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            lambda layers: layers[-1].update(inbound_nodes=_node("out", "flatten")),
            "takes the outputs of 2 layers;",
        ),
        (
            lambda layers: layers[-1].update(inbound_nodes=[*_node("out"), *_node("flatten")]),
            "is called 2 times; only layers that follow one another in one line can be read.",
        ),
        (
            lambda layers: layers[-1].update(inbound_nodes=_node("reshape")),
            "the way from input to output is not",
        ),
        (lambda layers: layers[-1].update(inbound_nodes=_node("nowhere")), "is not closed at 'nowhere'."),
        (lambda layers: layers[-1].update(inbound_nodes=[]), "the shape of the model's input is not told."),
        (lambda layers: layers[2].update(inbound_nodes=_node("out")), "the way from input to output is not closed at"),
    ],
)
def test_words_for_wiring_that_is_no_line(edit: Callable[[list[Config]], None], words: str, tmp_path: Path) -> None:
    assert words in refused(lambda config: edit(config["config"]["layers"]), tmp_path, "functional")


def test_several_outputs_are_refused(tmp_path: Path) -> None:
    two = [["reshape", 0, 0], ["out", 0, 0]]
    words = refused(lambda config: config["config"].update(output_layers=two), tmp_path, "functional")
    assert words.endswith(
        "the model has the outputs 'reshape', 'out'; an autoencoder has one. Save that one alone with Keras: "
        "keras.Model(model.input, model.get_layer('reshape').output).save(...), with the name of the output that "
        "reconstructs the input."
    )


def test_several_inputs_are_refused(tmp_path: Path) -> None:
    two = [["first", 0, 0], ["second", 0, 0]]
    words = refused(lambda config: config["config"].update(input_layers=two), tmp_path, "functional")
    assert words.endswith("the model has 2 inputs and 1 outputs; an autoencoder has one of each.")


def test_an_activation_before_any_dense_layer_is_refused(tmp_path: Path) -> None:
    words = refused(added("ReLU", place=1), tmp_path)
    assert "layer 'added' applies relu where no dense layer stands right before it. Only dense autoencoders" in words


def test_a_class_whose_file_tells_its_wiring_is_read_by_that(tmp_path: Path) -> None:
    def own_class(config: Config) -> None:
        config.update(module=None, class_name="MyAutoencoder", registered_name="my>MyAutoencoder")

    def twice(config: Config) -> None:
        own_class(config)
        config["config"]["layers"][-1].update(inbound_nodes=[*_node("out"), *_node("flatten")])

    def shuffled(config: Config) -> None:
        own_class(config)
        config["config"]["layers"].reverse()

    for edit in (own_class, shuffled):
        found = open_keras(with_config(tmp_path / "a.keras", edit, "functional"), scaling="none")
        values = np.stack(list(found.reconstruct(CURVES).values()), axis=1)
        np.testing.assert_allclose(values, answer_of_keras("functional"), rtol=1e-5, atol=1e-6)
        assert (
            "'MyAutoencoder' was taken to call its layers as the file wires them and to do nothing else,"
            in found.describe()
        )
    assert "is called 2 times; only layers that follow one another" in refused(twice, tmp_path, "functional")


def test_wiring_in_the_spelling_of_keras_2_is_read(tmp_path: Path) -> None:
    def edit(config: Config) -> None:
        for layer in config["config"]["layers"]:
            for node in layer["inbound_nodes"]:
                (name, *place) = node["args"][0]["config"]["keras_history"]
                layer["inbound_nodes"] = [[[name, *place, {}]]]

    path = with_config(tmp_path / "a.keras", edit, "functional")
    values = np.stack(list(open_keras(path, scaling="none").reconstruct(CURVES).values()), axis=1)
    np.testing.assert_allclose(values, answer_of_keras("functional"), rtol=1e-5, atol=1e-6)


def test_arrays_under_the_names_of_keras_2_are_found(tmp_path: Path) -> None:
    def edit(file: Any) -> None:
        file.move("layers", "_layer_checkpoint_dependencies")
        for layer in file["_layer_checkpoint_dependencies"].values():
            del layer["vars"].attrs["name"]

    detector = open_keras(with_arrays(tmp_path / "a.keras", edit), scaling="none")
    assert (
        detector.score(CURVES).tolist() == open_keras(keras_file("sequential"), scaling="none").score(CURVES).tolist()
    )


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (None, "linear"),
        ("swish", "silu"),
        ("leaky_relu", "leaky-relu:0.2"),
        ({"class_name": "function", "config": "relu", "registered_name": None}, "relu"),
        ({"class_name": "function", "config": "relu", "registered_name": "Custom>relu"}, None),
        ({"class_name": "LeakyReLU", "config": {}}, "leaky-relu:0.3"),
        ({"class_name": "LeakyReLU", "config": {"alpha": 0.30000001192092896}}, "leaky-relu:0.30000001192092896"),
        ({"class_name": "LeakyReLU", "config": {"negative_slope": 1e-05}}, "leaky-relu:0.00001"),
        ({"class_name": "LeakyReLU", "config": {"negative_slope": True}}, None),
        ({"class_name": "ReLU", "config": {"negative_slope": 0.0}}, "relu"),
        ({"class_name": "ReLU", "config": {"threshold": 1.0}}, None),
        ({"class_name": "ELU", "config": {"alpha": 2.0}}, None),
        ({"class_name": "PReLU", "config": None}, None),
        (3, None),
    ],
)
def test_activations_in_all_their_spellings(found: object, word: str | None) -> None:
    assert activation_word(found) == word


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (None, "tanh", "tanh"),
        ("linear", "tanh", "tanh"),
        ("tanh", "linear", "tanh"),
        ("relu", "leaky-relu:0.3", "relu"),
        ("sigmoid", "elu", "sigmoid"),
        ("silu", "relu", None),
        ("relu", "tanh", None),
    ],
)
def test_one_activation_after_another(first: str | None, second: str, both: str | None) -> None:
    assert after(first, second) == both


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("Dense", "dense"),
        ("InputLayer", "input_layer"),
        ("ELU", "elu"),
        ("PReLU", "p_re_lu"),
        ("My-Net2", "my_net2"),
    ],
)
def test_keys_are_those_of_keras(kind: str, key: str) -> None:
    assert snake_case(kind) == key


def test_weights_that_a_scaling_makes_too_large_are_refused(tmp_path: Path) -> None:
    words = refused(added("Rescaling", place=1, scale=1e300, offset=0.0), tmp_path)
    assert "a scaled layer has weights that are too large for float32." in words


def test_weights_in_bfloat16_are_read(tmp_path: Path) -> None:
    def edit(file: Any, *, cut: bool) -> None:
        for layer in file["layers"].values():
            for index in list(layer["vars"]):
                array = (layer["vars"][index][()].view(np.uint32) >> 16).astype(np.uint16)
                del layer["vars"][index]
                # As Keras writes it: two bytes a number, of no type that HDF5 knows, and an attribute beside them.
                layer["vars"][index] = array.view("V2") if cut else (array.astype(np.uint32) << 16).view(np.float32)
                layer["vars"][index].attrs["dtype"] = "bfloat16"

    path, rounded = (with_arrays(tmp_path / f"{cut}.keras", partial(edit, cut=cut)) for cut in (True, False))
    scores = [open_keras(file, scaling="none").score(CURVES).tolist() for file in (path, rounded)]
    assert scores[0] == scores[1]


@pytest.mark.parametrize("dtype", ["mixed_float16", {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}])
def test_coarser_numbers_of_keras_are_told(dtype: object, tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", lambda config: config["config"]["layers"][1]["config"].update(dtype=dtype))
    remark = " Keras computed it in mixed_float16; offbeat's numbers have more digits."
    assert open_keras(path, scaling="none").facts.origin.endswith(remark)


@pytest.mark.parametrize("dtype", [None, 3, [], {}, {"config": 3}, {"config": {"name": []}}])
def test_other_things_in_place_of_a_type_are_passed_over(dtype: object, tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", lambda config: config["config"]["layers"][1]["config"].update(dtype=dtype))
    assert open_keras(path, scaling="none").facts.origin.endswith("(Sequential).")


def test_parts_of_a_class_may_be_in_a_list_and_beside_other_things(tmp_path: Path) -> None:
    def edit(config: Config) -> None:
        own = config["config"]
        halves = [own.pop("encoder"), own.pop("decoder")]
        own |= {"halves": halves, "optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {}}}

    path = with_config(tmp_path / "a.keras", edit, "pair")
    scores = [open_keras(file, scaling="none").score(CURVES).tolist() for file in (path, keras_file("pair"))]
    assert scores[0] == scores[1]


def test_what_a_file_says_of_itself_steers_no_terminal(tmp_path: Path) -> None:
    path = with_config(tmp_path / "a.keras", lambda config: config.update(class_name="\x1b[2JMine"), "pair")
    assert "\x1b" not in open_keras(path, scaling="none").describe()
