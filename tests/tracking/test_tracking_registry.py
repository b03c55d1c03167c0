"""The registry: versions, stages, the way back, and that half a change is none."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import offbeat
from offbeat.detector import archive
from offbeat.errors import DataError, DetectorFileError, FileError, SettingsError
from offbeat.tracking import Registry
from offbeat.tracking.stages import Move, versions_by_stage

ROWS = np.random.default_rng(1).normal(size=(40, 3))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three detector files that score differently."""
    folder = tmp_path_factory.mktemp("detectors")
    settings = {"hidden": [2], "epochs": 2, "threshold": "mean+3std", "progress": "none"}
    return [offbeat.fit(ROWS, seed=seed, **settings).save(folder / f"{seed}.offbeat") for seed in range(3)]


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "tracking")


def test_versions_are_counted_and_stages_move(registry: Registry, files: list[Path]) -> None:
    assert registry.names() == []
    added = [registry.add("pumps", file, run="20260101-000000-00000000") for file in files]
    assert [version.number for version in added] == [1, 2, 3]
    assert [version.path.read_bytes() for version in added] == [file.read_bytes() for file in files]
    assert (added[0].record.run, added[0].record.source) == ("20260101-000000-00000000", str(files[0]))

    registry.promote("pumps", 1)
    registry.promote("pumps", stage="staging")
    assert [(version.number, version.stages) for version in registry.versions("pumps")] == [
        (3, ("staging",)),
        (2, ()),
        (1, ("production",)),
    ]
    assert (registry.find("pumps").number, registry.find("pumps", "staging").number) == (1, 3)
    assert (registry.open("pumps").score(ROWS) == offbeat.load(files[0]).score(ROWS)).all()
    assert registry.names() == ["pumps"]


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_folder_that_is_none_is_told_of_and_not_tried_again(registry: Registry, files: list[Path], kind: str) -> None:
    place = Path(registry.folder, "registry", "pumps", "versions")
    place.parent.mkdir(parents=True)
    if kind == "file":
        place.write_text("")
    else:
        place.symlink_to("/not/mounted/versions")
    with pytest.raises(FileError) as caught:
        registry.add("pumps", files[0])
    assert str(caught.value) == (
        f"{registry.folder}: 'pumps' cannot be added there (File exists). Choose a folder that you may write to, or "
        "another name."
    )


def test_rolling_back_goes_back_one_version_at_a_time(registry: Registry, files: list[Path]) -> None:
    for file in files:
        registry.promote("pumps", registry.add("pumps", file).number)
    registry.promote("pumps", 3)  # there already: no move

    assert [registry.rollback("pumps").version for _ in range(2)] == [2, 1]
    with pytest.raises(
        SettingsError, match="'pumps' cannot be rolled back: its stage 'production' has only had version 1"
    ):
        registry.rollback("pumps")
    assert registry.find("pumps").number == 1
    assert [move.what for move in registry.history("pumps")] == ["promote"] * 3 + ["rollback"] * 2


def test_what_is_not_there_is_told(registry: Registry, files: list[Path]) -> None:
    with pytest.raises(SettingsError, match=r"the registry has no detector 'pumps'\. It is empty"):
        registry.promote("pumps")
    registry.add("pumps", files[0])
    with pytest.raises(SettingsError, match=r"no detector 'pump'\. It has 'pumps'"):
        registry.open("pump")
    with pytest.raises(SettingsError, match=r"has no version 7; it has 1\."):
        registry.promote("pumps", 7)
    with pytest.raises(SettingsError, match=r"'pumps' has no stage 'production'\. It has no stages yet"):
        registry.open("pumps")
    registry.promote("pumps", stage="staging")
    with pytest.raises(SettingsError, match=r"It has the stages 'staging'\. 'offbeat registry promote pumps --stage"):
        registry.open("pumps")
    with pytest.raises(SettingsError, match="its stage 'canary' has had no version"):
        registry.rollback("pumps", stage="canary")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../pumps", "a/b", ".hidden", "a\\b", "a b", "x" * 101, "pümps", "a\n"]
)
def test_names_are_no_paths(name: str, registry: Registry, files: list[Path]) -> None:
    for act in (registry.promote, registry.open, registry.versions, lambda name: registry.add(name, files[0])):
        with pytest.raises(SettingsError, match="cannot be a detector's name"):
            act(name)
    assert not Path(registry.folder).exists()


@pytest.mark.parametrize("stage", ["", "..", "a/b", "Production", "1", "x" * 51])
def test_stages_are_words(stage: str, registry: Registry, files: list[Path]) -> None:
    registry.add("pumps", files[0])
    with pytest.raises(SettingsError, match="cannot be a stage"):
        registry.promote("pumps", stage=stage)


def test_what_is_no_detector_is_not_added(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "text.offbeat").write_text("no detector")
    with pytest.raises(DetectorFileError):
        registry.add("pumps", tmp_path / "text.offbeat")
    assert registry.names() == []


