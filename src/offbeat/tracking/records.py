"""The records of runs, versions and promotions: small JSON files, checked when they are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from offbeat.errors import DataError
from offbeat.wrong_values import first_wrong

Record = TypeVar("Record", bound=BaseModel)


def write_record(path: Path, record: BaseModel) -> None:
    """Write a record into a folder that nobody reads yet.

    Raises:
        OSError: The folder cannot be written.
    """
    path.write_text(json.dumps(record.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")


def read_record(kind: type[Record], path: Path, *, what: str, remedy: str) -> Record:
    """Read a record.

    Args:
        kind: What it must be.
        path: The file.
        what: What it is called, for the error: "record of a run".
        remedy: What to do where it is damaged.

    Raises:
        DataError: It is lacking or damaged.
    """
    try:
        return kind.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError) as problem:
        raise DataError(f"{path}: this is no {what} ({_reason(problem)}). {remedy}") from problem


def _reason(problem: OSError | ValueError) -> str:
    if isinstance(problem, ValidationError):
        place, reason = first_wrong(problem)
        return f"'{place}': {reason}" if place else reason
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return str(problem).splitlines()[0]
