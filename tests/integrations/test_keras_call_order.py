"""Dense layers of a class of someone's own, whose order is found or refused; never guessed."""

from __future__ import annotations

from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imported_models import Layers, file_of_a_class, weight_of

from offbeat.errors import DetectorFileError
from offbeat.integrations import open_keras
from offbeat.integrations.keras.call_order import half_of, in_call_order

REFUSED = "fit one another in more than one order"


def answer(path: Path, width: int) -> np.ndarray:
    detector = open_keras(path, scaling="none", activation="tanh", output_activation="linear")
    rows = np.linspace(-1, 1, 3 * width).reshape(3, width)
    return np.stack(list(detector.reconstruct(rows).values()), axis=1)


def expected(layers: Layers) -> np.ndarray:
    """The layers called in the order in which they stand."""
    values = np.linspace(-1, 1, 3 * next(iter(layers.values()))[1]).reshape(3, -1)
    for index, (name, inputs, outputs) in enumerate(layers.values()):
        values = values @ weight_of(name, inputs, outputs)
        values = np.tanh(values) if index < len(layers) - 1 else values
    return values


@pytest.mark.parametrize(
    "layers",
    [
        {"encoder": ("dense", 6, 3), "decoder": ("dense_1", 3, 6)},
        {"inp": ("dense", 6, 4), "code": ("dense_1", 4, 2), "expand": ("d", 2, 4), "layers/dense_3": ("out", 4, 6)},
        {"layers/dense": ("dense_1", 6, 3), "layers/dense_1": ("dense", 3, 6)},
    ],
)
def test_the_one_order_that_fits_is_taken(layers: Layers, tmp_path: Path) -> None:
    path = file_of_a_class(tmp_path, layers)
    np.testing.assert_allclose(answer(path, 6), expected(layers), rtol=1e-5, atol=1e-6)


def test_layers_in_a_list_are_called_in_its_order(tmp_path: Path) -> None:
    layers = {f"hidden/dense{suffix}": (f"dense{suffix}", 5, 5) for suffix in ("", "_1", "_2", "_10")}
    layers = {"first": ("first", 6, 5), **layers, "layers/dense_5": ("last", 5, 6)}
    path = file_of_a_class(tmp_path, layers)
    np.testing.assert_allclose(answer(path, 6), expected(layers), rtol=1e-5, atol=1e-6)


def test_digits_that_are_no_numbers_are_letters() -> None:
    assert in_call_order({"²": (3, 6), "code_1²": (6, 3)}, {}, 6, "a.keras") == ["code_1²", "²"]


def test_layers_of_models_stay_in_their_order_and_the_encoder_comes_first(tmp_path: Path) -> None:
    places = [f"{half}/layers/dense{suffix}" for half in ("encoder", "decoder") for suffix in ("", "_1")]
    layers = {place: (place, 4, 4) for place in places}
    path = file_of_a_class(tmp_path, layers, {"encoder": "sequential", "decoder": "sequential_1"})
    np.testing.assert_allclose(answer(path, 4), expected(layers), rtol=1e-5, atol=1e-6)


