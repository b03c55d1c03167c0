"""Cells of Python and NumPy in one column: the type holds every one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import offbeat.h2o as h2o
from offbeat.errors import DataError


@pytest.mark.parametrize(
    ("cells", "held", "word"),
    [
        ([np.int64(1), 2.5, 3.7], [1, 2.5, 3.7], "real"),
        ([np.int8(1), 300], [1, 300], "int"),
        ([np.float32(0.5), 1e300], [0.5, 1e300], "real"),
        ([1, 10**30], [1, 1e30], "real"),
        ([True, 2.5, None], [1, 2.5, None], "real"),
        ([np.bool_(True), False], ["True", "False"], "enum"),
        ([pd.NA, np.int64(3)], [None, 3], "int"),
    ],
)
def test_no_number_is_cut_to_the_type_of_the_first(cells: list[Any], held: list[Any], word: str) -> None:
    frame = h2o.H2OFrame({"a": cells})
    assert frame.cells["a"].to_list() == held and frame.types == {"a": word}


def test_arrays_are_rows_of_a_list() -> None:
    frame = h2o.H2OFrame([np.array([1, 2]), np.array([1.5, 2.5])])
    assert frame.cells.rows() == [(1.0, 2.0), (1.5, 2.5)]


def test_times_of_several_kinds_are_one_column_of_times() -> None:
    noon = dt.datetime(2020, 1, 1, 12)
    cells = [np.datetime64("2020-01-01T12"), noon, dt.date(2020, 1, 2), np.datetime64("NaT", "h"), float("nan")]
    cells.append(noon.replace(tzinfo=dt.timezone(dt.timedelta(hours=1))))
    frame = h2o.H2OFrame({"a": cells})
    hour = dt.timedelta(hours=1)
    assert frame.types == {"a": "time"}
    assert frame.cells["a"].to_list() == [noon, noon, noon + 12 * hour, None, None, noon - hour]


@pytest.mark.parametrize("cells", [[dt.datetime(2020, 1, 1), 5], [1, dt.date(2020, 1, 1)]])
def test_times_and_numbers_do_not_mix(cells: list[Any]) -> None:
    with pytest.raises(DataError, match=r"Column 'a' holds times and numbers \('date\w*', 'int'\); give it only one"):
        h2o.H2OFrame({"a": cells})


def test_numbers_beyond_all_floats_are_refused() -> None:
    with pytest.raises(DataError, match="Column 'a' holds 'int'; numbers that fit a float, words or times"):
        h2o.H2OFrame({"a": [1, 10**400]})


def test_a_series_is_a_column() -> None:
    assert h2o.H2OFrame(pd.Series([1, 2, 3])).as_data_frame(use_pandas=False) == [["C1"], ["1"], ["2"], ["3"]]
    assert h2o.H2OFrame(pd.Series([1, 2], name="flow")).names == ["flow"]
    assert h2o.H2OFrame(pl.Series([1.5])).types == {"C1": "real"}
    assert h2o.H2OFrame({"a": pd.Series([1, 2.5]), "b": pl.Series([3, 4])}).shape == (2, 2)


def test_columns_of_pandas_are_called_by_their_labels() -> None:
    assert h2o.H2OFrame(pd.DataFrame([[1, 2], [3, 4]])).names == ["0", "1"]
    assert h2o.H2OFrame(pd.DataFrame([[1.5, 2.5]], columns=[5, 7])).names == ["5", "7"]


def test_words_that_spell_long_whole_numbers_keep_every_digit() -> None:
    ids = ["12345678901234567", "12345678901234569"]
    assert h2o.H2OFrame({"id": ids}).as_data_frame()["id"].tolist() == [int(each) for each in ids]
    assert h2o.H2OFrame({"id": [*ids, "-"]}, na_strings={"id": ["-"]}).cells["id"].to_list() == [*map(int, ids), None]
