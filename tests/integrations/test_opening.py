"""The kind of a model file is told by its content, and the threshold may be set while it is opened."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import polars as pl
import pytest
from imported_models import CURVES, PUMPS, keras_file, mojo, repacked

import offbeat.integrations
from offbeat.errors import DataError, DetectorFileError, SettingsError
from offbeat.integrations import open_keras, open_model, open_mojo
from offbeat.integrations.opening import kind_of_model


def test_the_name_of_a_file_says_nothing(tmp_path: Path) -> None:
    named = tmp_path / "model.keras"
    named.write_bytes(mojo("tanh-dropout").read_bytes())
    assert kind_of_model(named) == "h2o-mojo"
    assert kind_of_model(keras_file("pair")) == "keras"
    assert open_model(named).score(PUMPS).tolist() == open_mojo(mojo("tanh-dropout")).score(PUMPS).tolist()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "was expected; the file is empty."),
        (
            b"\x1c\xed\t3.46.0.6\x01",
            "this is H2O's own model file. Load it in H2O (load_model), and export the model as a MOJO (download_mojo)",
        ),
        (
            b"\x89HDF\r\n\x1a\n" + bytes(600),
            "this is an HDF5 file, Keras's older format. Open it in Keras and save it as model.keras.",
        ),
        (b"flow,rpm\n", "it begins with the bytes b'flow,rpm'."),
        (
            pickle.dumps({"a": 1}),
            "this is a Python pickle, which would run code. Export the model",
        ),
        (b"\xac\xed\x00\x05", "this is a Java object. Export the model as a MOJO (download_mojo)."),
        (b"/*\n  Licensed", "this is source code, perhaps an H2O POJO."),
    ],
)
@pytest.mark.parametrize("opened", [open_model, open_mojo, partial(open_keras, scaling="none")])
def test_words_for_other_files(opened: Callable[[Path], object], content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    with pytest.raises(DetectorFileError) as problem:
        opened(path)
    assert str(problem.value).startswith(f"{path}: an H2O MOJO (.zip) or a Keras file (.keras) was expected; ")
    assert words in str(problem.value)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            "saved_model.pb",
            "This is a SavedModel of TensorFlow. Open it in Keras 2 (tf_keras), and save it as model.keras.",
        ),
        (
            "model.weights.h5",
            "This is an unpacked Keras file. Pack what is in it into a zip file, and call that model.keras.",
        ),
        ("notes.txt", "Give the name of the file."),
    ],
)
@pytest.mark.parametrize("opened", [open_mojo, *(partial(one, scaling="none") for one in (open_model, open_keras))])
def test_words_for_folders(opened: Callable[[Path], object], entry: str, words: str, tmp_path: Path) -> None:
    (tmp_path / entry).touch()
    with pytest.raises(DetectorFileError) as problem:
        opened(tmp_path)
    assert str(problem.value) == f"{tmp_path} is a folder; a model file was expected. {words}"


def test_a_name_that_cannot_be_looked_up_is_told() -> None:
    with pytest.raises(DetectorFileError, match="cannot be read: File name too long"):
        open_model("a" * 300)


def test_the_older_format_of_keras_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(DetectorFileError, match=r"an HDF5 file, Keras's older format\. Open it in Keras and"):
        open_model(path)


def test_weights_without_their_model_are_named(tmp_path: Path) -> None:
    path = tmp_path / "best.weights.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(600))
    with pytest.raises(DetectorFileError) as problem:
        open_model(path)
    assert str(problem.value).endswith(
        "; this is what save_weights of Keras writes, weights only. Build the model, model.load_weights(...), then "
        'model.save("model.keras").'
    )
    path.write_bytes(b"\xac\xed\x00\x05")
    with pytest.raises(DetectorFileError, match="this is a Java object"):
        open_model(path)


def test_a_detector_file_and_any_other_zip_are_told_apart(tmp_path: Path) -> None:
    detector = open_mojo(mojo("tanh-dropout")).save(tmp_path / "a.offbeat")
    with pytest.raises(DetectorFileError, match=r"this is a detector file of offbeat already\. Open it with"):
        open_model(detector)
    other = repacked(detector, tmp_path / "b.zip", {"manifest.json": None, "weights.safetensors": None})
    with pytest.raises(DetectorFileError, match=r"with model\.ini\) or .*; this zip holds 'calibration\."):
        open_model(other)


def test_a_threshold_is_set_on_normal_rows() -> None:
    detector = open_model(mojo("tanh-dropout"), table=PUMPS)
    assert (detector.settings.threshold, detector.threshold.rows) == ("conformal", 12)
    detector = open_model(keras_file("sequential"), scaling="none", table=CURVES, threshold="mean+1std")
    scores = open_keras(keras_file("sequential"), scaling="none").score(CURVES)
    assert detector.threshold.value == scores.mean() + scores.std()
    assert detector.settings.threshold == "mean+1std"


def test_of_keras_the_table_tells_names_and_what_a_missing_cell_counts_as() -> None:
    rows = np.loadtxt(CURVES, delimiter=",")
    names = [f"t{step}" for step in range(12)]
    frame = pl.DataFrame(rows, schema=names)
    holes = frame.with_columns(pl.when(pl.col("t3") < 0.5).then(pl.col("t3")).alias("t3"), t5=pl.lit(None, pl.Float64))
    detector = open_model(keras_file("sequential"), scaling="none", table=holes, threshold=0.2)
    assert detector.schema.names == tuple(names)
    assert detector.score(frame.select(sorted(names, reverse=True))).tolist() == detector.score(rows).tolist()
    assert detector.facts.origin.endswith("(Sequential). A missing cell counts as its column's mean.")

    def with_column(place: int, value: float | None) -> np.ndarray:
        return np.where(np.arange(12) == place, np.nan if value is None else value, rows)

    mean = rows[rows[:, 3] < 0.5, 3].mean()
    np.testing.assert_allclose(detector.score(with_column(3, None)), detector.score(with_column(3, mean)), rtol=1e-6)
    assert detector.score(with_column(5, None)).tolist() == detector.score(with_column(5, 0.0)).tolist()


def test_names_that_are_given_come_before_those_of_the_table() -> None:
    names = [f"t{step}" for step in range(12)]
    table = pl.DataFrame(np.loadtxt(CURVES, delimiter=","), schema=names[::-1])
    detector = open_model(keras_file("sequential"), scaling="none", names=names, table=table, threshold="mean+1std")
    scores = open_keras(keras_file("sequential"), scaling="none").score(table.select(names).to_numpy())
    np.testing.assert_allclose(detector.threshold.value, scores.mean() + scores.std())
    wide = table.with_columns(label=pl.lit(1.0))
    with pytest.raises(DataError, match="has 13 columns; 12 were expected") as problem:
        open_model(keras_file("sequential"), scaling="none", table=wide)
    assert "Where one holds labels, say which, and the value of normal rows, with label=..." in str(problem.value)


@pytest.mark.parametrize("place", [0, 12])
def test_labelled_rows_set_the_threshold_of_an_imported_detector(place: int) -> None:
    table = pl.DataFrame(np.loadtxt(CURVES, delimiter=","))
    labelled = table.insert_column(place, pl.Series("verdict", ["odd", *["fine"] * (table.height - 1)]))
    detector = open_keras(keras_file("sequential"), scaling="none")
    changed = detector.with_threshold("mean+1std", table=labelled, label="verdict", normal="fine")
    scores = detector.score(np.loadtxt(CURVES, delimiter=","))[1:]
    np.testing.assert_allclose(changed.threshold.value, scores.mean() + scores.std())


@pytest.mark.parametrize("place", [0, 12])
@pytest.mark.parametrize("named", [True, False])
def test_labelled_rows_set_the_threshold_of_a_model_that_is_opened(place: int, named: bool) -> None:
    rows = np.loadtxt(CURVES, delimiter=",")
    anomalous = np.arange(len(rows)) < 3
    table = pl.DataFrame(np.insert(np.where(anomalous[:, None], rows + 7, rows), place, anomalous, axis=1))
    table = table if named else table.to_numpy()
    opened = partial(open_model, keras_file("sequential"), scaling="none", table=table, label=place, normal=0)
    usual = open_model(keras_file("sequential"), scaling="none", table=rows[~anomalous], threshold="mean+1std")
    detector = opened(threshold="mean+1std")
    np.testing.assert_allclose(detector.threshold.value, usual.threshold.value)
    assert (len(detector.schema.columns), detector.schema.named) == (12, named)
    assert detector.facts.origin == usual.facts.origin
    apart = opened(threshold="best-f1").detect(table, label=place, normal=0)
    assert np.flatnonzero(apart.flags).tolist() == [0, 1, 2]


def test_labels_of_no_table_or_of_no_column_or_no_value_are_refused() -> None:
    opened = partial(open_model, keras_file("sequential"), scaling="none")
    with pytest.raises(SettingsError, match=r"are about the rows of a table, and none is given"):
        opened(label=0, normal=1)
    with pytest.raises(SettingsError, match=r"^normal=1 \(--normal\) says how a label column calls normal rows"):
        opened(table=CURVES, normal=1)
    with pytest.raises(SettingsError, match=r"which value of the label column 'C1' is normal\?"):
        opened(table=CURVES, label=0)


def test_a_table_that_is_not_as_the_stated_scaling_says_is_told() -> None:
    rows = np.loadtxt(CURVES, delimiter=",")
    with pytest.warns(UserWarning) as told:
        open_model(keras_file("sequential"), minimum=5, maximum=7.5, table=rows)
        open_model(keras_file("sequential"), scaling="none", table=rows * 40 + 20)
    assert [str(warning.message) for warning in told] == [
        "The table: 100% of the numbers lie outside of 5 to 7.5, the minimum and maximum that were stated, by more "
        "than a twentieth of that range. Scores mean nothing where tables are not scaled as the training rows were: "
        "give the smallest and the largest number of the training table (--minimum, --maximum).",
        "The table: 100% of the numbers lie outside of 0 to 1, all that the model's output (sigmoid) reaches, by more "
        "than a twentieth of that range. Where these rows are as the training rows were, leave it: the model cannot "
        "reach those numbers. Otherwise scale the table as the training rows were, or, if that was by one minimum and "
        "maximum, give them (--minimum, --maximum).",
    ]
    open_model(keras_file("sequential"), minimum=-1, maximum=3, table=rows)


def test_a_bound_in_fewer_digits_is_inside_and_a_fifth_of_the_numbers_outside_is_told() -> None:
    rows = np.full((10, 12), 0.7, np.float32)
    open_model(keras_file("sequential"), minimum=0.7, maximum=4.0, table=rows)
    rows[:2] = -1.0
    with pytest.warns(UserWarning, match="20% of the numbers lie outside of 0.7 to 4, the minimum and maximum"):
        open_model(keras_file("sequential"), minimum=0.7, maximum=4.0, table=rows)


def test_a_table_shows_whether_rows_are_curves(real_data: Path) -> None:
    model, table = real_data / "keras" / "ecg5000_dense_sigmoid.keras", real_data / "keras" / "input_scaled.csv"
    assert not open_model(model, scaling="none").facts.curves
    assert open_model(model, scaling="none", table=table, threshold="mean+1std").facts.curves


def test_a_number_needs_no_rows_and_a_rule_does() -> None:
    assert open_model(mojo("tanh-dropout"), threshold=0.5).threshold.value == 0.5
    assert open_model(mojo("tanh-dropout"), threshold="none").threshold.rule == "none"
    with pytest.raises(DataError, match="No calibration scores"):
        open_model(mojo("tanh-dropout"), threshold="quantile:0.9")


def test_a_mojo_tells_its_scaling_itself() -> None:
    with pytest.raises(SettingsError) as problem:
        open_model(mojo("tanh-dropout"), scaling="none", names=["a"])
    assert str(problem.value) == (
        f"{mojo('tanh-dropout')}: this is an H2O MOJO, which tells 'scaling', 'names' itself. Leave it out."
    )


def test_the_part_names_what_it_offers() -> None:
    assert sorted(offbeat.integrations.__all__) == ["export_onnx", "open_keras", "open_model", "open_mojo"]
    with pytest.raises(AttributeError, match=r"module 'offbeat\.integrations' has no attribute 'open_pickle'"):
        offbeat.integrations.open_pickle  # noqa: B018
