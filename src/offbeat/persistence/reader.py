"""From one detector file, trusted or not, to its manifest and arrays: parse, audit, build.

Nothing in the file is executed, imported or looked up by name. Nothing is read before its size is known to lie within
the file and the limits. Whatever is wrong becomes one `DetectorFileError`.

A checksum finds damage, not malice: whoever changes a file can change its checksums. What a hostile file can do is
limited by the audits: give a wrong detector, and no more.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO

from offbeat.errors import DetectorFileError, name_some
from offbeat.persistence.format import (
    DAMAGED,
    ENTRIES,
    ENTRY_OF_GROUP,
    FORMAT,
    GROUP_OF_ENTRY,
    MANIFEST,
    MAX_FILE_BYTES,
    NOT_OURS,
    Archive,
    shown,
)
from offbeat.persistence.migrations import migrated
from offbeat.persistence.strict_json import parse_object
from offbeat.persistence.tensors import read_tensors
from offbeat.persistence.zip_audit import read_entries, read_entry
from offbeat.persistence.zip_layout import Entry
from offbeat.version import __version__

_FIELDS: dict[str, tuple[type, type]] = {
    "versions": (dict, str),
    "sizes": (dict, int),
    "checksums": (dict, str),
    "nan_allowed": (list, object),
    "detector": (dict, object),
}
"""The manifest's fields beside its format number: the type of each, and of each of its values."""


def read_archive(path: str | os.PathLike[str]) -> Archive:
    """The manifest and arrays of a detector file, bit for bit as `write_archive` got them.

    Needs about the file's size in memory, and at most 300 MB more for a manifest made to be costly.

    Args:
        path: A file that `write_archive` wrote, or one that claims to be.

    Raises:
        DetectorFileError: The file is missing, unreadable, too large, damaged, hostile, or of a format that this
            version does not read. The only error there is.
    """
    where = str(path)
    try:
        with _opened(Path(path), where) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                raise DetectorFileError(
                    f"{where} has {size} bytes; at most {MAX_FILE_BYTES} can be opened. Fit with fewer calibration "
                    "rows."
                )
            return migrated(_read(file, size, where), where)
    except MemoryError:
        raise DetectorFileError(
            f"{where} does not fit into memory. Free some, or read it on a larger machine."
        ) from None
    except OSError as error:
        raise DetectorFileError(f"{where} cannot be read: {error.strerror or error}. Check the disk.") from None


def _opened(path: Path, where: str) -> BinaryIO:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # opening a named pipe would wait for ever
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            raise DetectorFileError(
                f"{where} is {kind}; a detector file was expected. Give the name of the file in it."
            )
        return path.open("rb")
    except FileNotFoundError:
        raise DetectorFileError(f"There is no file {where}. Check the name, or save the detector first.") from None
    except PermissionError:
        raise DetectorFileError(f"{where} may not be read by this user. Change its permissions.") from None
    except ValueError as error:
        if isinstance(error, DetectorFileError):
            raise
        raise DetectorFileError(f"{shown(where)} is not a file name: it holds a zero byte.") from None


def _read(file: BinaryIO, size: int, where: str) -> Archive:
    entries = read_entries(file, size, where)
    manifest = parse_object(read_entry(file, entries, MANIFEST, where), f"{where}: {MANIFEST}")
    _audit_format(manifest, where)
    _audit_fields(manifest, where)
    _audit_entries(manifest, entries, where)
    groups: dict[str, dict[str, Any]] = {group: {} for group in ENTRY_OF_GROUP}
    for entry in entries[1:]:
        groups[GROUP_OF_ENTRY[entry.name]] = _read_group(file, entries, entry, manifest, where)
    return Archive(manifest["detector"], groups, manifest["format"], manifest["versions"])


def _audit_format(manifest: dict[str, Any], where: str) -> None:
    number = manifest.get("format")
    if type(number) is not int or number < 1:
        raise DetectorFileError(f"{where}: {MANIFEST} has no format number; 1 to {FORMAT} was expected. {DAMAGED}")
    if number > FORMAT:
        versions = manifest.get("versions")
        writer = versions.get("offbeat") if isinstance(versions, dict) else None
        by = f" by offbeat {shown(str(writer))}" if writer else ""
        raise DetectorFileError(
            f"{where} was written in format {str(number)[:9]}{by}; this offbeat, {__version__}, is too old: it "
            f"reads formats up to {FORMAT}. Upgrade it: pip install --upgrade offbeat."
        )


def _audit_fields(manifest: dict[str, Any], where: str) -> None:
    expected = {"format", *_FIELDS}
    if set(manifest) != expected:
        lacking, unknown = sorted(expected - set(manifest)), [shown(key) for key in manifest if key not in expected]
        problem = f"lacks {name_some(lacking)}" if lacking else f"has the unknown fields {', '.join(unknown[:5])}"
        raise DetectorFileError(f"{where}: {MANIFEST} {problem}. {DAMAGED}")
    for field, (kind, member_kind) in _FIELDS.items():
        if not isinstance(manifest[field], kind):
            raise DetectorFileError(f"{where}: {MANIFEST}: '{field}' is not a {kind.__name__}. {DAMAGED}")
        members = manifest[field].values() if kind is dict else manifest[field]
        if not all(isinstance(member, member_kind) for member in members):
            raise DetectorFileError(
                f"{where}: {MANIFEST}: '{field}' holds something else than {member_kind.__name__}. {DAMAGED}"
            )
    if manifest["nan_allowed"]:  # a field of the format that nothing ever filled
        raise DetectorFileError(
            f"{where}: {MANIFEST}: 'nan_allowed' is not empty, and no array may hold NaN. {NOT_OURS}"
        )


def _audit_entries(manifest: dict[str, Any], entries: tuple[Entry, ...], where: str) -> None:
    names = [entry.name for entry in entries[1:]]
    if unknown := [name for name in names if name not in GROUP_OF_ENTRY]:
        raise DetectorFileError(
            f"{where} holds {name_some(unknown)}; only {name_some(ENTRIES)} can be in format {FORMAT}. {NOT_OURS}"
        )
    for field in ("sizes", "checksums"):
        if set(manifest[field]) != set(names):
            raise DetectorFileError(
                f"{where}: {MANIFEST} gives {field} of other entries than those that are there: "
                f"{name_some(names) or 'none'}. {DAMAGED}"
            )
    for entry in entries[1:]:
        if manifest["sizes"][entry.name] != entry.size:
            raise DetectorFileError(
                f"{where}: {entry.name} has {entry.size} bytes, but {MANIFEST} gives another size. {DAMAGED}"
            )


def _read_group(
    file: BinaryIO, entries: tuple[Entry, ...], entry: Entry, manifest: dict[str, Any], where: str
) -> dict[str, Any]:
    content = read_entry(file, entries, entry.name, where)
    if hashlib.sha256(content).hexdigest() != manifest["checksums"][entry.name]:
        raise DetectorFileError(f"{where}: {entry.name} does not match the checksum in {MANIFEST}. {DAMAGED}")
    return read_tensors(content, f"{where}: {entry.name}")