def test_a_file_that_is_replaced_while_it_is_added_is_not_registered(
    registry: Registry, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = tmp_path / "replaced.offbeat"
    shutil.copyfile(files[0], detector)
    load = archive.load

    def load_then_replace(path: Path) -> offbeat.Detector:
        loaded = load(path)
        detector.write_text("another program writes here")
        return loaded

    monkeypatch.setattr(archive, "load", load_then_replace)
    with pytest.raises(DetectorFileError, match=r"replaced\.offbeat was a whole detector, and was none any more"):
        registry.add("pumps", detector)
    assert registry.names() == []


def test_a_changed_file_is_neither_opened_nor_promoted(registry: Registry, files: list[Path]) -> None:
    version = registry.add("pumps", files[0])
    registry.promote("pumps")
    version.path.write_bytes(files[1].read_bytes())  # a whole detector, but another one
    for act in (registry.open, registry.promote):
        with pytest.raises(DetectorFileError, match="is not the file that was registered as version 1 of 'pumps'"):
            act("pumps")
    version.path.unlink()
    with pytest.raises(DetectorFileError, match="cannot be read"):
        registry.open("pumps")


def test_damaged_records_are_told_with_a_way_out(registry: Registry, files: list[Path]) -> None:
    version = registry.add("pumps", files[0])
    registry.promote("pumps")
    move = version.path.parents[2] / "moves" / "1.json"
    whole = move.read_text()
    move.write_text(whole[:9])
    with pytest.raises(DataError, match=r"1\.json: this is no record of a promotion"):
        registry.open("pumps")
    move.write_text(whole)
    (version.path.parent / "version.json").write_text("{}")
    with pytest.raises(DataError, match=r"version\.json: this is no record of a version of 'pumps'"):
        registry.open("pumps")


def test_a_damaged_promotion_hides_no_version(registry: Registry, files: list[Path]) -> None:
    version = registry.add("pumps", files[0])
    registry.promote("pumps")
    assert registry.damaged_moves("pumps") == []
    (version.path.parents[2] / "moves" / "1.json").write_text("{")
    assert [(one.number, one.stages, one.damage) for one in registry.versions("pumps")] == [(1, (), "")]
    (damage,) = registry.damaged_moves("pumps")
    assert "moves/1.json: this is no record of a promotion (" in damage
    assert damage.endswith("Put it back from a copy, or remove it: the stage is then as it was before.")
    with pytest.raises(DataError, match="this is no record of a promotion"):
        registry.stages("pumps")


def test_what_cannot_serve_is_not_rolled_back_to(registry: Registry, files: list[Path]) -> None:
    versions = [registry.add("pumps", file) for file in files]
    for number in (1, 2):
        registry.promote("pumps", number)
    versions[0].path.write_bytes(versions[0].path.read_bytes() + b"x")
    with pytest.raises(DetectorFileError, match="is not the file that was registered as version 1 of 'pumps'"):
        registry.rollback("pumps")
    versions[0].path.unlink()
    with pytest.raises(DetectorFileError, match=r"No such file or directory\. Put it back from a copy, or promote"):
        registry.rollback("pumps")
    shutil.rmtree(versions[0].path.parent)
    with pytest.raises(SettingsError, match=r"'pumps' has no version 1; it has 2 to 3\."):
        registry.rollback("pumps")
    assert registry.find("pumps").number == 2 and len(registry.history("pumps")) == 2


def test_a_damaged_version_that_serves_nothing_hides_no_other(registry: Registry, files: list[Path]) -> None:
    versions = [registry.add("pumps", file) for file in files[:2]]
    registry.promote("pumps", 1)
    (versions[1].path.parent / "version.json").write_text("{}")

    damaged, whole = registry.versions("pumps")
    assert (whole.number, whole.stages, whole.damage) == (1, ("production",), "")
    assert damaged.number == 2 and "version.json: this is no record of a version of 'pumps'" in damaged.damage
    assert registry.find("pumps") == whole
    with pytest.raises(DataError, match="this is no record of a version"):
        registry.promote("pumps", 2)


def test_many_at_once_get_numbers_of_their_own(registry: Registry, files: list[Path]) -> None:
    def work() -> None:
        registry.promote("pumps", registry.add("pumps", files[0]).number)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version.number for version in registry.versions("pumps")] == [6, 5, 4, 3, 2, 1]
    assert sorted(move.version for move in registry.history("pumps")) == [1, 2, 3, 4, 5, 6]


@given(st.lists(st.integers(min_value=0, max_value=4)))
def test_the_stage_is_a_stack(steps: list[int]) -> None:
    """0 rolls back, another number promotes; beside it a plain list of what was promoted and not taken back."""
    stack: list[int] = []
    moves = []
    for step in steps:
        if step:
            stack.append(step)
        elif len(stack) > 1:
            stack.pop()
        else:
            continue
        moves.append(Move(what="promote" if step else "rollback", stage="production", version=stack[-1], moved=""))
    assert versions_by_stage(moves).get("production", []) == stack


_CHANGE_FOREVER = """
import sys
from offbeat.tracking import Registry
registry = Registry(sys.argv[1])
print("ready", flush=True)
while True:
    version = registry.add("pumps", sys.argv[2]).number
    registry.promote("pumps", version)
    print(version, flush=True)
"""


@pytest.mark.slow
def test_killed_at_any_moment_what_serves_is_whole(registry: Registry, files: list[Path]) -> None:
    told = 0
    for _ in range(3):
        command = [sys.executable, "-c", _CHANGE_FOREVER, str(registry.folder), str(files[0])]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        os.kill(process.pid, signal.SIGKILL)
        lines += process.stdout.read().splitlines(keepends=True)
        process.wait()
        process.stdout.close()
        told = max([told, *(int(line) for line in lines[1:] if line.endswith("\n"))])

        found = registry.find("pumps")
        assert found.number in (told, told + 1)
        assert (registry.open("pumps").score(ROWS) == offbeat.load(files[0]).score(ROWS)).all()
        assert all(version.path.read_bytes() == files[0].read_bytes() for version in registry.versions("pumps"))
