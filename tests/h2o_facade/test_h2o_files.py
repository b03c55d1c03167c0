"""Saved models: what is loaded answers as what was saved, and damaged files are refused."""

from __future__ import annotations

import os
import warnings
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import offbeat
from offbeat import h2o
from offbeat.errors import DataError, DetectorFileError, FileError, SettingsError
from offbeat.h2o.estimators import H2OAutoEncoderEstimator
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.not_carried_over import NotCarriedOver
from offbeat.persistence import read_archive, write_archive

CHOSEN: dict[str, Any] = {
    "hidden": [4, 2],
    "activation": "TanhWithDropout",
    "hidden_dropout_ratios": [0.1, 0.0],
    "seed": 7,
    "export_weights_and_biases": True,
}


def _frame() -> H2OFrame:
    draw = np.random.default_rng(0)
    flow = draw.normal(10, 2, 320)
    cells = {"flow": flow, "twice": 2 * flow + draw.normal(size=320), "kind": ["ab"[row % 2] for row in range(320)]}
    return H2OFrame(pl.DataFrame(cells), column_types={"kind": "enum"}, destination_frame="pumps")


@cache
def _model() -> Any:
    frame = _frame()
    return H2OAutoEncoderEstimator(epochs=2, **CHOSEN).train(training_frame=frame, validation_frame=frame)


def _with(folder: Path, **record: Any) -> Path:
    """A file of the model whose record says other things."""
    archive = read_archive(_model().save(folder, force=True))
    write_archive(
        folder / "other", {**archive.manifest, "beside": {**archive.manifest["beside"], **record}}, archive.arrays
    )
    return folder / "other"


def _cells(frame: H2OFrame) -> np.ndarray:
    return frame.cells.to_numpy().astype(np.float64)


def test_a_loaded_model_answers_as_the_saved_one(tmp_path: Path) -> None:
    model, frame = _model(), _frame()
    path = model.save(str(tmp_path / "new" / "folder"))
    assert path == str(tmp_path / "new" / "folder" / model.model_id)
    loaded = h2o.load_model(path)
    assert type(loaded) is H2OAutoEncoderEstimator and loaded.model_id == model.model_id
    for answer in ("predict", "anomaly"):
        np.testing.assert_array_equal(_cells(getattr(loaded, answer)(frame)), _cells(getattr(model, answer)(frame)))
    np.testing.assert_array_equal(_cells(loaded.deepfeatures(frame, 1)), _cells(model.deepfeatures(frame, 1)))
    np.testing.assert_array_equal(_cells(loaded.weights(0)), _cells(model.weights(0)))
    assert (loaded.mse(), loaded.mse(valid=True)) == (model.mse(), model.mse(valid=True))
    assert loaded.scoring_history().equals(model.scoring_history())
    assert loaded.varimp() == model.varimp()
    assert str(loaded) == str(model)
    assert loaded.actual_params == model.actual_params
    assert (loaded.normsub(), loaded.catoffsets(), loaded.run_time) == (
        model.normsub(),
        model.catoffsets(),
        model.run_time,
    )
    np.testing.assert_array_equal(loaded.detect(frame).p_values, model.detect(frame).p_values)


def test_training_goes_on_from_a_loaded_model_as_from_the_saved_one(tmp_path: Path) -> None:
    model, frame = _model(), _frame()
    loaded = h2o.load_model(h2o.save_model(model, tmp_path))
    one, two = (
        H2OAutoEncoderEstimator(epochs=3, checkpoint=start, **CHOSEN).train(
            training_frame=frame, validation_frame=frame
        )
        for start in (model, loaded)
    )
    np.testing.assert_array_equal(_cells(one.anomaly(frame)), _cells(two.anomaly(frame)))
    assert one.mse() == two.mse() and one.model.last.epochs == 3


