"""`offbeat registry`: named detectors, their versions, and which of them serves which stage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from offbeat.cli.json_output import print_json
from offbeat.cli.options import AsJson
from offbeat.cli.recording import TRACKING, TrackingFolder
from offbeat.cli.saying import say
from offbeat.cli.tables import print_table
from offbeat.errors import SettingsError

if TYPE_CHECKING:
    from offbeat.tracking.registry import Registry
    from offbeat.tracking.version import Version

Name = Annotated[str, typer.Argument(metavar="NAME", help="The detector's name in the registry.")]
Stage = Annotated[str, typer.Option(metavar="STAGE", help="A word, such as production or staging.")]


def registry_add(
    name: Name,
    detector: Annotated[
        Path | None, typer.Argument(metavar="DETECTOR", help="Detector file; without it, that of --run.")
    ] = None,
    run: Annotated[str | None, typer.Option(metavar="RUN", help="Recorded fit whose detector to take.")] = None,
    tracking: TrackingFolder = TRACKING,
    as_json: AsJson = False,
) -> None:
    """Copy a detector, or that of a recorded fit, as the next version of a name.

    It serves no stage until it is promoted.

    \b
    Examples:
      offbeat registry add pumps pumps.offbeat --tracking tracking
      offbeat registry add pumps --run latest --tracking tracking
    """
    if (detector is None) == (run is None):
        raise SettingsError("One of DETECTOR, a file, and --run, a recorded fit, is needed to add a version.")
    from offbeat.tracking.registry import Registry
    from offbeat.tracking.run import open_run

    registry = Registry(tracking)
    if run is not None:
        recorded = open_run(tracking, run)
        version = registry.add(name, recorded.detector, run=recorded.id)
    else:
        version = registry.add(name, Path(str(detector)))
    if as_json:
        print_json(_record(version))
    else:
        say(f"Version {version.number} of '{name}': {version.path}")


def registry_promote(
    name: Name,
    version: Annotated[
        int | None, typer.Argument(metavar="VERSION", min=1, help="Its number. [default: the latest]")
    ] = None,
    stage: Stage = "production",
    tracking: TrackingFolder = TRACKING,
    as_json: AsJson = False,
) -> None:
    """Put a version of a named detector in a stage, such as production.

    \b
    Examples:
      offbeat registry promote pumps --tracking tracking
      offbeat registry promote pumps 2 --stage staging --tracking tracking
    """
    from offbeat.tracking.registry import Registry

    registry = Registry(tracking)
    registry.promote(name, version, stage=stage)
    _tell_stage(registry, name, stage, as_json)


def registry_rollback(
    name: Name, stage: Stage = "production", tracking: TrackingFolder = TRACKING, as_json: AsJson = False
) -> None:
    """Put the version that a stage had before there again.

    \b
    Example:
      offbeat registry rollback pumps --tracking tracking
    """
    from offbeat.tracking.registry import Registry

    registry = Registry(tracking)
    registry.rollback(name, stage=stage)
    _tell_stage(registry, name, stage, as_json)


def registry_list(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One detector; all unless given.")] = None,
    tracking: TrackingFolder = TRACKING,
    as_json: AsJson = False,
) -> None:
    """List the named detectors, their versions and the stages that these serve.

    \b
    Example:
      offbeat registry list --tracking tracking
    """
    from offbeat.tracking.registry import Registry

    registry = Registry(tracking)
    versions, moves = _all_versions(registry) if name is None else _versions(registry, name)
    if as_json:
        told = [_record(version) for version in versions]
        print_json({"tracking": str(tracking), "versions": told, "damaged_moves": moves})
    elif not versions and not moves:
        say(f"The registry of {tracking} is empty. 'offbeat registry add NAME DETECTOR' adds a detector.")
    elif versions:
        rows = [
            [
                v.name,
                str(v.number),
                "unknown" if v.name in moves else ", ".join(v.stages),
                v.record.added,
                v.record.run or v.record.source,
            ]
            for v in versions
        ]
        print_table(["name", "version", "stages", "added", "from"], rows)
    if not as_json:
        of_versions = [version.damage for version in versions if version.damage]
        damages = [*of_versions, *(damage for of_name in moves.values() for damage in of_name)]
        if damages:
            say(("\n" if versions else "") + "\n\n".join(f"Damaged: {damage}" for damage in damages))


def _all_versions(registry: Registry) -> tuple[list[Version], dict[str, list[str]]]:
    """As `_versions`, of all names; one whose folder cannot be read hides no other."""
    versions: list[Version] = []
    moves: dict[str, list[str]] = {}
    for name in registry.names():
        try:
            found, damages = _versions(registry, name)
        except OSError as problem:
            found, damages = [], {name: [f"{problem.filename}: {problem.strerror}."]}
        versions += found
        moves |= damages
    return versions, moves


def _versions(registry: Registry, name: str) -> tuple[list[Version], dict[str, list[str]]]:
    """The versions of a name, and what is wrong with its promotions, where something is."""
    damages = registry.damaged_moves(name)
    return registry.versions(name), {name: damages} if damages else {}


def _tell_stage(registry: Registry, name: str, stage: str, as_json: bool) -> None:
    """Which version serves the stage now."""
    version = registry.find(name, stage)
    if as_json:
        print_json(_record(version))
    else:
        say(f"'{name}', stage '{stage}': version {version.number}")


def _record(version: Version) -> dict[str, Any]:
    record = version.record.model_dump(exclude={"format"})
    stages = list(version.stages)
    return {
        "name": version.name,
        "version": version.number,
        "path": str(version.path),
        "stages": stages,
        **record,
        "damage": version.damage,
    }
