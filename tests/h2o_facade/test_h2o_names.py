"""What the names of frames and models keep, and which names are free."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import offbeat.h2o as h2o
from offbeat.errors import DataError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator


@pytest.fixture(autouse=True)
def nothing_is_named() -> Iterator[None]:
    h2o.remove_all()
    yield
    h2o.remove_all()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder in ("one", "two", "three"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "data.csv").write_text("a,b\n1,2\n3,4\n")
    return tmp_path


def test_files_of_one_name_have_frames_of_different_names(data: Path) -> None:
    frames = [h2o.import_file(data / folder / "data.csv") for folder in ("one", "two", "three", "one")]
    assert [frame.frame_id for frame in frames] == ["data.hex", "data1.hex", "data2.hex", "data3.hex"]
    assert h2o.get_frame("data1.hex").cells is frames[1].cells


def test_frames_that_were_named_are_kept(data: Path) -> None:
    h2o.import_file(data / "one" / "data.csv", destination_frame="kept")
    h2o.import_file(data / "one" / "data.csv")
    h2o.H2OFrame({"a": [1, 2]}, destination_frame="python")
    h2o.get_frame("kept").split_frame([0.5], destination_frames=["left", "right"], seed=1)
    renamed = h2o.H2OFrame({"a": [1, 2]})
    renamed.frame_id = "renamed"
    del renamed
    gc.collect()
    assert h2o.ls()["key"].tolist() == ["kept", "left", "python", "renamed", "right"]
    assert h2o.get_frame("kept").shape == (2, 2)
    h2o.remove(["kept", "left"])
    assert h2o.get_frame("kept") is None and h2o.H2OFrame.get_frame("kept") is None
    with pytest.raises(
        DataError, match=r"named 'kept'\. There are 'python', 'renamed', 'right'\. What was given no name,"
    ):
        H2OAutoEncoderEstimator(hidden=[1]).train(training_frame="kept")
    h2o.remove_all(retained=["right"])
    assert h2o.ls()["key"].tolist() == ["right"]
    h2o.shutdown()
    gc.collect()
    assert h2o.ls().shape == (0, 1)


def test_models_that_were_named_are_kept() -> None:
    frame = h2o.H2OFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 1.0, 0.0, 5.0]})
    for hidden in (1, 2):
        H2OAutoEncoderEstimator(hidden=[hidden], epochs=1, seed=1, model_id=f"g{hidden}").train(training_frame=frame)
    H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1).train(training_frame=frame)
    gc.collect()
    assert h2o.get_model("g2").model_id == "g2" and {"g1", "g2"} <= set(h2o.ls()["key"])
    assert [key for key in h2o.ls()["key"] if key.startswith("DeepLearning")] == []


def test_a_name_never_answers_with_another_model() -> None:
    frame = h2o.H2OFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 1.0, 0.0, 5.0]})
    model = H2OAutoEncoderEstimator(hidden=[1], activation="Tanh", epochs=1, seed=1).train(training_frame=frame)
    first, first_error = model.model_id, model.mse()
    model.checkpoint, model.epochs = first, 5
    second = model.train(training_frame=frame).model_id
    assert h2o.get_model(second) is model and model.model.last.epochs == 5
    with pytest.raises(DataError, match=f"No frame or model is named '{first}'"):
        h2o.get_model(first)
    # What the user named is kept, as in H2O.
    model.checkpoint, model.epochs = None, 1
    model.train(training_frame=frame, model_id="mine")
    model.epochs = 50
    model.train(training_frame=frame, model_id="other")
    gc.collect()
    mine = h2o.get_model("mine")
    assert (mine.model_id, mine.mse(), mine.epochs) == ("mine", first_error, 1)
    assert h2o.get_model("other") is model and model.mse() != first_error
    # A name that was given again is the new model's, one that was removed stays free.
    model.train(training_frame=frame, model_id="mine")
    assert h2o.get_model("mine") is model and mine.mse() == first_error
    h2o.remove("mine")
    model.train(training_frame=frame)
    assert "mine" not in set(h2o.ls()["key"]) and model.model_id in set(h2o.ls()["key"])


@pytest.mark.parametrize("odd", [None, 5, [None]])
def test_only_names_and_what_has_one_is_removed(odd: Any) -> None:
    with pytest.raises(DataError, match=r"Names, frames and models are removed or kept; (None|5) was given\."):
        h2o.remove(odd)


def test_the_names_are_a_data_frame() -> None:
    h2o.H2OFrame({"a": [1]}, destination_frame="named")
    named = h2o.ls()
    assert isinstance(named, pd.DataFrame) and named.to_dict("list") == {"key": ["named"]}


def test_an_unknown_name_is_no_frame_and_no_model() -> None:
    frame = h2o.H2OFrame({"a": [1.0, 2.0, 4.0]}, destination_frame="frame")
    H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1, model_id="model").train(training_frame=frame)
    assert h2o.get_frame("nope") is None and h2o.get_frame("model") is None
    assert h2o.get_frame("frame", rows=1, light=True).shape == (3, 1)
    with pytest.raises(DataError, match="No frame or model is named 'nope'"):
        h2o.get_model("nope")
    with pytest.raises(DataError, match="'frame' is the name of a frame; the name of a model was expected"):
        h2o.get_model("frame")
    with pytest.raises(DataError, match="'model' is the name of a model; the name of a frame was expected"):
        H2OAutoEncoderEstimator(hidden=[1]).train(training_frame="model")
    with pytest.raises(DataError, match=r"get_frame\(\) takes the name of a frame; 5 was given"):
        h2o.get_frame(5)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.__setitem__("b", 5),
        lambda frame: frame.__setitem__((0, "a"), 9),
        lambda frame: frame.set_name("a", "z"),
        lambda frame: setattr(frame, "names", ["z", "y"]),
        lambda frame: frame.pop("a"),
    ],
)
def test_a_frame_that_is_changed_leaves_its_name_to_what_it_was(change: Callable[[h2o.H2OFrame], Any]) -> None:
    """As H2O 3.46 does: a handle that is changed stands for a new frame of its server."""
    frame = h2o.H2OFrame({"a": [1.0, None], "c": [3, 4]}, destination_frame="raw")
    first, alias, other = frame.cells, frame, h2o.get_frame("raw")
    change(frame)
    assert not frame.cells.equals(first) and alias is frame
    assert other.cells is first and h2o.get_frame("raw").cells is first
    assert frame.frame_id != "raw" and h2o.get_frame(frame.frame_id).cells is frame.cells
    del frame, alias, other
    gc.collect()
    assert h2o.ls()["key"].tolist() == ["raw"]


def test_imputing_changes_all_frames_of_a_name_as_renaming_does() -> None:
    frame = h2o.H2OFrame({"a": [1.0, None, 3.0]}, destination_frame="raw")
    other = h2o.get_frame("raw")
    other.impute("a")
    assert frame.cells["a"].to_list() == [1.0, 2.0, 3.0] and frame.frame_id == "raw"
    other.frame_id = "filled"
    assert frame.frame_id == "filled" and h2o.get_frame("raw") is None


def test_a_deep_copy_has_a_name_and_cells_of_its_own() -> None:
    frame = h2o.H2OFrame({"a": [1.0, None]}, destination_frame="first")
    copy = h2o.deep_copy(frame, "second")
    copy.impute("a")
    assert copy.frame_id == "second" and h2o.get_frame("second").cells["a"].to_list() == [1.0, 1.0]
    assert frame.cells["a"].to_list() == [1.0, None] and h2o.ls()["key"].tolist() == ["first", "second"]
    with pytest.raises(DataError, match=r"takes a frame; a list was given"):
        h2o.deep_copy([1], "third")
    for name in ("first", None, ""):
        with pytest.raises(DataError, match=f"another one than 'first'; {name!r} was given"):
            h2o.deep_copy(frame, name)
