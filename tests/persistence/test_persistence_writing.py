"""A name always means a whole file: writing that fails, or is killed, leaves the old one and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from offbeat.errors import DetectorFileError, FileError
from offbeat.persistence import read_archive, replace_file, write_archive
from offbeat.persistence.format import MAX_ARRAY_NAME, MAX_ARRAYS

WRITE = """
    import os, resource, sys, time
    import numpy as np
    from offbeat.errors import FileError
    from offbeat.persistence import write_archive

    def write(value, rows=500_000):
        write_archive(sys.argv[1], {"value": value}, {"weights": {"kernel": np.full(rows, float(value))}})
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "ecg.offbeat"
    write_archive(path, {"value": 0}, {"weights": {"kernel": np.zeros(5)}})
    return path


def program(body: str, path: Path) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(WRITE) + textwrap.dedent(body), str(path)]


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(path: Path, manifest: dict, arrays: dict) -> str:
    with pytest.raises(DetectorFileError) as caught:
        write_archive(path, manifest, arrays)
    assert names_in(path.parent) == []
    return str(caught.value)


# --- the disk ---


@pytest.mark.parametrize("limit", [0, 100, 1_000_000])
def test_full_disk_leaves_the_old_file_and_nothing_else(old: Path, limit: int) -> None:
    before = old.read_bytes()
    body = f"""
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            write(1)
        except FileError as error:
            print(error)
    """
    done = subprocess.run(program(body, old), capture_output=True, text=True, check=True)
    assert done.stdout == (
        f"{old} cannot be written: File too large. Nothing was left behind, and a file that had this name is "
        f"unchanged. Free some space in {old.parent}, or choose another folder.\n"
    )
    assert old.read_bytes() == before
    assert names_in(old.parent) == ["ecg.offbeat"]


