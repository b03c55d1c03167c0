"""The part of HDF5 that Keras writes: groups, arrays in one piece, and attributes that are text.

Read here rather than by h5py: the HDF5 library crashes or runs for ever on files whose structure was damaged (found by
changing single bytes of a Keras file), and may follow a file's pointers to other files. Here every place is checked
against the file's length, no object is visited twice, and arrays are views of the file's own bytes.

Keras's files are of the oldest version of the format, which h5py chooses whatever the version of the library: a
superblock of version 0, groups as symbol tables, object headers of version 1.

Reference:
    HDF5 File Format Specification 3.0, https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html, sections
    II.A (superblock), III.A.1 (B-tree 1), III.B and III.C (symbol tables), III.D (local heap), III.E (global heap),
    IV.A (object headers and messages).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from jaxtyping import Shaped

from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.persistence.format import shown

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
MAX_STEPS: Final = 2_000_000
"""Places read, messages and names together: some 50 times what a network of 1,000 layers needs, in a few seconds."""
MAX_TEXT: Final = 32_000_000
"""Characters of all paths and attributes, each counted as `EACH_TEXT` more: 15 times what such a network needs."""
EACH_TEXT: Final = 200
MAX_DEPTH: Final = 64
MAX_RANK: Final = 32
MAX_NAME: Final = 1000
MAX_PATH: Final = 2000

_DATASPACE, _DATATYPE, _EXTERNAL, _LAYOUT, _ATTRIBUTE, _CONTINUATION, _SYMBOL_TABLE = 1, 3, 7, 8, 12, 16, 17
_NEWER_GROUPS = (2, 6)
_SHARED = 2
_CONTIGUOUS = 1
_SOFT_LINK = 2

_FLOATS: Final = {
    # size, precision, exponent's place and size, mantissa's place and size, exponent's bias
    (2, 16, 10, 5, 0, 10, 15): "<f2",
    (4, 32, 23, 8, 0, 23, 127): "<f4",
    (8, 64, 52, 11, 0, 52, 1023): "<f8",
}
"""IEEE 754's formats, little-endian."""


class Message(NamedTuple):
    """One piece of what a file says of an object."""

    kind: int
    flags: int
    body: memoryview


@dataclass(frozen=True, eq=False)
class Hdf5:
    """What a file holds.

    Attributes:
        arrays: By their path, such as "layers/dense/vars/0"; read-only views of the file's bytes.
        texts: Attributes that are text: by the path of their group, then by name.
    """

    arrays: dict[str, Shaped[np.ndarray, "..."]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)


def read_hdf5(content: bytes, where: str) -> Hdf5:
    """Everything in a file that Keras may have written.

    Args:
        content: The file.
        where: What errors call it.

    Raises:
        DetectorFileError: It is no such file, or damaged.
    """
    file = _Bytes(content, where)
    if bytes(content[:16]) != SIGNATURE + bytes([0, 0, 0, 0, 0, 8, 8, 0]) or file.number(24, 8):
        raise file.damage("is no HDF5 file as Keras writes it (of version 0 of the format)")
    found = Hdf5()
    waiting = [("", file.number(64, 8))]
    seen = {waiting[0][1]}
    while waiting:
        path, address = waiting.pop()
        messages = list(_messages(file, address))
        for message in messages:
            if message.kind == _ATTRIBUTE and (text := _text_attribute(file, message.body)):
                found.texts.setdefault(path, {})[file.kept(text[0])] = file.kept(text[1])
            if message.kind in _NEWER_GROUPS:
                raise file.damage(f"has a group {shown(path)} of a newer version of the format than Keras writes")
        table = next((message.body for message in messages if message.kind == _SYMBOL_TABLE), None)
        if table is None:
            found.arrays[path] = _array(file, messages, path)
            continue
        for name, place in _members(file, table):
            inside = file.kept(f"{path}/{name}".removeprefix("/"))
            # Looked at before the next name is: a few bytes can describe millions of names.
            if place in seen or inside.count("/") > MAX_DEPTH or len(inside) > MAX_PATH:
                raise file.damage(f"holds one thing under two names, or too deep, at {shown(inside)}")
            seen.add(place)
            waiting.append((inside, place))
    return found