def test_files_are_replaced_when_asked_for(tmp_path: Path) -> None:
    path = h2o.save_model(_model(), str(tmp_path), filename="pumps")
    assert path == str(tmp_path / "pumps")
    with pytest.raises(DetectorFileError, match=r"There is a file .*pumps already. Replace it with force=True"):
        h2o.save_model(_model(), str(tmp_path), filename="pumps")
    assert h2o.save_model(_model(), str(tmp_path), force=True, filename="pumps") == path
    assert h2o.download_model(_model(), str(tmp_path), filename="pumps") == path
    assert h2o.upload_model(path).model_id == _model().model_id
    assert _model().save(tmp_path / "pumps.offbeat") == str(tmp_path / "pumps.offbeat")
    with pytest.raises(SettingsError, match="takes a trained model; str was given"):
        h2o.save_model("pumps", tmp_path)


def test_a_place_that_cannot_be_written_is_the_error_of_files(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(FileError, match=r"The folder .*taken.* cannot be made: .*\. Give another path\."):
        h2o.save_model(_model(), tmp_path / "taken" / "models")


def test_a_loaded_model_is_known_by_its_name(tmp_path: Path) -> None:
    path = _model().save(tmp_path)
    loaded = h2o.load_model(path)
    assert loaded.model_id in set(h2o.ls()["key"])
    assert h2o.get_model(loaded.model_id) is loaded
    h2o.remove(loaded)
    assert loaded.model_id not in set(h2o.ls()["key"])
    again = h2o.load_model(path)
    h2o.remove_all(retained=[again])
    assert h2o.get_model(again.model_id) is again


@pytest.mark.parametrize("name", ["best", None])
@pytest.mark.parametrize("load", [h2o.load_model, h2o.upload_model])
def test_a_loaded_model_leaves_its_name_to_stand_for_a_model(name: str | None, load: Any, tmp_path: Path) -> None:
    frame = _frame()
    model = H2OAutoEncoderEstimator(epochs=1, model_id=name, **CHOSEN).train(training_frame=frame)
    path = h2o.save_model(model, tmp_path)
    assert load(path).mse() == model.mse()  # no variable holds what was loaded
    assert h2o.get_model(model.model_id).mse() == model.mse()
    again = H2OAutoEncoderEstimator(epochs=2, checkpoint=model.model_id, **CHOSEN).train(training_frame=frame)
    assert again.model.last.epochs == 2
    h2o.remove(model.model_id)
    with pytest.raises(DataError, match="No frame or model is named"):
        h2o.get_model(model.model_id)


def test_parameters_without_effect_are_not_said_again(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = H2OAutoEncoderEstimator(hidden=[1], epochs=1, seed=1, tweedie_power=1.2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.train(training_frame=_frame())
    path = model.save(tmp_path)
    assert h2o.load_model(path).actual_params["tweedie_power"] == 1.2


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = Path(_model().save(tmp_path))
    whole, broken = path.read_bytes(), tmp_path / "broken"
    for place in np.random.default_rng(0).integers(0, len(whole), 40).tolist():
        broken.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DetectorFileError):
            h2o.load_model(broken)
    broken.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DetectorFileError):
        h2o.load_model(broken)
    with pytest.raises(DetectorFileError, match="There is no file"):
        h2o.load_model(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("parameters", {"hidden": [3]}, "layers contradict its parameters"),
        ("parameters", {"hiden": [3]}, "parameters that it cannot have"),
        ("parameters", {"hidden": [4, 2], "rho": -1}, "parameters that it cannot have"),
        ("dropout", [0.0], "layers contradict its parameters"),
        ("numeric", ["flow", "flow"], "contradict"),
        ("levels", [["a", "b", "c"]], "float32"),
        ("activation", "exec", "activation"),
        ("encoding", [{"kind": "os.system"}], "replaces a column in an unknown way"),
        ("encoding", [{"kind": "filled_numbers", "column": "flow", "mean": "x"}], "mean"),
        ("rows", -1, "rows"),
        ("samples", 2**40, "saw 1099511627776 rows; at most 2,147,483,647 were expected"),
        ("began", 1e306, "'began' is not as it should be"),
        ("ended", -1.0, "'ended' is not as it should be"),
        ("surprise", 1, "surprise"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, key: str, value: Any, words: str) -> None:
    with pytest.raises(DetectorFileError, match=words):
        h2o.load_model(_with(tmp_path, **{key: value}))


@pytest.mark.parametrize("time", [1e300, 1e15, -1e15])
def test_times_of_no_calendar_are_refused(tmp_path: Path, time: float) -> None:
    archive = read_archive(_model().save(tmp_path))
    weights = dict(archive.arrays["weights"])
    weights["beside.history.timestamp"] = np.full_like(weights["beside.history.timestamp"], time)
    write_archive(tmp_path / "other", archive.manifest, {**archive.arrays, "weights": weights})
    with pytest.raises(DetectorFileError, match="the scoring history has a time that is in no calendar"):
        h2o.load_model(tmp_path / "other")


@pytest.mark.parametrize("name", ["../../notes.txt", "/tmp/absolute", "a\0b", "..", " "])
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DetectorFileError, match=r"'model_id' is .* without a folder: "):
        h2o.load_model(_with(tmp_path, model_id=name))
    stray = replace(_model().model, model_id=name)
    with pytest.raises(SettingsError, match=r"model_id is .*; the name of a file was expected, without a folder"):
        h2o.save_model(stray, tmp_path / "deep" / "safe")
    assert not (tmp_path / "deep").exists()
    assert stray.download_model(tmp_path, filename="stray") == str(tmp_path / "stray")


@pytest.mark.skipif(os.name == "nt", reason="no names of files there")
@pytest.mark.parametrize("name", ["run 10:30", "a\\b"])
def test_a_model_may_have_every_name_of_a_file(tmp_path: Path, name: str) -> None:
    model = h2o.load_model(_with(tmp_path, model_id=name))
    assert Path(model.download_model(tmp_path / "safe")) == tmp_path / "safe" / name


def test_no_place_to_write_to_is_taken_from_a_file(tmp_path: Path) -> None:
    given = {"hidden": [2], "epochs": 1, "seed": 1, "export_checkpoints_dir": str(tmp_path / "kept")}
    model = H2OAutoEncoderEstimator(**given).train(training_frame=_frame())
    [kept] = (tmp_path / "kept").iterdir()
    written = read_archive(kept).manifest["beside"]["parameters"]
    assert "export_checkpoints_dir" not in written and written["hidden"] == [2]
    odd = {**CHOSEN, "export_checkpoints_dir": str(tmp_path / "elsewhere")}
    loaded = h2o.load_model(_with(tmp_path, parameters=odd))
    assert loaded.export_checkpoints_dir is None and model.export_checkpoints_dir == str(tmp_path / "kept")
    loaded.train(training_frame=_frame())
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["layer.0.weight", "history.training", "never_fed", "multiplied"])
def test_lacking_and_misshapen_arrays_are_refused(tmp_path: Path, name: str) -> None:
    archive = read_archive(_model().save(tmp_path))
    whole = archive.arrays["weights"]
    fewer = {key: array for key, array in whole.items() if key != f"beside.{name}"}
    shorter = {**whole, f"beside.{name}": whole[f"beside.{name}"][:1]}
    for weights in (fewer, shorter):
        write_archive(tmp_path / "other", archive.manifest, {**archive.arrays, "weights": weights})
        with pytest.raises(DetectorFileError, match=name.partition(".")[0]):
            h2o.load_model(tmp_path / "other")


