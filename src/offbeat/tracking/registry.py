"""`Registry`: named detectors with numbered versions, and which of them serves which stage.

Every change is one name that appears in a folder: a version's folder, or the file of a move. It is there or it is not,
also when the process is killed, and of two processes that want the same number one gets the next.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from offbeat.data.local_files import checksum_of
from offbeat.errors import DataError, DetectorFileError, SettingsError, name_some, unwritable
from offbeat.files import new_folder
from offbeat.tracking.records import write_record
from offbeat.tracking.stages import Move, damaged_moves, promote, read_moves, roll_back, versions_by_stage
from offbeat.tracking.version import (
    DETECTOR,
    NAME,
    RECORD,
    Version,
    VersionRecord,
    damaged_version,
    name_numbers,
    numbers_in,
    read_version,
    require_name,
    require_stage,
    require_unchanged,
)

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector

REGISTRY: Final = "registry"
PRODUCTION: Final = "production"


@dataclass(frozen=True)
class Registry:
    """The named detectors of a tracking folder.

    Attributes:
        folder: The tracking folder; need not be there before a detector is added.

    Example:
        >>> import numpy as np, offbeat
        >>> rows = np.random.default_rng(0).normal(size=(64, 3))
        >>> detector = offbeat.fit(rows, hidden=[2], epochs=5, threshold="mean+3std", progress="none")
        >>> registry = Registry("tracking")
        >>> registry.add("pumps", detector.save("pumps.offbeat")).number
        1
        >>> _ = registry.promote("pumps")
        >>> registry.open("pumps").score(rows).shape
        (64,)
    """

    folder: str | os.PathLike[str]

    def names(self) -> list[str]:
        """The detectors there are, in alphabetical order; one whose folder cannot be read is among them."""
        place = Path(self.folder) / REGISTRY
        if not place.is_dir():
            return []
        return sorted(
            entry.name for entry in os.scandir(place) if NAME.fullmatch(entry.name) and self._is_one(entry.name)
        )

    def add(self, name: str, detector: str | os.PathLike[str], *, run: str = "") -> Version:
        """Copy a detector file, as the next version of a name. It serves no stage yet.

        Args:
            name: Up to 100 letters, digits, ".", "_" and "-".
            detector: The file, which must be a whole detector.
            run: The id of the run that made it.

        Raises:
            SettingsError: The name cannot be one.
            FileError: The folder cannot be written.
            DetectorFileError: The file is no detector that this version reads, or was none any more when it was copied.
        """
        from offbeat.detector.archive import load

        folder = self._of(require_name(name)) / "versions"
        load(detector)  # what cannot be opened must not be promoted one day, and is told before a folder is made
        while True:
            place = folder / str((numbers_in(folder) or [0])[-1] + 1)
            try:
                with new_folder(place) as part:
                    _copy(Path(detector), part, run)
                    _require_whole(part / DETECTOR, detector)
            except OSError as problem:
                if isinstance(problem, FileExistsError) and place.exists():
                    continue  # another process was a little sooner: the next number is ours
                raise unwritable(f"{self.folder}: '{name}' cannot be added there", problem, folder) from problem
            return read_version(name, place)

    def promote(self, name: str, version: int | None = None, *, stage: str = PRODUCTION) -> Move:
        """Put a version in a stage; from then on that is the one which `find` and `open` give.

        Args:
            name: The detector's.
            version: Which; the latest unless given.
            stage: Any word; "production" and "staging" are usual.

        Raises:
            SettingsError: There is no such name or version, or the stage cannot be one.
            DetectorFileError: The file is not what was registered.
        """
        chosen = require_unchanged(self.version(name, version))
        return promote(self._of(name) / "moves", require_stage(stage), chosen.number)

    def rollback(self, name: str, *, stage: str = PRODUCTION) -> Move:
        """Put the version before in a stage again; rolling back twice goes back by two.

        Raises:
            SettingsError: There is no such name, or no version before.
            DataError: The record of the version before is damaged; the stage stays as it is, here and below.
            DetectorFileError: The file of the version before is not what was registered.
        """
        self._require(name)

        def require(number: int) -> None:
            require_unchanged(self.version(name, number))

        return roll_back(self._of(name) / "moves", require_stage(stage), name, require)

    def find(self, name: str, stage: str = PRODUCTION) -> Version:
        """The version that serves a stage now; its `path` is the detector file, which never changes.

        Raises:
            SettingsError: There is no such name, or nothing was promoted to the stage.
        """
        self._require(name)
        served = versions_by_stage(read_moves(self._of(name) / "moves"))
        if not served.get(require_stage(stage)):
            others = f"It has the stages {name_some(sorted(served))}." if served else "It has no stages yet."
            raise SettingsError(
                f"{self.folder}: '{name}' has no stage '{stage}'. {others} 'offbeat registry promote {name} --stage "
                f"{stage}' puts its latest version there."
            )
        return self.version(name, served[stage][-1])

    def open(self, name: str, stage: str = PRODUCTION) -> Detector:
        """The detector that serves a stage now.

        Raises:
            SettingsError: There is no such name, or nothing was promoted to the stage.
            DetectorFileError: The file is not what was registered.
        """
        from offbeat.detector.archive import load

        return load(require_unchanged(self.find(name, stage)).path)

    def version(self, name: str, number: int | None = None) -> Version:
        """One version; the latest unless a number is given.

        Raises:
            SettingsError: There is no such name or version.
        """
        self._require(name)
        numbers = self._numbers(name)
        chosen = numbers[-1] if number is None else number
        if chosen not in numbers:
            raise SettingsError(f"{self.folder}: '{name}' has no version {number}; it has {name_numbers(numbers)}.")
        version = read_version(name, self._version_folder(name, chosen))
        return replace(version, stages=self._stages(name).get(chosen, ()))

    def versions(self, name: str) -> list[Version]:
        """All versions of a name, the latest first, each with the stages that it serves.

        A version whose record is damaged is listed with what is wrong, and hides no other. Where the record of a
        promotion is damaged, the versions are listed without stages: `damaged_moves` says so.

        Raises:
            SettingsError: There is no such name.
        """
        self._require(name)
        stages = {} if self.damaged_moves(name) else self._stages(name)
        found = [self._read_or_damaged(name, number) for number in reversed(self._numbers(name))]
        return [replace(version, stages=stages.get(version.number, ())) for version in found]

    def stages(self, name: str) -> dict[str, int]:
        """The stages of a name, and the number of the version that serves each now; no version is read."""
        return {
            stage: numbers[-1] for stage, numbers in sorted(versions_by_stage(self.history(name)).items()) if numbers
        }

    def history(self, name: str) -> list[Move]:
        """All promotions and rollbacks of a name, the earliest first."""
        self._require(name)
        return read_moves(self._of(name) / "moves")

    def damaged_moves(self, name: str) -> list[str]:
        """What is wrong with the records of promotions and rollbacks that are damaged; empty where all are whole.

        Raises:
            SettingsError: There is no such name.
        """
        self._require(name)
        return damaged_moves(self._of(name) / "moves")

    def moves(self, name: str) -> int:
        """How many promotions and rollbacks there were: another number wherever a stage was changed."""
        self._require(name)
        return (numbers_in(self._of(name) / "moves") or [0])[-1]

    def _of(self, name: str) -> Path:
        return Path(self.folder) / REGISTRY / name

    def _version_folder(self, name: str, number: int) -> Path:
        return self._of(name) / "versions" / str(number)

    def _read_or_damaged(self, name: str, number: int) -> Version:
        folder = self._version_folder(name, number)
        try:
            return read_version(name, folder)
        except DataError as problem:
            return damaged_version(name, folder, str(problem))

    def _numbers(self, name: str) -> list[int]:
        return numbers_in(self._of(name) / "versions")

    def _is_one(self, name: str) -> bool:
        try:
            return bool(self._numbers(name))
        except OSError:  # who asks for its versions is told why
            return True

    def _stages(self, name: str) -> dict[int, tuple[str, ...]]:
        served = self.stages(name)
        return {n: tuple(stage for stage, number in served.items() if number == n) for n in set(served.values())}

    def _require(self, name: str) -> None:
        if not self._numbers(require_name(name)):
            names = self.names()
            there = f"It has {name_some(names)}." if names else "It is empty."
            raise SettingsError(
                f"{self.folder}: the registry has no detector '{name}'. {there} 'offbeat registry add' adds one."
            )


def _copy(detector: Path, part: Path, run: str) -> None:
    """The detector file and its record, in a folder that is not a version yet."""
    shutil.copyfile(detector, part / DETECTOR)
    copy = part / DETECTOR
    added = datetime.now(UTC).isoformat(timespec="milliseconds")
    checksum, size = checksum_of(copy), copy.stat().st_size
    record = VersionRecord(added=added, source=str(detector), run=run, sha256=checksum, bytes=size)
    write_record(part / RECORD, record)


def _require_whole(copy: Path, detector: str | os.PathLike[str]) -> None:
    """Refuse a copy that is no whole detector, though the file was one a moment ago."""
    from offbeat.detector.archive import load

    try:
        load(copy)
    except DetectorFileError as problem:
        raise DetectorFileError(
            f"{detector} was a whole detector, and was none any more when it was copied: another program replaces it. "
            "Add it again when that is done."
        ) from problem