def test_the_encoder_may_be_told_by_the_name_of_the_model(tmp_path: Path) -> None:
    layers = {"layers/sequential_1/layers/dense": ("dense_1", 4, 4), "layers/sequential/layers/dense": ("dense", 4, 4)}
    named = {"layers/sequential": "my_decoder", "layers/sequential_1": "my_encoder"}
    path = file_of_a_class(tmp_path, layers, named)
    np.testing.assert_allclose(answer(path, 4), expected(layers), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("layers", "models"),
    [
        # Made as input_dense, hidden, output_dense; another class might call them the other way round.
        ({"hidden": ("dense_1", 6, 6), "input_dense": ("dense", 6, 6), "layers/dense_2": ("dense_2", 6, 6)}, {}),
        # A class within the class: its layers are in no order either.
        (
            {"encoder/a": ("dense", 6, 6), "encoder/layers/dense_1": ("dense_1", 6, 6)},
            {"encoder": "encoder"},
        ),
        ({"part/dense": ("dense", 6, 6), "part/dense_1": ("dense_1", 6, 6)}, {"part": "part"}),
        # A model between the layers of a model: its place among them is not told.
        (
            {
                "net/layers/dense": ("dense", 6, 6),
                "net/layers/dense_1": ("dense_1", 6, 6),
                "net/layers/sequential/layers/dense": ("dense_2", 6, 6),
            },
            {"net": "sequential_1", "net/layers/sequential": "sequential"},
        ),
        ({f"d{index}": (f"dense_{index}", 6, 6) for index in range(9)}, {}),
    ],
)
def test_several_orders_are_refused(layers: Layers, models: dict[str, str], tmp_path: Path) -> None:
    path = file_of_a_class(tmp_path, layers, models)
    with pytest.raises(DetectorFileError, match=REFUSED):
        answer(path, 6)


def test_the_refusal_names_the_layers_and_the_way_out(tmp_path: Path) -> None:
    layers = {"hidden": ("dense_1", 6, 6), "input_dense": ("dense", 6, 6), "layers/dense_2": ("dense_2", 6, 6)}
    path = file_of_a_class(tmp_path, layers)
    with pytest.raises(DetectorFileError) as problem:
        open_keras(path, scaling="none")
    assert str(problem.value) == (
        f"{path}: the dense layers 'hidden', 'input_dense', 'dense_2' fit one another in more than one order. In which "
        "one the class calls them is Python code, which the file does not hold. Save them with Keras as a model that "
        "has an order: keras.Sequential([keras.Input((width,)), model.first, model.second, ...]).save(...), in the "
        "order of the calls."
    )


def test_more_layers_than_can_be_put_in_order_are_refused() -> None:
    with pytest.raises(DetectorFileError, match="calls its 65 dense layers; at most 64 are put in order"):
        in_call_order({f"d{index}": (6, 6) for index in range(65)}, {}, 6, "x")


def test_without_a_width_an_autoencoder_may_start_at_either_end() -> None:
    shapes = {"a": (6, 3), "b": (3, 6)}
    assert in_call_order(shapes, {}, 6, "x") == ["a", "b"]
    assert in_call_order(shapes, {}, 3, "x") == ["b", "a"]
    assert in_call_order({"decoder": (3, 6), "encoder": (6, 3)}, {}, None, "x") == ["encoder", "decoder"]
    with pytest.raises(DetectorFileError, match=REFUSED):
        in_call_order(shapes, {}, None, "x")


def test_without_names_a_list_is_not_told_from_a_class() -> None:
    shapes = {"hidden/dense": (6, 6), "hidden/dense_1": (6, 6)}
    assert in_call_order(shapes, {"x": "x"}, 6, "x") == list(shapes)
    with pytest.raises(DetectorFileError, match=REFUSED):
        in_call_order(shapes, {}, 6, "x")


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=6), st.integers(1, 4))
def test_the_order_is_the_only_permutation_that_fits(layers: list[tuple[int, int]], width: int) -> None:
    shapes = {f"d{index}": shape for index, shape in enumerate(layers)}
    fitting = [
        list(order)
        for order in permutations(shapes)
        if all(shapes[left][1] == shapes[right][0] for left, right in pairwise(order))
        and shapes[order[0]][0] == shapes[order[-1]][1] == width
    ]
    try:
        found = [in_call_order(shapes, {}, width, "x")]
    except DetectorFileError as problem:
        assert len(fitting) != 1
        assert (REFUSED in str(problem)) == (len(fitting) > 1)
    else:
        assert found == fitting


@pytest.mark.parametrize(
    ("name", "half"),
    [("encoder", 0), ("my_enc", 0), ("MyEncoder", 0), ("decoder", 2), ("dec1", 2), ("frequency", 1), ("undecided", 1)],
)
def test_names_of_halves(name: str, half: int) -> None:
    assert half_of(name) == half
