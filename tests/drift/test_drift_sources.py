"""What other programs write, as they write it: growing files, rotated and cut off; folders; half-written ends."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.drift.arriving_files import ArrivingFiles
from offbeat.drift.growing_file import AT_ONCE, GrowingFile, whole_lines
from offbeat.errors import DataError


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test opens is closed behind it."""
    opened: list[GrowingFile] = []
    begin = GrowingFile.__init__

    def noted(self: GrowingFile, path: Path) -> None:
        opened.append(self)
        begin(self, path)

    monkeypatch.setattr(GrowingFile, "__init__", noted)
    yield
    for growing in opened:
        growing.close()


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def lines(growing: GrowingFile) -> str:
    """All that is new."""
    text = b""
    while (found := growing.read()) is not None:
        text += found.text
    return text.decode()


def test_each_line_once_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    assert lines(growing) == ""
    append(path, "flow,rpm\n")
    assert lines(growing) == "", "a header alone tells nothing yet"
    append(path, "1,2\n3,")
    assert lines(growing) == "flow,rpm\n1,2\n"
    append(path, "4\n")
    assert lines(growing) == "3,4\n" and lines(growing) == ""


def test_a_rotated_file_is_read_to_its_end_first(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    append(path, "a\n1\n")
    assert lines(growing) == "a\n1\n"
    append(path, "2\n")
    path.rename(tmp_path / "pumps.csv.1")
    append(tmp_path / "pumps.csv.1", "3\n")
    append(path, "a\n4\n5\n")
    first = growing.read()
    assert first is not None and first.text == b"2\n3\n" and not first.first
    second = growing.read()
    assert second is not None and second.text == b"a\n4\n5\n" and second.first


@pytest.mark.parametrize("again", ["b\n9\n", "b\n" + "9\n" * 50])
def test_a_file_that_is_cut_off_or_begun_anew_is_read_from_its_start(tmp_path: Path, again: str) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    append(path, "a\n1\n2\n3\n")
    lines(growing)
    path.write_text(again)
    found = growing.read()
    assert found is not None and found.first and found.text.decode() == again


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    append(path, "a\n1\n")
    lines(growing)
    kept = json.loads(json.dumps(growing.to_dict()))
    append(path, "2\n")
    for text, expected in (("", "2\n"), ("other\n7\n8\n9\n", "other\n7\n8\n9\n")):
        if text:
            path.write_text(text)
        again = GrowingFile(path)
        again.restore(kept)
        assert lines(again) == expected


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    path.write_bytes(b"1" * AT_ONCE)
    with pytest.raises(DataError, match="there is no line end within 8 MB"):
        GrowingFile(path).read()


@given(st.text('ab"\n,', max_size=40))
def test_what_is_cut_off_is_whole(text: str) -> None:
    whole = whole_lines(text.encode()).decode()
    assert text.startswith(whole) and whole.count('"') % 2 == 0 and (not whole or whole.endswith("\n"))
    rest = text[len(whole) :]
    assert not any(rest[: at + 1].count('"') % 2 == 0 for at, letter in enumerate(rest) if letter == "\n")


def test_files_of_a_folder_once_each_when_they_are_whole(tmp_path: Path) -> None:
    arriving = ArrivingFiles(tmp_path / "in")
    assert list(arriving.look()) == [] and not arriving.is_waiting()
    (tmp_path / "in").mkdir()
    for name in ("b.csv", "a.csv", ".hidden", "c.csv.part"):
        (tmp_path / "in" / name).write_text("1\n2\n")
    assert list(arriving.look()) == [] and arriving.is_waiting(), "they were written to this very second"
    earlier = time.time() - 60
    for name in ("a.csv", "b.csv"):
        os.utime(tmp_path / "in" / name, (earlier, earlier))
    assert [path.name for path in arriving.look()] == ["a.csv", "b.csv"]
    assert list(arriving.look()) == [] and not arriving.is_waiting()

    again = ArrivingFiles(tmp_path / "in")
    again.restore(json.loads(json.dumps(arriving.to_dict())))
    os.utime(tmp_path / "in" / "b.csv", (earlier + 9, earlier + 9))
    assert [path.name for path in again.look()] == ["b.csv"], "it was replaced"
    (tmp_path / "in" / "a.csv").unlink()
    assert list(again.to_dict()["read"]) == ["b.csv"]
