"""Zip files that other programs wrote: entries by name, in bounded memory, nothing ever unpacked to disk.

| limit | guards against |
|---|---|
| size of the file and of its directory | reading without end |
| size of an entry, and how far it unfolds | zip bombs |
| stored and deflated entries only | rarely used decoders |
| plain names, each once | entries that mean different files to different readers |
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from offbeat.data.zipped import UNREADABLE, damage
from offbeat.errors import DetectorFileError, name_some
from offbeat.integrations.other_files import refuse_model_folder, require_start_of_zip
from offbeat.persistence.format import MAX_FILE_BYTES, shown
from offbeat.persistence.zip_layout import END_BYTES, END_SIGNATURE, TAIL_BYTES, directory_span

MAX_DIRECTORY_BYTES = 8 * 1024**2
MAX_ENTRIES = 20_000
MAX_UNFOLDING = 100
# Small texts may fold well: this much may always come out.
ALWAYS_ALLOWED_BYTES = 4 * 1024**2

DAMAGED = "The file is damaged: copy or export it again."
NOT_TRUSTED = "No program that exports models writes such a file: do not trust it."

_SYMBOLIC_LINK = 0o120000


@dataclass(frozen=True, eq=False)
class ForeignZip:
    """An open zip file whose directory was audited.

    Attributes:
        where: What errors call it.
        size: Of the file, in bytes.
        entries: By name.
        archive: Reads them.
    """

    where: str
    size: int
    entries: dict[str, zipfile.ZipInfo]
    archive: zipfile.ZipFile

    def read(self, name: str, most: int) -> bytes:
        """The content of one entry, checked against its CRC-32.

        Args:
            name: Of the entry.
            most: The most bytes that it may have.

        Raises:
            DetectorFileError: There is no such entry, it is too large, or not what was written.
        """
        if name not in self.entries:
            raise DetectorFileError(f"{self.where} lacks the entry '{name}'. {DAMAGED}")
        entry = self.entries[name]
        if entry.file_size > most:
            raise DetectorFileError(f"{self.where}: {name} has {entry.file_size} bytes; at most {most} can be.")
        unfolds_to = max(ALWAYS_ALLOWED_BYTES, MAX_UNFOLDING * min(entry.compress_size, self.size))
        if entry.file_size > unfolds_to:
            raise DetectorFileError(
                f"{self.where}: {name} would unfold from {entry.compress_size} to {entry.file_size} bytes. "
                f"{NOT_TRUSTED}"
            )
        try:
            with self.archive.open(entry) as unfolded:
                # By its length: all of an entry that lies about it would be unfolded before the lie is noticed.
                content = unfolded.read(entry.file_size)
        except UNREADABLE as problem:
            raise DetectorFileError(f"{self.where}: {name} cannot be read ({damage(problem)}). {DAMAGED}") from None
        if len(content) != entry.file_size:
            raise DetectorFileError(
                f"{self.where}: {name} has {len(content)} bytes; {entry.file_size} were announced. {DAMAGED}"
            )
        return content


@contextmanager
def open_zip(path: Path) -> Iterator[ForeignZip]:
    """Open a zip file for reading, and audit its directory.

    Args:
        path: Of the file, trusted or not.

    Raises:
        DetectorFileError: It is missing, no regular file, too large, no zip, damaged or hostile. Where it is of a kind
            that is often taken for a model, says so and what to do.
    """
    where = str(path)
    refuse_model_folder(path)
    with _open_regular_file(path) as file:
        require_start_of_zip(file.read(8), where)
        size = os.fstat(file.fileno()).st_size
        _audit_ends(file, size, where)
        with _opened(file, where) as archive:
            yield ForeignZip(where, size, _audited(archive.infolist(), where), archive)


def _open_regular_file(path: Path) -> BinaryIO:
    """The file, open for reading.

    Raises:
        DetectorFileError: There is none, it is a folder or a device, may not be read, or is too large.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # opening a named pipe would wait for ever
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "not a regular file"
            raise DetectorFileError(f"{path} is {kind}; a model file was expected. Give the name of the file.")
        if found.st_size > MAX_FILE_BYTES:
            raise DetectorFileError(f"{path} has {found.st_size} bytes; at most {MAX_FILE_BYTES} can be opened.")
        return path.open("rb")
    except OSError as problem:
        raise DetectorFileError(f"{path} cannot be read: {problem.strerror}. Check its name and permissions.") from None


def _audit_ends(file: BinaryIO, size: int, where: str) -> None:
    """Refuse what is no zip, and a directory too large to be looked at."""
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read(TAIL_BYTES)
    if len(tail) < END_BYTES or tail[-END_BYTES:][:4] != END_SIGNATURE:
        raise DetectorFileError(
            f"{where} does not end as a zip does: it was cut short, or bytes were added behind it. {DAMAGED}"
        )
    _, directory_bytes = directory_span(tail)
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise DetectorFileError(
            f"{where} is a zip with a directory of {directory_bytes} bytes; at most {MAX_DIRECTORY_BYTES} can be. "
            f"{NOT_TRUSTED}"
        )
    file.seek(0)


def _opened(file: BinaryIO, where: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except UNREADABLE as problem:
        words = damage(problem)
        raise DetectorFileError(f"{where} is a zip without a readable directory ({words}). {DAMAGED}") from None


def _audited(listed: list[zipfile.ZipInfo], where: str) -> dict[str, zipfile.ZipInfo]:
    if len(listed) > MAX_ENTRIES:
        raise DetectorFileError(f"{where} holds {len(listed)} entries; at most {MAX_ENTRIES} can be. {NOT_TRUSTED}")
    for entry in listed:
        _audit_entry(entry, where)
    if repeated := [name for name, count in Counter(entry.filename for entry in listed).items() if count > 1]:
        raise DetectorFileError(f"{where} holds an entry twice: {name_some(repeated)}. {NOT_TRUSTED}")
    return {entry.filename: entry for entry in listed if not entry.is_dir()}


def _audit_entry(entry: zipfile.ZipInfo, where: str) -> None:
    named = f"{where}: entry {shown(entry.filename)}"
    if entry.orig_filename != entry.filename or not entry.filename or not entry.filename.isprintable():
        raise DetectorFileError(f"{named} has a name that is no plain text. {NOT_TRUSTED}")
    if entry.filename.startswith(("/", "\\")) or ".." in entry.filename.split("/") or ":" in entry.filename:
        raise DetectorFileError(f"{named} points outside of the file. {NOT_TRUSTED}")
    if (entry.external_attr >> 16) & 0o170000 == _SYMBOLIC_LINK:
        raise DetectorFileError(f"{named} is a symbolic link. {NOT_TRUSTED}")
    if entry.flag_bits & 1:
        raise DetectorFileError(f"{named} is encrypted. Export the model again, without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DetectorFileError(
            f"{named} is packed by method {entry.compress_type}; stored or deflated was expected. {NOT_TRUSTED}"
        )
