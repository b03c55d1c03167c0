"""What columns of words become: numbers or categories, and in which order the levels stand; as H2O 3.46 answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import offbeat.h2o as h2o

ENUM, INT, REAL, STRING = "enum", "int", "real", "string"
MONTHS = [*range(1, 13)]
MONTHS_AS_WORDS = ["1", "10", "11", "12", "2", "3", "4", "5", "6", "7", "8", "9"]


@pytest.mark.parametrize(
    ("words", "kind", "cells"),
    [
        (["1", "2", "3", "", "a"], INT, [1, 2, 3, None, None]),
        (["1.5", "$5", "=DIV/0!"], REAL, [1.5, 5.0, None]),
        (["2020-01-01", "2020-01-02", "7", "8", "9"], INT, [None, None, 7, 8, 9]),
        (["1", "a", "b"], STRING, ["1", "a", "b"]),
        (["1", "a", "a"], ENUM, ["1", "a", "a"]),
        (["1", "1", "a", "a"], INT, [1, 1, None, None]),
        (["a", "a", "b", "7", "7", "0"], ENUM, ["a", "a", "b", "7", "7", "0"]),
        (["a", "a", "a", "7", "7", "0"], ENUM, ["a", "a", "a", "7", "7", "0"]),
        (["a", "b", "c", "0", "0"], STRING, ["a", "b", "c", "0", "0"]),
        (["a", "b", "c", "0", "0", "0", "5"], INT, [None, None, None, 0, 0, 0, 5]),
        (["a", "b", "a", "0", "0", "0", "0"], ENUM, ["a", "b", "a", None, None, None, None]),
        (["a", "b", "a", "0", "0", "0", "5"], ENUM, ["a", "b", "a", None, None, None, "5"]),
        (["a", "b", "a", "0", "0", "0", "0", "0", "5", "5"], INT, [None, None, None, 0, 0, 0, 0, 0, 5, 5]),
        (["a", "b", "a", "0", "0", "0.0", "00"], ENUM, ["a", "b", "a", None, None, "0.0", "00"]),
        (["a", "a", "0", "0", "0"], INT, [None, None, 0, 0, 0]),
        (["12345678901234567", "none", "1"], INT, [12345678901234567, None, 1]),
    ],
)
def test_the_more_frequent_ones_of_numbers_and_words_decide(
    words: list[str], kind: str, cells: list[Any], tmp_path: Path
) -> None:
    path = tmp_path / "words.csv"
    path.write_text("w,row\n" + "".join(f"{word},{row}\n" for row, word in enumerate(words)))
    matrix = np.array([words, words]).T
    frames = [h2o.import_file(path), h2o.H2OFrame({"w": words}), h2o.H2OFrame([[word] for word in words])]
    frames += [h2o.H2OFrame(pd.DataFrame({"w": words})), h2o.H2OFrame(matrix), h2o.H2OFrame(matrix.astype(object))]
    for frame in frames:
        assert [next(iter(frame.types.values())), frame.cells.to_series(0).to_list()] == [kind, cells]


@pytest.mark.parametrize(
    "word", ["n/a", "na", "None", "unknown", "missing", "=DIV/0!", "*", "--", "1.5.2", "12abc", "true", "0x1F", "1e"]
)
def test_a_stray_word_leaves_a_column_of_numbers_its_numbers(word: str, tmp_path: Path) -> None:
    cells = [str(row * 1.5) for row in range(19)]
    cells.insert(7, word)
    (tmp_path / "strays.csv").write_text("a,b\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells)))
    for frame in (h2o.import_file(tmp_path / "strays.csv"), h2o.H2OFrame({"a": cells})):
        assert frame.types["a"] == REAL and frame.nacnt()[0] == 1 and np.isnan(frame[7, "a"])


def test_words_in_parquet_stay_words(tmp_path: Path) -> None:
    table = pl.DataFrame({"a": ["1", "2", "10", "2"], "b": pl.Series(["1", "2", "10", "2"], dtype=pl.Categorical)})
    table.write_parquet(tmp_path / "words.parquet")
    assert h2o.import_file(tmp_path / "words.parquet").levels() == [["1", "10", "2"]] * 2


def test_cells_of_pandas_are_what_their_words_spell() -> None:
    rows = [["1.5", "a", "3"], ["2.5", "b", "4"], ["2.5", "b", "4"]]
    assert list(h2o.H2OFrame(pd.DataFrame(rows)).types.values()) == [REAL, ENUM, INT]
    mixed = h2o.H2OFrame(pd.DataFrame({"a": [1.5, "2", "x"], "b": [1, None, "3"], "c": [True, "a", 2]}))
    assert mixed.types == {"a": REAL, "b": INT, "c": STRING} and mixed.nacnt() == [1, 1, 0]


def test_categories_of_pandas_are_what_their_words_spell() -> None:
    levels = {"numbers": pd.Categorical([1, 2, 10]), "words": pd.Categorical(["lo", "hi", "lo"], ["lo", "hi"])}
    frame = h2o.H2OFrame(pd.DataFrame(levels))
    assert frame.types == {"numbers": INT, "words": ENUM} and frame.levels() == [[], ["hi", "lo"]]
    asked = h2o.H2OFrame(pd.DataFrame(levels), column_types={"numbers": "enum"})
    assert asked.levels() == [["1", "10", "2"], ["hi", "lo"]]


def test_truth_values_of_an_array_are_categories() -> None:
    frame = h2o.H2OFrame(np.array([[True, False], [False, True], [True, True]]))
    assert frame.types == {"C1": ENUM, "C2": ENUM} and frame.levels() == [["False", "True"]] * 2


@pytest.mark.parametrize(
    ("python_obj", "levels"),
    [
        (pd.DataFrame({"m": MONTHS}), MONTHS_AS_WORDS),
        ({"m": MONTHS}, MONTHS_AS_WORDS),
        (np.array([MONTHS, MONTHS]).T[:, :1], MONTHS_AS_WORDS),
        (pd.DataFrame({"m": [1.0, 2.0, 10.0, None]}), ["1.0", "10.0", "2.0"]),
        ({"m": [1.0, 2.0, 10.0]}, ["1.0", "10.0", "2.0"]),
        ({"m": ["01", "1", "1.0", "2"]}, ["01", "1", "1.0", "2"]),
    ],
)
def test_numbers_that_are_to_be_categories_stand_in_the_order_of_words(python_obj: Any, levels: list[str]) -> None:
    assert h2o.H2OFrame(python_obj, column_types=["enum"]).levels() == [levels]


def test_numbers_of_a_file_that_are_to_be_categories_stand_in_the_order_of_words(tmp_path: Path) -> None:
    (tmp_path / "months.csv").write_text("m,n\n" + "".join(f"{month},{month}\n" for month in MONTHS))
    asked = h2o.import_file(tmp_path / "months.csv", col_types={"m": "enum"})
    assert asked.levels()[0] == MONTHS_AS_WORDS
    assert h2o.import_file(tmp_path / "months.csv").asfactor().levels()[0] == [str(month) for month in MONTHS]


@pytest.mark.parametrize(
    ("codes", "levels"),
    [
        (["1", "2", "1.0", "3", "2"], ["1", "1.0", "2", "3"]),
        (["01", "2", "1.0", "10"], ["01", "1.0", "10", "2"]),
        (["1e3", "2", "1000"], ["1000", "1e3", "2"]),
        (["+1", "1", "-2"], ["+1", "-2", "1"]),
        (["", "7", " 7"], ["7"]),
        (["1,5", "2", "1,50"], ["1,5", "1,50", "2"]),
    ],
)
def test_codes_that_are_asked_for_as_words_stay_as_they_are_written(
    codes: list[str], levels: list[str], tmp_path: Path
) -> None:
    """The levels that H2O 3.46 gives."""
    path = tmp_path / "codes.csv"
    path.write_text("code;left_out;v\n" + "".join(f"{code};0;{row}\n" for row, code in enumerate(codes)))
    words = [code.strip() or None for code in codes]
    by_name = h2o.import_file(path, col_types={"code": "enum"})
    assert by_name["code"].levels() == [levels] and by_name.cells["code"].cast(str).to_list() == words
    by_place = h2o.import_file(path, col_types=["string", None], col_names=["a", "b", "c"], skipped_columns=[1])
    assert by_place.cells["a"].to_list() == words and by_place.types == {"a": "string", "c": "int"}
    assert h2o.import_file([path, path], col_types={"code": "factor"})["code"].levels() == [levels]


def test_words_for_missing_cells_are_missing_among_codes(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code\n1\nNA\n2\n1.0\n")
    frame = h2o.import_file(tmp_path / "codes.csv", col_types=["enum"], na_strings=["2"])
    assert frame.cells["code"].to_list() == ["1", None, None, "1.0"]
