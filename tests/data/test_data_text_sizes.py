from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from offbeat.data.readers import read
from offbeat.data.text_sizes import text_bytes
from offbeat.errors import DataError

WORD = "9" * 2**20


@pytest.mark.parametrize("form", ["parquet", "ipc", "ipc_stream"])
@pytest.mark.parametrize("kind", [pl.Categorical(), pl.Enum([WORD])])
def test_a_long_word_in_every_row_is_not_written_out(form: str, kind: pl.DataType, tmp_path: Path) -> None:
    rows = 10_000
    column = pl.Series("valve", [WORD]).new_from_index(0, rows).cast(kind)
    path = tmp_path / "pumps.table"
    getattr(pl.DataFrame({"flow": [1.0] * rows, "valve": column}), f"write_{form}")(path)
    with pytest.raises(DataError) as raised:
        read(path)
    size = path.stat().st_size
    assert size < 4 * 2**20
    assert str(raised.value) == (
        f"pumps.table has {size:,} bytes, and its words, written out for each row, would take 10,485,760,000; at most "
        f"{2**32 + 512 * rows + 16 * size:,} were expected. Leave out columns of texts as long as that: they are "
        "nothing to learn from."
    )


def test_the_same_of_text_and_of_binary_cells() -> None:
    words = pl.Series([WORD]).new_from_index(0, 5000)
    assert text_bytes(words) == text_bytes(words.cast(pl.Binary)) == 5000 * 2**20  # beyond 32 bits
    assert text_bytes(pl.Series([[WORD], [WORD, WORD]])) == 3 * 2**20
    assert text_bytes(pl.Series([{"valve": WORD, "flow": 1.5}] * 2)) == 2 * 2**20
    assert text_bytes(pl.Series([None], dtype=pl.Categorical)) == text_bytes(pl.Series([], dtype=pl.String)) == 0


def test_long_texts_of_ordinary_tables_are_read(tmp_path: Path) -> None:
    path = tmp_path / "notes.parquet"
    frame = pl.DataFrame({"note": [f"{row} " + "bearing warm, " * 500 for row in range(2000)]})
    frame.write_parquet(path)
    assert path.stat().st_size < 2**20
    assert read(path).cells.equals(frame)  # type: ignore[arg-type]
