"""Reading a file, hostile ones included, needs memory in proportion to its size: measured under a hard limit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from forged import forge, forge_manifest, tensor, tensors

from offbeat.persistence import write_archive
from offbeat.persistence.format import MAX_MANIFEST_BYTES

MB = 10**6
# Python's own arenas and buffers, whatever the file.
SPARE = 8 * MB

READ = """
import resource, sys
import numpy as np
from offbeat.errors import DetectorFileError
from offbeat.persistence import read_archive

np.isfinite(np.ones(100)).all()
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = now + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    print(sum(array.nbytes for group in read_archive(sys.argv[1]).arrays.values() for array in group.values()))
except DetectorFileError as error:
    print(error)
"""


def read_within(path: Path, memory: int) -> str:
    command = [sys.executable, "-c", READ, str(path), str(memory)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_a_good_file_is_read_in_less_than_twice_its_size(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "large.offbeat"
    write_archive(path, {}, {"weights": {"kernel": np.ones(20 * MB // np.dtype(dtype).itemsize, dtype)}})
    size = path.stat().st_size
    assert read_within(path, 2 * size + SPARE) == f"{20 * MB}\n"


def test_a_file_that_does_not_fit_says_so(tmp_path: Path) -> None:
    path = tmp_path / "large.offbeat"
    write_archive(path, {}, {"weights": {"kernel": np.ones(20 * MB, np.uint8)}})
    assert read_within(path, 10 * MB) == (
        f"{path} does not fit into memory. Free some, or read it on a larger machine.\n"
    )


def test_all_nan_is_refused_in_less_than_twice_its_size(tmp_path: Path) -> None:
    data = np.full(10 * MB, np.nan, np.float16).tobytes()
    path = forge(tmp_path / "nan.offbeat", tensors({"kernel": tensor("F16", [10 * MB], 0, 20 * MB)}, data))
    assert "is not a finite number at [0] (10000000 of 10000000" in read_within(path, 2 * len(data) + SPARE)


@pytest.mark.parametrize(
    ("brick", "problem"),
    [
        (b"0,", "holds more than 1500000 values"),
        (b"{},", "holds more than 250000 objects and lists"),
        (b'{"a":{}},', "holds more than 250000 objects and lists"),
        (b"[", "nested deeper than 32 levels"),
        (b'\\"', "is not the JSON that was expected"),
    ],
    ids=str,
)
def test_a_manifest_made_to_be_costly(tmp_path: Path, brick: bytes, problem: str) -> None:
    text = (b'{"a":[' + brick * (MAX_MANIFEST_BYTES // len(brick)))[:MAX_MANIFEST_BYTES]
    path = forge_manifest(tmp_path / "costly.offbeat", text)
    assert problem in read_within(path, 3 * MAX_MANIFEST_BYTES + SPARE)


@pytest.mark.parametrize(
    ("brick", "times"), [(b'{"a":0},', 249_000), (b'"\xc3\xa9123456",', 1_400_000)], ids=["objects", "texts"]
)
def test_as_many_values_as_allowed(tmp_path: Path, brick: bytes, times: int) -> None:
    path = forge_manifest(tmp_path / "costly.offbeat", b'{"a":[' + brick * times + b"0]}")
    assert "has no format number" in read_within(path, 200 * MB)


@pytest.mark.parametrize("word", ['"%06d"', '"\U0001f600%d"'], ids=["digits", "letters of four bytes"])
def test_as_much_of_everything_as_allowed(tmp_path: Path, word: str) -> None:
    objects = ",".join(f'{{"k{number:06d}":{number}.5}}' for number in range(249_000))
    room = MAX_MANIFEST_BYTES - len(objects) - 100
    words = ",".join(word % (number % 10**5) for number in range(990_000))
    words = words.encode()[:room].rpartition(b",")[0]
    path = forge_manifest(
        tmp_path / "costly.offbeat", b'{"a":["\xf0\x9f\x98\x80",' + objects.encode() + b"," + words + b"]}"
    )
    assert "has no format number" in read_within(path, path.stat().st_size + 300 * MB)


def test_a_header_made_to_be_costly(tmp_path: Path) -> None:
    header = json.dumps(
        {"a" * (number % 190 + 1) + str(number): tensor("U8", [0] * 4, 0, 0) for number in range(10**4)}
    )
    path = forge(tmp_path / "costly.offbeat", tensors(header.encode()))
    assert read_within(path, 3 * path.stat().st_size + 40 * MB) == "0\n"


def test_sizes_that_are_only_claimed_allocate_nothing(tmp_path: Path) -> None:
    claimed = tensors({"a": tensor("F64", [2**37], 0, 2**40)})
    assert "describes 1099511627776 bytes" in read_within(forge(tmp_path / "a.offbeat", claimed), SPARE)
