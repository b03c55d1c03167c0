"""The frame: its values, its words, and what it refuses."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import offbeat.h2o as h2o
from offbeat.errors import DataError, MissingDependencyError, SettingsError
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.not_carried_over import NotCarriedOver


@pytest.fixture
def pumps() -> H2OFrame:
    return H2OFrame(
        {"flow": [1.5, 2.5, None, 4.0], "rpm": [10, 30, 20, 40], "kind": ["a", "b", "a", None]},
        column_types={"kind": "enum"},
    )


def listed(frame: H2OFrame) -> dict[str, list[Any]]:
    return frame.cells.to_dict(as_series=False)


# --- names, types, size ---


def test_the_frame_says_what_it_is(pumps: H2OFrame) -> None:
    assert pumps.names == pumps.columns == pumps.col_names == ["flow", "rpm", "kind"]
    assert pumps.types == {"flow": "real", "rpm": "int", "kind": "enum"}
    assert (pumps.type("rpm"), pumps.type(-1)) == ("int", "enum")
    assert pumps.shape == (4, 3) and pumps.dim == [4, 3]
    assert (pumps.nrow, pumps.nrows, pumps.ncol, pumps.ncols, len(pumps)) == (4, 4, 3, 3, 4)
    assert "rpm" in pumps and [column.names for column in pumps] == [["flow"], ["rpm"], ["kind"]]


def test_names_can_be_set(pumps: H2OFrame) -> None:
    pumps.col_names = ["a", "b", "c"]
    assert pumps.rename({"b": "speed"}).names == ["a", "speed", "c"]
    with pytest.raises(DataError, match=r"3 different column names were expected; given were 'a', 'a'\."):
        pumps.names = ["a", "a"]


def test_types_follow_h2o() -> None:
    frame = H2OFrame(
        {
            "whole": [1.0, 2.0, 3.0],
            "real": [1.5, 2.0, 3.0],
            "flag": [True, False, True],
            "same": ["x", "x", "x"],
            "free": ["p", "q", "r"],
            "digits": ["1", "2", ""],
        }
    )
    assert list(frame.types.values()) == ["int", "real", "enum", "enum", "string", "int"]
    assert frame.levels()[2:5] == [["False", "True"], ["x"], []]
    assert frame.nlevels() == [0, 0, 2, 1, 0, 0]


# --- choosing ---


def test_columns_are_chosen_by_name_and_place(pumps: H2OFrame) -> None:
    assert pumps["rpm"].names == pumps[1].names == pumps[-2].names == ["rpm"]
    assert pumps[["kind", "flow"]].names == ["kind", "flow"]
    assert pumps[0:2].names == pumps[:, [0, 1]].names == ["flow", "rpm"]


def test_rows_are_chosen_by_number_slice_list_and_mask(pumps: H2OFrame) -> None:
    assert listed(pumps[1:3, "rpm"]) == {"rpm": [30, 20]}
    assert listed(pumps[[0, -1], ["rpm"]]) == {"rpm": [10, 40]}
    assert listed(pumps[pumps["flow"] > 2, "rpm"]) == {"rpm": [30, 40]}, "a missing cell is not chosen"
    assert pumps[pumps["rpm"] > 15].shape == (3, 3)
    assert pumps[0, :].shape == (1, 3)


def test_one_row_and_one_column_give_the_cell(pumps: H2OFrame) -> None:
    assert pumps[1, "rpm"] == 30.0 and pumps[0, -1] == "a" and pumps[3, 2] is None
    assert math.isnan(pumps[2, 0])
    assert pumps[1, :].getrow() == [2.5, 30.0, "b"] and pumps[0:1, 0].flatten() == 1.5


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("Flow", r"The frame has no column 'Flow'\. Did you mean 'flow'\? It has 'flow', 'rpm', 'kind'\."),
        (3, r"There is no column 3; the frame has 3 columns, 0 to 2\."),
        ((9, "rpm"), r"There is no row 9; the frame has 4 rows, 0 to 3\."),
        (([True], "rpm"), r"The frame has 4 rows; 1 marks were given"),
        (1.5, r"Columns are chosen by name or position; 1\.5 was given\."),
    ],
)
def test_what_is_not_there_is_named(pumps: H2OFrame, item: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        pumps[item]


# --- changing ---


def test_a_new_column_comes_last(pumps: H2OFrame) -> None:
    pumps["ratio"] = pumps["rpm"] / pumps["flow"]
    pumps["site"] = "north"
    pumps["zero"] = 0
    pumps["nothing"] = None
    assert pumps.names[3:] == ["ratio", "site", "zero", "nothing"]
    assert listed(pumps["ratio"])["ratio"] == [10 / 1.5, 12.0, None, 10.0]
    assert pumps.type("site") == "enum" and pumps["nothing"].nacnt() == [4]


def test_cells_are_changed_by_mask(pumps: H2OFrame) -> None:
    pumps[pumps["flow"].isna(), "flow"] = 0
    pumps[pumps["rpm"] > 25, "kind"] = "fast"
    pumps[0, "rpm"] = 10.5
    pumps[[1, 2], "flow"] = H2OFrame([7.5, 8.5])
    assert listed(pumps) == {
        "flow": [1.5, 7.5, 8.5, 4.0],
        "rpm": [10.5, 30.0, 20.0, 40.0],
        "kind": ["a", "fast", "a", "fast"],
    }
    assert pumps.levels()[2] == ["a", "b", "fast"]
    pumps[pumps["rpm"] > 35] = None
    assert pumps.nacnt() == [1, 1, 1]


def test_assignment_leaves_earlier_frames_alone(pumps: H2OFrame) -> None:
    before = pumps["rpm"]
    pumps["rpm"] = 0
    assert listed(before) == {"rpm": [10, 30, 20, 40]}


def test_what_does_not_fit_is_refused(pumps: H2OFrame) -> None:
    with pytest.raises(DataError, match=r"Column 'new': 4 rows were expected; the frame that is assigned has 2\."):
        pumps["new"] = H2OFrame([1, 2])
    with pytest.raises(DataError, match=r"Column 'rpm' is of type int; enum cannot be assigned to some of its rows\."):
        pumps[0, "rpm"] = "fast"


def test_columns_and_rows_come_and_go(pumps: H2OFrame) -> None:
    assert pumps.drop("rpm").names == pumps.drop([1]).names == ["flow", "kind"]
    assert listed(pumps.drop([0, 1], axis=0))["rpm"] == [20, 40]
    assert pumps.pop("rpm").names == ["rpm"] and pumps.names == ["flow", "kind"]
    assert pumps.cbind(pumps["flow"]).names == ["flow", "kind", "flow0"]
    assert pumps.cbind([pumps, 1]).shape == (4, 5)
    both = pumps.rbind(H2OFrame({"flow": [9], "kind": ["z"]}))
    assert both.shape == (5, 2) and both.levels()[1] == ["a", "b", "z"]
    with pytest.raises(DataError, match="Cannot bind a frame with 2 rows to a frame with 4 rows"):
        pumps.cbind(H2OFrame([1, 2]))
    with pytest.raises(DataError, match=r"Column names must match for rbind: 'flow', 'kind' and 'C1'\."):
        pumps.rbind(H2OFrame([1]))


def test_rows_are_sorted(pumps: H2OFrame) -> None:
    assert listed(pumps.sort("rpm", ascending=False))["rpm"] == [40, 30, 20, 10]
    assert listed(pumps.sort("flow"))["flow"] == [None, 1.5, 2.5, 4.0]
    assert listed(pumps.sort("flow", ascending=False))["flow"] == [None, 4.0, 2.5, 1.5]
    assert listed(pumps.sort("kind", ascending=False))["kind"] == [None, "b", "a", "a"]
    assert listed(pumps.sort(["kind", "rpm"], ascending=[True, False]))["rpm"] == [40, 20, 10, 30]


@pytest.mark.parametrize("down", [False, 0, np.False_, [False], [0], (np.False_,), np.array([0])])
def test_every_false_value_sorts_downwards(pumps: H2OFrame, down: Any) -> None:
    assert listed(pumps.sort("rpm", ascending=down))["rpm"] == [40, 30, 20, 10]
    for up in (True, 1, np.True_, [1], [], None):
        assert listed(pumps.sort("rpm", ascending=up))["rpm"] == [10, 20, 30, 40]


# --- arithmetic ---


def test_comparisons_give_ones_and_zeros(pumps: H2OFrame) -> None:
    flow, rpm = pumps["flow"], pumps["rpm"]
    assert listed(flow >= 2.5) == {"flow": [0, 1, 0, 1]}
    assert listed((rpm > 10) & (rpm < 40)) == {"rpm": [0, 1, 1, 0]}
    assert listed(~(rpm == 10) | (flow < 0)) == {"!!(rpm)": [0, 1, 1, 1]}
    assert listed(~flow) == {"!!(flow)": [0, 0, None, 0]}
    assert listed(pumps["kind"] == "b") == {"kind": [0, 1, 0, 0]}
    assert listed(pumps["kind"] != "unheard of") == {"kind": [1, 1, 1, 1]}
    assert pumps[pumps["kind"] != "a", :].nrow == 2, "a missing word is unequal to a word"


def test_arithmetic_goes_cell_by_cell(pumps: H2OFrame) -> None:
    rpm = pumps["rpm"]
    assert listed(2 * rpm + 1 - rpm) == {"rpm": [11, 31, 21, 41]}
    assert listed(60 / rpm)["rpm"] == [6.0, 2.0, 3.0, 1.5]
    assert listed(1 - rpm)["rpm"] == [-9, -29, -19, -39]
    assert listed((-rpm).abs() ** 2)["abs(rpm)"] == [100.0, 900.0, 400.0, 1600.0]
    assert listed(pumps[["flow", "rpm"]] - rpm)["rpm"] == [0, 0, 0, 0]
    with pytest.raises(DataError, match=r"Column 'kind' is of type enum; arithmetic takes int and real\."):
        pumps + 1


def test_remainders_and_whole_quotients_are_h2os() -> None:
    """The figures that H2O 3.46 gave for the same cells; it takes a missing cell for 0 in `//`."""
    frame = H2OFrame({"a": [1.5, None, 4.0, -2.0], "b": [1, 2, 3, 5], "k": [-5, 7, -7, 2]})
    a, b, k = (frame[name] for name in "abk")
    assert listed(k % 2)["k"] == [-1, 1, -1, 0] and listed(k % -3)["k"] == [-2, 1, -1, 2]
    assert listed(k % 2.5)["k"] == [0.0, 2.0, -2.0, 2.0] and listed(7 % k)["k"] == [2, 0, 0, 1]
    assert listed(a % 2)["a"] == [1.5, None, 0.0, 0.0] and listed(a % 0)["a"] == [None] * 4
    assert listed(k // 2)["k"] == [-2, 3, -3, 1] and listed(k // -3)["k"] == [1, -2, 2, 0]
    assert listed(k // 2.5)["k"] == [-2, 3, -3, 1] and listed(7 // k)["k"] == [-1, 1, -1, 3]
    assert listed(a // 2)["a"] == [0, None, 2, -1] and listed(k // 0)["k"] == [None] * 4
    assert listed(k % b)["k"] == [0, 1, -1, 2] and listed(k // b)["k"] == [-5, 3, -2, 0]
    assert listed(2**k)["k"] == [0.03125, 128.0, 0.0078125, 4.0] and (k % 2).types == {"k": "int"}
    with pytest.raises(DataError, match=r"Column 'kind' is of type enum; arithmetic takes int and real\."):
        H2OFrame({"kind": ["x", "x"]}) % 2
    with pytest.raises(DataError, match=r"'x' is no number; arithmetic with column 'k' takes numbers\."):
        k // "x"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(-1e6, 1e6))
def test_a_mask_and_its_opposite_share_out_the_rows(cells: list[float], cut: float) -> None:
    frame = H2OFrame({"x": cells})
    mask = frame["x"] > cut
    assert frame[mask].nrow + frame[~mask].nrow == len(cells)
    assert listed(frame[mask]) == {"x": [cell for cell in cells if cell > cut]}


# --- figures ---


def test_figures_of_columns(pumps: H2OFrame) -> None:
    numbers = pumps[["flow", "rpm"]]
    assert numbers.mean() == [8 / 3, 25.0]
    assert math.isnan(numbers.mean(skipna=False)[0]) and math.isnan(pumps.mean()[2])
    assert listed(numbers.mean(return_frame=True)) == {"flow": [8 / 3], "rpm": [25.0]}
    assert numbers.sd(na_rm=True) == pytest.approx([np.std([1.5, 2.5, 4], ddof=1), np.std([10, 20, 30, 40], ddof=1)])
    assert pumps["rpm"].var() == pytest.approx(500 / 3) and pumps["rpm"].median() == [25.0]
    assert (pumps["rpm"].min(), pumps["rpm"].max(), numbers.sum()) == (10.0, 40.0, 108.0)
    assert listed(numbers.sum(return_frame=True)) == {"flow": [8.0], "rpm": [100.0]}
    assert pumps.nacnt() == [1, 0, 1] and pumps.isna().names == ["isNA(flow)", "isNA(rpm)", "isNA(kind)"]
    assert listed(pumps.na_omit())["rpm"] == [10, 30]


def test_missing_cells_count_as_in_h2o() -> None:
    """The figures that H2O 3.46 gave for the same cells."""
    frame = H2OFrame({"a": [1.5, None, 4.0, -2.0], "b": [1, 2, 3, 5], "k": [-5, 7, -7, 2]})
    both = frame[["a", "b"]]
    assert math.isnan(frame["a"].min()) and math.isnan(both.max()) and frame[["b", "k"]].min() == -7
    assert both.sum() == both.sum(na_rm=True) == both.sum(axis=1) == 14.5 and math.isnan(both.sum(na_rm=False))
    assert both.mean(na_rm=True) == [7 / 6, 2.75] and math.isnan(both.mean(na_rm=False)[0])
    assert math.isnan(both.median()[0]) and both.median(na_rm=True) == [1.5, 2.5]
    assert math.isnan(both.sd()[0]) and both.sd(na_rm=True)[0] == pytest.approx(3.013856886670854)
    assert listed(both.sum(axis=1, return_frame=True)) == {"sum": [2.5, 2.0, 7.0, 3.0]}
    assert listed(both.mean(axis=1, skipna=False)) == {"mean": [1.25, None, 3.5, 1.5]}
    assert listed(both.sum(return_frame=True, skipna=False)) == {"a": [None], "b": [11.0]}
    frame["nothing"] = None
    assert frame["nothing"].sum() == 0.0 and math.isnan(frame["nothing"].max())
    assert math.isnan(frame.cbind(H2OFrame(["x", "y", "x", "z"])).sum()), "as a column of three categories in H2O"


def test_variances_of_several_columns_are_a_matrix_as_in_h2o() -> None:
    frame = H2OFrame({"a": [1.5, None, 4.0, -2.0], "b": [1, 2, 3, 5], "k": [-5, 7, -7, 2]})
    assert math.isnan(frame["a"].var()) and frame["a"].var(na_rm=True) == pytest.approx(9.083333333333334)
    assert frame["b"].var() == pytest.approx(2.9166666666666665) and math.isnan(frame[0, :]["b"].var())
    left_out = listed(frame[["a", "b"]].var(na_rm=True))
    assert left_out == {"a": [pytest.approx(9.083333333333334), -3.5], "b": [-3.5, pytest.approx(4.0)]}
    assert listed(frame[["a", "b"]].var()) == {"a": [None, None], "b": [None, pytest.approx(2.9166666666666665)]}


def test_times_have_figures_in_milliseconds() -> None:
    frame = H2OFrame({"when": ["2020-01-01", "2020-01-02", "2020-01-03"]})
    assert frame.mean() == [1577923200000.0] and frame.min() == 1577836800000.0


def test_rows_have_means(pumps: H2OFrame) -> None:
    assert listed(pumps[["flow", "rpm"]].mean(axis=1)) == {"mean": [5.75, 16.25, 20.0, 22.0]}


def test_quantiles_interpolate(pumps: H2OFrame) -> None:
    found = pumps.quantile([0.25, 0.9])
    assert found.names == ["Probs", "flowQuantiles", "rpmQuantiles", "kindQuantiles"]
    assert listed(found)["kindQuantiles"] == [None, None]
    assert listed(found)["rpmQuantiles"] == pytest.approx(np.quantile([10, 20, 30, 40], [0.25, 0.9]))
    assert pumps["rpm"].quantile().nrow == 9
    with pytest.raises(SettingsError, match="probabilities from 0 to 1"):
        pumps.quantile([1.5])


def test_cells_are_counted(pumps: H2OFrame) -> None:
    assert listed(pumps["kind"].unique()) == {"C1": ["a", "b"]}
    assert listed(pumps["flow"].unique(include_nas=True)) == {"C1": [None, 1.5, 2.5, 4.0]}
    assert listed(pumps["kind"].table()) == {"kind": ["a", "b"], "Count": [2, 1]}
    with pytest.raises(DataError, match=r"unique\(\) takes a frame of one column; this one has 3\."):
        pumps.unique()


# --- types change ---


def test_numbers_words_and_levels_change_into_one_another(pumps: H2OFrame) -> None:
    factor = pumps["rpm"].asfactor()
    assert factor.isfactor() == [True] and factor.levels() == [["10", "20", "30", "40"]]
    assert listed(factor.asnumeric()) == {"rpm": [10, 30, 20, 40]}, "levels that are numbers are those numbers"
    assert listed(pumps["kind"].asnumeric()) == {"kind": [0, 1, 0, None]}, "other levels are their places"
    assert pumps["kind"].ascharacter().isstring() == [True] and pumps.isnumeric() == [True, True, False]
    with pytest.raises(DataError, match=r"Only 'int' or 'string' are allowed for asfactor\(\), got flow:real\."):
        pumps.asfactor()


# --- random parts ---


def test_the_same_seed_splits_alike() -> None:
    frame = H2OFrame({"x": list(range(1000))})
    first, second, third = frame.split_frame([0.6, 0.2], seed=7, destination_frames=["one", "two", "three"])
    again = frame.split_frame([0.6, 0.2], seed=7)
    assert [listed(part) for part in again] == [listed(part) for part in (first, second, third)]
    assert sorted(cell for part in again for cell in listed(part)["x"]) == list(range(1000))
    assert 550 < first.nrow < 650 and second.frame_id == "two"
    assert listed(frame.runif(seed=3)) == listed(frame.runif(seed=3)) != listed(frame.runif(seed=4))
    with pytest.raises(SettingsError, match=r"add up to less than 1; \[0\.5, 0\.5\] was given\."):
        frame.split_frame([0.5, 0.5])


# --- giving ---


def test_pandas_gets_what_h2o_would_give(pumps: H2OFrame) -> None:
    expected = pd.DataFrame(
        {"flow": [1.5, 2.5, np.nan, 4.0], "rpm": [10, 30, 20, 40], "kind": ["a", "b", "a", np.nan]}
    ).astype({"kind": object})
    pd.testing.assert_frame_equal(pumps.as_data_frame().astype({"kind": object}), expected)
    assert pumps.as_data_frame(use_pandas=False)[:2] == [["flow", "rpm", "kind"], ["1.5", "10", "a"]]
    assert pumps.as_data_frame(use_pandas=False, header=False)[2:] == [["", "20", "a"], ["4.0", "40", ""]]
    assert h2o.as_list(pumps, use_pandas=False)[0] == ["flow", "rpm", "kind"]


def test_without_pandas_it_says_how_to_get_it(pumps: H2OFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match="pip install pandas"):
        pumps.as_data_frame()


def test_the_table_holds_words_and_nulls(pumps: H2OFrame) -> None:
    table = pumps.to_table()
    assert table.names == ("flow", "rpm", "kind") and table.column("kind").to_list() == ["a", "b", "a", None]
    assert table.cells.dtypes == [pl.Float64, pl.Int64, pl.String]  # type: ignore[union-attr]


def test_what_is_printed(pumps: H2OFrame, capsys: pytest.CaptureFixture[str]) -> None:
    pumps.show()
    pumps.describe()
    printed = capsys.readouterr().out
    assert "  flow  rpm  kind\n   1.5   10     a\n" in printed and "[4 rows x 3 columns]" in printed
    assert "Rows:4\nCols:3\n" in printed and re.search(r"\n +mean  2\.66667 +25\n", printed)
    assert "<th>flow</th>" in pumps._repr_html_() and "<td>1.5</td>" in pumps._repr_html_()
    figures = pumps.summary(return_data=True)
    assert figures is not None
    assert figures["rpm"] == {
        "type": "int",
        "missing": 0,
        "mins": 10,
        "mean": 25.0,
        "maxs": 40,
        "zeros": 0,
        "sigma": pytest.approx(12.9099, abs=1e-4),
    }


def test_head_and_tail(pumps: H2OFrame) -> None:
    assert listed(pumps.head(2, 2)) == {"flow": [1.5, 2.5], "rpm": [10, 30]}
    assert listed(pumps.tail(1))["rpm"] == [40]


def test_what_is_not_carried_over_names_the_nearest_way(pumps: H2OFrame) -> None:
    words = r"H2OFrame\.group_by is not carried over from H2O; use frame\.as_data_frame\(\)\.groupby\(\.\.\.\)\."
    with pytest.raises(NotCarriedOver, match=words):
        pumps.group_by("kind")
    assert not hasattr(pumps, "hist") and not hasattr(pumps, "_repr_svg_")
    with pytest.raises(NotCarriedOver, match=r"h2o\.rapids is not carried over from H2O; use the methods of the frame"):
        h2o.rapids("(+ 1 1)")


def test_powers_of_and_by_nan_are_missing() -> None:
    frame = H2OFrame({"x": [1, 2, 3]})
    assert (frame ** float("nan")).cells.to_series().to_list() == [None, None, None]
    assert (float("nan") ** frame).cells.to_series().to_list() == [None, None, None]
    assert (frame + np.array(2)).cells.to_series().to_list() == [3, 4, 5]
