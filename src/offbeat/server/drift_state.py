"""The file in which `offbeat serve --drift-state` keeps where its watch for drift is, from one run to the next.

It holds two lines of JSON: the form and the checksum of the second one, and a record for each detector.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from offbeat.errors import SettingsError, unwritable
from offbeat.files import free_name, write_atomically
from offbeat.server.request_log import Log, log_to_stderr

FORMAT: Final = 1

Records = dict[str, Any]
"""By the name of the detector: what a `WatchedDetector` keeps of itself."""


class DriftState:
    """What was kept by the service before this one, and is kept for the next.

    What cannot be gone on with is put aside under another name and told of, and nothing else is ever lost: records of
    detectors that are not served now stay in the file.

    Args:
        path: The file; the first service makes it.
        log: Where it is told what was put aside, and that the file can no longer be written.

    Raises:
        SettingsError: The file holds something else, or is named as detector files are.
        FileError: It cannot be read or written, which must not come out only when the service ends.
    """

    def __init__(self, path: Path, log: Log = log_to_stderr) -> None:
        if path.suffix == ".offbeat":
            raise SettingsError(f"--drift-state {path}: that is how detector files are named. Take another name.")
        self._path, self._log, self._failing = path, log, False
        self._taken: set[str] = set()
        try:
            self._records = self._read()
            write_atomically(path, content_of(self._records))
        except OSError as problem:
            raise unwritable(f"--drift-state {path}: it cannot be kept there", problem, path.parent) from problem

    def take(self, name: str) -> Any:
        """What was kept of a detector; None where nothing was, or it was taken before: the file was replaced since."""
        if name in self._taken:
            return None
        self._taken.add(name)
        return self._records.get(name)

    def refuse(self, name: str, record: Any, reason: str) -> None:
        """Put aside what was taken and cannot be gone on with.

        Args:
            name: Of the detector.
            record: As it was taken.
            reason: Why not, as the end of a sentence that begins with the file.
        """
        place = free_name(self._path)
        try:
            write_atomically(place, content_of({name: record}))
            kept = f"what was kept is in {place}"
        except OSError as problem:
            kept = f"what was kept could not be put aside ({_reason(problem)})"
        told = f"{self._path}: what it holds of '{name}' {reason}. Its watch begins anew; {kept}."
        self._log("drift-anew", detector=name, problem=told)

    def keep(self, records: Records) -> None:
        """Write where the watch is, in one piece or not at all; a fault is told once until it is over.

        Args:
            records: Of the detectors that are watched.
        """
        self._records = {**self._records, **records}
        try:
            write_atomically(self._path, content_of(self._records))
            self._failing = False
        except OSError as problem:
            if not self._failing:
                told = unwritable(f"{self._path}: it cannot be written", problem, self._path.parent)
                self._log("not-kept", problem=str(told))
            self._failing = True

    def _read(self) -> Records:
        if not self._path.exists():
            return {}
        try:
            return records_in(self._path.read_bytes())
        except ValueError as problem:
            place = self._path.replace(free_name(self._path))
            told = f"{self._path}: the file {problem}. All watches begin anew; what it held is in {place}."
            self._log("drift-anew", problem=told)
            return {}


def content_of(records: Records) -> bytes:
    """The file that holds these records.

    Example:
        >>> records_in(content_of({"pumps": {"skipped": 0}}))
        {'pumps': {'skipped': 0}}
    """
    second = json.dumps(records).encode()
    return json.dumps({"format": FORMAT, "sha256": hashlib.sha256(second).hexdigest()}).encode() + b"\n" + second


def records_in(content: bytes) -> Records:
    """The records of a file.

    Raises:
        ValueError: It is damaged, or none that a service has written; says so as the end of a sentence.
    """
    first, _, second = content.partition(b"\n")
    try:
        about = json.loads(first)
        form, checksum = about["format"], about["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("is none that a service has written") from None
    if form != FORMAT:
        raise ValueError("was written by another release of offbeat")
    if hashlib.sha256(second).hexdigest() != checksum:
        raise ValueError("is damaged or was changed: its checksum differs")
    return dict(json.loads(second))


def _reason(problem: OSError) -> str:
    return problem.strerror or str(problem)
