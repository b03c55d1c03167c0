"""Comparisons of columns with missing cells: every mark is one that H2O 3.46 gave for the same cells."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from offbeat.errors import DataError
from offbeat.h2o.frame import H2OFrame

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MISSING = "......"

OF_H2O: list[tuple[str, Any, str, str, str, str, str, str]] = [
    # left, right, then the marks of ==, !=, <, <=, >, >=; "." where missing
    ("a", 1.5, "100000", "011111", "001101", "101101", "000000", "100000"),
    ("a", float("nan"), "010010", "101101", "000000", "000000", "000000", "000000"),
    ("i", 1, "001001", "110110", "000000", "001001", "100100", "101101"),
    ("c", "x", "100100", "011011", "000000", "100100", "001001", "101101"),
    ("c", "nolevel", "000000", "111111", "000000", "000000", "101101", "101101"),
    ("c", 0, "000000", "000000", MISSING, MISSING, MISSING, MISSING),
    ("f", 2, "000000", "000000", MISSING, MISSING, MISSING, MISSING),
    ("f", "1", "001001", "110110", "000000", "001001", "100100", "101101"),
    ("a", ["b"], "100011", "011100", "000100", "100101", "000000", "100001"),
    ("a", ["i"], "010010", "101101", "101101", "101101", "000000", "000000"),
    ("c", ["e"], "100011", "011100", MISSING, MISSING, MISSING, MISSING),
    ("a", ["c"], "010010", "101101", "001001", "001001", "100100", "100100"),
    ("c", ["a"], "010010", "101101", MISSING, MISSING, MISSING, MISSING),
    ("t", ["t"], "111111", "000000", "000000", "101101", "000000", "101101"),
    ("t", 0, "000000", "000000", "000000", "000000", "101101", "101101"),
]

EQUALITY: list[tuple[str, Any, str, str]] = [
    ("a", "x", "000000", "111111"),
    ("a", None, "010010", "101101"),
    ("c", None, "000000", "000000"),
    ("s", "p1", "100000", "011111"),
    ("s", "zz", "000000", "111111"),
    ("s", 0, "000000", "111111"),
    ("s", None, "010010", "101101"),
    ("s", ["u"], "100011", "011100"),
]


@pytest.fixture
def cells() -> H2OFrame:
    frame = H2OFrame(
        {
            "a": [1.5, None, -1.5, 0.5, None, 0.0],
            "b": [1.5, 2.5, None, 2.0, None, 0.0],
            "i": [2, None, 1, 3, None, 1],
            "c": ["x", None, "y", "x", None, "y"],
            "e": ["x", "x", None, "y", None, "y"],
            "s": ["p1", None, "p3", "p4", None, "p6"],
            "u": ["p1", "p2", None, "q4", None, "p6"],
            "t": ["2020-01-01", None, "2020-01-03", "2020-01-05", None, "2020-01-06"],
        },
        column_types={"c": "enum", "e": "enum", "s": "string", "u": "string"},
    )
    frame["f"] = frame["i"].asfactor()
    return frame


def marks(frame: H2OFrame) -> str:
    return "".join("." if mark is None else str(mark) for mark in frame.cells.to_series())


@pytest.mark.parametrize("expected", OF_H2O, ids=lambda row: f"{row[0]} with {row[1]}")
def test_marks_are_those_of_h2o(cells: H2OFrame, expected: tuple[Any, ...]) -> None:
    left, right, *wanted = expected
    right = cells[right[0]] if isinstance(right, list) else right
    assert [marks(compare(cells[left], right)) for compare in SIGNS.values()] == wanted


@pytest.mark.parametrize("expected", EQUALITY, ids=lambda row: f"{row[0]} with {row[1]}")
def test_equality_is_that_of_h2o(cells: H2OFrame, expected: tuple[Any, ...]) -> None:
    left, right, *wanted = expected
    right = cells[right[0]] if isinstance(right, list) else right
    assert [marks(cells[left] == right), marks(cells[left] != right)] == wanted


@pytest.mark.parametrize(
    "moment", [datetime(2020, 1, 3), date(2020, 1, 3), pd.Timestamp("2020-01-03"), np.datetime64("2020-01-03")]
)
def test_times_are_compared_with_times(cells: H2OFrame, moment: Any) -> None:
    assert [marks(compare(cells["t"], moment)) for compare in SIGNS.values()] == [
        *("001000", "110111", "100000", "101000", "000101", "001101")
    ]


def test_one_row_is_compared_with_all(cells: H2OFrame) -> None:
    assert marks(cells["a"] > cells[3, :]["b"]) == "000000" and marks(cells["c"] == cells[0, :]["e"]) == "100100"
    assert (cells["a"] > 0)[1, 0] == 0.0 and (cells["c"] != "nolevel").sum() == 6


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ("a", "x", r"Column 'a' is of type real; it is neither less nor greater than 'x'\. Compare numbers with"),
        ("s", "p1", r"Column 's' is of type string; it is neither less nor greater than 'p1'\."),
        ("s", 0, r"Column 's' of type string cannot be compared so with '0' of type int; text is equal or unequal to"),
        ("a", None, r"Column 'a' is neither less nor greater than None; isna\(\) marks missing cells\."),
        ("a", [1, 2], r"Column 'a' is compared with a list; a number, a word, a time, None or a frame was expected\."),
    ],
)
def test_what_has_no_order_is_refused(cells: H2OFrame, left: str, right: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        operator.lt(cells[left], right)


def test_text_is_compared_with_text_only(cells: H2OFrame) -> None:
    for left, right in [("c", "s"), ("s", "c"), ("a", "s")]:
        with pytest.raises(DataError, match="Column 's' of type string cannot be compared so with"):
            operator.eq(cells[left], cells[right])
