"""The detectors that a service answers for, by name; a file that is replaced is read again.

Names are those of the files, the folder or the registry given at the start. A name that a caller sends is looked up
among them and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import polars as pl

from offbeat.data.local_files import checksum_of
from offbeat.data.names import nearest_name
from offbeat.data.table import Table
from offbeat.detector.archive import load
from offbeat.detector.detector import Detector
from offbeat.errors import DetectorFileError, OffbeatError, SettingsError, name_some
from offbeat.server.places import Look, Place, look_at_files
from offbeat.server.refusal import Refusal

Version = tuple[int, int, int]

MOST_REASONS = 5
"""Files of which it is told why they cannot be read, where none can be."""


@dataclass(frozen=True, eq=False)
class Served:
    """One detector as it is answered for.

    Attributes:
        name: The file's, without its suffix; or that of the registry.
        place: Where the file lies.
        version: What told this content of the file from an earlier one.
        detector: What was in it.
    """

    name: str
    place: Place
    version: Version
    detector: Detector

    @property
    def width(self) -> int:
        """How many columns the table of the fit had."""
        schema = self.detector.schema
        return max(len(schema.columns), len(schema.all_names))


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

    Args:
        paths: Files to serve, each by its name. Whoever named them wants them all.
        look: Tells where others lie, now and at each refresh; one that has moved is read again, a new one is added. Of
            these, one that cannot be read keeps no other from being served.

    Attributes:
        problems: Why a file is not served, or not what replaced it, by name.

    Raises:
        SettingsError: There is nothing to serve, or two of the files would be called the same.
        DetectorFileError: A file that was named cannot be read, or none of those that the look found.
        DataError: What is wrong with a file that was named.
    """

    def __init__(self, paths: Iterable[Path] = (), look: Look | None = None) -> None:
        self._look = look or look_at_files(list(paths))
        self._served: dict[str, Served] = {}
        self._places: dict[str, Place] = {}
        self._seen: dict[str, tuple[Place, Version | None]] = {}
        self._not_found: set[str] = set()
        self._reading = Lock()
        self.problems: dict[str, str] = {}
        if look is None:
            for name, place in self._look().places.items():
                self._keep(_open(name, place))
        else:
            self.refresh()
        if not self._served:
            raise _nothing_to_serve(self.problems)

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
        """Read what was replaced, moved or added since the last time; what cannot be read changes nothing."""
        with self._reading:
            found = self._look()
            untold = {name: why for name, why in found.problems.items() if self.problems.get(name) != why}
            for name in self._not_found - set(found.problems):
                self.problems.pop(name, None)
            self._not_found = set(found.problems)
            self.problems |= untold
            # What is no longer there goes on serving from where it was.
            self._places |= found.places
            changed = [(name, place) for name, place in self._places.items() if self._is_changed(name, place)]
            told = [Reload(name, why) for name, why in untold.items()]
            return told + [self._read_again(name, place) for name, place in changed]

    def _is_changed(self, name: str, place: Place) -> bool:
        return self._seen.get(name) != (place, _version(place.path))

    def _read_again(self, name: str, place: Place) -> Reload:
        self._seen[name] = (place, _version(place.path))
        try:
            fresh = _open(name, place)
        except (OffbeatError, OSError, ValueError) as error:
            # The folder is nobody's business but the one's who started the service.
            which = f"Version {place.number} of '{name}': " if place.number else ""
            self.problems[name] = which + str(error).replace(str(place.path), place.path.name)
            return Reload(name, self.problems[name])
        self._keep(fresh)
        self.problems.pop(name, None)
        return Reload(name, "")

    def _keep(self, served: Served) -> None:
        self._served[served.name] = served
        self._places[served.name] = served.place
        self._seen[served.name] = (served.place, served.version)


def _nothing_to_serve(problems: Mapping[str, str]) -> OffbeatError:
    """The error for a service that would answer for no detector.

    Args:
        problems: Why not, by name.
    """
    if not problems:
        return SettingsError("There is no detector to serve. Name a file, or a folder that holds some (--folder).")
    reasons = [f"'{name}': {why}" for name, why in problems.items()]
    more = f" And {len(reasons) - MOST_REASONS} more." if len(reasons) > MOST_REASONS else ""
    return DetectorFileError(f"No detector can be served. {' '.join(reasons[:MOST_REASONS])}{more}")


def _open(name: str, place: Place) -> Served:
    """The detector in a file, ready to score: its programs are compiled before the first request needs them."""
    version = _version(place.path)
    if place.sha256 and version is not None and checksum_of(place.path) != place.sha256:
        raise DetectorFileError(
            f"{place.path} is not the file that was registered: its checksum differs. Put it back from a "
            "copy, or promote another version."
        )
    detector = load(place.path)
    detector.detect(_one_row(detector)).explain([0])
    # The version is from before the file was read: one that was replaced meanwhile is read once more.
    return Served(name, place, version or (0, 0, 0), detector)


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
