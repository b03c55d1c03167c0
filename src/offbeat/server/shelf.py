"""The detectors that a service answers for, by name; a file that is replaced is read again.

Names are those of the files given at the start. A name that a caller sends is looked up among them and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import polars as pl

from offbeat.data.names import nearest_name
from offbeat.data.table import Table
from offbeat.detector.archive import load
from offbeat.detector.detector import Detector
from offbeat.errors import OffbeatError, SettingsError, name_some
from offbeat.server.refusal import Refusal

SUFFIX = ".offbeat"
Version = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Served:
    """One detector as it is answered for.

    Attributes:
        name: The file's, without its suffix.
        path: The file.
        version: What told this content of the file from an earlier one.
        detector: What was in it.
    """

    name: str
    path: Path
    version: Version
    detector: Detector


@dataclass(frozen=True)
class Reload:
    """What became of a replaced file.

    Attributes:
        name: Of the detector.
        problem: Why the old one goes on serving; "" where the new one does.
    """

    name: str
    problem: str


class Shelf:
    """Detectors by name. One thread at a time reads files; looking up, in any, is one look into a dictionary.

    Attributes:
        problems: Why a replaced file is not served, by name.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._served: dict[str, Served] = {}
        self._seen: dict[str, Version | None] = {}
        self._reading = Lock()
        self.problems: dict[str, str] = {}
        for path in paths:
            if (other := self._served.get(path.stem)) is not None:
                raise SettingsError(f"{other.path} and {path} would both be called '{path.stem}'. Rename one of them.")
            self._served[path.stem] = _open(path)
            self._seen[path.stem] = self._served[path.stem].version
        if not self._served:
            raise SettingsError("There is no detector to serve. Name a file, or a folder that holds some (--folder).")

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they were given."""
        return tuple(self._served)

    def get(self, name: str) -> Served:
        """The detector of that name.

        Raises:
            Refusal: 404, there is none; says which there are.
        """
        if (served := self._served.get(name)) is not None:
            return served
        near = nearest_name(name[:100], self.names)
        meant = f"Did you mean '{near}'?" if near else f"There are {name_some(self.names)}."
        raise Refusal("not-found", f"There is no detector '{name[:100]}'. {meant}")

    def only(self) -> Served:
        """The detector, where there is one alone.

        Raises:
            Refusal: 400, there are several, and the request must name one.
        """
        if len(self._served) > 1:
            raise Refusal("request", f"Which detector? Name it: ?detector={self.names[0]} ({name_some(self.names)}).")
        return next(iter(self._served.values()))

    def refresh(self) -> list[Reload]:
        """Read the files that were replaced since the last time; a file that cannot be read changes nothing."""
        with self._reading:
            return [self._read_again(served) for served in list(self._served.values()) if self._is_replaced(served)]

    def _is_replaced(self, served: Served) -> bool:
        return _version(served.path) != self._seen[served.name]

    def _read_again(self, served: Served) -> Reload:
        self._seen[served.name] = _version(served.path)
        try:
            fresh = _open(served.path)
        except (OffbeatError, OSError, ValueError) as error:
            # The folder is nobody's business but the one's who started the service.
            self.problems[served.name] = str(error).replace(str(served.path), served.path.name)
            return Reload(served.name, self.problems[served.name])
        self._seen[served.name] = fresh.version
        self._served[served.name] = fresh
        self.problems.pop(served.name, None)
        return Reload(served.name, "")


def detector_files(folder: Path) -> list[Path]:
    """The detector files of a folder, by name.

    Raises:
        SettingsError: There is no such folder, or it holds none.
    """
    found = sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []
    if not found:
        raise SettingsError(f"{folder} is no folder with detector files (*{SUFFIX}).")
    return found


def _open(path: Path) -> Served:
    """The detector in a file, ready to score: its programs are compiled before the first request needs them."""
    version = _version(path)
    detector = load(path)
    detector.detect(_one_row(detector)).explain([0])
    # The version is from before the file was read: one that was replaced meanwhile is read once more.
    return Served(path.stem, path, version or (0, 0, 0), detector)


def _one_row(detector: Detector) -> Table:
    cells = {column.name: [0.0 if column.kind == "numeric" else ""] for column in detector.schema.columns}
    return Table(pl.DataFrame(cells))


def _version(path: Path) -> Version | None:
    """What changes when a file is replaced; None where it is gone."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino
