"""What frames answer, and how they refuse: numbers for pandas, counts, quantiles, assignments. Figures are H2O's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import offbeat.h2o as h2o
from offbeat.errors import DataError


@pytest.fixture
def frame() -> h2o.H2OFrame:
    return h2o.H2OFrame({"c": [1, 2, None, 2], "a": ["x", "y", "x", "x"], "r": [0.5, 1.5, 0.5, 0.5]})


@pytest.mark.parametrize(
    ("levels", "numbers", "dtype"),
    [
        (["1", "0", "1"], [1, 0, 1], "int64"),
        (["01", "1", "01"], [1, 1, 1], "int64"),
        (["1.5", "2.5", "1.5"], [1.5, 2.5, 1.5], "float64"),
        (["1", None, "1"], [1.0, None, 1.0], "float64"),
        (["12345678901234567", "12345678901234569"] * 2, [12345678901234567, 12345678901234569] * 2, "int64"),
        (["1", "a", "1"], ["1", "a", "1"], "object"),
    ],
)
def test_levels_that_spell_numbers_come_as_numbers(levels: list[Any], numbers: list[Any], dtype: str) -> None:
    given = h2o.H2OFrame(pd.DataFrame({"k": levels}), column_types=["enum"])
    expected = pd.Series(numbers, dtype=dtype, name="k")
    pd.testing.assert_series_equal(given.as_data_frame()["k"], expected, check_dtype=dtype != "object")


@pytest.mark.parametrize("kind", ["enum", "string"])
@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["true", "false", "true"], [True, False, True]),
        (["TRUE", "FALSE", "TRUE"], [True, False, True]),
        (["True", "true", "FALSE", "False"], [True, True, False, False]),
        (["True", "True"], [True, True]),
        (["True", None, "False"], [True, float("nan"), False]),
        (["T", "F", "T"], ["T", "F", "T"]),
        (["true", "false", "x"], ["true", "false", "x"]),
    ],
)
def test_truth_values_come_as_such(words: list[Any], values: list[Any], kind: str) -> None:
    given = h2o.H2OFrame({"b": words, "i": [*range(len(words))]}, column_types={"b": kind})
    assert given.as_data_frame(use_pandas=False, header=False) == [[w or "", str(i)] for i, w in enumerate(words)]
    column = given.as_data_frame()["b"]
    assert (column.dtype == bool) == ({*values} <= {True, False})
    assert [*map(str, column)] == [*map(str, values)]
    if column.dtype == bool:
        assert given.as_data_frame()[column]["i"].tolist() == [i for i, value in enumerate(values) if value]


def test_whole_numbers_are_whole_in_pandas() -> None:
    assert h2o.H2OFrame(np.arange(6).reshape(2, 3)).as_data_frame().dtypes.tolist() == [np.dtype(np.int64)] * 3
    dtypes = h2o.H2OFrame({"a": [0.0, 1.0], "b": [1.0, None], "c": [1.5, 2]}).as_data_frame().dtypes
    assert [str(kind) for kind in dtypes] == ["int64", "float64", "float64"]


def test_columns_without_levels_are_told_as_in_h2o(frame: h2o.H2OFrame) -> None:
    assert frame.levels() == [[], ["x", "y"], []] and frame.nlevels() == [0, 2, 0]
    assert frame[["c", "r"]].levels() == [] and frame["c"].nlevels() == 0


def test_levels_of_rows_below_come_after_those_above() -> None:
    above, below = h2o.H2OFrame({"k": ["b", "c", "b"]}), h2o.H2OFrame({"k": ["a", "b", "d", "a"]})
    stacked = above.asfactor().rbind(below.asfactor())
    assert stacked.levels() == [["b", "c", "a", "d"]]
    assert stacked.cells["k"].to_list() == ["b", "c", "b", "a", "b", "d", "a"]


def test_cells_and_pairs_are_counted(frame: h2o.H2OFrame) -> None:
    assert frame["c"].table().as_data_frame(use_pandas=False) == [["c", "Count"], ["1", "1"], ["2", "2"]]
    assert frame["r"].table().names == ["r", "Counts"] and frame["a"].table().names == ["a", "Count"]
    pairs = [["c", "a", "Counts"], ["1", "x", "1"], ["2", "x", "1"], ["2", "y", "1"]]
    assert frame[["c", "a"]].table().as_data_frame(use_pandas=False) == pairs
    assert frame["c"].table(frame["a"]).as_data_frame(use_pandas=False) == pairs
    with pytest.raises(DataError, match="counts the cells of one or two columns, one row a pair; 3 columns was given"):
        frame.table()


def test_one_number_is_a_list_of_one(frame: h2o.H2OFrame) -> None:
    assert frame.quantile(prob=0.5).cells.rows() == [(0.5, 2.0, None, 0.5)]
    assert frame.quantile(prob=[]).shape == (0, 4)
    assert [part.cells.rows() for part in frame.split_frame(0.5, seed=1)] == [
        part.cells.rows() for part in frame.split_frame([0.5], seed=1)
    ]


def test_what_cannot_be_assigned_says_what_can(frame: h2o.H2OFrame) -> None:
    for odd, kind in (([1, 2], "list"), (np.array([1, 2]), "ndarray"), ({}, "dict")):
        with pytest.raises(DataError, match=f"'z': a number, a word, None or a frame can be assigned, not a {kind};"):
            frame["z"] = odd
    frame["z"] = np.int8(3)
    assert frame.types["z"] == "int"


def test_an_empty_name_is_refused(frame: h2o.H2OFrame) -> None:
    with pytest.raises(DataError, match=r"Column 2 would have an empty name; give it one\."):
        frame.names = ["flow", "", "r"]


def test_columns_are_not_sliced_by_name(frame: h2o.H2OFrame) -> None:
    with pytest.raises(DataError, match="Columns are sliced by position, not from 'c' to 'a'; give a list of names"):
        frame[:, "c":"a"]  # type: ignore[misc]


def test_so_many_rows_and_columns_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    frame = h2o.H2OFrame({"a": [*range(12)], "b": [x / 2 for x in range(12)]})
    frame.show(rows=2, verbosity="full")
    assert capsys.readouterr().out == "  a    b\n  0    0\n  1  0.5\n[12 rows x 2 columns]\n"
    frame.show(False, 1, 1)
    assert capsys.readouterr().out == "  a  ...\n  0  ...\n[12 rows x 2 columns]\n"
    frame.show(use_pandas=True, rows=2)
    assert capsys.readouterr().out == "   a    b\n0  0  0.0\n1  1  0.5\n[12 rows x 2 columns]\n"
    frame.show()
    assert capsys.readouterr().out == f"{frame!r}\n"
    assert frame.head(0).shape == (0, 2) and frame.tail(rows=3, cols=1).cells["a"].to_list() == [9, 10, 11]
    assert frame.head().shape == frame.tail().shape == (10, 2)


@pytest.mark.parametrize("odd", [-2, 2.0, None, "3"])
def test_rows_to_show_are_counted(odd: Any) -> None:
    frame = h2o.H2OFrame({"a": [1, 2, 3]})
    for ask in (frame.head, frame.tail, lambda rows: frame.show(rows=rows), lambda rows: frame.show(True, rows)):
        with pytest.raises(DataError, match=rf"are a whole number, 0 or more; {odd!r} was given\."):
            ask(odd)


def test_frame_data_are_the_text_of_h2o() -> None:
    """The texts are those of H2O 3.46.0.12."""
    rows = [
        [1, 'a"b', "u", 0.1, "2020-01-02 03:04:05.678"],
        [None, "c,d", 'v"w', 1e-10, "1960-01-01 00:00:00.000"],
        [3, None, None, None, None],
        [4, "x y", "u", 1.5e20, "2020-01-02 03:04:05.678"],
    ]
    frame = h2o.H2OFrame(
        rows, column_names=["in t", "str", "e", "r", "t"], column_types=["int", "string", "enum", "real", "time"]
    )
    body = (
        '1,"a""b","u",0.1,1577934245678\n,"c,d","v""w",1.0E-10,-315619200000\n3,,,,\n4,"x y","u",1.5E20,1577934245678\n'
    )
    assert frame.get_frame_data() == f'"in t","str","e","r","t"\n{body}'
    assert frame[frame["r"] > 1e30, "r"].get_frame_data() == '"r"\n'
    assert frame["r"].get_frame_data() == '"r"\n0.1\n1.0E-10\n\n1.5E20\n'
    frame.columns = ['a"b', "c,d", "e", "r", "t"]
    assert frame.get_frame_data().startswith('"a"b","c,d","e","r","t"\n')
    assert h2o.H2OFrame([[1e15], [3]]).get_frame_data() == '"C1"\n1000000000000000\n3\n'
    assert (h2o.H2OFrame([[1.5]]) / 0).get_frame_data() == '"C1"\nInfinity\n'
    numbers = [-1.5, -2e-7, 9999999.0, 1e7, 9999999.5, 0.001, 0.00099, 123456.789, 1.7976931348623157e308, 2.0**62]
    assert h2o.H2OFrame(numbers).get_frame_data().split() == [
        *('"C1"', "-1.5", "-2.0E-7", "9999999.0", "1.0E7", "9999999.5", "0.001", "9.9E-4", "123456.789"),
        *("1.7976931348623157E308", "4.611686018427388E18"),
    ]


def test_frame_data_hold_every_digit() -> None:
    numbers = np.random.default_rng(1).gamma(0.1, 1.0, 1000) * 10.0 ** np.random.default_rng(2).integers(-9, 9, 1000)
    lines = h2o.H2OFrame(numbers).get_frame_data().split("\n")[1:-1]
    np.testing.assert_array_equal([*map(float, lines)], numbers)


@pytest.mark.parametrize(
    "rows", [lambda f: f[f["x"] > 100, :], lambda f: f[f["x"] > 100], lambda f: f.drop([0, 1], axis=0)]
)
def test_a_choice_without_rows_keeps_the_types(rows: Any) -> None:
    frame = h2o.H2OFrame({"x": [1.5, 2.5], "w": [1.0, 2.0], "s": ["p", "q"], "e": ["p", "p"], "n": [1, None]})
    assert frame.types == {"x": "real", "w": "int", "s": "string", "e": "enum", "n": "int"}
    assert rows(frame).types == frame.types and rows(frame).nrows == 0
    assert rows(frame["x"]).types == {"x": "real"}
