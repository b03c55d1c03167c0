"""One group of arrays as a safetensors entry: a JSON header of names, dtypes, shapes and places, then the numbers.

Parsed, audited and built here rather than by the safetensors library, so that every damage has its own words, and so
that arrays are written from where they are and read without another copy. The tests read files with the library too.

Reference: the Safetensors format, https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Shaped

from offbeat.errors import DetectorFileError, name_some
from offbeat.persistence.format import (
    DAMAGED,
    MAX_ARRAY_NAME,
    MAX_ARRAYS,
    MAX_DIMENSIONS,
    MAX_ELEMENTS,
    MAX_TENSOR_HEADER_BYTES,
    NOT_OURS,
    shown,
)
from offbeat.persistence.strict_json import parse_object

DTYPES: dict[str, np.dtype] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
"""Safetensors' word for a dtype to NumPy's dtype: little-endian, and nothing that holds objects or text."""

_LENGTH_BYTES = 8
_ALIGNMENT = 8


@dataclass(frozen=True)
class Tensor:
    """One array's place: its dtype, its shape, and which bytes after the header are its own."""

    dtype: np.dtype
    shape: tuple[int, ...]
    start: int
    stop: int


def tensor_pieces(arrays: Mapping[str, Shaped[np.ndarray, "..."]], where: str) -> list[bytes | memoryview]:
    """The entry's bytes in order: header, then each array. Arrays already in C order are not copied.

    Args:
        arrays: Name to array. The order does not matter: wide dtypes come first (each stays aligned), then by name.
        where: File and group, for the error.

    Raises:
        DetectorFileError: A name, dtype or shape could not be read back.
    """
    _audit_count(len(arrays), where)
    stored = {name: _as_stored(name, array, where) for name, array in arrays.items()}
    ordered = sorted(stored, key=lambda name: (-stored[name].itemsize, name))
    header, position = {}, 0
    for name in ordered:
        array = stored[name]
        places = [position, position + array.nbytes]
        header[name] = {"dtype": _word(array.dtype), "shape": list(array.shape), "data_offsets": places}
        position += array.nbytes
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % _ALIGNMENT)
    _audit_header_length(len(text), where)
    return [len(text).to_bytes(_LENGTH_BYTES, "little"), text, *(_bytes_of(stored[name]) for name in ordered)]


def read_tensors(raw: bytes, where: str) -> dict[str, Shaped[np.ndarray, "..."]]:
    """The arrays of an entry, as read-only views of its bytes: no array is copied.

    Args:
        raw: The whole entry.
        where: File and entry, for the error.

    Raises:
        DetectorFileError: The header does not describe the bytes exactly, or an array holds what it must not.
    """
    tensors, data_start = _audited_header(raw, where)
    arrays = {
        name: np.ndarray(tensor.shape, tensor.dtype, buffer=raw, offset=data_start + tensor.start)
        for name, tensor in tensors.items()
    }
    for name, array in arrays.items():
        audit_values(name, array, where)
    return arrays


def audit_values(name: str, array: Shaped[np.ndarray, "..."], where: str) -> None:
    """Refuses NaN and infinity in a float array, and bytes other than 0 and 1 in a Boolean one.

    Raises:
        DetectorFileError: Names the array, the first such element and how many there are.
    """
    if array.dtype.kind == "b":
        _refuse_any(np.asarray(array.view(np.uint8) <= 1), name, where, "is neither true nor false")
    elif array.dtype.kind == "f":
        _refuse_any(np.asarray(np.isfinite(array)), name, where, "is not a finite number")


def _refuse_any(good: Bool[np.ndarray, "..."], name: str, where: str, problem: str) -> None:
    if good.all():
        return
    first = [int(index) for index in np.unravel_index(np.argmin(good), good.shape)]
    raise DetectorFileError(
        f"{where}: array {shown(name)} {problem} at {first} ({good.size - np.count_nonzero(good)} of {good.size} "
        "values are so); a detector holds usable numbers only. Train it again, and save it again."
    )


def _audited_header(raw: bytes, where: str) -> tuple[dict[str, Tensor], int]:
    length = int.from_bytes(raw[:_LENGTH_BYTES], "little")
    if len(raw) < _LENGTH_BYTES or length > len(raw) - _LENGTH_BYTES:
        raise DetectorFileError(f"{where} claims a header of {length} bytes, but has only {len(raw)}. {DAMAGED}")
    _audit_header_length(length, where)
    data_start = _LENGTH_BYTES + length
    header = parse_object(raw[_LENGTH_BYTES:data_start], f"{where}: its header")
    _audit_count(len(header), where)
    tensors = {name: _audited_tensor(name, fields, where) for name, fields in header.items()}
    _audit_places(tensors, len(raw) - data_start, where)
    return tensors, data_start


