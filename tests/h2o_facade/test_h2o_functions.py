"""Functions, marks, filling and scaling of frames; the numbers are those of H2O 3.46."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import polars as pl
import pytest

from offbeat.errors import DataError, SettingsError
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.not_carried_over import NotCarriedOver


def _frame() -> H2OFrame:
    kinds = pl.Series(["u", "v", "u", None], dtype=pl.Enum(["u", "v"]))
    cells = {"a": [1.5, None, -3.0, 4.0], "b": [1, 2, 2, None], "k": kinds, "z": [0, 1, 0, 1]}
    return H2OFrame.of(pl.DataFrame(cells))


def _cells(frame: H2OFrame) -> list[Any]:
    return frame.cells.to_series().to_list()


def test_columns_are_named_after_the_function() -> None:
    frame = _frame()
    numbers = frame[["a", "b"]]
    for name in ("abs", "sqrt", "exp", "log", "log10", "log1p"):
        assert getattr(numbers, name)().names == [f"{name}(a)", f"{name}(b)"]
    assert abs(frame["a"]).names == ["abs(a)"] and (~frame["z"]).names == ["!!(z)"]
    assert frame["a"].abs().sqrt().names == ["sqrt(abs(a))"]
    assert frame["b"].cbind(frame["b"].abs()).names == ["b", "abs(b)"]
    assert (numbers + 1).names == numbers.round(1).names == numbers.cumsum().names == ["a", "b"]
    frame["new"] = frame["a"].log()
    assert frame.names == ["a", "b", "k", "z", "new"]
    frame["a"] = frame["a"].log()
    assert frame.names == ["a", "b", "k", "z", "new"]


def test_functions_give_h2os_numbers() -> None:
    frame = _frame()
    assert _cells(abs(frame["a"])) == [1.5, None, 3.0, 4.0] and _cells(~frame["z"]) == [1, 0, 1, 0]
    assert _cells(frame["a"].log10()) == [0.17609125905568124, None, None, pytest.approx(0.6020599913279624)]
    assert _cells(frame["a"].log1p()) == [0.9162907318741551, None, None, pytest.approx(1.6094379124341003)]
    assert _cells(H2OFrame({"c": [0.5, 1.5, 2.5, -1.5, 123.456]}).round()) == [0, 2, 2, -2, 123]
    assert _cells(round(H2OFrame({"c": [1.25, 0.15, 2.675, -1.25]}), 1)) == [1.3, 0.2, 2.7, -1.3]
    assert _cells(H2OFrame({"c": [115, 125]}).round(-1)) == [120, 130]
    assert _cells(frame["a"].cumsum()) == [1.5, None, None, None] and _cells(frame["z"].cumsum()) == [0, 1, 1, 2]
    assert frame[["a", "b"]].cumsum(axis=1).cells["b"].to_list() == [2.5, None, -1.0, None]
    assert _cells(frame["a"] ** 0) == [1, 1, 1, 1] and _cells(frame["a"] ** frame["b"]) == [1.5, None, 9.0, None]
    assert _cells(2 ** frame["z"]) == [1, 2, 1, 2]
    with pytest.raises(DataError, match="Column 'k' is of type enum"):
        frame.log()
    with pytest.raises(DataError, match="not axis=2"):
        frame["a"].cumsum(axis=2)


def test_times_count_as_milliseconds() -> None:
    times = H2OFrame.of(pl.DataFrame({"t": [dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 2), None]}))
    assert _cells(times["t"] - times["t"].cells["t"].dt.epoch("ms").min()) == [0, 86_400_000, None]
    assert _cells(times - times) == [0, 0, None] and _cells(times / 1000)[0] == 1_577_836_800
    with pytest.raises(DataError, match="of type time"):
        times.abs()


def test_marks() -> None:
    frame = _frame()
    assert (frame["z"] == 1).any() and not (frame["z"] == 1).all() and not (frame["a"] > 100).any()
    assert frame["b"].all() and H2OFrame({"c": [0, None]}).any() and not H2OFrame({"c": [0, None]}).any_na_rm()
    assert _cells(frame["a"].isin([1.5, 4])) == [1, 0, 0, 1] and _cells(frame["a"].isin(None)) == [0, 1, 0, 0]
    words = frame["k"].isin(["u", "nope"])
    assert words.names == ["C1"] and _cells(words) == [1, 0, 1, 0]
    assert frame.isin(["u", 1]).cells.rows() == [(0, 1, 1, 0), (0, 0, 0, 1), (0, 0, 1, 0), (0, 0, 0, 1)]
    with pytest.raises(DataError, match="the list is empty"):
        frame.isin([])


@pytest.mark.parametrize(
    ("words", "kind", "answers"),
    [
        (["True", "False"], "enum", (True, False, True)),
        (["True", "True"], "enum", (True, True, False)),
        (["FALSE", "FALSE"], "enum", (False, False, False)),
        (["true", None], "enum", (True, True, False)),
        (["false", None], "enum", (True, False, False)),
        (["0", "1"], "enum", (False, False, True)),
        (["1", "1"], "enum", (False, False, False)),
        (["a", "b"], "enum", (False, False, True)),
        (["false", "true", "x"], "enum", (False, False, True)),
        (["x", "y"], "string", (True, True, True)),
        (["x", None], "string", (True, True, True)),
        (["1970-01-01", "1970-01-01"], "time", (False, False, False)),
        (["1970-01-01", None], "time", (True, False, False)),
        (["2020-01-01", None], "time", (True, True, True)),
    ],
)
def test_marks_of_words_and_times_are_those_of_h2o(words: list[Any], kind: str, answers: tuple[bool, ...]) -> None:
    """The answers are those of H2O 3.46.0.12; that a missing cell counts is in its source."""
    frame = H2OFrame({"c": words}, column_types=[kind])
    assert (frame.any(), frame.all(), frame.any_na_rm()) == answers


def test_categories_end_the_search_for_a_mark_as_in_h2o() -> None:
    frame = H2OFrame({"e": ["a", "b"], "n": [1, 1], "s": ["p", "q"]}, column_types=["enum", "int", "string"])
    assert not frame.any() and not frame.all() and frame[["n", "e"]].any() and frame[["n", "s"]].all()
    nothing = frame[frame["n"] > 3, ["n", "s"]]
    assert not nothing.any() and nothing.all()


def test_ifelse() -> None:
    frame = _frame()
    mark, numbers = frame["z"] == 1, frame[["a", "b"]]
    assert mark.ifelse(1, 0).names == ["C1"] and _cells(mark.ifelse(1, 0)) == [0, 1, 0, 1]
    named = (frame["a"] > 0).ifelse("yes", "no")
    assert named.types == {"C1": "enum"} and _cells(named) == ["yes", "no", "no", "yes"]
    assert _cells(mark.ifelse(frame["a"], frame["b"])) == [1, None, 2, 4]
    assert _cells(mark.ifelse(frame["k"], "no")) == ["no", "v", "no", None]
    assert _cells(mark.ifelse(None, 0)) == _cells(mark.ifelse(math.nan, 0)) == [0, None, 0, None]
    assert _cells(frame["b"].ifelse("p", "q")) == ["p", "p", "p", None]
    both = (numbers > 0).ifelse(numbers, 0)
    assert both.names == ["C1", "C2"] and both.cells.rows() == [(1.5, 1), (0, 2), (0, 2), (4, 0)]
    with pytest.raises(DataError, match="they are mixed"):
        mark.ifelse("yes", 0)
    with pytest.raises(DataError, match=r"\(4, 2\) was given"):
        mark.ifelse(numbers, 0)
    with pytest.raises(DataError, match="a dict was given"):
        mark.ifelse({}, 0)


def test_impute_fills_the_frame_itself() -> None:
    frame = _frame()
    assert frame.impute("a") == pytest.approx([0.8333333333333333, math.nan, math.nan, math.nan], nan_ok=True)
    assert frame.cells["a"].to_list() == [1.5, pytest.approx(0.8333333333333333), -3.0, 4.0]
    assert frame.impute("b", method="median")[1] == 2.0 and frame.cells["b"].to_list() == [1, 2, 2, 2]
    assert frame.impute("k", method="mode")[2] == 0.0 and frame.cells["k"].to_list() == ["u", "v", "u", "u"]
    frame = _frame()
    assert frame.impute(method="median") == pytest.approx([0.8333333333333333, 1.6666666666666667, 0.0, 0.5])
    assert frame.nacnt() == [0, 0, 0, 0]
    assert math.isnan(_frame().impute("k")[2]) and H2OFrame({"c": [3, 3, 1, 1, None]}).impute(0, "mode") == [1.0]
    assert H2OFrame({"c": [1, 2, 4, 7, None]}).impute(0, "median", combine_method="low") == [2.0]
    times = H2OFrame.of(pl.DataFrame({"t": [dt.datetime(2020, 1, 1), dt.datetime(2020, 1, 2), None]}))
    assert times.impute(0) == [1577880000000.0] and _cells(times)[2] == dt.datetime(2020, 1, 1, 12)
    with pytest.raises(SettingsError, match="mean, median or mode"):
        frame.impute("a", method="most")
    with pytest.raises(NotCarriedOver, match="groupby"):
        frame.impute("a", by=["z"])


def test_scale() -> None:
    frame = _frame()
    scaled = frame.scale()
    assert scaled.names == frame.names and scaled.cells["k"].to_list() == frame.cells["k"].to_list()
    assert scaled.cells["a"].to_list() == [
        pytest.approx(0.18793639429397585),
        None,
        pytest.approx(-1.080634267190361),
        pytest.approx(0.8926978728963852),
    ]
    numbers = frame[["a", "b"]]
    assert numbers.scale(center=False).cells["b"][0] == pytest.approx(1.7320508075688774)
    assert numbers.scale(scale=False).cells["a"][2] == pytest.approx(-3.8333333333333335)
    assert numbers.scale(center=[1, 2], scale=[2, 4]).cells.rows() == [(1, -4), (None, 0), (-8, 0), (6, None)]
    assert numbers.scale(False, False).cells.equals(numbers.cells)
    assert _cells(H2OFrame({"c": [3, 3, 3]}).scale()) == [0, 0, 0]
    with pytest.raises(DataError, match="1 were given for 2 columns"):
        numbers.scale(center=[1])


def test_names_and_types_of_columns() -> None:
    frame = _frame()
    frame.set_name("a", "A")
    frame.set_name(1, "B")
    assert frame.names == ["A", "B", "k", "z"]
    assert frame.columns_by_type() == [0, 1, 3] and frame.columns_by_type("categorical") == [2]
    assert frame.columns_by_type(coltype="time") == frame.columns_by_type("bad") == []
    with pytest.raises(DataError, match="has a column 'B' already"):
        frame.set_name("A", "B")
    with pytest.raises(DataError, match=r"set_name\(\) was given 5; a word was expected"):
        frame.set_name("A", 5)
    with pytest.raises(DataError, match=r"set_name\(\) was given no name; a word was expected"):
        frame.set_name("A")
    with pytest.raises(DataError, match="Column names are words; 5 was given"):
        frame.set_names(["a", 5, "b", "c"])
    with pytest.raises(DataError, match="Column names are words; 5 was given"):
        frame.rename({"A": 5})
    assert frame.names == ["A", "B", "k", "z"]
    with pytest.raises(DataError, match="not told which one"):
        frame.set_name(name="Q")
    with pytest.raises(DataError, match="'nope' was given"):
        frame.columns_by_type("nope")


def test_sums_along_rows_never_wrap_around() -> None:
    sums = H2OFrame({"a": [2**62], "b": [2**62], "c": [5]}).cumsum(axis=1)
    assert sums.cells.row(0) == (2**62, 2.0**63, 2.0**63)


@pytest.mark.parametrize("value", [0.1, 1.1, 5.7, 2.0])
def test_a_constant_column_is_scaled_to_nothing(value: float) -> None:
    scaled = H2OFrame({"a": [value] * 100}).scale().cells.to_series()
    assert scaled.abs().max() < 1e-12
    with pytest.raises(DataError, match="scale\\(\\) takes True, False or a list of one number a column; None was"):
        H2OFrame({"a": [value] * 3}).scale(center=None)


def test_cells_are_looked_for_in_anything_that_lists_some() -> None:
    frame = H2OFrame({"a": [1, 2, 3]})
    for some in ([1, 3], (1, 3), {1, 3}, np.array([1, 3]), pl.Series([1, 3]), range(1, 4, 2)):
        assert frame.isin(some).cells.to_series().to_list() == [1, 0, 1]


def test_digits_that_a_float_has_no_room_for_change_nothing_or_are_refused() -> None:
    frame = H2OFrame({"a": [1.5, 1e10, -1e300, 1 / 3, None]})
    assert _cells(frame.round(300)) == _cells(frame)
    assert _cells(frame.round(16))[3] == pytest.approx(1 / 3, abs=1e-16)
    assert _cells(frame.round(-300)) == [0, 0, -1e300, 0, None]
    for digits in (-400, 400, 1.5, None, "2"):
        with pytest.raises(DataError, match=f"whole number of digits, -300 to 300; {digits!r} was given"):
            frame.round(digits)
