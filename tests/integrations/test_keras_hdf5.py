"""The part of HDF5 that Keras writes, against h5py; and files whose structure was changed, byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imported_models import KERAS, keras_file

from offbeat.errors import DetectorFileError
from offbeat.integrations.keras import hdf5
from offbeat.integrations.keras.hdf5 import read_hdf5


def weights_of(name: str) -> bytes:
    with zipfile.ZipFile(keras_file(name)) as archive:
        return archive.read("model.weights.h5")


def written(fill: Callable[[Any], None], **options: Any) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w", **options) as file:
        fill(file)
    return content.getvalue()


def as_h5py_reads_it(content: bytes) -> tuple[dict[str, np.ndarray], dict[str, dict[str, str]]]:
    arrays: dict[str, np.ndarray] = {}
    texts: dict[str, dict[str, str]] = {}

    def visit(path: str, found: Any) -> None:
        if isinstance(found, h5py.Dataset):
            arrays[path] = found[()]
        if found.attrs:
            texts[path] = dict(found.attrs)

    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(visit)
    return arrays, texts


def assert_same(content: bytes) -> None:
    found = read_hdf5(content, "a.h5")
    arrays, texts = as_h5py_reads_it(content)
    assert set(found.arrays) == set(arrays)
    for path, array in arrays.items():
        assert found.arrays[path].dtype == array.dtype
        assert np.array_equal(found.arrays[path], array)
    assert found.texts == texts


@pytest.mark.parametrize("name", KERAS)
def test_files_of_keras_are_read_as_h5py_reads_them(name: str) -> None:
    assert_same(weights_of(name))


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", "i1", "<i4", "<i8", "u1", "<u4", "<u8"])
def test_numbers_of_every_type_are_read(dtype: str) -> None:
    values = np.arange(24).reshape(2, 3, 4).astype(dtype)
    assert_same(written(lambda file: file.update({"vars/0": values, "vars/1": values[0, 0, 0], "b": values[0, 0]})))


def test_groups_of_many_members_are_read() -> None:
    def fill(file: Any) -> None:
        for number in range(700):
            file[f"layers/dense_{number}/vars/0"] = np.full((1, 2), number, np.float32)
            file[f"layers/dense_{number}/vars"].attrs["name"] = f"layer {number} é"

    assert_same(written(fill))


def test_numbers_of_other_orders_and_kinds_are_bytes_that_nobody_reads() -> None:
    def fill(file: Any) -> None:
        file["big"] = np.ones(3, ">f4")
        file["words"] = np.array([b"abc", b"de"])

    found = read_hdf5(written(fill), "a.h5").arrays
    assert (found["big"].dtype, found["words"].dtype) == (np.dtype("V4"), np.dtype("V3"))


def test_other_attributes_are_passed_over() -> None:
    def fill(file: Any) -> None:
        file.create_group("a").attrs.update({"number": 3, "many": [1.0, 2.0], "text": "yes"})

    assert read_hdf5(written(fill), "a.h5").texts == {"a": {"text": "yes"}}


@pytest.mark.parametrize("options", [{"libver": "latest"}, {"libver": "v108"}, {"track_order": True}])
def test_newer_versions_of_the_format_are_refused(options: dict[str, Any]) -> None:
    content = written(lambda file: file.update({"a": np.ones(3)}), **options)
    with pytest.raises(DetectorFileError, match=r"^a\.h5 .* Keras writes"):
        read_hdf5(content, "a.h5")


def test_one_array_under_two_names_is_refused() -> None:
    def fill(file: Any) -> None:
        file["a"] = np.ones(3)
        file["b"] = file["a"]

    with pytest.raises(DetectorFileError, match="holds one thing under two names"):
        read_hdf5(written(fill), "a.h5")


def test_a_group_within_itself_is_refused() -> None:
    def fill(file: Any) -> None:
        file.create_group("a")
        file["a/b"] = file["a"]

    with pytest.raises(DetectorFileError, match="holds one thing under two names, or too deep, at 'a/b'"):
        read_hdf5(written(fill), "a.h5")


def test_reading_ends_however_entangled_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    content = written(lambda file: file.update({f"{number}": np.ones(1) for number in range(100)}))
    assert len(read_hdf5(content, "a.h5").arrays) == 100
    monkeypatch.setattr(hdf5, "MAX_STEPS", 500)
    with pytest.raises(DetectorFileError, match=r"a\.h5 holds more than a model needs"):
        read_hdf5(content, "a.h5")


def test_empty_arrays_of_absurd_shapes_are_refused() -> None:
    content = written(lambda file: file.update({"a": np.ones((3, 5, 7, 11, 13), np.float32)}))
    for old, new in (((3, 5, 7, 11, 13), (50_000,) * 4 + (0,)), ((3 * 5 * 7 * 11 * 13 * 4,), (0,))):
        assert struct.pack(f"<{len(old)}Q", *old) in content
        content = content.replace(struct.pack(f"<{len(old)}Q", *old), struct.pack(f"<{len(new)}Q", *new))
    with pytest.raises(DetectorFileError, match=r"shape '\(50000, 50000, 50000, 50000, 0\)', for which it has no"):
        read_hdf5(content, "a.h5")


WHOLE = weights_of("sequential")


@settings(max_examples=300)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(WHOLE) - 8), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6
    )
)
def test_changed_bytes_give_other_numbers_or_one_error(changes: list[tuple[int, bytes]]) -> None:
    """The HDF5 library itself crashes or hangs on about one of a thousand such files."""
    content = bytearray(WHOLE)
    for place, replacement in changes:
        content[place : place + len(replacement)] = replacement
    try:
        found = read_hdf5(bytes(content), "a.h5")
    except DetectorFileError as problem:
        assert str(problem).startswith("a.h5")
    else:
        assert sum(array.nbytes for array in found.arrays.values()) <= 100 * len(WHOLE)


@given(kept=st.integers(0, len(WHOLE) - 1))
def test_a_cut_file_is_refused_or_whole_up_to_there(kept: int) -> None:
    try:
        read_hdf5(WHOLE[:kept], "a.h5")
    except DetectorFileError as problem:
        assert str(problem).startswith("a.h5")