class _Bytes:
    """The bytes of a file, of which none beyond its end can be asked for, nor more than any model needs."""

    def __init__(self, content: bytes, where: str) -> None:
        self.content, self.where = memoryview(content), where
        self.steps, self.text = 0, 0

    def take(self, start: int, size: int) -> memoryview:
        self.step()
        if start + size > len(self.content):
            raise self.damage(f"refers to byte {start + size - 1}, but has {len(self.content)}")
        return self.content[start : start + size]

    def step(self) -> None:
        # Pieces may overlap, and be visited again by other ways: a small file can describe a huge one.
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise self.damage("holds more than a model needs")

    def kept(self, text: str) -> str:
        """A text that stays in memory."""
        self.text += len(text) + EACH_TEXT
        if self.text > MAX_TEXT:
            raise self.damage("holds more than a model needs")
        return text

    def number(self, start: int, size: int) -> int:
        return int.from_bytes(self.take(start, size), "little")

    def damage(self, problem: str) -> DetectorFileError:
        return DetectorFileError(f"{self.where} {problem}. {DAMAGED}")


def _messages(file: _Bytes, address: int) -> Iterator[Message]:
    """What an object's header says, piece by piece."""
    version, _, count, _, size = struct.unpack("<BBHLL", file.take(address, 12))
    if version != 1:
        raise file.damage("has an object of a newer version of the format than Keras writes")
    blocks = [(address + 16, size)]
    for start, length in blocks:
        block = file.take(start, length)
        place = 0
        while place + 8 <= length and count > 0:
            kind, size, flags = struct.unpack_from("<HHB", block, place)
            body = block[place + 8 : place + 8 + size]
            if len(body) < size:
                raise file.damage("has a message that is longer than its header")
            if kind == _CONTINUATION and size >= 16:
                blocks.append(struct.unpack_from("<QQ", body))
            file.step()
            yield Message(kind, flags, body)
            place, count = place + 8 + size, count - 1


def _members(file: _Bytes, table: memoryview) -> Iterator[tuple[str, int]]:
    """The names in a group, and where their objects are."""
    if len(table) < 16:
        raise file.damage("has a group without a table of names")
    tree, heap = struct.unpack_from("<QQ", table)
    signature, _, size, _, names = struct.unpack("<4sLQQQ", file.take(heap, 32))
    if signature != b"HEAP":
        raise file.damage("has a group without names")
    text = file.take(names, size)
    for node in _leaves(file, tree):
        signature, _, count = struct.unpack("<4sHH", file.take(node, 8))
        if signature != b"SNOD":
            raise file.damage("has a group without symbols")
        for index in range(count):
            offset, address, cache = struct.unpack("<QQL", file.take(node + 8 + 40 * index, 20))
            name = _text(text[offset : offset + MAX_NAME])
            if cache == _SOFT_LINK or not name or "/" in name:
                raise file.damage(f"has the name {shown(name)}, which is a link to another place or no name")
            yield name, address


def _leaves(file: _Bytes, root: int) -> Iterator[int]:
    """The places that a B-tree leads to, in order."""
    waiting = [root]
    seen = {root}
    while waiting:
        node = waiting.pop()
        signature, kind, level, count = struct.unpack("<4sBBH", file.take(node, 8))
        is_tree = signature == b"TREE" and kind == 0
        children = [file.number(node + 32 + 16 * index, 8) for index in range(count)] if is_tree else []
        if not is_tree or len(set(children)) < count or not seen.isdisjoint(children):
            raise file.damage("has a group whose table of names is no tree")
        seen.update(children)
        if level:
            waiting += reversed(children)
        else:
            yield from children