def test_full_disk_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    body = """
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            write(1)
        except FileError as error:
            print(error)
    """
    done = subprocess.run(program(body, tmp_path / "new.offbeat"), capture_output=True, text=True, check=True)
    assert "cannot be written: File too large. Nothing was left behind" in done.stdout
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_killed_before_the_new_file_has_its_name(old: Path, moment: str) -> None:
    before = old.read_bytes()
    body = f"""
        def wait(*_):
            print("half way", flush=True)
            time.sleep(60)

        os.{moment} = wait
        write(1)
    """
    with subprocess.Popen(program(body, old), stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "half way\n"
        writer.send_signal(signal.SIGKILL)
        assert writer.wait() == -signal.SIGKILL
    assert old.read_bytes() == before
    (left,) = set(names_in(old.parent)) - {"ecg.offbeat"}
    assert left.startswith(".offbeat-") and left.endswith(".part")


def test_killed_at_any_moment_the_file_is_whole(old: Path) -> None:
    body = """
        print("writing", flush=True)
        for value in range(1, 10**6):
            write(value)
    """
    for wait in (0.0, 0.013, 0.031, 0.05):
        with subprocess.Popen(program(body, old), stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(wait)
            writer.kill()
        archive = read_archive(old)
        assert set(archive.arrays["weights"]["kernel"].tolist()) == {float(archive.manifest["value"])}


def test_interrupted_by_the_user_leaves_the_old_file_and_nothing_else(old: Path) -> None:
    def pieces() -> object:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace_file(old, pieces())
    assert read_archive(old).manifest == {"value": 0}
    assert names_in(old.parent) == ["ecg.offbeat"]


def test_two_writers_at_once_leave_one_whole_file(old: Path) -> None:
    body = """
        for _ in range(20):
            write(int(sys.argv[2]), rows=20_000)
    """
    writers = [subprocess.Popen([*program(body, old), str(value)]) for value in (1, 2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    archive = read_archive(old)
    assert set(archive.arrays["weights"]["kernel"].tolist()) == {float(archive.manifest["value"])}
    assert names_in(old.parent) == ["ecg.offbeat"]


def test_file_and_folder_are_synced_in_this_order(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, os.replace

    def noted_sync(descriptor: int) -> None:
        steps.append("folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "file")
        sync(descriptor)

    def noted_replace(*names: object) -> None:
        steps.append("rename")
        replace(*names)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_replace)
    write_archive(old, {}, {})
    assert steps == ["file", "rename", "folder"]


def test_new_files_have_the_permissions_of_new_files(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_archive(tmp_path / "ecg.offbeat", {}, {})
    assert (tmp_path / "ecg.offbeat").stat().st_mode == (tmp_path / "plain").stat().st_mode


# --- the name ---


def test_missing_folder(tmp_path: Path) -> None:
    path = tmp_path / "absent" / "ecg.offbeat"
    with pytest.raises(FileError) as caught:
        write_archive(path, {}, {})
    assert str(caught.value) == (
        f"{path} cannot be written: No such file or directory. Nothing was left behind, and a file that had this "
        f"name is unchanged. There is no folder {path.parent}: create it, or choose another."
    )
    assert caught.value.strerror == "No such file or directory"


@pytest.mark.parametrize("below", ["ecg.offbeat", "new/ecg.offbeat"])
def test_a_file_where_a_folder_should_be(tmp_path: Path, below: str) -> None:
    (tmp_path / "c.txt").touch()
    path = tmp_path / "c.txt" / below
    with pytest.raises(FileError) as caught:
        write_archive(path, {}, {})
    assert str(caught.value) == (
        f"{path} cannot be written: Not a directory. Nothing was left behind, and a file that had this name is "
        f"unchanged. {tmp_path / 'c.txt'} is a file; a folder was expected. Choose another one."
    )


def test_name_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder; the name of a file was expected"):
        write_archive(tmp_path, {}, {})


def test_longest_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be written: File name too long"):
        write_archive(tmp_path / ("a" * 256), {}, {})
    assert names_in(tmp_path) == []
    write_archive(tmp_path / ("a" * 247 + ".offbeat"), {"value": 1}, {})
    assert read_archive(tmp_path / ("a" * 247 + ".offbeat")).manifest == {"value": 1}


# --- the content ---


def test_nan_weights_are_not_saved(tmp_path: Path) -> None:
    weights = {"kernel": np.array([[1.0, 2.0], [np.nan, np.inf]])}
    words = refusal(tmp_path / "a.offbeat", {}, {"weights": weights})
    assert "weights: array 'kernel' is not a finite number at [1, 0] (2 of 4 values are so)" in words


def test_nan_in_calibration_is_not_saved(tmp_path: Path) -> None:
    words = refusal(tmp_path / "a.offbeat", {}, {"calibration": {"kernel": np.array([np.nan])}})
    assert "calibration: array 'kernel' is not a finite number at [0]" in words


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a"]),
        np.array([object()]),
        np.zeros(1, np.complex64),
        np.zeros(1, "M8[s]"),
        np.zeros(1, np.longdouble),
    ],
    ids=lambda array: str(array.dtype),
)
def test_dtypes_that_are_not_plain_numbers(tmp_path: Path, array: np.ndarray) -> None:
    words = refusal(tmp_path / "a.offbeat", {}, {"weights": {"names": array}})
    assert f"array 'names' has dtype {array.dtype}; one of 'float64', 'float32', 'float16', 'int64'" in words


@pytest.mark.parametrize("name", ["", "a" * (MAX_ARRAY_NAME + 1), "a\nb", "\ud800"])
def test_array_names(tmp_path: Path, name: str) -> None:
    words = refusal(tmp_path / "a.offbeat", {}, {"weights": {name: np.zeros(1)}})
    assert "1 to 200 printable characters were expected" in words


def test_too_many_arrays(tmp_path: Path) -> None:
    many = {str(number): np.zeros(0, np.uint8) for number in range(MAX_ARRAYS + 1)}
    assert "holds 10001 arrays; at most 10000 can be in one group" in refusal(tmp_path / "a", {}, {"weights": many})


def test_unknown_group(tmp_path: Path) -> None:
    words = refusal(tmp_path / "a.offbeat", {}, {"wieghts": {}, "weights": {}})
    assert "unknown groups of arrays: 'wieghts'; 'weights', 'calibration' can be saved" in words


def test_manifest_that_is_not_json_names_the_place(tmp_path: Path) -> None:
    words = refusal(tmp_path / "a.offbeat", {"threshold": {"value": float("nan")}}, {})
    assert "manifest.json, 'detector', 'threshold', 'value' is nan; only finite numbers can be saved" in words


def test_manifest_too_large(tmp_path: Path) -> None:
    words = refusal(tmp_path / "a.offbeat", {"text": "a" * 17_000_000}, {})
    assert "at most 16777216 can be. Long lists belong into arrays" in words


def test_file_larger_than_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.persistence.writer.MAX_FILE_BYTES", 1000)
    words = refusal(tmp_path / "a.offbeat", {}, {"weights": {"kernel": np.zeros(100)}})
    assert "bytes; at most 1000 can be opened. Fit with fewer calibration rows." in words
