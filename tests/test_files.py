"""A file has its old content or its new one, never a half, and never leaves others behind."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from offbeat.files import free_name, new_folder, write_atomically, write_once


def _only(path: Path) -> bool:
    return [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [(b"", b""), (b"whole", b"whole"), ([b"in", b" ", b"pieces"], b"in pieces"), ([], b""), (iter([b"x"] * 3), b"xxx")],
)
def test_content_is_written_whole_or_in_pieces(
    tmp_path: Path, chunks: bytes | list[bytes] | Iterator[bytes], expected: bytes
) -> None:
    path = tmp_path / "result.bin"
    assert write_atomically(path, chunks) == path
    assert path.read_bytes() == expected
    assert _only(path)


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "result.bin"
    path.write_bytes(b"old and longer")
    write_atomically(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert _only(path)


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "result.bin"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_are_those_of_any_new_file(tmp_path: Path, umask: int, expected: int) -> None:
    before = os.umask(umask)
    try:
        path = write_atomically(tmp_path / "result.bin", b"new")
        assert stat.S_IMODE(path.stat().st_mode) == expected
        assert os.umask(umask) == umask, "the process's umask is left alone"
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_what_is_private_is_so_while_it_is_written(tmp_path: Path, mode: int) -> None:
    path, seen = tmp_path / "result.bin", []
    path.write_bytes(b"old")
    path.chmod(mode)

    def pieces() -> Iterator[bytes]:
        (part,) = tmp_path.glob(".offbeat-*.part")
        seen.append(stat.S_IMODE(part.stat().st_mode))
        yield b"new"

    before = os.umask(0o022)
    try:
        write_atomically(path, pieces())
    finally:
        os.umask(before)
    assert seen == [mode | stat.S_IWUSR] and stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


def test_names_for_what_is_put_aside_are_free(tmp_path: Path) -> None:
    path = tmp_path / "pumps.watch"
    assert free_name(path) == tmp_path / "pumps.watch.old"
    (tmp_path / "pumps.watch.old").touch()
    (tmp_path / "pumps.watch.old-2").symlink_to("nowhere")
    assert free_name(path) == tmp_path / "pumps.watch.old-3"


def test_a_failing_source_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")

    def source() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, source())
    assert path.read_bytes() == b"old"
    assert _only(path)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_disk_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "result.bin"
    path.write_bytes(b"old")

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if step == "fsync":
            patch.setattr(os, "fsync", fail)
        else:
            patch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="No space left on device"):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert _only(path)


def test_a_folder_that_cannot_be_synced_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    assert write_atomically(tmp_path / "result.bin", b"new").read_bytes() == b"new"


def test_content_reaches_the_disk_before_the_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, happened = tmp_path / "result.bin", []
    sync, replace = os.fsync, Path.replace

    def watched_sync(descriptor: int) -> None:
        happened.append("sync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "sync file")
        sync(descriptor)

    def watched_replace(self: Path, target: Path) -> Path:
        happened.append("rename")
        assert self.read_bytes() == b"new"
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_sync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    write_atomically(path, b"new")
    assert happened == ["sync file", "rename", "sync folder"][: 3 if os.name == "posix" else 2]


def test_a_target_that_is_a_folder_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomically(folder, b"new")
    assert _only(folder)


def test_readers_and_writers_at_the_same_time_see_whole_contents(tmp_path: Path) -> None:
    path = tmp_path / "result.bin"
    contents = [bytes([letter]) * 200_000 for letter in b"abc"]
    write_atomically(path, contents[0])
    writers = [
        threading.Thread(target=lambda content=content: [write_atomically(path, content) for _ in range(5)])
        for content in contents
    ]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_bytes())
    assert seen <= set(contents)
    assert _only(path)


def test_a_folder_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "whole"
    with new_folder(target) as part:
        (part / "inside").mkdir()
        (part / "inside" / "file").write_text("content")
        assert not target.exists()
    assert (target / "inside" / "file").read_text() == "content"
    assert _only(target)


def test_a_folder_that_could_not_be_filled_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="half way"), new_folder(tmp_path / "whole") as part:
        (part / "file").write_text("content")
        raise RuntimeError("half way")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for content in ("first", "second"):
        try:
            with new_folder(tmp_path / "empty") as part:
                (part / "file").write_text(content)
        except FileExistsError as problem:
            assert (content, problem.filename) == ("second", str(tmp_path / "empty"))
    assert (tmp_path / "empty" / "file").read_text() == "first"
    with pytest.raises(FileExistsError):
        write_once(tmp_path / "empty" / "file", b"third")
    assert write_once(tmp_path / "empty" / "other", b"third").read_bytes() == b"third"
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == ["file", "other"]


def test_of_many_who_write_one_name_one_succeeds(tmp_path: Path) -> None:
    written: list[int] = []

    def write(number: int) -> None:
        try:
            write_once(tmp_path / "file", str(number).encode())
            with new_folder(tmp_path / "folder") as part:
                (part / "number").write_text(str(number))
            written.append(number)
        except FileExistsError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [str(number) for number in written] == [(tmp_path / "file").read_text()]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")
def test_a_link_stays_one_and_its_file_keeps_its_permissions(tmp_path: Path) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_bytes(b"old")
    target.chmod(0o600)
    link.symlink_to("target.csv")
    assert write_atomically(link, b"new") == link
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"target.csv", "link.csv"}


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")
def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, [b"in", b" ", b"pieces"])
    reader.join(timeout=30)
    assert found == [b"in pieces"] and pipe.is_fifo()
