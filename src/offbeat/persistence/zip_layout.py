"""The one zip layout that detector files have, byte for byte.

Every entry is stored (not compressed), stamped with the same date, and follows the one before it without a gap; the
first begins at byte 0 and the directory ends at the last byte. So the layout follows from the entries' names, sizes and
CRC-32: the writer writes it, and the reader compares instead of interpreting. Anything that hides between two readings
of a zip (overlapping entries, two directories, bytes before, between or behind) differs from it and is refused.

Sizes and offsets always stand in ZIP64 fields: one layout, whatever the size.

Reference: PKWARE, APPNOTE.TXT, .ZIP File Format Specification 6.3.10, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_EXTRA = struct.Struct("<2H2Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_CENTRAL_EXTRA = struct.Struct("<2H3Q")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")

LOCAL_SIGNATURE = b"PK\x03\x04"
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_END64_SIGNATURE = b"PK\x06\x06"
_LOCATOR_SIGNATURE = b"PK\x06\x07"
END_SIGNATURE = b"PK\x05\x06"

_VERSION = 45  # the first that knows ZIP64
_UNIX = 3 << 8
_REGULAR_FILE = 0o100644 << 16
_STORED = 0
_DATE = (1 << 5) | 1  # 1 January 1980, the earliest a zip can say
_ZIP64_FIELD = 1
_IN_ZIP64 = 0xFFFFFFFF

END_BYTES = _END.size
TAIL_BYTES = _END64.size + _LOCATOR.size + _END.size
"""The last bytes of a file: its three end records."""


@dataclass(frozen=True)
class Entry:
    """One entry: its name in the archive, how many bytes it holds, and their CRC-32."""

    name: str
    size: int
    crc: int


@dataclass(frozen=True)
class Listing:
    """What a zip directory, ours or another's, claims about one entry."""

    name: str
    flags: int
    method: int
    crc: int
    stored_size: int
    size: int
    mode: int

    @property
    def is_encrypted(self) -> bool:
        """Whether the contents are scrambled (bit 0) or the directory is (bit 13)."""
        return bool(self.flags & (1 | 1 << 13))

    @property
    def is_compressed(self) -> bool:
        """Whether reading would yield another number of bytes than the file holds."""
        return self.method != _STORED or self.stored_size != self.size

    @property
    def is_link(self) -> bool:
        """Whether it stands for another path (Unix symbolic link)."""
        return self.mode & 0o170000 == 0o120000

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, by its name or by its mode."""
        return self.name.endswith("/") or self.mode & 0o170000 == 0o040000


def local_header(entry: Entry) -> bytes:
    """The bytes that stand right before the entry's content."""
    name = entry.name.encode("ascii")
    sizes = _LOCAL_EXTRA.pack(_ZIP64_FIELD, _LOCAL_EXTRA.size - 4, entry.size, entry.size)
    fixed = _LOCAL.pack(
        LOCAL_SIGNATURE, _VERSION, 0, _STORED, 0, _DATE, entry.crc, _IN_ZIP64, _IN_ZIP64, len(name), len(sizes)
    )
    return fixed + name + sizes


def directory(entries: Sequence[Entry]) -> bytes:
    """The bytes after the last entry's content: the zip's directory and its three end records."""
    listed = b"".join(
        _central_header(entry, offset) for entry, offset in zip(entries, header_offsets(entries), strict=True)
    )
    start = directory_offset(entries)
    count = len(entries)
    end64 = _END64.pack(
        _END64_SIGNATURE, _END64.size - 12, _UNIX | _VERSION, _VERSION, 0, 0, count, count, len(listed), start
    )
    locator = _LOCATOR.pack(_LOCATOR_SIGNATURE, 0, start + len(listed), 1)
    end = _END.pack(END_SIGNATURE, 0, 0, count, count, len(listed), _IN_ZIP64, 0)
    return listed + end64 + locator + end


def header_offsets(entries: Sequence[Entry]) -> list[int]:
    """Where in the file each entry's local header begins.

    Example:
        >>> header_offsets([Entry("manifest.json", 100, 0), Entry("weights.safetensors", 8, 0)])
        [0, 163]
    """
    return [directory_offset(entries[:position]) for position in range(len(entries))]


def directory_offset(entries: Sequence[Entry]) -> int:
    """Where in the file the directory begins: right after the last entry's content."""
    return sum(len(local_header(entry)) + entry.size for entry in entries)


def directory_span(tail: bytes) -> tuple[int, int]:
    """Where the directory begins and how many bytes it has, as the end records claim.

    Args:
        tail: The last bytes of the file: `END_BYTES` at least, `TAIL_BYTES` where the file has so many.

    Returns:
        Offset and size, not checked against anything.
    """
    size, offset = _END.unpack(tail[-END_BYTES:])[5:7]
    end64 = tail[-TAIL_BYTES:][: _END64.size]
    if len(tail) >= TAIL_BYTES and end64.startswith(_END64_SIGNATURE):
        size, offset = _END64.unpack(end64)[8:10]
    return offset, size


def listings(raw: bytes) -> list[Listing] | None:
    """What a directory lists; None where it is not a directory from its first to its last byte.

    Args:
        raw: The central headers, one after the other, without the end records.
    """
    found, position = [], 0
    while position < len(raw):
        if len(raw) - position < _CENTRAL.size or not raw.startswith(_CENTRAL_SIGNATURE, position):
            return None
        _, _, _, flags, method, _, _, crc, stored, size, n_name, n_extra, n_comment, _, _, attributes, _ = (
            _CENTRAL.unpack_from(raw, position)
        )
        position += _CENTRAL.size
        name = raw[position : position + n_name].decode("utf-8", "backslashreplace")
        extra = raw[position + n_name : position + n_name + n_extra]
        if len(extra) == _CENTRAL_EXTRA.size and _IN_ZIP64 in (stored, size):
            size, stored = _CENTRAL_EXTRA.unpack(extra)[2:4]
        found.append(Listing(name, flags, method, crc, stored, size, attributes >> 16))
        position += n_name + n_extra + n_comment
    return found if position == len(raw) else None


def _central_header(entry: Entry, offset: int) -> bytes:
    name = entry.name.encode("ascii")
    places = _CENTRAL_EXTRA.pack(_ZIP64_FIELD, _CENTRAL_EXTRA.size - 4, entry.size, entry.size, offset)
    return (
        _CENTRAL.pack(
            *(_CENTRAL_SIGNATURE, _UNIX | _VERSION, _VERSION, 0, _STORED, 0, _DATE, entry.crc),
            *(_IN_ZIP64, _IN_ZIP64, len(name), len(places), 0, 0, 0, _REGULAR_FILE, _IN_ZIP64),
        )
        + name
        + places
    )
