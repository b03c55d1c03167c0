"""Where the detectors lie that are served: files named at the start, a folder of them, the stages of a registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from offbeat.errors import OffbeatError, SettingsError
from offbeat.tracking.registry import PRODUCTION, Registry

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
        SettingsError: No version is in a stage.
    """
    look = _Stages(Registry(folder))
    if not look().places:
        raise SettingsError(
            f"{folder}: no version of a detector serves a stage. 'offbeat registry promote NAME' puts one there."
        )
    return look


class _Stages:
    """Reads the moves of a name only where there is a new one."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: dict[str, tuple[int, dict[str, Place]]] = {}

    def __call__(self) -> Found:
        found = Found()
        for name in self._registry.names():
            try:
                moves = self._registry.moves(name)
                if name not in self._known or self._known[name][0] != moves:
                    self._known[name] = (moves, self._places(name))
            except OffbeatError as problem:
                found.problems[name] = str(problem).replace(f"{self._registry.folder}", "the registry")
            if name in self._known:
                found.places.update(self._known[name][1])
        return found

    def _places(self, name: str) -> dict[str, Place]:
        versions = {stage: version for version in self._registry.versions(name) for stage in version.stages}
        return {
            name if stage == PRODUCTION else f"{name}@{stage}": Place(
                version.path, version.number, version.record.sha256
            )
            for stage, version in sorted(versions.items())
        }
