"""Opening a hostile file needs memory in proportion to its size: measured under a hard limit."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from imported_models import keras_file, mojo, repacked

MB = 10**6
SPARE = 60 * MB
"""Python's own arenas, and 4 MB that any entry may unfold to, with its lines."""

OPEN = """
import resource, sys
from offbeat.errors import DetectorFileError
from offbeat.integrations import open_keras, open_mojo

now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = now + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
try:
    open_mojo(sys.argv[1]) if sys.argv[1].endswith(".zip") else open_keras(sys.argv[1], scaling="none")
except DetectorFileError as error:
    print(error)
"""


def opened_within(path: Path, memory: int) -> str:
    command = [sys.executable, "-c", OPEN, str(path), str(memory)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("source", [mojo("tanh-dropout"), keras_file("sequential")], ids=lambda path: path.suffix)
def test_zip_bombs_are_refused_before_they_unfold(source: Path, tmp_path: Path) -> None:
    entry = "model.ini" if source.suffix == ".zip" else "model.weights.h5"
    bomb = repacked(source, tmp_path / f"bomb{source.suffix}", {entry: bytes(200 * MB)})
    assert bomb.stat().st_size < 2 * MB
    assert f"{entry} would unfold from" in opened_within(bomb, SPARE)


def test_a_lie_about_the_size_is_found(tmp_path: Path) -> None:
    content = bytearray(repacked(mojo("tanh-dropout"), tmp_path / "a.zip", {"model.ini": bytes(150 * MB)}).read_bytes())
    place = content.rindex(b"model.ini") - 46
    assert content[place : place + 4] == b"PK\x01\x02"
    content[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    assert "model.ini cannot be read (Bad CRC-32 for file 'model.ini')" in opened_within(path, SPARE)


def test_one_file_of_levels_for_many_columns_is_refused(tmp_path: Path) -> None:
    """400 columns of 200,000 levels: 5 GB, of a file of half a megabyte."""
    with zipfile.ZipFile(mojo("only-categories")) as archive:
        text = archive.read("model.ini").decode()
    info = text[: text.index("[columns]")].replace("cats = 5", "cats = 400").replace("n_columns = 5", "n_columns = 400")
    columns = "".join(f"c{number}\n" for number in range(400))
    domains = "".join(f"{number}: 200000 d000.txt\n" for number in range(400))
    changed = {
        "model.ini": f"{info}[columns]\n{columns}\n[domains]\n{domains}".encode(),
        "domains/d000.txt": "".join(f"{level}\n" for level in range(200_000)).encode(),
    }
    bomb = repacked(mojo("only-categories"), tmp_path / "bomb.zip", changed)
    assert bomb.stat().st_size < MB / 2
    words = "the levels of the categorical columns have 80000400 slots, and the first layer 54 weights."
    assert words in opened_within(bomb, 2 * SPARE)


def entangled(leaves: int, symbols: int, depth: int, *, repeated: bool) -> bytes:
    """An HDF5 file of groups within groups, with names of 999 characters; the innermost one has leaves of names."""
    out = bytearray(96)

    def add(piece: bytes) -> int:
        place = len(out)
        out.extend(piece + bytes(-len(piece) % 8))
        return place

    heap = add(b"HEAP" + struct.pack("<LQQQ", 0, 1000, 0, add(b"A" * 999 + b"\0")))

    def leaf(places: range) -> int:
        return add(
            b"SNOD" + struct.pack("<HH", 1, len(places)) + b"".join(struct.pack("<QQ24x", 0, at) for at in places)
        )

    def group(children: list[int]) -> int:
        branches = b"".join(struct.pack("<QQ", at, 0) for at in children)
        tree = add(b"TREE" + struct.pack("<HH24x", 0, len(children)) + branches)
        return add(struct.pack("<BBHLL4xHHB3xQQ", 1, 0, 1, 1, 24, 17, 16, 0, tree, heap))

    places = [range(8 + number * symbols, 8 + (number + 1) * symbols) for number in range(1 if repeated else leaves)]
    top = group([leaf(place) for place in places] * (leaves if repeated else 1))
    for _ in range(depth):
        top = group([leaf(range(top, top + 1))])
    superblock = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0]).ljust(16, b"\0")
    superblock += struct.pack("<4Q", 0, 2**64 - 1, len(out), 2**64 - 1)
    out[:96] = superblock + struct.pack("<QQ24x", 0, top)
    return bytes(out)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (entangled(60_000, 30, 60, repeated=True), "holds one thing under two names, or too deep, at 'AAA"),
        (entangled(60_000, 30, 0, repeated=True), "has a group whose table of names is no tree."),
        (entangled(600, 100, 1, repeated=False), "holds more than a model needs."),
    ],
    ids=["long paths", "one leaf many times", "many names"],
)
def test_names_without_end_are_refused_before_they_fill_the_memory(content: bytes, words: str, tmp_path: Path) -> None:
    bomb = repacked(keras_file("sequential"), tmp_path / "bomb.keras", {"model.weights.h5": content})
    assert words in opened_within(bomb, 2 * SPARE)


def test_ten_thousands_of_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number}", "")
    assert "holds 30000 entries; at most 20000 can be." in opened_within(path, 2 * SPARE)
