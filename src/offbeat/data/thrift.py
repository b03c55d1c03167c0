"""Thrift's compact protocol, read strictly: every field that has a type must have that type, and comes once.

polars reads a known field by its number and does not look at its type; where the type lies, it and a reader that
believed the type would see two different files.

Reference: Apache Thrift, "Thrift Compact protocol encoding".
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping
from typing import Any

Bytes = bytes | mmap.mmap
Read = Callable[[Bytes, int], tuple[Any, int]]
"""From a place to the value that lies there, and the place behind it."""

_FALSE, _BYTE, _I16, _I32, _I64, _, _BINARY, _LIST, _, _, _STRUCT = range(2, 13)
_DEEPEST = 32


class DamagedError(Exception):
    """The bytes are not what they should be."""


class TooManyError(Exception):
    """The bytes hold more structs than may be kept."""


class Counted(bytes):
    """Bytes of which no more structs are kept than this, in all lists together: each is a byte there, and 90 here."""

    left = 1_000_000


class Kind:
    """A type of field: how it is marked, and how it is read.

    Args:
        marks: Its types in the bytes; a truth value has one for each.
        read: From a place to its value and the place behind.
    """

    __slots__ = ("marks", "read")

    def __init__(self, marks: tuple[int, ...], read: Read) -> None:
        self.marks, self.read = marks, read


def struct_of(fields: Mapping[int, Kind]) -> Kind:
    """A struct whose fields have these types; fields with other numbers are read past.

    Args:
        fields: The type of each field, by its number.
    """

    def read(data: Bytes, place: int) -> tuple[dict[int, Any], int]:
        found: dict[int, Any] = {}
        number = 0
        while mark := data[place]:
            place += 1
            if mark >> 4:
                number += mark >> 4
            else:
                number, place = I16.read(data, place)
            kind, mark = fields.get(number), mark & 15
            if kind is None:
                place = _past(data, place, mark, _DEEPEST)
            elif number in found or mark not in kind.marks:
                raise DamagedError
            elif mark <= _FALSE:
                found[number] = mark != _FALSE
            else:
                found[number], place = kind.read(data, place)
        return found, place + 1

    return Kind((_STRUCT,), read)


def list_of(element: Kind, *, kept: bool = True) -> Kind:
    """A list whose elements are of one type.

    Args:
        element: Their type.
        kept: Whether anybody asks for them; else they are checked, and the list is empty.
    """
    are_structs = _STRUCT in element.marks

    def read(data: Bytes, place: int) -> tuple[list[Any], int]:
        mark, size, place = _list_head(data, place)
        if size and mark not in element.marks:
            raise DamagedError
        if are_structs and kept and isinstance(data, Counted):
            data.left -= size
            if data.left < 0:
                raise TooManyError
        found = []
        for _ in range(size):
            value, place = element.read(data, place)
            if kept:
                found.append(value)
        return found, place

    return Kind((_LIST,), read)


def _varint(data: Bytes, place: int) -> tuple[int, int]:
    value = data[place]
    place += 1
    if value < 128:
        return value, place
    value &= 127
    for shift in range(7, 64, 7):
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise DamagedError


def _zigzag(data: Bytes, place: int) -> tuple[int, int]:
    value, place = _varint(data, place)
    return value >> 1 ^ -(value & 1), place


def _whole_number(bits: int) -> Read:
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1

    def read(data: Bytes, place: int) -> tuple[int, int]:
        value, place = _zigzag(data, place)
        if not least <= value <= most:
            raise DamagedError
        return value, place

    return read


def _binary(data: Bytes, place: int) -> tuple[bytes, int]:
    size, place = _varint(data, place)
    end = place + size
    if end > len(data):
        raise IndexError
    return data[place:end], end


def _list_head(data: Bytes, place: int) -> tuple[int, int, int]:
    """The type of a list's elements, how many they are, and where they begin."""
    head = data[place]
    size, place = (head >> 4, place + 1) if head >> 4 < 15 else _varint(data, place + 1)
    return head & 15, size, place


def _past(data: Bytes, place: int, mark: int, deepest: int) -> int:
    """The place behind a value of which nothing but its type is known; each of its parts takes at least one byte."""
    if not deepest:
        raise DamagedError
    match mark:
        case 1 | 2:
            return place
        case 3:
            return place + 1
        case 4 | 5 | 6:
            return _varint(data, place)[1]
        case 7:
            return place + 8
        case 8:
            return _binary(data, place)[1]
        case 9 | 10:
            inner, size, place = _list_head(data, place)
            for _ in range(size):
                place = _past(data, place, max(inner, _BYTE), deepest - 1)
                data[place - 1]  # an IndexError where the list is longer than the bytes
            return place
        case 12:
            while mark := data[place]:
                place = place + 1 if mark >> 4 else _varint(data, place + 1)[1]
                place = _past(data, place, mark & 15, deepest - 1)
            return place + 1
        case _:  # a map, which no struct of Parquet has
            raise DamagedError


BOOL = Kind((1, _FALSE), lambda data, place: (data[place] == 1, place + 1))
BYTE = Kind((_BYTE,), lambda data, place: (data[place], place + 1))
_WHOLE_NUMBERS = (_I16, _I32, _I64)
"""All three lie in the bytes alike, and fastparquet marks small ones as large ones."""
I16 = Kind(_WHOLE_NUMBERS, _whole_number(16))
I32 = Kind(_WHOLE_NUMBERS, _whole_number(32))
I64 = Kind(_WHOLE_NUMBERS, _whole_number(64))
BINARY = Kind((_BINARY,), _binary)