def _array(file: _Bytes, messages: list[Message], path: str) -> np.ndarray:
    bodies = {message.kind: message for message in messages}
    wanted = [bodies.get(kind) for kind in (_DATASPACE, _DATATYPE, _LAYOUT)]
    if any(message is None or message.flags & _SHARED for message in wanted):
        raise file.damage(f"has something at {shown(path)} that is neither a group nor an array")
    shape, dtype, layout = _shape(file, bodies[_DATASPACE].body), _dtype(file, bodies[_DATATYPE].body), bodies[_LAYOUT]
    if _EXTERNAL in bodies or bytes(layout.body[:2]) != bytes([3, _CONTIGUOUS]) or len(layout.body) < 18:
        raise DetectorFileError(
            f"{file.where}: {shown(path)} is not stored in one piece within the file. Keras writes no such file: save "
            "the model again with Keras."
        )
    start, size = struct.unpack_from("<QQ", layout.body, 2)
    is_there = math.prod(shape) * dtype.itemsize == size and start + size <= len(file.content)
    # Of an empty array the other axes count as well: NumPy takes no shape whose product overflows.
    if not is_there or math.prod(length or 1 for length in shape) * dtype.itemsize > len(file.content):
        raise file.damage(f"has an array {shown(path)} of the shape {shown(str(shape))}, for which it has no room")
    return np.ndarray(shape, dtype, buffer=file.content, offset=start)


def _shape(file: _Bytes, body: memoryview) -> tuple[int, ...]:
    version, rank, first = (body[0], body[1], 8 if body[0] == 1 else 4) if len(body) >= 4 else (0, 0, 0)
    if version not in (1, 2) or rank > MAX_RANK or len(body) < first + 8 * rank:
        raise file.damage("has an array without a shape")
    return struct.unpack_from(f"<{rank}Q", body, first)


def _dtype(file: _Bytes, body: memoryview) -> np.dtype:
    """The type of numbers; of anything else only its size, as bytes that nobody reads."""
    if len(body) < 8:
        raise file.damage("has an array without a type")
    kind, order, size = body[0] & 15, body[1] & 1, int.from_bytes(body[4:8], "little")
    if kind == 1 and len(body) >= 20 and not order:
        _, precision, *places = struct.unpack_from("<HHBBBBL", body, 8)
        if word := _FLOATS.get((size, precision, *places)):
            return np.dtype(word)
    if kind == 0 and size in (1, 2, 4, 8) and not order:
        return np.dtype(f"<{'i' if body[1] & 8 else 'u'}{size}")
    if not 0 < size < 2**31:
        raise file.damage("has an array of things without a size")
    return np.dtype(f"V{size}")


def _text_attribute(file: _Bytes, body: memoryview) -> tuple[str, str] | None:
    """The name and the text of an attribute that holds one text; None for others."""
    if len(body) < 9 or body[0] not in (1, 3):
        return None
    sizes = struct.unpack_from("<3H", body, 2)
    padded = [size + -size % 8 for size in sizes] if body[0] == 1 else list(sizes)
    first = 8 if body[0] == 1 else 9
    places = [first, first + padded[0], first + padded[0] + padded[1], first + sum(padded)]
    name = _text(body[places[0] : places[0] + sizes[0]])
    datatype, value = body[places[1] : places[2]], body[places[3] :]
    is_text_elsewhere = len(datatype) > 1 and datatype[0] & 15 == 9 and datatype[1] & 15 == 1
    if not is_text_elsewhere or len(value) < 16:
        return None
    length, heap, index = struct.unpack_from("<LQL", value)
    return name, _text(_from_global_heap(file, heap, index, length))


def _text(found: memoryview) -> str:
    return bytes(found[:MAX_NAME]).partition(b"\0")[0].decode("utf-8", "replace")


def _from_global_heap(file: _Bytes, heap: int, index: int, length: int) -> memoryview:
    """The bytes of one object of a collection."""
    signature, _, size = struct.unpack("<4sLQ", file.take(heap, 16))
    place, end = heap + 16, heap + size
    while signature == b"GCOL" and place + 16 <= end:
        own, _, _, own_size = struct.unpack("<HHLQ", file.take(place, 16))
        if own == index and length <= own_size:
            return file.take(place + 16, length)
        if own == 0:
            break
        place += 16 + own_size + -own_size % 8
    raise file.damage("has an attribute whose text is not there")
