"""`Version`: one detector file under a name and a number, which never changes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from offbeat.data.local_files import checksum_of
from offbeat.errors import DetectorFileError, SettingsError
from offbeat.tracking.records import read_record

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
STAGE: Final = re.compile(r"[a-z][a-z0-9-]{0,49}")
RECORD: Final = "version.json"
DETECTOR: Final = "detector.offbeat"
_REMEDY: Final = "Put it back from a copy, or promote another version."


class VersionRecord(BaseModel):
    """What is written beside a version's detector file.

    Attributes:
        format: Of this record.
        added: When, in UTC, as ISO 8601.
        source: The file, or the run, that it was copied from.
        run: The id of the run that made it; empty where that is not known.
        sha256: Of the detector file.
        bytes: The detector file's size.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    added: str
    source: str
    run: str
    sha256: str
    bytes: int = Field(ge=0)


@dataclass(frozen=True)
class Version:
    """A version of a named detector.

    Attributes:
        name: The detector's.
        number: Counted from 1.
        path: Its detector file.
        record: Where it came from.
        stages: Those that it serves now, in alphabetical order.
        damage: Why its record cannot be read; empty where it can.
    """

    name: str
    number: int
    path: Path
    record: VersionRecord
    stages: tuple[str, ...] = ()
    damage: str = ""


def require_name(name: str) -> str:
    """The name, if it may be a detector's: it becomes the name of a folder, and part of a URL.

    Raises:
        SettingsError: It has other characters, or too many.

    Example:
        >>> require_name("pumps-2")
        'pumps-2'
    """
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"'{name[:120]}' cannot be a detector's name: up to 100 letters, digits, '.', '_' and '-' were expected, "
            "the first of them a letter or a digit."
        )
    return name


def require_stage(stage: str) -> str:
    """The stage, if it may be one.

    Raises:
        SettingsError: It has other characters, or too many.
    """
    if not STAGE.fullmatch(stage):
        raise SettingsError(
            f"'{stage[:120]}' cannot be a stage: a word such as 'production' or 'staging' was expected, up to 50 small "
            "letters, digits and '-'."
        )
    return stage


def numbers_in(folder: Path) -> list[int]:
    """The numbers that name files or folders, ascending; ".json" behind one does not matter."""
    if not folder.is_dir():
        return []
    names = (entry.name.removesuffix(".json") for entry in os.scandir(folder))
    return sorted(int(name) for name in names if re.fullmatch(r"[1-9]\d{0,8}", name))


def name_numbers(numbers: list[int]) -> str:
    """Numbers in words, those that follow each other as from and to.

    Args:
        numbers: Ascending.

    Example:
        >>> name_numbers([1, 2, 3, 5])
        '1 to 3, 5'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def damaged_version(name: str, folder: Path, damage: str) -> Version:
    """The version whose record cannot be read, as a list shows it: a number and what is wrong."""
    nothing = VersionRecord(added="", source="", run="", sha256="", bytes=0)
    return Version(name, int(folder.name), folder / DETECTOR, nothing, damage=damage)


def read_version(name: str, folder: Path) -> Version:
    """The version that a folder holds.

    Raises:
        DataError: Its record is lacking or damaged.
    """
    record = read_record(VersionRecord, folder / RECORD, what=f"record of a version of '{name}'", remedy=_REMEDY)
    return Version(name, int(folder.name), folder / DETECTOR, record)


def require_unchanged(version: Version) -> Version:
    """The version, if its file is what was registered.

    Raises:
        DetectorFileError: The file is gone, or was changed since.
    """
    try:
        found = checksum_of(version.path)
    except OSError as problem:
        raise DetectorFileError(f"{version.path} cannot be read: {problem.strerror or problem}. {_REMEDY}") from problem
    if found != version.record.sha256:
        raise DetectorFileError(
            f"{version.path} is not the file that was registered as version {version.number} of '{version.name}': its "
            f"checksum differs. {_REMEDY}"
        )
    return version
