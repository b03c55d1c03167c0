"""Parquet, looked at before it is read: what its pages announce must fit into the file, and into one another.

polars believes the head of a page. One changed bit there asked it for 2**61 bytes of memory, which ends the process and
not just the call. A head is a few dozen bytes; what is packed is not unpacked here.

Reference: Apache Parquet, "File Format" and `parquet.thrift`; of it, `parquet_layout`.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from offbeat.data.parquet_layout import FOOTER, PAGE
from offbeat.data.text_file import Content
from offbeat.data.thrift import Bytes, Counted, DamagedError, TooManyError
from offbeat.errors import DataError

_MAGIC = b"PAR1"
_REPEATED = 2
_DATA, _INDEX, _DICTIONARY, _DATA_2 = range(4)
_USUAL_HEAD = 4096
_LARGEST_RATIO, _SMALL_PAGE = 64, 2**20
"""Some writers leave out how long a chunk is unpacked; a page that unpacks to no more than this is believed."""


@dataclass(frozen=True)
class Announced:
    """What a file says that it holds.

    Attributes:
        rows: How many rows.
        cells: How many values, those within lists each counted.
        unpacked: How many bytes its pages take when they are unpacked.
    """

    rows: int
    cells: int
    unpacked: int


def require_sound_parquet(content: Content, source: str) -> Announced:
    """What a Parquet file announces; nothing of its rows is unpacked.

    Args:
        content: The file.
        source: What errors call it.

    Raises:
        DataError: A page announces more than its column has, or lies outside of it; or the footer cannot be read, or
            is of more pieces than a table has.

    Example:
        >>> import io
        >>> import polars as pl
        >>> file = io.BytesIO()
        >>> pl.DataFrame({"flow": [1.5, 2.5]}).write_parquet(file)
        >>> require_sound_parquet(file.getvalue(), "pumps.parquet").cells
        2
    """
    try:
        with _bytes_of(content) as data:
            return _announced(data)
    except (DamagedError, IndexError, KeyError, ValueError):
        # An index behind the end, or a fact that is missing.
        raise DataError(
            f"{source} is a damaged parquet: what its pages or its footer announce does not fit. Fetch or write it "
            "again."
        ) from None
    except TooManyError:
        raise DataError(
            f"{source} is a parquet whose footer names more than {Counted.left:,} columns and pieces of columns. Write "
            "it again, in larger row groups."
        ) from None


@contextmanager
def _bytes_of(content: Content) -> Iterator[Bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped


def _announced(data: Bytes) -> Announced:
    footer, end = _footer(data)
    flat = {element[4] for element in footer[2] if element.get(3) != _REPEATED}
    cells = unpacked = packed = 0
    for group in footer[4]:
        for chunk in group[1]:
            facts = chunk[3]
            if len(facts[3]) == 1 and facts[3][0] in flat and facts[5] != group[3]:
                raise DamagedError
            cells += facts[5]
            packed += facts[7]
            if packed > end:  # chunks that lie over one another would be looked at again and again
                raise DamagedError
            unpacked += _unpacked(data, facts, end)
    rows = sum(group[3] for group in footer[4])
    if rows != footer[3]:
        raise DamagedError
    return Announced(rows, cells, unpacked)


def _footer(data: Bytes) -> tuple[dict[int, Any], int]:
    """The footer, and where it begins."""
    size = int.from_bytes(data[-8:-4], "little")
    start = len(data) - 8 - size
    if data[-4:] != _MAGIC or start < len(_MAGIC):
        raise DamagedError
    return FOOTER.read(Counted(data[start:-8]), 0)[0], start


def _unpacked(data: Bytes, chunk: dict[int, Any], end: int) -> int:
    """How many bytes the pages of a chunk unpack to."""
    values, place = 0, chunk.get(11) or chunk[9]
    end = min(end, place + chunk[7])
    if chunk[5] == 0:  # some writers give such a chunk no place
        return 0
    if chunk[5] < 0 or chunk[7] < 0 or place < len(_MAGIC):
        raise DamagedError
    unpacked = 0
    while values < chunk[5]:
        page, place = _page(data, place, end)
        size, packed = page[2], page[3]
        if packed < 0 or place + packed > end or not 0 <= size <= max(chunk[6], _LARGEST_RATIO * packed + _SMALL_PAGE):
            raise DamagedError
        values += _values(page, chunk[5] - values)
        place += packed
        unpacked += size
    return unpacked


def _page(data: Bytes, place: int, end: int) -> tuple[dict[int, Any], int]:
    """The head of a page, and where the page itself begins; no more of the file is touched than the head needs."""
    most = _USUAL_HEAD
    while True:
        try:
            page, size = PAGE.read(data[place : min(place + most, end)], 0)
        except IndexError:
            if place + most >= end:
                raise
            most *= 4  # the smallest and the largest value, which it may hold, may be long
        else:
            return page, place + size


def _values(page: dict[int, Any], most: int) -> int:
    """How many values of a chunk a page holds; `most` are left."""
    match page[1]:
        case 0:
            values = page[5][1]
        case 3:
            values, nulls, rows, levels = page[8][1], page[8][2], page[8][3], (page[8][5], page[8][6])
            if not (0 <= nulls <= values and 0 <= rows <= values and min(levels) >= 0 and sum(levels) <= page[2]):
                raise DamagedError
        case 2:
            # Each entry of a dictionary takes a byte at least.
            if not 0 <= page[7][1] <= page[2]:
                raise DamagedError
            return 0
        case _:
            return 0
    if not 0 <= values <= most:
        raise DamagedError
    return int(values)
