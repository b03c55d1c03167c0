"""Columns that number the rows: told, as rows of later tables are odd by them."""

from __future__ import annotations

import numpy as np
import polars as pl
from small_detectors import fitted, framed, new_readings, readings


def _numbered(rows: np.ndarray, first: int) -> pl.DataFrame:
    return framed(rows).with_columns(id=pl.int_range(first, first + pl.len()))


def test_a_column_that_numbers_the_rows_is_told() -> None:
    detector = fitted(_numbered(readings(), 0))
    later = _numbered(new_readings(), len(readings()))
    words = (
        "'id' rises by 1 from row to row and is judged as an amount, so that later rows look odd for being later. What "
        "only numbers the rows should be left out of the fit: ignore=('id',) (--ignore id)."
    )
    found = detector.detect(later)
    assert found.table_note == words
    assert words in found.note
    assert detector.detect(later.sample(fraction=1.0, shuffle=True, seed=1)).table_note == ""
    # Few rows may rise so by chance.
    assert detector.detect(later[:9]).table_note == ""

    ignored = fitted(_numbered(readings(), 0), ignore=("id",))
    assert ignored.detect(later).table_note == ""


def test_several_such_columns_are_told_at_once() -> None:
    counted = [_numbered(rows, 5).with_columns(at=pl.col("id") + 0.5) for rows in (readings(), new_readings())]
    note = fitted(counted[0]).detect(counted[1]).table_note
    assert note.startswith("'id', 'at' rise by 1 from row to row and are judged as amounts, so that")


def test_a_name_with_blanks_can_be_pasted() -> None:
    counted = [_numbered(rows, 5).rename({"id": "row no."}) for rows in (readings(), new_readings())]
    assert fitted(counted[0]).detect(counted[1]).table_note.endswith("ignore=('row no.',) (--ignore 'row no.').")
