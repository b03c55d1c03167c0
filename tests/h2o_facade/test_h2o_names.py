"""What the names of frames and models keep, and which names are free."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    assert h2o.get_frame("data1.hex") is frames[1]


def test_frames_that_were_named_are_kept(data: Path) -> None:
    h2o.import_file(data / "one" / "data.csv", destination_frame="kept")
    h2o.import_file(data / "one" / "data.csv")
    h2o.H2OFrame({"a": [1, 2]}, destination_frame="python")
    h2o.get_frame("kept").split_frame([0.5], destination_frames=["left", "right"], seed=1)
    renamed = h2o.H2OFrame({"a": [1, 2]})
    renamed.frame_id = "renamed"
    del renamed
    gc.collect()
    assert h2o.ls() == ["kept", "left", "python", "renamed", "right"]
    assert h2o.get_frame("kept").shape == (2, 2)
    h2o.remove(["kept", "left"])
    with pytest.raises(
        DataError, match=r"named 'kept'\. There are 'python', 'renamed', 'right'\. What was given no name,"
    ):
        h2o.get_frame("kept")
    h2o.remove_all(retained=["right"])
    assert h2o.ls() == ["right"]
    h2o.shutdown()
    gc.collect()
    assert h2o.ls() == []


def test_models_that_were_named_are_kept() -> None:
    frame = h2o.H2OFrame({"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 1.0, 0.0, 5.0]})
    for hidden in (1, 2):
        H2OAutoEncoderEstimator(hidden=[hidden], epochs=1, seed=1, model_id=f"g{hidden}").train(training_frame=frame)
    H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1).train(training_frame=frame)
    gc.collect()
    assert h2o.get_model("g2").model_id == "g2" and {"g1", "g2"} <= set(h2o.ls())
    assert [key for key in h2o.ls() if key.startswith("DeepLearning")] == []


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
    assert "mine" not in h2o.ls() and model.model_id in h2o.ls()


@pytest.mark.parametrize("odd", [None, 5, [None]])
def test_only_names_and_what_has_one_is_removed(odd: Any) -> None:
    with pytest.raises(DataError, match=r"Names, frames and models are removed or kept; (None|5) was given\."):
        h2o.remove(odd)