def _audit_header_length(length: int, where: str) -> None:
    if length > MAX_TENSOR_HEADER_BYTES:
        raise DetectorFileError(f"{where} has a header of {length} bytes; at most {MAX_TENSOR_HEADER_BYTES} can be.")


def _audited_tensor(name: str, fields: object, where: str) -> Tensor:
    _audit_name(name, where)
    place = f"{where}: array {shown(name)}"
    if not isinstance(fields, dict) or set(fields) != {"dtype", "shape", "data_offsets"}:
        raise DetectorFileError(f"{place} is not described by dtype, shape and data_offsets. {DAMAGED}")
    word, shape, offsets = fields["dtype"], fields["shape"], fields["data_offsets"]
    if not isinstance(word, str) or word not in DTYPES:
        raise DetectorFileError(
            f"{place} has the dtype {shown(str(word))}; one of {', '.join(DTYPES)} was expected. {NOT_OURS}"
        )
    _audit_shape(shape, place)
    if not _are_sizes(offsets) or len(offsets) != 2:
        raise DetectorFileError(f"{place} does not say where it begins and ends. {DAMAGED}")
    tensor = Tensor(DTYPES[word], tuple(shape), *offsets)
    needed = math.prod(shape) * tensor.dtype.itemsize
    if tensor.stop - tensor.start != needed:
        raise DetectorFileError(
            f"{place} of dtype {word} and shape {shape} needs {needed} bytes, but has {tensor.stop - tensor.start}. "
            f"{DAMAGED}"
        )
    return tensor


def _audit_shape(shape: object, place: str) -> None:
    if not _are_sizes(shape):
        raise DetectorFileError(f"{place} has a shape that is not a list of whole numbers. {DAMAGED}")
    assert isinstance(shape, list)
    if len(shape) > MAX_DIMENSIONS:
        raise DetectorFileError(f"{place} has {len(shape)} dimensions; at most {MAX_DIMENSIONS} can be. {NOT_OURS}")
    # An empty array can claim any size along its other axes: count an empty axis as one.
    if math.prod(max(size, 1) for size in shape) > MAX_ELEMENTS:
        raise DetectorFileError(f"{place} has the absurd shape {shown(str(shape))}. {NOT_OURS}")


def _audit_places(tensors: dict[str, Tensor], data_bytes: int, where: str) -> None:
    position = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].stop)):
        if tensor.start != position:
            raise DetectorFileError(
                f"{where}: array {shown(name)} begins at byte {tensor.start}, where the array before it ends at "
                f"{position}: arrays must follow each other. {DAMAGED}"
            )
        position = tensor.stop
    if position != data_bytes:
        raise DetectorFileError(f"{where} describes {position} bytes of arrays, but holds {data_bytes}. {DAMAGED}")


def _audit_count(count: int, where: str) -> None:
    if count > MAX_ARRAYS:
        raise DetectorFileError(f"{where} holds {count} arrays; at most {MAX_ARRAYS} can be in one group.")


def _audit_name(name: str, where: str) -> None:
    if not 0 < len(name) <= MAX_ARRAY_NAME or not name.isprintable():
        raise DetectorFileError(
            f"{where} has an array named {shown(name)}; 1 to {MAX_ARRAY_NAME} printable characters were expected."
        )


def _are_sizes(value: object) -> bool:
    # The upper bound keeps arithmetic and messages short: a number in JSON may have hundreds of digits.
    return isinstance(value, list) and all(type(member) is int and 0 <= member < 2**63 for member in value)


def _word(dtype: np.dtype) -> str:
    return next(word for word, known in DTYPES.items() if known == dtype)


def _as_stored(name: str, array: Shaped[np.ndarray, "..."], where: str) -> Shaped[np.ndarray, "..."]:
    _audit_name(name, where)
    little_endian = array.dtype.newbyteorder("<")
    if little_endian not in DTYPES.values():
        raise DetectorFileError(
            f"{where}: array {shown(name)} has dtype {array.dtype}; one of "
            f"{name_some([str(dtype) for dtype in DTYPES.values()], most=len(DTYPES))} can be saved."
        )
    _audit_shape(list(array.shape), f"{where}: array {shown(name)}")
    return np.asarray(array, dtype=little_endian, order="C")


def _bytes_of(array: Shaped[np.ndarray, "..."]) -> memoryview:
    return array.reshape(-1).view(np.uint8).data
