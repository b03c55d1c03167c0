"""`na_strings`: for all columns, column by column, and by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import offbeat.h2o as h2o
from offbeat.errors import DataError

ROWS = [("1", "x", 5), ("n.v.", "y", 6), ("3", "-9", -9), ("4", "x", -9), ("5", "y", 7)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "gaps.csv"
    file.write_text("a,b,c\n" + "".join(f"{a},{b},{c}\n" for a, b, c in ROWS))
    return file


@pytest.mark.parametrize("words", [{"a": ["n.v."], "b": "x"}, [["n.v."], ["x"], []], (["n.v."], "x", None)])
def test_words_of_one_column_are_missing_in_that_column(path: Path, words: Any) -> None:
    for frame in (h2o.import_file(path, na_strings=words), h2o.upload_file(path, na_strings=words)):
        assert frame.nacnt() == [1, 2, 0] and frame.types["a"] == "int"
        assert frame.cells["a"].to_list() == [1, None, 3, 4, 5] and frame.cells["c"].to_list() == [5, 6, -9, -9, 7]
    columns = {name: list(cells) for name, cells in zip("abc", zip(*ROWS, strict=True), strict=True)}
    assert h2o.H2OFrame(columns, na_strings=words).nacnt() == [1, 2, 0]


def test_words_go_by_the_names_that_are_given_to_the_columns(path: Path) -> None:
    frame = h2o.import_file(path, col_names=["r", "s", "t"], skipped_columns=["a"], na_strings={"t": ["-9"]})
    assert frame.names == ["s", "t"] and frame.nacnt() == [0, 2]


def test_a_list_of_words_is_for_all_columns(path: Path) -> None:
    assert h2o.import_file(path, na_strings=["-9"]).nacnt() == [1, 1, 2]  # n.v. is no number
    assert h2o.H2OFrame({"a": [1, -9], "b": ["x", "-9"]}, na_strings=["-9"]).nacnt() == [1, 1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"z": ["-9"]}, "na_strings names 'z'; the columns are 'a', 'b', 'c'."),
        ([["-9"]], "na_strings has 1 lists of words; 3 were expected, one a column."),
        ({"a": [-9]}, "na_strings of column 'a': .-9. was given; a word or a list of words was expected."),
        ("-9", "na_strings takes a list of words or a dict of lists, not '-9'; give .'-9'.."),
    ],
)
def test_words_for_no_column_are_refused(path: Path, words: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        h2o.import_file(path, na_strings=words)


def test_words_are_missing_however_they_came(tmp_path: Path) -> None:
    words = ["-", "?", "N/A", "NA", "NaN", "None", "na", "nan", "null", "NULL", "x", ""] * 2
    file = tmp_path / "words.csv"
    file.write_text("i,w\n" + "".join(f"{number},{word}\n" for number, word in enumerate(words)))
    column = pd.DataFrame({"w": words})
    frames = [h2o.H2OFrame({"w": words}), h2o.H2OFrame(column), h2o.H2OFrame(pl.DataFrame({"w": words}))]
    frames += [h2o.import_file(file)["w"], h2o.H2OFrame([[word] for word in words])]
    frames += [h2o.H2OFrame(column.astype("category")), h2o.H2OFrame(column.to_numpy(object))]
    assert [frame.levels() for frame in frames] == [[["-", "None", "na", "x"]]] * 7
    assert [frame.nacnt() for frame in frames] == [[16]] * 7


@pytest.mark.parametrize("odd", [5, None, []])
def test_what_is_no_path_is_refused(odd: Any) -> None:
    with pytest.raises(DataError, match=r"import_file\(\) takes a path, a URL or a list of them, not (5|None|\[\])\."):
        h2o.import_file(odd)
