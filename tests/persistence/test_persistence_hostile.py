"""Every kind of damaged or hostile file gives one error that names the file and says what is wrong with it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from forged import CALIBRATION, WEIGHTS, forge, forge_manifest, manifest, tensor, tensors, zipped

from offbeat.errors import DetectorFileError
from offbeat.persistence import read_archive, write_archive
from offbeat.persistence.format import MAX_ARRAYS, MAX_MANIFEST_BYTES, MAX_TENSOR_HEADER_BYTES

ONE = np.ones(1).tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ecg.offbeat"


@pytest.fixture
def good(path: Path) -> bytes:
    arrays = {"weights": {"kernel": np.arange(4.0)}, "calibration": {"scores": np.ones(2)}}
    write_archive(path, {"threshold": 0.5}, arrays)
    return path.read_bytes()


def refusal(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DetectorFileError) as caught:
        read_archive(path)
    words = str(caught.value)
    assert str(path) in words
    assert caught.value.__cause__ is None
    assert len(words) < 700
    return words


def other_zip(add: Callable[[zipfile.ZipFile], object]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        add(archive)
    return buffer.getvalue()


# --- what is not a readable file ---


def test_models_of_other_systems_are_named(path: Path) -> None:
    many = [f"domains/d{number:03}.txt" for number in range(200)]
    for kind, names in (("an H2O MOJO", ["model.ini", *many]), ("a Keras model", ["config.json", "model.weights.h5"])):
        words = refusal(path, other_zip(lambda archive, names=names: [archive.writestr(name, "") for name in names]))
        assert words == (
            f"{path} is {kind} and no detector file: `offbeat import` (offbeat.integrations.open_model) makes a "
            "detector of it."
        )


def test_missing_file(path: Path) -> None:
    assert refusal(path) == f"There is no file {path}. Check the name, or save the detector first."


def test_folder(tmp_path: Path) -> None:
    assert "is a folder; a detector file was expected" in refusal(tmp_path)


def test_named_pipe_is_refused_without_waiting(path: Path) -> None:
    os.mkfifo(path)
    assert "is not a regular file" in refusal(path)


def test_name_with_a_zero_byte() -> None:
    with pytest.raises(DetectorFileError, match=r"'a\\x00b' is not a file name: it holds a zero byte"):
        read_archive("a\0b")


def test_name_that_is_too_long() -> None:
    with pytest.raises(DetectorFileError, match="cannot be read: File name too long"):
        read_archive("a" * 5000)


def test_file_that_may_not_be_read(good: bytes, path: Path) -> None:
    path.chmod(0)
    # The superuser may read everything, so another user tries.
    program = f"""
import os
from offbeat.errors import DetectorFileError
from offbeat.persistence import read_archive
path = os.open({str(path.parent)!r}, os.O_RDONLY)
os.fchdir(path)
if os.getuid() == 0:
    os.chmod(".", 0o755)
    os.setuid(65534)
try:
    read_archive("ecg.offbeat")
except DetectorFileError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "ecg.offbeat may not be read by this user. Change its permissions.\n"


