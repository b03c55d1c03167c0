"""The index of a tracking folder: one SQLite file, so that a thousand runs are listed without opening a thousand files.

The folders are the truth. The index is brought up to date with them whenever it is read, and made anew when it is
lacking, damaged or of another format: nothing is lost with it.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from offbeat.errors import DataError
from offbeat.tracking.run import RECORD, RUNS, Run, read_run, renamed_runs, run_ids

INDEX: Final = "index.sqlite"
_FORMAT: Final = 2
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, name TEXT, began TEXT, command TEXT, source TEXT, "
    "rows INTEGER, sha256 TEXT, settings TEXT, metrics TEXT, damage TEXT, stamp TEXT)"
)
_FIELDS: Final = "id, name, began, command, source, rows, sha256, settings, metrics, damage"


@dataclass(frozen=True)
class RunSummary:
    """A run as a list shows it.

    Attributes:
        id: Its name in the folder.
        name: What the user calls it.
        began: When, in UTC, as ISO 8601.
        command: What made it.
        source: What its training table was called.
        rows: How many rows that had.
        sha256: Of that table's fingerprint.
        settings: As they were given.
        metrics: By name.
        damage: Why its record cannot be read; empty where it can.
    """

    id: str
    name: str
    began: str
    command: str
    source: str
    rows: int
    sha256: str
    settings: dict[str, Any]
    metrics: dict[str, float]
    damage: str = ""


def list_runs(folder: str | os.PathLike[str]) -> list[RunSummary]:
    """All runs of a tracking folder, the latest first; none where the folder is not there.

    A run whose record is damaged is listed with what is wrong, and hides no other; so are, last, folders of runs that
    were given another name.

    Args:
        folder: The tracking folder.

    Example:
        >>> list_runs("nothing-recorded-here")
        []
    """
    renamed = [_summary(_row_of_renamed(place)[:-1]) for place in renamed_runs(folder)]
    ids = run_ids(folder)
    if not ids:
        return renamed
    try:
        with _index(folder) as database:
            rows = _rows_of(database, Path(folder), ids)
    except sqlite3.Error:  # the disk is full, or went away: the folders can be read all the same
        with closing(_opened(":memory:")) as database:
            rows = _rows_of(database, Path(folder), ids)
    return [*map(_summary, rows), *renamed]


def add_to_index(folder: str | os.PathLike[str], run: Run) -> None:
    """Put a new run into the index. Where that fails, the next reading does it: the run itself is safe by now."""
    with suppress(sqlite3.Error), _index(folder) as database:
        _insert(database, _row_of(run))


@contextmanager
def _index(folder: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """The index; in memory where the folder may not be written to."""
    path = Path(folder) / INDEX
    try:
        try:
            database = _opened(path)
        except sqlite3.OperationalError:  # in use for long, or not to be written to: that is no damage
            raise
        except sqlite3.DatabaseError:
            _remove(path)
            database = _opened(path)
    except (sqlite3.Error, OSError):
        database = _opened(":memory:")
    with closing(database), database:
        yield database


def _opened(path: Path | str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10)
    try:
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found not in (0, _FORMAT):
            raise sqlite3.DatabaseError(f"format {found}")
        database.execute(_TABLE)
        database.execute(f"PRAGMA user_version = {_FORMAT}")
        # A damaged file often opens, and fails only where it is read.
        database.execute(f"SELECT {_FIELDS} FROM runs").fetchall()
        database.execute("BEGIN IMMEDIATE")
    except BaseException:
        database.close()
        raise
    return database


def _rows_of(database: sqlite3.Connection, folder: Path, ids: list[str]) -> list[tuple[Any, ...]]:
    _bring_up_to_date(database, folder, ids)
    return database.execute(f"SELECT {_FIELDS} FROM runs ORDER BY id DESC").fetchall()


def _bring_up_to_date(database: sqlite3.Connection, folder: Path, ids: list[str]) -> None:
    known = {run: (damage, stamp) for run, damage, stamp in database.execute("SELECT id, damage, stamp FROM runs")}
    database.executemany("DELETE FROM runs WHERE id = ?", [(run,) for run in known.keys() - set(ids)])
    for run in ids:
        # A record may have been damaged since, and a damaged one put back.
        if known.get(run) != ("", _stamp(folder / RUNS / run)):
            _insert(database, _row_in(folder / RUNS / run))


def _row_in(folder: Path) -> tuple[Any, ...]:
    try:
        return _row_of(read_run(folder))
    except DataError as problem:
        return _damaged_row(folder, str(problem))


def _row_of_renamed(folder: Path) -> tuple[Any, ...]:
    told = f"{folder}: this folder holds a run, and its name is no run's id."
    try:
        return _damaged_row(folder, f"{told} Rename it to {read_run(folder).id}.")
    except DataError as problem:
        return _damaged_row(folder, f"{told} {problem}")


def _damaged_row(folder: Path, damage: str) -> tuple[Any, ...]:
    return (folder.name, "", "", "", "", 0, "", "{}", "{}", damage, _stamp(folder))


def _row_of(run: Run) -> tuple[Any, ...]:
    data = run.data["train"]
    about = (run.id, run.name, run.began, run.command, data.source, data.rows, data.sha256)
    return (*about, json.dumps(run.settings), json.dumps(run.metrics), "", _stamp(run.folder))


def _stamp(folder: Path) -> str:
    """What changes when a run's record is written again; empty where it is gone."""
    try:
        facts = (folder / RECORD).stat()
    except OSError:
        return ""
    return f"{facts.st_mtime_ns} {facts.st_size}"


def _summary(row: tuple[Any, ...]) -> RunSummary:
    entries = dict(zip(_FIELDS.split(", "), row, strict=True))
    return RunSummary(
        **{**entries, "settings": json.loads(entries["settings"]), "metrics": json.loads(entries["metrics"])}
    )


def _insert(database: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    database.execute(f"INSERT OR REPLACE INTO runs ({_FIELDS}, stamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
