"""Columns that number the rows: told, as rows of later tables are odd by them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from small_detectors import fitted, framed, new_readings, readings

import offbeat


def _numbered(rows: np.ndarray, first: int) -> pl.DataFrame:
    return framed(rows).with_columns(id=pl.int_range(first, first + pl.len()))


def test_a_column_that_numbers_the_rows_is_told() -> None:
    detector = fitted(_numbered(readings(), 0))
    later = _numbered(new_readings(), len(readings()))
    words = (
        "'id' rises from row to row and is judged as an amount, so that later rows look odd for being later. What "
        "only numbers or dates the rows should be left out of the fit: ignore=['id'] (--ignore id)."
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
    assert note.startswith("'id', 'at' rise from row to row and are judged as amounts, so that")
    assert note.endswith("ignore=['id', 'at'] (--ignore id,at).")


def _at(rows: np.ndarray, at: np.ndarray) -> pl.DataFrame:
    return framed(rows).with_columns(at=at)


def test_a_column_that_rose_in_training_is_told_where_it_goes_on_rising(tmp_path: Path) -> None:
    jitter = np.random.default_rng(1).uniform(0, 40, len(readings()))
    trained = 60.0 * np.arange(len(readings())) + jitter
    new = new_readings()
    later = trained[-1] + 60.0 * np.arange(1, len(new) + 1)
    detector = fitted(_at(readings(), trained))
    detector.save(tmp_path / "pumps.offbeat")
    for known in (detector, offbeat.load(tmp_path / "pumps.offbeat")):
        assert known.detect(_at(new, later)).table_note.startswith("'at' rises from row to row and is judged as an")
    for other in (later[::-1], trained[: len(new)], later - 100.0, np.where(np.arange(len(new)) == 9, np.nan, later)):
        assert "rises" not in detector.detect(_at(new, other)).table_note
    assert detector.detect(_at(new, later)[:9]).table_note == ""
    mixed = fitted(_at(readings(), trained[::-1]))
    assert mixed.detect(_at(new, later)).table_note == "", "what fell in training is an amount that grew"


def test_a_name_with_blanks_can_be_pasted() -> None:
    counted = [_numbered(rows, 5).rename({"id": "row no."}) for rows in (readings(), new_readings())]
    assert fitted(counted[0]).detect(counted[1]).table_note.endswith("ignore=['row no.'] (--ignore 'row no.').")
