"""Opening a hostile file needs memory in proportion to its size: measured under a hard limit."""

from __future__ import annotations

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


def test_ten_thousands_of_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number}", "")
    assert "holds 30000 entries; at most 20000 can be." in opened_within(path, 2 * SPARE)
