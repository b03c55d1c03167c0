"""Arrow IPC, as a stream or a file, looked at before it is read: lengths within the body, and nothing compressed.

A compressed buffer of a few kB may unfold into gigabytes, and a length that lies may ask for them; both are told by the
messages' metadata alone, a few bytes a message, which is what is parsed here.

Reference: Apache Arrow columnar format, "Encapsulated message format", "IPC File Format", `Message.fbs` and `File.fbs`;
tables of flatbuffers lie behind an offset, and their fields behind a list of offsets, the vtable.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from offbeat.server.refusal import Refusal

_CONTINUATION = 0xFFFFFFFF
_DICTIONARY, _RECORD_BATCH = 2, 3
# The places of fields in their tables, in the order of Message.fbs.
_HEADER_TYPE, _HEADER, _BODY_LENGTH = 1, 2, 3
_LENGTH, _COMPRESSION = 0, 3
_DICTIONARY_DATA = 1
# The same of File.fbs; a block is where a message begins, how long its metadata is, and how long its body.
_DICTIONARIES, _RECORD_BATCHES = 2, 3
_BLOCK = struct.Struct("<qi4xq")
_MAGIC = b"ARROW1"
_DAMAGED = "The body is no Arrow table, or a damaged one. Write it again."


def is_file(body: bytes) -> bool:
    """Whether a body is a file with an index behind it, rather than a stream."""
    return body.startswith(_MAGIC)


def require_plain_file(body: bytes) -> int:
    """How many rows the messages of a file announce.

    Raises:
        Refusal: 400, a message lies outside of the body, or a buffer is compressed.
    """
    rows = 0
    try:
        (length,) = struct.unpack_from("<I", body, len(body) - 10)
        if not body.endswith(_MAGIC) or length + 10 > len(body):
            raise struct.error
        footer = body[len(body) - 10 - length : -10]
        table = _offset(footer, 0)
        for field in (_DICTIONARIES, _RECORD_BATCHES):
            for place, metadata, body_length in _blocks(footer, _field(footer, table, field)):
                if min(place, metadata, body_length) < 0 or place + metadata + body_length > len(body):
                    raise struct.error
                message = body[place : place + metadata]
                rows += _audit(message[8:] if message.startswith(b"\xff\xff\xff\xff") else message[4:])[0]
    except struct.error:
        raise Refusal("request", _DAMAGED) from None
    return rows


def require_plain_stream(stream: bytes) -> int:
    """How many rows a stream announces.

    Raises:
        Refusal: 400, a message is longer than the body, or a buffer is compressed.
    """
    rows = place = 0
    try:
        while place + 4 <= len(stream):
            (length,) = struct.unpack_from("<I", stream, place)
            place += 4
            if length == _CONTINUATION:
                (length,) = struct.unpack_from("<I", stream, place)
                place += 4
            if length == 0:
                break
            added, body_length = _audit(stream[place : place + length])
            rows += added
            place += length + body_length
            if place > len(stream):
                raise Refusal("request", "The body ends within an Arrow message. Was it cut off?")
    except struct.error:
        raise Refusal("request", _DAMAGED) from None
    return rows


def _blocks(footer: bytes, field: int) -> Iterator[tuple[int, int, int]]:
    """Place, length of the metadata and length of the body of each message in a list of the footer."""
    if field:
        start = _offset(footer, field)
        (count,) = struct.unpack_from("<I", footer, start)
        for number in range(count):
            yield _BLOCK.unpack_from(footer, start + 4 + _BLOCK.size * number)


def _audit(message: bytes) -> tuple[int, int]:
    """How many rows a message announces, and the length of what follows it."""
    table = _offset(message, 0)
    kind_place = _field(message, table, _HEADER_TYPE)
    kind = message[kind_place] if 0 < kind_place < len(message) else 0
    length_place = _field(message, table, _BODY_LENGTH)
    body_length = struct.unpack_from("<q", message, length_place)[0] if length_place else 0
    if body_length < 0:
        raise struct.error
    if kind not in (_DICTIONARY, _RECORD_BATCH):
        return 0, body_length
    batch = _offset(message, _field(message, table, _HEADER))
    if kind == _DICTIONARY:
        batch = _offset(message, _field(message, batch, _DICTIONARY_DATA))
    if _field(message, batch, _COMPRESSION):
        raise Refusal("request", "The body's Arrow buffers are compressed; write it with compression off.")
    height_place = _field(message, batch, _LENGTH)
    height = struct.unpack_from("<q", message, height_place)[0] if height_place else 0
    if height < 0:
        raise struct.error
    return (height if kind == _RECORD_BATCH else 0), body_length


def _offset(message: bytes, place: int) -> int:
    """Where the offset at a place leads to."""
    return int(place + struct.unpack_from("<I", message, place)[0])


def _field(message: bytes, table: int, number: int) -> int:
    """Where a field of a table lies; 0 where the table lacks it."""
    vtable = table - struct.unpack_from("<i", message, table)[0]
    if vtable < 0:
        raise struct.error
    (size,) = struct.unpack_from("<H", message, vtable)
    if 4 + 2 * number >= size:
        return 0
    (place,) = struct.unpack_from("<H", message, vtable + 4 + 2 * number)
    return int(table + place) if place else 0
