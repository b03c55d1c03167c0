"""`Run`: what is remembered of one fit, and the folder that holds it."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from offbeat.errors import DataError, SettingsError, name_some
from offbeat.tracking.records import read_record
from offbeat.tracking.table_fingerprint import Fingerprint
from offbeat.version import __version__

RUNS: Final = "runs"
RECORD: Final = "run.json"
DETECTOR: Final = "detector.offbeat"
LOSSES: Final = "losses.csv"
RUN_ID: Final = re.compile(r"\d{8}-\d{9}-[0-9a-f]{8}")
"""Ids begin with the time in UTC, to a millisecond, so that their order is that of the runs."""


class RecordedFile(BaseModel):
    """A file of a run: its size, and the checksum of what was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int = Field(ge=0)
    sha256: str


class Run(BaseModel):
    """One fit: what went in, how it went, what came out. Nothing in it changes once it is written.

    Attributes:
        format: Of this record.
        id: Its name in the folder.
        name: What the user calls it; may be empty, and need not be the only one of that name.
        began: When it was recorded, in UTC, as ISO 8601.
        command: "fit", "detect" or "python".
        offbeat_version: Of the program that made it.
        data: Which rows it saw: "train", and where there were some, "validation", the table that measured the loss of
            each epoch (older records do not tell it), and "test".
        settings: As they were given.
        resolved: All settings, with every "auto" decided.
        training: How training went: "trained_on", "validated_on", "epochs", "best_epoch", "stopped", "seconds".
        metrics: Finite numbers by name; those with a dot belong to a class, such as "anomalous.recall".
        files: Those beside the record, by name.
        folder: Where it was read from; not part of the record.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    id: str
    name: str
    began: str
    command: str
    offbeat_version: str
    data: dict[str, Fingerprint]
    settings: dict[str, Any]
    resolved: dict[str, Any]
    training: dict[str, Any]
    metrics: dict[str, float]
    files: dict[str, RecordedFile]
    folder: Path = Field(default=Path(), exclude=True)

    @property
    def detector(self) -> Path:
        """The detector file."""
        return self.folder / DETECTOR

    def losses(self) -> list[dict[str, int | float]]:
        """One entry an epoch: "epoch", counted from 1, "loss", and "validation_loss" where that was measured.

        Raises:
            DataError: The file is lacking or damaged.
        """
        path = self.folder / LOSSES
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = [{name: float(cell) for name, cell in row.items() if cell} for row in csv.DictReader(file)]
            return [row | {"epoch": int(row["epoch"])} for row in rows]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            reason = (problem.strerror if isinstance(problem, OSError) else "") or "it is damaged"
            raise DataError(
                f"{path}: the losses of the run cannot be read ({reason}). Put the file back from a copy."
            ) from problem


def open_run(folder: str | os.PathLike[str], run: str) -> Run:
    """One run of a tracking folder.

    Args:
        folder: The tracking folder.
        run: The id, or a part of it that no other run's id has; or "latest".

    Raises:
        SettingsError: There is no such run, or there are several.
        DataError: Its record is damaged.
    """
    ids = run_ids(folder)
    found = ids[-1:] if run == "latest" else [run] if run in ids else [name for name in ids if run and run in name]
    if len(found) > 1:
        raise SettingsError(
            f"{folder}: '{run}' is part of more than one run's id: {name_some(found)}. Write more of it."
        )
    if not found:
        there = f"The latest ones are {name_some(ids[::-1])}." if ids else "No run was recorded there."
        raise SettingsError(f"{folder}: there is no run '{run}'. {there} 'offbeat runs list' shows them.")
    return read_run(Path(folder) / RUNS / found[0])


def run_ids(folder: str | os.PathLike[str]) -> list[str]:
    """The ids of all runs in a tracking folder, the earliest first; folders that are being written are none."""
    place = Path(folder) / RUNS
    return sorted(entry.name for entry in os.scandir(place) if RUN_ID.fullmatch(entry.name)) if place.is_dir() else []


def renamed_runs(folder: str | os.PathLike[str]) -> list[Path]:
    """The folders of a tracking folder that hold a run's record under a name that is no id; nothing else finds them."""
    records = sorted((Path(folder) / RUNS).glob(f"*/{RECORD}"))
    return [path.parent for path in records if not RUN_ID.fullmatch(path.parent.name) and path.parent.name[0] != "."]


def read_run(folder: Path) -> Run:
    """The run that a folder holds.

    Raises:
        DataError: The record is lacking or damaged.
    """
    what = f"record of a run that offbeat {__version__} reads"
    remedy = f"Move the folder {folder.name} away, or put the record back from a copy."
    return read_record(Run, folder / RECORD, what=what, remedy=remedy).model_copy(update={"folder": folder})