def test_a_detector_without_an_h2o_model_says_how_to_open_it(tmp_path: Path) -> None:
    path = _model().detector.save(tmp_path / "detector.offbeat")
    with pytest.raises(DetectorFileError, match=r"open it with offbeat.load\(path\)"):
        h2o.load_model(path)


_A_FILE = "model.save(path), which offbeat loads, or model.export_onnx(path), which runs anywhere."


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("download_mojo", _A_FILE),
        ("save_mojo", _A_FILE),
        ("download_pojo", _A_FILE),
        ("save_model_details", "model.actual_params and model.summary().as_data_frame()."),
    ],
)
def test_what_is_not_carried_over_names_the_nearest_way(name: str, way: str) -> None:
    with pytest.raises(NotCarriedOver) as refusal:
        getattr(_model(), name)("folder", get_genmodel_jar=True)
    assert str(refusal.value) == f"model.{name} is not carried over from H2O; use {way}"


@pytest.mark.parametrize(
    ("name", "way"),
    [("auc", r"model\.detector\.evaluate\(table\)"), ("mae", r"model\.mse\(\)"), ("fit", r"model\.train\(")],
)
def test_what_h2o_has_for_other_models_names_the_nearest_way(name: str, way: str) -> None:
    for owner in (_model(), _model().model):
        with pytest.raises(NotCarriedOver, match=rf"model\.{name} is not carried over from H2O; use .*{way}"):
            getattr(owner, name)()
        assert not hasattr(owner, name)


