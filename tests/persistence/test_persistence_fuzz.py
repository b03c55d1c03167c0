"""Whatever happens to the bytes of a file: it loads with the same content, or is refused with the one error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from forged import forge, forge_manifest, zipped
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offbeat.errors import DetectorFileError
from offbeat.persistence import read_archive, write_archive

MANIFEST = {"threshold": 0.1, "names": ["flow", "rpm"], "nothing": None}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "ecg.offbeat"


@pytest.fixture(scope="module")
def good(path: Path) -> bytes:
    arrays = {
        "weights": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3), "flags": np.array([True, False])},
        "calibration": {"scores": np.array([0.5, 0.25])},
    }
    write_archive(path, MANIFEST, arrays)
    return path.read_bytes()


def assert_same_or_refused(path: Path, content: bytes) -> bool:
    path.write_bytes(content)
    try:
        archive = read_archive(path)
    except DetectorFileError as error:
        assert str(path) in str(error)
        return False
    assert archive.manifest == MANIFEST
    assert archive.arrays["weights"]["kernel"].tobytes() == np.arange(6, dtype=np.float32).tobytes()
    assert archive.arrays["weights"]["flags"].tolist() == [True, False]
    assert archive.arrays["calibration"]["scores"].tolist() == [0.5, 0.25]
    return True


def test_single_bits_changed(good: bytes, path: Path) -> None:
    for position in range(0, len(good), 2):
        changed = bytes([good[position] ^ 1 << position // 2 % 8])
        assert not assert_same_or_refused(path, good[:position] + changed + good[position + 1 :])


def test_truncations(good: bytes, path: Path) -> None:
    assert not any(assert_same_or_refused(path, good[:length]) for length in range(0, len(good), 5))


@given(data=st.data())
@settings(max_examples=100)
def test_some_bytes_changed_inserted_removed(data: st.DataObject, good: bytes, path: Path) -> None:
    content = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        position = data.draw(st.integers(0, len(content)))
        removed = data.draw(st.integers(0, 8))
        content[position : position + removed] = data.draw(st.binary(max_size=8))
    assert_same_or_refused(path, bytes(content))


@given(content=st.binary(max_size=200))
def test_any_bytes(content: bytes, path: Path) -> None:
    with pytest.raises(DetectorFileError):
        path.write_bytes(content)
        read_archive(path)


@given(text=st.binary(max_size=60) | st.text('{}[]",:01.eE+-\\untrfalsd ', max_size=60).map(str.encode))
@example(text=b"\xed\xa0\x80")
@settings(max_examples=100)
def test_any_manifest(text: bytes, path: Path) -> None:
    with pytest.raises(DetectorFileError):
        read_archive(forge_manifest(path, text))


@given(
    header=st.binary(max_size=40)
    | st.from_regex(r'\{"a":\{"dtype":"(F32|BOOL)","shape":\[[0-9,-]{0,4}\],"data_offsets":\[[0-9],[0-9]\]\}\}').map(
        str.encode
    ),
    data=st.binary(max_size=8),
)
@settings(max_examples=100)
def test_any_tensor_header_with_fitting_checksums(header: bytes, data: bytes, path: Path) -> None:
    weights = len(header).to_bytes(8, "little") + header + data
    try:
        archive = read_archive(forge(path, weights))
    except DetectorFileError:
        return
    assert sum(array.nbytes for array in archive.arrays["weights"].values()) == len(data)


@given(contents=st.dictionaries(st.from_regex(r"[a-zA-Z./]{1,12}", fullmatch=True), st.binary(max_size=8), max_size=4))
def test_any_entries(contents: dict[str, bytes], path: Path) -> None:
    path.write_bytes(zipped(contents))
    with pytest.raises(DetectorFileError):
        read_archive(path)
