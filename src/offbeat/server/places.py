"""Where the detectors lie that are served: files named at the start, a folder of them, the stages of a registry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from offbeat.errors import DataError, OffbeatError, SettingsError
from offbeat.tracking.registry import PRODUCTION, REGISTRY, Registry

SUFFIX = ".offbeat"


@dataclass(frozen=True)
class Place:
    """Where one detector lies now.

    Attributes:
        path: Its file.
        number: Of its version in a registry; 0 where it comes from none.
        sha256: What the file's checksum must be; empty where nobody has said.
    """

    path: Path
    number: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Found:
    """What there is to serve.

    Attributes:
        places: By name.
        problems: Why a name cannot be looked up; what it served before goes on serving.
    """

    places: dict[str, Place] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


Look = Callable[[], Found]
"""Says what there is now; it is called again and again."""


def look_at_files(paths: list[Path]) -> Look:
    """The same files each time, each by its name without the suffix.

    Raises:
        SettingsError: Two would be called the same.
    """
    places: dict[str, Place] = {}
    for path in paths:
        if (other := places.get(path.stem)) is not None:
            raise SettingsError(f"{other.path} and {path} would both be called '{path.stem}'. Rename one of them.")
        places[path.stem] = Place(path)
    return lambda: Found(places)


def look_into_folder(folder: Path) -> Look:
    """The detector files of a folder, those included that come later.

    Raises:
        SettingsError: There is no such folder, or it holds none.
    """

    def look() -> Found:
        paths = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
        return Found({path.stem: Place(path) for path in paths if not path.name.startswith(".")})

    if not look().places:
        raise SettingsError(f"{folder} is no folder with detector files (*{SUFFIX}).")
    return look


def look_into_registry(folder: Path) -> Look:
    """The versions that serve a stage: as NAME in production, as NAME@STAGE in any other one.

    Args:
        folder: The tracking folder.

    Raises:
        SettingsError: There is no such folder, or no version is in a stage.
        DataError: Versions are in stages, and the record of none of them can be read.
    """
    if not folder.is_dir():
        raise SettingsError(f"There is no folder {folder}; one with a registry was expected (--registry).")
    look = _Stages(Registry(folder))
    if not (found := look()).places:
        if found.problems:
            raise DataError(f"{folder}: {next(iter(found.problems.values()))}")
        raise SettingsError(
            f"{folder}: no version of a detector serves a stage. 'offbeat registry promote NAME' puts one there."
        )
    return look


class _Stages:
    """Reads the moves of a name only where there is a new one, and the versions that serve, no others."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[str, tuple[int, dict[str, Place]]] = {}

    def __call__(self) -> Found:
        found = Found()
        for name in self._registry.names():
            known, places = self._known.get(name, (-1, {}))
            try:
                if (moves := self._registry.moves(name)) != known:
                    fresh = self._look_up(name)
                    # What cannot be read is looked up again the next time, and served from where it was.
                    self._known[name] = (-1 if fresh.problems else moves, places | fresh.places)
                    found.problems.update(fresh.problems)
            except (OffbeatError, OSError) as problem:
                found.problems[name] = _without_folder(str(problem), self._registry)
            if name in self._known:
                found.places.update(self._known[name][1])
        return found

    def _look_up(self, name: str) -> Found:
        found = Found()
        for stage in self._registry.stages(name):
            shown = name if stage == PRODUCTION else f"{name}@{stage}"
            try:
                version = self._registry.find(name, stage)
                found.places[shown] = Place(version.path, version.number, version.record.sha256)
            except (OffbeatError, OSError) as problem:
                found.problems[shown] = _without_folder(str(problem), self._registry)
        return found


def _without_folder(message: str, registry: Registry) -> str:
    """The message without the tracking folder, which is the business of who started the service alone.

    Only a whole path is looked for: a folder named t is part of many words.
    """
    folder = re.escape(f"{registry.folder}")
    message = re.sub(rf"(?<![^\s'(]){folder}/{REGISTRY}/", "", message)
    return re.sub(rf"(?<![^\s'(]){folder}(?=/|: )", "the registry", message)
