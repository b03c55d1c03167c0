"""Keras files that are damaged or hostile: one error each, with words that say what is wrong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from imported_models import keras_file, repacked, with_arrays, with_config

from offbeat.errors import DetectorFileError
from offbeat.integrations import open_keras


def refused(path: Path) -> str:
    with pytest.raises(DetectorFileError) as problem:
        open_keras(path, scaling="none")
    assert str(problem.value).startswith(str(path))
    return str(problem.value)


def _replaced(file: Any, values: np.ndarray) -> None:
    del file["layers/dense/vars/0"]
    file["layers/dense/vars/0"] = values


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            lambda file: file["layers/dense/vars/0"].write_direct(np.full((12, 8), np.nan, np.float32)),
            "array 0 of layer 'dense' holds numbers that are not finite. The model diverged: train it again.",
        ),
        (lambda file: _replaced(file, np.zeros((8, 12), np.float32)), "array 0 of layer 'dense' is float32 (8, 12);"),
        (lambda file: _replaced(file, np.zeros((12, 8), np.int8)), "array 0 of layer 'dense' is int8 (12, 8);"),
        (
            lambda file: _replaced(file, np.zeros((12, 8), "S3")),
            "array 0 of layer 'dense' is |V3 (12, 8);",
        ),
        (lambda file: file.pop("layers/dense_2"), "lacks its array 'layers/dense_2/vars/0'."),
        (lambda file: file.pop("layers/dense/vars/1"), "layer 'dense' lacks its array 'layers/dense/vars/1'."),
    ],
)
def test_words_for_arrays_that_cannot_be(edit: Callable[[Any], None], words: str, tmp_path: Path) -> None:
    assert words in refused(with_arrays(tmp_path / "a.keras", edit))


def _outside(file: Any) -> None:
    del file["layers/dense"]
    file["layers/dense"] = h5py.ExternalLink("/etc/secrets.h5", "/dense")


def _soft(file: Any) -> None:
    file["layers/again"] = h5py.SoftLink("/layers/dense")


def _chunked(file: Any) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", data=np.zeros((12, 8), np.float32), compression="gzip")


def _elsewhere(file: Any) -> None:
    del file["layers/dense/vars/0"]
    file.create_dataset("layers/dense/vars/0", (12, 8), np.float32, external=[("/etc/passwd", 0, 384)])


def _virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((12, 8), np.float32)
    layout[:] = h5py.VirtualSource("/etc/secrets.h5", "x", shape=(12, 8))
    del file["layers/dense/vars/0"]
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def _absurd(file: Any) -> None:
    file.create_dataset("layers/dense/vars/2", (10**6, 10**6), np.float32)  # nothing is written until it is filled


def _deep(file: Any) -> None:
    file.create_group("/".join(["a"] * 100))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_outside, "has a group 'layers' of a newer version of the format than Keras writes."),
        (_soft, "has the name 'again', which is a link to another place or no name."),
        (_chunked, "'layers/dense/vars/0' is not stored in one piece within the file."),
        (_elsewhere, "'layers/dense/vars/0' is not stored in one piece within the file."),
        (_virtual, "'layers/dense/vars/0' is not stored in one piece within the file."),
        (_absurd, "has an array 'layers/dense/vars/2' of the shape '(1000000, 1000000)', for which it has no"),
        (_deep, "holds one thing under two names, or too deep, at 'a/a/"),
    ],
)
def test_arrays_that_reach_out_or_unfold_are_refused(edit: Callable[[Any], None], words: str, tmp_path: Path) -> None:
    assert words in refused(with_arrays(tmp_path / "a.keras", edit))


@pytest.mark.parametrize(
    ("entry", "content", "words"),
    [
        ("config.json", None, "lacks the entry 'config.json'."),
        ("metadata.json", None, "lacks the entry 'metadata.json'."),
        ("model.weights.h5", None, "lacks the entry 'model.weights.h5'."),
        (
            "config.json",
            b"[]",
            "config.json holds a JSON list; an object was expected. The file is damaged: copy or export it again.",
        ),
        ("config.json", b"{", "line 1 column 2 (char 1). The file is damaged: copy or export it again."),
        ("metadata.json", b"\xff", "byte 0 is wrong. The file is damaged: copy or export it again."),
        ("config.json", b'{"a":' * 100, "config.json is not the JSON that was expected: it is nested deeper than 32"),
        ("config.json", b"{}", "config.json does not say what kind of model it is of."),
        ("model.weights.h5", b"", "is no HDF5 file as Keras writes it (of version 0 of the format)."),
        ("model.weights.h5", b"\x80\x04cos\nsystem\n", "is no HDF5 file as Keras writes it"),
    ],
)
def test_words_for_entries_that_are_damaged(entry: str, content: bytes | None, words: str, tmp_path: Path) -> None:
    path = repacked(keras_file("sequential"), tmp_path / "a.keras", {entry: content})
    assert words in refused(path)


def test_a_cut_hdf5_file_is_refused_wherever_it_is_cut(tmp_path: Path) -> None:
    with zipfile.ZipFile(keras_file("sequential")) as archive:
        whole = archive.read("model.weights.h5")
    for kept in range(0, len(whole), 1501):
        refused(repacked(keras_file("sequential"), tmp_path / "a.keras", {"model.weights.h5": whole[:kept]}))


def test_nothing_is_imported_by_a_name_from_the_file(tmp_path: Path) -> None:
    def edit(config: dict[str, Any]) -> None:
        config["config"]["layers"][1].update(module="os", class_name="system", registered_name="os>system")

    words = refused(with_config(tmp_path / "a.keras", edit))
    assert "layer 'dense' is of the class 'system', which is not Keras's own: what it computes is Python code" in words


def test_a_class_with_other_arrays_than_dense_layers_is_refused(tmp_path: Path) -> None:
    def edit(file: Any) -> None:
        file["encoder/layers/lstm/vars/0"] = np.zeros((3, 4, 5), np.float32)

    words = refused(with_arrays(tmp_path / "a.keras", edit, "tutorial"))
    assert "'encoder/layers/lstm' holds the arrays of something else than a dense layer." in words


def test_a_class_whose_layers_do_not_follow_one_another_is_refused(tmp_path: Path) -> None:
    def edit(file: Any) -> None:
        del file["encoder/layers/dense_1"]

    words = refused(with_arrays(tmp_path / "a.keras", edit, "tutorial"))
    assert (
        "5 dense layers were found, in no order in which each takes what the one before gives and the output is as "
        "wide as the input (2 to 4, 4 to 8, 8 to 12, 12 to 8, 4 to 2)."
    ) in words


def test_an_empty_hdf5_file_of_a_class_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with h5py.File(content, "w"):
        pass
    path = repacked(keras_file("tutorial"), tmp_path / "a.keras", {"model.weights.h5": content.getvalue()})
    assert "0 dense layers were found" in refused(path)
