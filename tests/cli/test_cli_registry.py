"""`offbeat registry`: versions and stages of named detectors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from answers import Offbeat

from offbeat.server.places import look_into_registry
from offbeat.tracking import Registry

HERE = ("--tracking", "tracking")


def test_versions_are_added_promoted_rolled_back_and_listed(offbeat: Offbeat, pumps: Path) -> None:
    file = pumps / "pumps.offbeat"
    first = offbeat("registry", "add", "pumps", file, *HERE)
    assert first.out == "Version 1 of 'pumps': tracking/registry/pumps/versions/1/detector.offbeat\n"
    record = offbeat("registry", "add", "pumps", file, *HERE, "--json").json
    assert (record["version"], record["stages"], record["source"]) == (2, [], str(file))

    assert offbeat("registry", "promote", "pumps", "1", *HERE).out == "'pumps', stage 'production': version 1\n"
    assert offbeat("registry", "promote", "pumps", *HERE, "--json").json["version"] == 2
    assert offbeat("registry", "rollback", "pumps", *HERE).out == "'pumps', stage 'production': version 1\n"
    assert offbeat("registry", "promote", "pumps", "--stage", "staging", *HERE).code == 0

    raw = offbeat("registry", "list", *HERE).out.splitlines()
    starts = [raw[0].index(heading) for heading in ("name", "stages", "added", "from")]
    assert all(line[start - 1] == " " and line[start] != " " for line in raw for start in starts)
    lines = [line.split() for line in raw]
    assert lines[0] == ["name", "version", "stages", "added", "from"]
    assert [line[:3] for line in lines[1:]] == [["pumps", "2", "staging"], ["pumps", "1", "production"]]
    versions = offbeat("registry", "list", "pumps", *HERE, "--json").json["versions"]
    assert [version["stages"] for version in versions] == [["staging"], ["production"]]
    assert Registry("tracking").find("pumps").number == 1


def test_a_damaged_record_is_listed_beside_the_others(offbeat: Offbeat, pumps: Path) -> None:
    for _ in range(2):
        offbeat("registry", "add", "pumps", pumps / "pumps.offbeat", *HERE)
    Path("tracking/registry/pumps/versions/2/version.json").write_text("{}")

    told = offbeat("registry", "list", *HERE).out
    assert [line.split()[1] for line in told.splitlines()[1:3]] == ["2", "1"]
    assert "\nDamaged: tracking/registry/pumps/versions/2/version.json: this is no record of a version" in told
    damages = [version["damage"] for version in offbeat("registry", "list", *HERE, "--json").json["versions"]]
    assert "this is no record of a version of 'pumps'" in damages[0] and damages[1] == ""


def test_a_folder_that_cannot_be_read_hides_no_other(
    offbeat: Offbeat, pumps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fans", "pumps"):
        offbeat("registry", "add", name, pumps / "pumps.offbeat", *HERE)
    closed, scandir = Path("tracking/registry/fans/versions"), os.scandir

    def refused(path: Any) -> Any:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(closed))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refused)
    answer = offbeat("registry", "list", *HERE)
    assert answer.code == 0
    assert answer.out.splitlines()[1].split()[:2] == ["pumps", "1"]
    assert answer.out.endswith(f"\nDamaged: {closed}: Permission denied.\n")
    record = offbeat("registry", "list", *HERE, "--json").json
    assert [version["name"] for version in record["versions"]] == ["pumps"]
    assert record["damaged_moves"] == {"fans": [f"{closed}: Permission denied."]}
    alone = offbeat("registry", "list", "fans", *HERE)
    assert (alone.code, alone.err) == (1, f"Error: {closed}: Permission denied.\n")
    Registry("tracking").promote("pumps")
    found = look_into_registry(Path("tracking"))()
    assert list(found.places) == ["pumps"] and "Permission denied" in found.problems["fans"]


def test_a_damaged_promotion_hides_no_version(offbeat: Offbeat, pumps: Path) -> None:
    for name in ("fans", "pumps"):
        offbeat("registry", "add", name, pumps / "pumps.offbeat", *HERE)
        for stage in ("production", "staging"):
            offbeat("registry", "promote", name, "--stage", stage, *HERE)
    for number in (1, 2):
        Path(f"tracking/registry/fans/moves/{number}.json").write_text("{")

    answer = offbeat("registry", "list", *HERE)
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert [line.split()[:3] for line in lines[1:3]] == [["fans", "1", "unknown"], ["pumps", "1", "production,"]]
    damages = [line for line in lines if line.startswith("Damaged: ")]
    starts = [f"tracking/registry/fans/moves/{number}.json: this is no record of a promotion (" for number in (1, 2)]
    assert [damage.startswith(f"Damaged: {start}") for damage, start in zip(damages, starts, strict=True)] == [True] * 2
    record = offbeat("registry", "list", *HERE, "--json").json
    assert [version["stages"] for version in record["versions"]] == [[], ["production", "staging"]]
    assert record["damaged_moves"] == {"fans": [damage.removeprefix("Damaged: ") for damage in damages]}


def test_an_empty_registry_says_how_to_fill_it(offbeat: Offbeat) -> None:
    assert "'offbeat registry add NAME DETECTOR' adds a detector" in offbeat("registry", "list").out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("add", "pumps"), 2, "One of DETECTOR, a file, and --run"),
        (("add", "pumps", "absent.offbeat"), 7, "There is no file absent.offbeat."),
        (("add", "pumps", "--run", "latest"), 2, "there is no run 'latest'. No run was recorded there"),
        (("promote", "pumps"), 2, "the registry has no detector 'pumps'"),
        (("rollback", "pumps"), 2, "the registry has no detector 'pumps'"),
        (("list", "../.."), 2, "cannot be a detector's name"),
    ],
)
def test_words_and_exit_codes(words: tuple[str, ...], code: int, message: str, offbeat: Offbeat) -> None:
    answer = offbeat("registry", *words)

    assert (answer.code, answer.out) == (code, "")
    assert message in answer.err
    assert list(Path().iterdir()) == []
