"""From a file that may be anything to the entries of a detector file's zip, and their bytes.

Only a directory of a few hundred bytes is interpreted, to say in words what is wrong; then the whole layout is compared
with the one that offbeat writes.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType
from typing import BinaryIO

from offbeat.errors import DetectorFileError, name_some
from offbeat.persistence.format import DAMAGED, ENTRIES, MANIFEST, MAX_MANIFEST_BYTES, NOT_OURS, shown
from offbeat.persistence.zip_layout import (
    END_BYTES,
    END_SIGNATURE,
    LOCAL_SIGNATURE,
    TAIL_BYTES,
    Entry,
    Listing,
    directory,
    directory_offset,
    directory_span,
    header_offsets,
    listings,
    local_header,
)

# A later format may have other entries; those that this one has are checked once its number is known.
_POSSIBLE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\.(json|safetensors)")
_MAX_DIRECTORY_BYTES = 4096
_FOREIGN_MODELS = MappingProxyType(
    {"an H2O MOJO": (b"model.ini",), "a Keras model": (b"config.json", b"model.weights.")}
)
"""What the directory of a zip names that another system wrote."""


def read_entries(file: BinaryIO, file_size: int, where: str) -> tuple[Entry, ...]:
    """The entries of the zip, in order; the manifest is the first. Their contents are not read.

    Args:
        file: Open for reading, seekable.
        file_size: How many bytes it has.
        where: Its name, for the error.

    Raises:
        DetectorFileError: It is not a zip, or not one that offbeat lays out.
    """
    listed = _read_listings(file, file_size, where)
    for listing in listed:
        _audit_listing(listing, where)
    _audit_names([listing.name for listing in listed], where)
    entries = tuple(Entry(listing.name, listing.size, listing.crc) for listing in listed)
    _audit_layout(file, file_size, entries, where)
    if entries[0].size > MAX_MANIFEST_BYTES:
        raise DetectorFileError(
            f"{where}: {MANIFEST} has {entries[0].size} bytes; at most {MAX_MANIFEST_BYTES} can be. {NOT_OURS}"
        )
    return entries


def read_entry(file: BinaryIO, entries: Sequence[Entry], name: str, where: str) -> bytes:
    """The content of one entry, checked against its CRC-32.

    Raises:
        DetectorFileError: The content is not what was written.
    """
    position = [entry.name for entry in entries].index(name)
    entry = entries[position]
    content = _read_at(file, header_offsets(entries)[position] + len(local_header(entry)), entry.size, where)
    if zlib.crc32(content) != entry.crc:
        raise DetectorFileError(f"{where}: {name} does not match its checksum. {DAMAGED}")
    return content


def _read_listings(file: BinaryIO, file_size: int, where: str) -> list[Listing]:
    if file_size == 0:
        raise DetectorFileError(f"{where} is empty; a detector file was expected. {DAMAGED}")
    start = _read_at(file, 0, min(len(LOCAL_SIGNATURE), file_size), where)
    if start != LOCAL_SIGNATURE:
        raise DetectorFileError(
            f"{where} is not a detector file: it begins with the bytes {start!r}, where a zip begins with "
            f"{LOCAL_SIGNATURE!r}. Give the file that Detector.save or `offbeat fit --out` wrote."
        )
    n_tail = min(TAIL_BYTES, file_size)
    tail = _read_at(file, file_size - n_tail, n_tail, where)
    if n_tail < END_BYTES or tail[-END_BYTES:][:4] != END_SIGNATURE or not tail.endswith(b"\0\0"):
        raise DetectorFileError(
            f"{where} does not end as a zip does: it was cut short, or bytes were added behind it. {DAMAGED}"
        )
    offset, size = directory_span(tail)
    if offset + size <= file_size:
        _refuse_foreign_model(_read_at(file, offset, min(size, _MAX_DIRECTORY_BYTES), where), where)
    if size > _MAX_DIRECTORY_BYTES:
        raise DetectorFileError(
            f"{where} is a zip of many entries (a directory of {size} bytes); a detector file holds at most "
            f"{len(ENTRIES)}: {name_some(ENTRIES)}. {NOT_OURS}"
        )
    found = listings(_read_at(file, offset, size, where)) if offset + size <= file_size else None
    if not found:
        raise DetectorFileError(f"{where} is a zip without a readable directory. {DAMAGED}")
    return found


def _refuse_foreign_model(listed: bytes, where: str) -> None:
    for kind, entries in _FOREIGN_MODELS.items():
        if all(entry in listed for entry in entries):
            raise DetectorFileError(
                f"{where} is {kind} and no detector file: `offbeat import` (offbeat.integrations.open_model) makes a "
                "detector of it."
            )


def _audit_listing(listing: Listing, where: str) -> None:
    entry = f"{where}: entry {shown(listing.name)}"
    if listing.is_link:
        raise DetectorFileError(f"{entry} is a symbolic link; a detector file holds none. {NOT_OURS}")
    if listing.is_folder:
        raise DetectorFileError(f"{entry} is a folder; a detector file holds none. {NOT_OURS}")
    if listing.name.startswith(("/", "\\")) or ".." in listing.name or ":" in listing.name:
        raise DetectorFileError(f"{entry} points outside of the file; a detector file needs no paths. {NOT_OURS}")
    if not _POSSIBLE_NAME.fullmatch(listing.name):
        raise DetectorFileError(f"{entry} is none of {name_some(ENTRIES)}. {NOT_OURS}")
    if listing.is_encrypted:
        raise DetectorFileError(f"{entry} is encrypted; a detector file is not. {NOT_OURS}")
    if listing.is_compressed:
        raise DetectorFileError(
            f"{entry} is compressed ({listing.size} bytes stored as {listing.stored_size}); a detector file's entries "
            f"are not. {NOT_OURS}"
        )


def _audit_names(names: list[str], where: str) -> None:
    if repeated := [name for name, count in Counter(names).items() if count > 1]:
        raise DetectorFileError(f"{where} holds an entry twice: {name_some(repeated)}. {NOT_OURS}")
    if names[0] != MANIFEST:
        raise DetectorFileError(f"{where} begins with {names[0]!r}; '{MANIFEST}' was expected first. {NOT_OURS}")


def _audit_layout(file: BinaryIO, file_size: int, entries: tuple[Entry, ...], where: str) -> None:
    content_bytes = directory_offset(entries)
    if content_bytes > file_size:
        raise DetectorFileError(
            f"{where} declares {content_bytes} bytes of content, but the file has {file_size}. {DAMAGED}"
        )
    tail = directory(entries)
    headers_differ = any(
        _read_at(file, offset, len(local_header(entry)), where) != local_header(entry)
        for entry, offset in zip(entries, header_offsets(entries), strict=True)
    )
    if (
        headers_differ
        or content_bytes + len(tail) != file_size
        or _read_at(file, content_bytes, len(tail), where) != tail
    ):
        raise DetectorFileError(
            f"{where} is not laid out as offbeat writes it: another program packed it, or bytes were added or changed. "
            "Save the detector again with offbeat."
        )


def _read_at(file: BinaryIO, offset: int, size: int, where: str) -> bytes:
    file.seek(offset)
    content = file.read(size)
    if len(content) != size:
        raise DetectorFileError(f"{where} ended {size - len(content)} bytes early while it was read. {DAMAGED}")
    return content
