"""A damaged Parquet file is refused in words; before, one changed bit in the head of a page ended the process."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from offbeat.data.parquet_audit import require_sound_parquet
from offbeat.data.readers import read
from offbeat.data.thrift import I32, DamagedError, list_of, struct_of
from offbeat.errors import DataError

NUMBERS = pl.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4, 5, 6]})
MIXED = pl.DataFrame(
    {"flow": [1.5, None, 3.0, 4.0] * 5, "rpm": [4, 5, None, 7] * 5, "pump": ["x", "yy", None, "x"] * 5}
).with_columns(odd=pl.col("rpm") > 5)
WORDS = "bad.parquet is a damaged parquet: what its pages or its footer announce does not fit. Fetch or write it again."

FLIP_BITS = """
import sys
from pathlib import Path
from offbeat.data.readers import read

from offbeat.errors import DataError
whole, path, bits = Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), [int(bit) for bit in sys.argv[3]]
told = 0
for place in range(len(whole)):
    for bit in bits:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1:])
        try:
            read(path)
        except DataError:
            told += 1
print(told)
"""


def _written(frame: pl.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, **options)
    return file.getvalue()


def _of_pyarrow(**options: Any) -> bytes:
    file = io.BytesIO()
    columns = [pa.array(column.to_list()) for column in MIXED.get_columns()]
    pq.write_table(pa.table(columns, names=MIXED.columns), file, **options)
    return file.getvalue()


DELTAS = {"rpm": "DELTA_BINARY_PACKED", "pump": "DELTA_BYTE_ARRAY", "flow": "BYTE_STREAM_SPLIT"}
SOUND = {
    **{
        codec: _written(MIXED, compression=codec)
        for codec in ("uncompressed", "snappy", "zstd", "gzip", "lz4", "brotli")
    },
    "small pages": _written(MIXED, data_page_size=16, row_group_size=10),
    "no statistics": _written(MIXED, statistics=False),
    "long statistics": _written(MIXED.with_columns(pump=pl.lit("x" * 9000))),
    **{
        f"pyarrow {version} {codec} {dictionary}": _of_pyarrow(
            data_page_version=version, compression=codec, use_dictionary=dictionary
        )
        for version in ("1.0", "2.0")
        for codec in ("none", "snappy", "zstd", "gzip")
        for dictionary in (True, False)
    },
    "pyarrow deltas 1": _of_pyarrow(use_dictionary=False, column_encoding=DELTAS),
    "pyarrow deltas 2": _of_pyarrow(use_dictionary=False, column_encoding=DELTAS, data_page_version="2.0"),
    "pyarrow pages": _of_pyarrow(data_page_size=8, write_batch_size=4, row_group_size=11, write_page_index=True),
}


@pytest.mark.parametrize("kind", SOUND)
def test_sound_files_are_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "pumps.parquet"
    path.write_bytes(SOUND[kind])
    expected = MIXED.with_columns(pump=pl.lit("x" * 9000)) if kind == "long statistics" else MIXED
    assert read(path).cells.equals(expected)  # type: ignore[union-attr]
    announced = require_sound_parquet(path, "pumps.parquet")
    assert (announced.rows, announced.cells) == (20, 80)
    assert announced == require_sound_parquet(SOUND[kind], "pumps.parquet")


def test_nested_columns_count_their_values() -> None:
    frame = pl.DataFrame({"curve": [[1.0, 2.0], [], [3.0]], "pair": [{"x": 1, "y": 2}] * 3})
    announced = require_sound_parquet(_written(frame), "curves.parquet")
    assert (announced.rows, announced.cells) == (3, 4 + 6)


def test_a_page_that_unpacks_to_much_is_announced() -> None:
    frame = pl.DataFrame({"word": ["x" * 1_000_000]})
    whole = _written(frame, statistics=False)
    assert len(whole) < 10_000
    assert require_sound_parquet(whole, "words.parquet").unpacked > 1_000_000


def test_one_changed_bit_that_ended_the_process(tmp_path: Path) -> None:
    whole = bytearray(_written(NUMBERS))
    whole[12] ^= 1
    path = tmp_path / "bad.parquet"
    path.write_bytes(whole)
    with pytest.raises(DataError) as raised:
        read(path)
    assert str(raised.value) == WORDS


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        lambda whole: whole[:-5],
        lambda whole: b"PAR1",
        lambda whole: whole[:4] + bytes(60) + whole[64:],
        lambda whole: whole[:4] + b"\xff" * 60 + whole[64:],
        lambda whole: whole[:4] + b"\x19\xfc" * 30 + whole[64:],
        lambda whole: whole[:4] + b"\x1c" * 60 + whole[64:],
    ],
    ids=["footer", "cut", "nothing", "zeros", "ones", "lists of lists", "structs of structs"],
)
def test_damaged_files_are_told(damage: Any) -> None:
    with pytest.raises(DataError) as raised:
        require_sound_parquet(damage(_written(NUMBERS)), "bad.parquet")
    assert str(raised.value) == WORDS


@pytest.mark.parametrize("head", [b"\x15\x02\x19\xfc", b"\x15\x02\x39\xfc"], ids=["columns", "row groups"])
def test_a_footer_of_nothing_but_empty_structs_is_told_before_they_are_kept(head: bytes) -> None:
    footer = head + b"\x80\x89\x7a" + bytes(2_000_000)
    tracemalloc.start()
    with pytest.raises(DataError) as raised:
        require_sound_parquet(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1", "bad.parquet")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(footer)  # 90 for each of them before
    assert str(raised.value) == (
        "bad.parquet is a parquet whose footer names more than 1,000,000 columns and pieces of columns. Write it "
        "again, in larger row groups."
    )


def test_lists_that_nobody_asks_for_are_not_kept() -> None:
    pair = struct_of({1: list_of(I32, kept=False), 2: I32})
    assert pair.read(bytes([0x19, 0x25, 2, 4, 0x15, 14, 0]), 0) == ({1: [], 2: 7}, 7)
    with pytest.raises(DamagedError):
        pair.read(bytes([0x19, 0x28, 1, 65, 1, 65, 0]), 0)


def test_columns_of_one_name_are_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "twice.parquet"
    pq.write_table(pa.table([pa.array([1.0]), pa.array([2.0])], names=["flow", "flow"]), path)
    with pytest.raises(DataError) as raised:
        read(path)
    assert str(raised.value) == (
        "twice.parquet has columns of the same name (column with name 'flow' has more than one occurrence). Write it "
        "again, each column with its own name."
    )


@pytest.mark.parametrize(
    ("kind", "bits", "fewest"), [("zstd", "0", 500), ("pyarrow 2.0 snappy False", "3", 200)], ids=["polars", "pyarrow"]
)
def test_no_changed_bit_ends_the_process(tmp_path: Path, kind: str, bits: str, fewest: int) -> None:
    whole, bad = tmp_path / "whole.parquet", tmp_path / "bad.parquet"
    whole.write_bytes(SOUND[kind])
    ended = subprocess.run(
        [sys.executable, "-c", FLIP_BITS, str(whole), str(bad), bits], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-500:]
    assert int(ended.stdout) > fewest


def test_whole_numbers_of_any_mark_and_empty_lists_without_one_are_read_as_fastparquet_writes_them() -> None:
    pair = struct_of({1: I32, 2: list_of(I32)})
    as_i64 = bytes([0x16, 14, 0x19, 0x26, 2, 4, 0])
    without_mark = bytes([0x15, 14, 0x19, 0x00, 0])

    assert pair.read(as_i64, 0) == ({1: 7, 2: [1, 2]}, 7)
    assert pair.read(without_mark, 0) == ({1: 7, 2: []}, 5)
    with pytest.raises(DamagedError):
        pair.read(bytes([0x18, 1, 65, 0]), 0)  # text where a number should be
    with pytest.raises(DamagedError):
        pair.read(bytes([0x19, 0x15, 2, 0]), 0)  # a list where a number should be


def test_an_empty_group_of_rows_is_no_damage() -> None:
    file = io.BytesIO()
    rows = pa.table({"odd": pa.array([True, False, True])})
    with pq.ParquetWriter(file, rows.schema) as writer:
        for part in (rows, rows.slice(0, 0), rows):
            writer.write_table(part)
    assert require_sound_parquet(file.getvalue(), "batches.parquet").rows == 6
