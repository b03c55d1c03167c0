"""The structs that Parquet keeps its facts in: the footer of a file, and the head of each page.

Reference: Apache Parquet, `parquet.thrift`.
"""

from __future__ import annotations

from typing import Final

from offbeat.data.thrift import BINARY, BOOL, BYTE, I16, I32, I64, list_of, struct_of

EMPTY: Final = struct_of({})

_STATISTICS: Final = struct_of({1: BINARY, 2: BINARY, 3: I64, 4: I64, 5: BINARY, 6: BINARY, 7: BOOL, 8: BOOL})

_KEY_AND_VALUE: Final = struct_of({1: BINARY, 2: BINARY})

_TIME_UNIT: Final = struct_of({1: EMPTY, 2: EMPTY, 3: EMPTY})

_TIME: Final = struct_of({1: BOOL, 2: _TIME_UNIT})

_DECIMAL: Final = struct_of({1: I32, 2: I32})

_INTEGER: Final = struct_of({1: BYTE, 2: BOOL})

_LOGICAL_TYPE: Final = struct_of({**dict.fromkeys(range(1, 16), EMPTY), 5: _DECIMAL, 7: _TIME, 8: _TIME, 10: _INTEGER})

# type, length, repetition, name, children, converted type, scale, precision, field, logical type
_ELEMENT: Final = struct_of(
    {**dict.fromkeys((1, 2, 3, 5, 6, 7, 8, 9), I32), 4: BINARY, 10: _LOGICAL_TYPE},
)

_CHUNK_FACTS: Final = struct_of(
    {
        1: I32,  # type
        2: list_of(I32, kept=False),  # encodings
        3: list_of(BINARY),  # path in the schema
        4: I32,  # codec
        5: I64,  # how many values
        6: I64,  # bytes unpacked
        7: I64,  # bytes
        8: list_of(_KEY_AND_VALUE, kept=False),
        9: I64,  # where the data pages begin
        10: I64,
        11: I64,  # where the dictionary begins
        12: _STATISTICS,
        13: list_of(struct_of({1: I32, 2: I32, 3: I32}), kept=False),
        14: I64,
        15: I32,
        16: struct_of({1: I64, 2: list_of(I64, kept=False), 3: list_of(I64, kept=False)}),
    }
)

# file, offset, facts, four places of indexes, encryption
_CHUNK: Final = struct_of({1: BINARY, 2: I64, 3: _CHUNK_FACTS, 4: I64, 5: I32, 6: I64, 7: I32, 8: EMPTY, 9: BINARY})

# chunks, bytes, rows, order of rows, offset, bytes, number
_ROW_GROUP: Final = struct_of(
    {
        1: list_of(_CHUNK),
        2: I64,
        3: I64,
        4: list_of(struct_of({1: I32, 2: BOOL, 3: BOOL}), kept=False),
        5: I64,
        6: I64,
        7: I16,
    }
)

FOOTER: Final = struct_of(
    {
        1: I32,
        2: list_of(_ELEMENT),
        3: I64,
        4: list_of(_ROW_GROUP),
        5: list_of(_KEY_AND_VALUE, kept=False),
        6: BINARY,
        7: list_of(struct_of({1: EMPTY, 2: EMPTY}), kept=False),
        8: EMPTY,
        9: BINARY,
    }
)
"""Version, columns, rows, row groups, what else was noted, who wrote it, order of columns, encryption."""

PAGE: Final = struct_of(
    {
        1: I32,  # kind
        2: I32,  # bytes unpacked
        3: I32,  # bytes
        4: I32,  # checksum
        5: struct_of({1: I32, 2: I32, 3: I32, 4: I32, 5: _STATISTICS}),  # data: values, encodings
        6: EMPTY,  # index
        7: struct_of({1: I32, 2: I32, 3: BOOL}),  # dictionary: values, encoding, whether sorted
        # data of version 2: values, nulls, rows, encoding, bytes of two levels, whether packed
        8: struct_of({**dict.fromkeys(range(1, 7), I32), 7: BOOL, 8: _STATISTICS}),
    }
)