@pytest.mark.parametrize("word", ["label_encoder", "enum_limited", "eigen", "binary"])
def test_replaced_columns_are_kept(tmp_path: Path, word: str) -> None:
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1, categorical_encoding=word)
    model.train(training_frame=_frame())
    loaded = h2o.load_model(model.save(tmp_path))
    assert loaded.model.descent.encoding == model.model.descent.encoding
    np.testing.assert_array_equal(_cells(loaded.anomaly(_frame())), _cells(model.anomaly(_frame())))


def test_a_model_from_a_file_is_trained_on_a_new_choice_of_columns(tmp_path: Path) -> None:
    cells = {name: [float(row % (3 + place)) for row in range(40)] for place, name in enumerate("abc")}
    model = H2OAutoEncoderEstimator(hidden=[2], epochs=1, seed=1)
    model.train(x=["a", "b"], training_frame=H2OFrame(cells))
    for columns in (["b", "c"], ["a", "b"], ["a", "b", "c"]):
        loaded = h2o.load_model(model.save(tmp_path, force=True))
        assert loaded.actual_params["ignored_columns"] == model.actual_params["ignored_columns"] == ["c"]
        given = {name: value for name, value in loaded.get_params().items() if name != "model_id"}
        for estimator in (loaded, H2OAutoEncoderEstimator(**given)):
            estimator.train(x=columns, training_frame=H2OFrame(cells))
            assert estimator.predict(H2OFrame(cells)).names == [f"reconstr_{name}" for name in columns]
    loaded = h2o.load_model(model.save(tmp_path, force=True))
    loaded.train(training_frame=H2OFrame(cells)[["a", "b"]])
    with pytest.raises(SettingsError, match="x and ignored_columns were both given"):
        loaded.train(x=["b"], ignored_columns=["c"], training_frame=H2OFrame(cells))


def test_the_file_is_a_detector_file_as_well(tmp_path: Path) -> None:
    frame = H2OFrame({"flow": [1.0, 2.0, 3.0, 4.5] * 6, "speed": [2.0, 4.0, 6.0, 8.5] * 6})
    model = H2OAutoEncoderEstimator(activation="Tanh", hidden=[2], epochs=5, seed=1)
    model.train(training_frame=frame)
    path = h2o.save_model(model, path=str(tmp_path))
    detector = offbeat.load(path)
    expected = model.anomaly(frame).as_data_frame()["Reconstruction.MSE"]
    np.testing.assert_allclose(detector.score(frame.as_data_frame()), expected, rtol=1e-6)
    with pytest.raises(
        DataError, match=r"^An H2OFrame is no table\..*; frame\.as_data_frame\(\) makes one of an H2OFrame\."
    ):
        detector.score(frame)
    again = detector.save(tmp_path / "again.offbeat")
    assert "beside" not in detector.inspect()
    assert offbeat.load(again).threshold.value == detector.threshold.value
