"""What is written comes back bit for bit, is standard zip and safetensors, and the same content is the same bytes."""

from __future__ import annotations

import json
import platform
import zipfile
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load as safetensors_load
from safetensors.numpy import save as safetensors_save

from offbeat.persistence import Archive, read_archive, write_archive
from offbeat.persistence.tensors import DTYPES, read_tensors, tensor_pieces
from offbeat.version import __version__

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FINITE_ARRAYS = st.sampled_from(list(DTYPES.values())).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        elements={"allow_nan": False, "allow_infinity": False} if dtype.kind == "f" else None,
    )
)
ARRAY_NAMES = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
GROUPS = st.dictionaries(
    st.sampled_from(["weights", "calibration"]), st.dictionaries(ARRAY_NAMES, FINITE_ARRAYS, max_size=4)
)


def assert_same_arrays(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert set(found) == set(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


@given(manifest=st.dictionaries(st.text(), JSON_VALUES, max_size=5), groups=GROUPS)
def test_a_file_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, manifest: dict, groups: dict
) -> None:
    path = tmp_path_factory.mktemp("file") / "ecg.offbeat"
    write_archive(path, manifest, groups)
    archive = read_archive(path)
    assert archive.manifest == manifest
    assert repr(archive.manifest) == repr(manifest)  # also tells 1 from 1.0, 0.0 from -0.0, and the order of keys
    for group in ("weights", "calibration"):
        assert_same_arrays(archive.arrays[group], groups.get(group, {}))


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (7,), (3, 0, 2), (2, 3), (2, 1, 3, 1)], ids=str)
def test_every_dtype_and_shape_survives(tmp_path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    array = (np.arange(np.prod(shape, dtype=int)) % 2).astype(dtype).reshape(shape)
    write_archive(tmp_path / "a.offbeat", {}, {"weights": {"kernel": array}})
    assert_same_arrays(read_archive(tmp_path / "a.offbeat").arrays["weights"], {"kernel": array})


@pytest.mark.parametrize("word", ["F64", "F32", "F16"])
def test_extreme_numbers_survive(tmp_path: Path, word: str) -> None:
    info = np.finfo(DTYPES[word])
    array = np.array([info.max, info.min, info.tiny, info.smallest_subnormal, -0.0, 1 / 3], DTYPES[word])
    write_archive(tmp_path / "a.offbeat", {}, {"weights": {"kernel": array}})
    assert_same_arrays(read_archive(tmp_path / "a.offbeat").arrays["weights"], {"kernel": array})


def test_views_big_endian_and_column_order_are_saved_by_value(tmp_path: Path) -> None:
    base = np.arange(12, dtype=np.float32).reshape(3, 4)
    arrays = {"columns": np.asfortranarray(base), "strided": base[::2, ::-1], "swapped": base.astype(">f4")}
    write_archive(tmp_path / "a.offbeat", {}, {"weights": arrays})
    found = read_archive(tmp_path / "a.offbeat").arrays["weights"]
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert found[name].dtype == np.float32


def test_arrays_are_aligned_and_read_only(tmp_path: Path) -> None:
    arrays = {"flags": np.array([True, False, True]), "bias": np.zeros(3), "codes": np.arange(5, dtype=np.int16)}
    write_archive(tmp_path / "a.offbeat", {}, {"weights": arrays})
    for array in read_archive(tmp_path / "a.offbeat").arrays["weights"].values():
        assert array.flags.aligned
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_empty_groups_take_no_entry_and_come_back_empty(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.offbeat", {"rows": 0}, {"weights": {}, "calibration": {"scores": np.ones(2)}})
    assert zipfile.ZipFile(tmp_path / "a.offbeat").namelist() == ["manifest.json", "calibration.safetensors"]
    assert read_archive(tmp_path / "a.offbeat").arrays["weights"] == {}


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    kernel, bias = np.arange(6.0).reshape(2, 3), np.zeros(3, np.float32)
    write_archive(tmp_path / "first.offbeat", {"a": 1, "b": 2}, {"weights": {"kernel": kernel, "bias": bias}})
    write_archive(
        tmp_path / "second.offbeat", {"a": 1, "b": 2}, {"calibration": {}, "weights": {"bias": bias, "kernel": kernel}}
    )
    assert (tmp_path / "first.offbeat").read_bytes() == (tmp_path / "second.offbeat").read_bytes()


def test_the_file_is_a_standard_zip_of_standard_safetensors(tmp_path: Path) -> None:
    weights = {"kernel": np.arange(6.0).reshape(2, 3), "step": np.array(7), "flags": np.array([True, False])}
    write_archive(tmp_path / "a.offbeat", {"hidden": [50]}, {"weights": weights, "calibration": {"x": np.ones(2)}})
    with zipfile.ZipFile(tmp_path / "a.offbeat") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "weights.safetensors", "calibration.safetensors"]
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert json.loads(archive.read("manifest.json"))["detector"] == {"hidden": [50]}
        assert_same_arrays(safetensors_load(archive.read("weights.safetensors")), weights)


@given(arrays=st.dictionaries(ARRAY_NAMES, FINITE_ARRAYS, max_size=4))
def test_the_safetensors_library_reads_what_is_written_and_the_other_way_round(arrays: dict) -> None:
    assert_same_arrays(safetensors_load(b"".join(tensor_pieces(arrays, "here"))), arrays)
    assert_same_arrays(read_tensors(safetensors_save(arrays), "here"), arrays)


def test_versions_and_format_are_recorded(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.offbeat", {}, {})
    archive = read_archive(tmp_path / "a.offbeat")
    assert archive == Archive({}, {"weights": {}, "calibration": {}}, 1, archive.versions)
    assert archive.versions == {
        "offbeat": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "jax": metadata.version("jax"),
        "jaxlib": metadata.version("jaxlib"),
    }
