"""Which version serves which stage: moves, one small file each, that are only ever added."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from offbeat.errors import DataError, SettingsError, unwritable
from offbeat.files import write_once
from offbeat.tracking.records import read_record
from offbeat.tracking.version import numbers_in

_MOST_TRIES: Final = 1000
"""So often another process may take the number of a move before us."""


class Move(BaseModel):
    """One change of a stage.

    Attributes:
        format: Of this record.
        what: "promote" puts a version in the stage; "rollback" takes the last one out again.
        stage: Which stage.
        version: The one that serves the stage afterwards.
        moved: When, in UTC, as ISO 8601.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    what: Literal["promote", "rollback"]
    stage: str
    version: int = Field(ge=1)
    moved: str


def read_moves(folder: Path) -> list[Move]:
    """All moves, the earliest first.

    Args:
        folder: That of the moves; there may be none yet.

    Raises:
        DataError: The record of one is damaged.
    """
    return [_read_move(path) for path in _paths_in(folder)]


def damaged_moves(folder: Path) -> list[str]:
    """What is wrong with each move whose record is damaged, the earliest first.

    Args:
        folder: That of the moves; there may be none yet.
    """
    damages = []
    for path in _paths_in(folder):
        try:
            _read_move(path)
        except DataError as problem:
            damages.append(str(problem))
    return damages


def _paths_in(folder: Path) -> list[Path]:
    return [folder / f"{number}.json" for number in numbers_in(folder)]


def _read_move(path: Path) -> Move:
    remedy = "Put it back from a copy, or remove it: the stage is then as it was before."
    return read_record(Move, path, what="record of a promotion", remedy=remedy)


def versions_by_stage(moves: list[Move]) -> dict[str, list[int]]:
    """For each stage the versions that it had, the one that serves it now last; what was rolled back is left out.

    Example:
        >>> promote = [Move(what="promote", stage="production", version=n, moved="") for n in (1, 2)]
        >>> versions_by_stage(promote)
        {'production': [1, 2]}
        >>> versions_by_stage([*promote, Move(what="rollback", stage="production", version=1, moved="")])
        {'production': [1]}
    """
    served: dict[str, list[int]] = {}
    for move in moves:
        versions = served.setdefault(move.stage, [])
        if move.what == "promote":
            versions.append(move.version)
        elif len(versions) > 1:
            versions.pop()
    return served


def promote(folder: Path, stage: str, version: int) -> Move:
    """Add the move that puts a version in a stage; none where it is there already."""
    for _ in range(_MOST_TRIES):
        number, moves = _next_number(folder), read_moves(folder)
        if versions_by_stage(moves).get(stage, [])[-1:] == [version]:
            return next(move for move in reversed(moves) if move.stage == stage)
        if (added := _add(folder, number, _move("promote", stage, version))) is not None:
            return added
    raise _crowded(folder)


def roll_back(folder: Path, stage: str, name: str, require: Callable[[int], object]) -> Move:
    """Add the move that puts the version before in a stage again.

    Args:
        folder: That of the moves.
        stage: Which.
        name: The detector's.
        require: Raises an error where the version of that number cannot serve; then nothing is moved.

    Raises:
        SettingsError: There is none.
    """
    for _ in range(_MOST_TRIES):
        number, moves = _next_number(folder), read_moves(folder)
        versions = versions_by_stage(moves).get(stage, [])
        if len(versions) < 2:
            has = f"has only had version {versions[0]}" if versions else "has had no version"
            raise SettingsError(
                f"'{name}' cannot be rolled back: its stage '{stage}' {has}. 'offbeat registry promote' puts one there."
            )
        require(versions[-2])
        if (added := _add(folder, number, _move("rollback", stage, versions[-2]))) is not None:
            return added
    raise _crowded(folder)


def _next_number(folder: Path) -> int:
    """Asked for before the moves are read: should another move be added meanwhile, the number is taken."""
    return (numbers_in(folder) or [0])[-1] + 1


def _move(what: Literal["promote", "rollback"], stage: str, version: int) -> Move:
    return Move(what=what, stage=stage, version=version, moved=datetime.now(UTC).isoformat(timespec="milliseconds"))


def _add(folder: Path, number: int, move: Move) -> Move | None:
    """The move, if nobody else has taken its number."""
    place = folder / f"{number}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_once(place, move.model_dump_json().encode() + b"\n")
    except OSError as problem:
        if isinstance(problem, FileExistsError) and place.exists():
            return None
        raise unwritable(f"{folder}: the stage cannot be changed there", problem, folder) from problem
    return move


def _crowded(folder: Path) -> SettingsError:
    return SettingsError(f"{folder}: other processes keep changing the stages. Try again.")
