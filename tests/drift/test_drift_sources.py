"""What other programs write, as they write it: growing files, rotated and cut off; folders; half-written ends."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.drift.arriving_files import ArrivingFiles
from offbeat.drift.growing_file import AT_ONCE, GrowingFile, next_lines, records_of, whole_lines
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


def test_what_is_no_text_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    path.write_bytes(gzip.compress(b"a\n1\n2\n"))
    with pytest.raises(DataError, match=r"pumps\.csv is no text that grows \(gzip\); lines of CSV or NDJSON were"):
        growing.read()
    assert growing.read() is None
    path.write_bytes(b"BZh91AY&SY\xd6\x1c\x00")
    with pytest.raises(DataError, match=r"pumps\.csv is compressed with bzip2, which is not read\. Unpack it"):
        growing.read()
    path.write_text("a\n1\n2\n")
    assert lines(growing) == "a\n1\n2\n"


WIDE = ",".join(f"sensor_{number:02}" for number in range(40)) + "\n"


def test_a_file_with_the_same_header_is_another_one_after_a_restart(tmp_path: Path) -> None:
    """Its first 256 bytes are those of the old one: the file itself, or what stands before the offset, tells."""
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    append(path, WIDE + "1,2\n" * 1000)
    lines(growing)
    kept = json.loads(json.dumps(growing.to_dict()))
    path.rename(tmp_path / "pumps.csv.1")
    append(path, WIDE + "1,2\n" * 2000)
    again = GrowingFile(path)
    again.restore(kept)
    assert lines(again) == WIDE + "1,2\n" * 2000, "rotated: what was read is there, in another file"

    kept = json.loads(json.dumps(again.to_dict()))
    path.write_text(WIDE + "3,4\n" * 3000)
    again = GrowingFile(path)
    again.restore(kept)
    assert lines(again) == WIDE + "3,4\n" * 3000, "cut off and written anew, in the same file"
    path.write_text(WIDE + "5,6\n" * 4000)
    assert lines(again) == WIDE + "5,6\n" * 4000, "the same without a restart"
    append(path, "7,8\n")
    found = again.read()
    assert found is not None and (found.text, found.first, found.line) == (b"7,8\n", False, 4002)


def test_a_state_of_before_files_were_told_apart_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    append(path, "a\n1\n")
    lines(growing)
    kept = {name: growing.to_dict()[name] for name in ("offset", "head_size", "head")}
    append(path, "2\n")
    again = GrowingFile(path)
    again.restore(kept)
    found = again.read()
    assert found is not None and (found.text, found.first, found.line) == (b"2\n", False, None)
    assert again.to_dict()["inode"] == path.stat().st_ino and again.to_dict()["near"]


def test_a_quote_that_never_closes_is_waited_for_only_so_long(tmp_path: Path) -> None:
    path = tmp_path / "pumps.csv"
    growing = GrowingFile(path)
    append(path, 'a,b\n1,2\n3,5" pipe\n' + "5,6\n" * 1000)
    assert lines(growing) == "a,b\n1,2\n", "the cell may go on"
    append(path, "7,8\n" * 20_000)
    found = growing.read()
    assert found is not None and (found.text, found.line, found.is_open) == (b'3,5" pipe\n', 3, True)
    assert lines(growing) == "5,6\n" * 1000 + "7,8\n" * 20_000
    append(path, '9,"\n8,7\n')
    assert growing.read() is None
    found = growing.read(final=True)
    assert found is not None and (found.text, found.is_open) == (b'9,"\n', True)
    assert lines(growing) == "8,7\n"


def test_a_quote_that_opens_behind_the_header_holds_nothing_up() -> None:
    text = b'a,b\n1,5" pipe\n2,3\n'
    assert next_lines(text, first=True) == (b"", False)
    assert next_lines(text, first=True, final=True) == (b'a,b\n1,5" pipe\n', True)
    assert next_lines(b"a,b\n", first=True, final=True) == (b"", False)


def test_whole_lines_take_one_look_at_each_line() -> None:
    """A count from the start for each line of these eight megabytes took minutes."""
    text = b'1,2\n3,"4\n' + b"5,6\n" * 2_000_000
    begun = time.process_time()
    assert whole_lines(text) == b"1,2\n"
    assert time.process_time() - begun < 20


@given(st.text('ab"\n,', max_size=40))
def test_records_are_the_whole_lines_and_the_rest(text: str) -> None:
    records = [record.decode() for record in records_of(text.encode())]
    assert "".join(records) == text
    assert all(record.count('"') % 2 == 0 and record.endswith("\n") for record in records[:-1])


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


def test_a_file_ahead_of_the_clock_is_whole_once_it_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine's clock is ahead, or an archive was unpacked: its time says nothing of when it was written."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    arriving = ArrivingFiles(tmp_path)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1\n")
        os.utime(tmp_path / name, (time.time() + 7200, time.time() + 7200))
    assert arriving.is_waiting() and list(arriving.look()) == []
    now[0] += 0.6
    os.utime(tmp_path / "b.csv", (time.time() + 7300, time.time() + 7300))
    assert arriving.is_waiting() and list(arriving.look()) == []
    now[0] += 0.6
    assert [path.name for path in arriving.look()] == ["a.csv"], "b.csv was written to since"
    now[0] += 0.6
    assert not arriving.is_waiting(), "none will be whole in a moment: it is"
    assert [path.name for path in arriving.look()] == ["b.csv"] and list(arriving.look()) == []


def test_a_file_a_little_ahead_of_the_clock_is_whole_after_one_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--once` waits once."""
    clock, monotonic, written = time.time(), [100.0], tmp_path / "a.csv"
    now = [clock]
    monkeypatch.setattr(time, "monotonic", lambda: monotonic[0])
    monkeypatch.setattr(time, "time", lambda: now[0])
    written.write_text("1\n")
    os.utime(written, (clock + 0.5, clock + 0.5))
    arriving = ArrivingFiles(tmp_path)
    assert arriving.is_waiting()
    now[0], monotonic[0] = clock + 1.0, 101.0
    assert [path.name for path in arriving.look()] == ["a.csv"]


def test_what_is_whole_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\n")
    os.utime(tmp_path / "a.csv", (time.time() - 60, time.time() - 60))
    arriving = ArrivingFiles(tmp_path)
    assert not arriving.is_waiting() and [path.name for path in arriving.look()] == ["a.csv"]