def test_larger_than_allowed(good: bytes, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.persistence.reader.MAX_FILE_BYTES", 100)
    assert f"has {len(good)} bytes; at most 100 can be opened. Fit with fewer calibration rows." in refusal(path)
    monkeypatch.setattr("offbeat.persistence.reader.MAX_FILE_BYTES", len(good))
    assert read_archive(path).manifest == {"threshold": 0.5}


def test_memory_that_runs_out_is_one_clear_error(good: bytes, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("offbeat.persistence.reader.read_entries", exhausted)
    assert "does not fit into memory" in refusal(path)


# --- what is not our zip ---


@pytest.mark.parametrize("content", [b"a", b"PK", b"<html>not found</html>", b"\x89HDF\r\n", b"\x80\x04\x95pickle"])
def test_other_kinds_of_files(path: Path, content: bytes) -> None:
    words = refusal(path, content)
    assert f"is not a detector file: it begins with the bytes {content[:4]!r}" in words
    assert "Detector.save" in words


def test_empty_file(path: Path) -> None:
    assert "is empty; a detector file was expected" in refusal(path, b"")


@pytest.mark.parametrize("length", [4, 21, 22, 100, -1])
def test_truncated(good: bytes, path: Path, length: int) -> None:
    assert "it was cut short, or bytes were added behind it" in refusal(path, good[:length])


def test_bytes_behind_the_zip(good: bytes, path: Path) -> None:
    assert "bytes were added behind it" in refusal(path, good + b"<?php ?>")


def test_zip_comment(good: bytes, path: Path) -> None:
    assert "bytes were added behind it" in refusal(path, good[:-2] + b"\x03\x00abc")


def test_bytes_before_the_zip(good: bytes, path: Path) -> None:
    assert "it begins with the bytes b'#!/b'" in refusal(path, b"#!/bin/sh\n" + good)


def test_a_zip_before_the_zip(good: bytes, path: Path) -> None:
    assert "is not laid out as offbeat writes it" in refusal(path, good + good)


def test_bytes_between_the_entries(good: bytes, path: Path) -> None:
    at = good.index(b"PK\x03\x04", 4)
    assert "is a zip without a readable directory" in refusal(path, good[:at] + b"hidden" + good[at:])


def test_bytes_between_content_and_directory(good: bytes, path: Path) -> None:
    # Offsets in the end record move along, as a careful forger would do it.
    at = good.index(b"PK\x01\x02")
    end64 = good.index(b"PK\x06\x06") + 6
    moved = bytearray(good[:at] + b"hidden" + good[at:])
    moved[end64 + 48 : end64 + 56] = (at + 6).to_bytes(8, "little")
    assert "is not laid out as offbeat writes it" in refusal(path, bytes(moved))


def test_repacked_by_another_program(good: bytes, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    repacked = other_zip(lambda archive: [archive.writestr(name, content) for name, content in contents.items()])
    assert "another program packed it" in refusal(path, repacked)


def test_zip_of_many_entries(path: Path) -> None:
    many = other_zip(lambda archive: [archive.writestr(f"{number}.txt", "") for number in range(200)])
    words = refusal(path, many)
    assert "is a zip of many entries" in words
    assert "at most 3: 'manifest.json', 'weights.safetensors', 'calibration.safetensors'" in words


def test_empty_zip(path: Path) -> None:
    assert "it begins with the bytes b'PK\\x05\\x06'" in refusal(path, other_zip(lambda archive: None))


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..\\evil.json", "\\evil.json", "C:evil.json", "weights/../../x.json"],
)
def test_path_traversal(path: Path, name: str) -> None:
    words = refusal(path, other_zip(lambda archive: archive.writestr(name, "{}")))
    assert "points outside of the file" in words
    assert "do not trust this one" in words


@pytest.mark.parametrize("name", ["evil.py", "__init__.py", "weights.pkl", "sub/manifest.json", "MANIFEST.JSON"])
def test_entry_of_another_name(path: Path, name: str) -> None:
    words = refusal(path, other_zip(lambda archive: archive.writestr(name, "{}")))
    assert f"entry '{name}' is none of 'manifest.json', 'weights.safetensors', 'calibration.safetensors'" in words


def test_names_from_the_file_cannot_move_the_cursor(path: Path) -> None:
    words = refusal(path, other_zip(lambda archive: archive.writestr("\x1b[2J" + "a" * 1000, "{}")))
    assert "entry '\\x1b[2Jaaa" in words
    assert words.isprintable()


def test_unexpected_entry_of_a_possible_name(path: Path) -> None:
    index = tensors({})
    text = json.dumps(manifest({"index.safetensors": index})).encode()
    words = refusal(path, zipped({"manifest.json": text, "index.safetensors": index}))
    assert "holds 'index.safetensors'; only 'manifest.json', 'weights.safetensors'" in words


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entry_twice(path: Path) -> None:
    twice = other_zip(lambda archive: [archive.writestr("manifest.json", text) for text in ("{}", "{ }")])
    assert "holds an entry twice: 'manifest.json'" in refusal(path, twice)


def test_symbolic_link(path: Path) -> None:
    link = zipfile.ZipInfo("manifest.json")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    words = refusal(path, other_zip(lambda archive: archive.writestr(link, "/etc/passwd")))
    assert "entry 'manifest.json' is a symbolic link" in words


def test_folder_entry(path: Path) -> None:
    assert "entry 'weights/' is a folder" in refusal(path, other_zip(lambda archive: archive.mkdir("weights")))


def test_encrypted(good: bytes, path: Path) -> None:
    flagged = bytearray(good)
    flagged[good.index(b"PK\x01\x02") + 8] |= 1
    assert "entry 'manifest.json' is encrypted" in refusal(path, bytes(flagged))


def test_compressed_entries_so_no_zip_bomb(path: Path) -> None:
    bomb = other_zip(lambda archive: archive.writestr("manifest.json", b" " * 10**7, zipfile.ZIP_DEFLATED))
    assert len(bomb) < 20_000
    assert "entry 'manifest.json' is compressed (10000000 bytes stored as 97" in refusal(path, bomb)


@pytest.mark.parametrize("size", [10**9, 2**62, 2**64 - 1])
def test_declared_size_beyond_the_file(good: bytes, path: Path, size: int) -> None:
    declared = bytearray(good)
    extra = good.index(b"PK\x01\x02") + 46 + len("manifest.json") + 4
    declared[extra : extra + 16] = size.to_bytes(8, "little") * 2
    words = refusal(path, bytes(declared))
    assert f"bytes of content, but the file has {len(good)}" in words


@pytest.mark.parametrize("size", [2**63, 2**64 - 1])
def test_directory_beyond_the_file(good: bytes, path: Path, size: int) -> None:
    moved = bytearray(good)
    at = good.index(b"PK\x06\x06") + 48
    moved[at : at + 8] = size.to_bytes(8, "little")
    assert "is a zip without a readable directory" in refusal(path, bytes(moved))


def test_manifest_not_first(path: Path) -> None:
    weights = tensors({})
    text = json.dumps(manifest({WEIGHTS: weights})).encode()
    words = refusal(path, zipped({WEIGHTS: weights, "manifest.json": text}))
    assert "begins with 'weights.safetensors'; 'manifest.json' was expected first" in words


# --- what is not our manifest ---


def test_manifest_too_large(path: Path) -> None:
    words = refusal(forge_manifest(path, b" " * (MAX_MANIFEST_BYTES + 1)))
    assert f"manifest.json has {MAX_MANIFEST_BYTES + 1} bytes; at most {MAX_MANIFEST_BYTES} can be" in words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "is not the JSON that was expected: Expecting value"),
        (b"{", "is not the JSON that was expected: Expecting property name"),
        (b"\xff{}", "is not UTF-8 text: byte 0 is wrong"),
        (b"\xef\xbb\xbf{}", "Unexpected UTF-8 BOM"),
        (b"[1]", "holds a JSON list; an object was expected"),
        (b"null", "holds a JSON null; an object was expected"),
        (b'{"format": 1, "format": 2}', "the key 'format' occurs twice"),
        (b'{"format": NaN}', "it holds NaN, which is not a JSON number"),
        (b'{"format": -Infinity}', "it holds -Infinity, which is not a JSON number"),
        (b'{"format": 1e999}', "the number '1e999' is too large"),
        (b'{"format": ' + b"9" * 5000 + b"}", "a number has 5000 digits"),
        (b'{"format": "\\ud800"}', "holds half of a surrogate pair"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "it is nested deeper than 32 levels"),
        (b"[" * 10**6, "it is nested deeper than 32 levels"),
        (b'{"a":[' + b"0," * 1_500_000 + b"0]}", "it holds more than 1500000 values"),
        (b'{"a":[' + b"[]," * 250_000 + b"0]}", "it holds more than 250000 objects and lists"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_manifest_that_is_not_strict_json(path: Path, text: bytes, problem: str) -> None:
    words = refusal(forge_manifest(path, text))
    assert f"{path}: manifest.json" in words
    assert problem in words


def test_text_of_escapes_takes_linear_time(path: Path) -> None:
    assert "is not the JSON that was expected" in refusal(forge_manifest(path, b'{"' + b'\\"' * 4_000_000))


@pytest.mark.parametrize("number", [2, 10**300])
def test_newer_format_says_which_offbeat_is_too_old(path: Path, number: int) -> None:
    words = refusal(forge(path, format=number, versions={"offbeat": "7.0"}, codebook={}))
    assert f"was written in format {str(number)[:9]} by offbeat '7.0'; this offbeat, 0.1.0, is too old" in words
    assert "reads formats up to 1. Upgrade it: pip install --upgrade offbeat." in words


def test_newer_format_with_entries_of_its_own(path: Path) -> None:
    text = json.dumps({"format": 2}).encode()
    words = refusal(path, zipped({"manifest.json": text, "index.safetensors": b""}))
    assert "was written in format 2; this offbeat, 0.1.0, is too old" in words


@pytest.mark.parametrize("number", [0, -1, 1.0, True, "1", None])
def test_format_that_is_no_number(path: Path, number: object) -> None:
    assert "manifest.json has no format number; 1 to 1 was expected" in refusal(forge(path, format=number))


def test_manifest_field_missing(path: Path) -> None:
    text = json.dumps({"format": 1, "sizes": {}, "checksums": {}, "nan_allowed": []}).encode()
    assert "manifest.json lacks 'detector', 'versions'" in refusal(forge_manifest(path, text))


def test_manifest_field_unknown(path: Path) -> None:
    assert "manifest.json has the unknown fields 'run_on_load'" in refusal(forge(path, run_on_load="os.system"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"detector": []}, "'detector' is not a dict"),
        ({"checksums": 3}, "'checksums' is not a dict"),
        ({"versions": {"offbeat": 1}}, "'versions' holds something else than str"),
        ({"nan_allowed": ["losses"]}, "'nan_allowed' is not empty, and no array may hold NaN."),
        ({"nan_allowed": "x"}, "'nan_allowed' is not a list"),
        ({"checksums": {}}, "gives checksums of other entries than those that are there: 'weights.safetensors'"),
        ({"sizes": {CALIBRATION: 8}}, "gives sizes of other entries than those that are there"),
        ({"sizes": {WEIGHTS: 9}}, "weights.safetensors has 10 bytes, but manifest.json gives another size"),
        ({"checksums": {WEIGHTS: "0" * 64}}, "weights.safetensors does not match the checksum in manifest.json"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_manifest_field_wrong(path: Path, changes: dict, problem: str) -> None:
    assert problem in refusal(forge(path, tensors({}), **changes))


@pytest.mark.parametrize("entry", ["manifest.json", WEIGHTS, CALIBRATION])
def test_changed_content_names_the_entry(good: bytes, path: Path, entry: str) -> None:
    with zipfile.ZipFile(path) as archive:
        header = archive.getinfo(entry).header_offset
    changed = bytearray(good)
    changed[header + 30 + len(entry) + 20 + 15] ^= 1
    assert f"{entry} does not match its checksum. The file is damaged" in refusal(path, bytes(changed))


# --- what are not our arrays ---


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        (b"", "claims a header of 0 bytes, but has only 0"),
        (b"\x02\0\0", "claims a header of 2 bytes, but has only 3"),
        (b"\xff" * 8 + b"{}", f"claims a header of {2**64 - 1} bytes, but has only 10"),
        (tensors(b" " * (MAX_TENSOR_HEADER_BYTES + 8)), f"has a header of {MAX_TENSOR_HEADER_BYTES + 8} bytes"),
        (tensors(b"[]"), "its header holds a JSON list"),
        (tensors(b'{"a": {}, "a": {}}'), "its header is not the JSON that was expected: the key 'a' occurs twice"),
        (tensors(b'{"a":' * 100 + b"}" * 100), "nested deeper than 32 levels"),
        (tensors({"a": {}}), "array 'a' is not described by dtype, shape and data_offsets"),
        (tensors({"__metadata__": {"a": "b"}}), "array '__metadata__' is not described by"),
        (tensors({"a": {**tensor("F64", [1], 0, 8), "x": 1}}, ONE), "array 'a' is not described by"),
        (tensors({"": tensor("F64", [1], 0, 8)}, ONE), "has an array named ''; 1 to 200 printable characters"),
        (tensors({"a" * 201: tensor("F64", [1], 0, 8)}, ONE), "1 to 200 printable characters were expected"),
        (tensors({"a\n": tensor("F64", [1], 0, 8)}, ONE), "has an array named 'a\\n'"),
        (tensors({"a": tensor("O", [1], 0, 8)}, ONE), "array 'a' has the dtype 'O'; one of F64, F32, F16, I64"),
        (tensors({"a": tensor("BF16", [4], 0, 8)}, ONE), "array 'a' has the dtype 'BF16'"),
        (tensors({"a": tensor(["F64"], [1], 0, 8)}, ONE), "has the dtype"),
        (tensors({"a": tensor("F64", 1, 0, 8)}, ONE), "has a shape that is not a list of whole numbers"),
        (tensors({"a": tensor("F64", [-1], 0, 8)}, ONE), "has a shape that is not a list of whole numbers"),
        (tensors({"a": tensor("F64", [1.0], 0, 8)}, ONE), "has a shape that is not a list of whole numbers"),
        (tensors({"a": tensor("F64", [True], 0, 8)}, ONE), "has a shape that is not a list of whole numbers"),
        (tensors({"a": tensor("F64", [10**300], 0, 8)}, ONE), "has a shape that is not a list of whole numbers"),
        (tensors({"a": tensor("F64", [1] * 17, 0, 8)}, ONE), "has 17 dimensions; at most 16 can be"),
        (tensors({"a": tensor("F64", [2**40, 2], 0, 8)}, ONE), "has the absurd shape '[1099511627776, 2]'"),
        (tensors({"a": tensor("F64", [0, 2**62], 0, 0)}), "has the absurd shape '[0, 4611686018427387904]'"),
        (tensors({"a": tensor("F64", [1], 0)}, ONE), "does not say where it begins and ends"),
        (tensors({"a": tensor("F64", [1], -8, 0)}, ONE), "does not say where it begins and ends"),
        (tensors({"a": tensor("F64", [2], 0, 8)}, ONE), "shape [2] needs 16 bytes, but has 8"),
        (tensors({"a": tensor("F64", [2**37], 0, 2**40)}, ONE), f"describes {2**40} bytes of arrays, but holds 8"),
        (tensors({"a": tensor("F64", [1], 8, 0)}, ONE), "needs 8 bytes, but has -8"),
        (tensors({"a": tensor("F64", [1], 8, 16)}, ONE * 2), "begins at byte 8, where the array before it ends at 0"),
        (
            tensors({"a": tensor("F64", [1], 0, 8), "b": tensor("F64", [1], 0, 8)}, ONE),
            "array 'b' begins at byte 0, where the array before it ends at 8",
        ),
        (tensors({"a": tensor("F64", [1], 0, 8)}, ONE + b"hidden"), "describes 8 bytes of arrays, but holds 14"),
        (tensors({"a": tensor("BOOL", [8], 0, 8)}, b"\0\1\2\3\0\0\0\0"), "is neither true nor false at [2] (2 of 8"),
        (
            tensors({"a": tensor("F32", [2, 2], 0, 16)}, np.array([1, 1, np.nan, np.inf], np.float32).tobytes()),
            "array 'a' is not a finite number at [1, 0] (2 of 4 values are so)",
        ),
        (tensors({"a": tensor("F16", [], 0, 2)}, b"\0\x7c"), "array 'a' is not a finite number at [] (1 of 1"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_arrays_that_are_not_as_described(path: Path, weights: bytes, problem: str) -> None:
    words = refusal(forge(path, weights))
    assert f"{path}: weights.safetensors" in words
    assert problem in words


def test_too_many_arrays(path: Path) -> None:
    header = {str(number): tensor("U8", [0], 0, 0) for number in range(MAX_ARRAYS + 1)}
    assert f"holds {MAX_ARRAYS + 1} arrays; at most {MAX_ARRAYS} can be" in refusal(forge(path, tensors(header)))
