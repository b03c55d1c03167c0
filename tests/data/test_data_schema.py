from __future__ import annotations

import difflib
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow
import pyarrow.feather
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from naive.data_columns import missing_and_constant
from offbeat.data.mismatch import lacking_columns
from offbeat.data.missing_words import with_missing
from offbeat.data.readers import read
from offbeat.data.schema import Column, Schema, infer_schema
from offbeat.data.table import Table
from offbeat.errors import DataError, SchemaError, SettingsError


def pumps(**columns: Any) -> Table:
    return Table(pl.DataFrame(columns), source="pumps.csv")


FITTED = infer_schema(pumps(pump=["A", "B", "A"], flow=[1.0, 2.0, None], rpm=[1200, 1300, 1200], fixed=[5, 5, 5]))


def test_kinds_constants_and_missing_cells() -> None:
    assert FITTED.columns == (
        Column("pump", "categorical"),
        Column("flow", "numeric", missing=1),
        Column("rpm", "numeric"),
        Column("fixed", "numeric", constant=True),
    )
    assert FITTED.named
    assert FITTED.ignored == ()
    assert FITTED.names == ("pump", "flow", "rpm", "fixed")


def test_booleans_are_categories_and_text_of_numbers_is_numeric() -> None:
    schema = infer_schema(pumps(on=[True, True, None], flow=["1.5", " 2", None], state=["idle", None, "idle"]))
    assert schema.columns == (
        Column("on", "categorical", constant=True, missing=1),
        Column("flow", "numeric", missing=1),
        Column("state", "categorical", constant=True, missing=1),
    )


def test_columns_are_what_the_user_says() -> None:
    table = pumps(code=[1, 2, 1], flow=[1.0, 2.0, 3.0], on=[True, False, True], label=[0, 0, 1])
    schema = infer_schema(table, categorical=["code"], numeric=["on"], ignore=[-1])
    assert [(column.name, column.kind) for column in schema.columns] == [
        ("code", "categorical"),
        ("flow", "numeric"),
        ("on", "numeric"),
    ]
    assert schema.ignored == (("label", "as asked"),)
    with pytest.raises(
        SettingsError, match=r"Column 'code' is listed under both categorical and numeric. Keep it under one"
    ):
        infer_schema(table, categorical=["code"], numeric=[0])
    with pytest.raises(DataError, match=r"there is no column 'cod'. Did you mean 'code'"):
        infer_schema(table, ignore=["cod"])


@pytest.mark.parametrize(
    "at",
    [
        ["2014-07-01 00:00:00", "2014-07-01 00:30:00"],
        ["2014-07-01T00:00:00.5Z", "2014-07-01T00:30:00+02:00"],
        ["01.07.2014", "02.07.2014"],
        ["7/1/2014 1:30 PM", "7/2/2014 1:30 PM"],
        ["12:30", "12:45:10"],
        ["01-Jan-20", "2-feb-2020"],
        ["Jan 01 2020", "September 2nd, 2020", "Feb 3, 2020 1:30 PM"],
        ["01 January 2020", "2 Feb. 2020", "15MAR2020"],
        ["Wed, 01 Jan 2020 13:30:00 +0000", "Thu Jan 02 2020"],
        ["2020/01", "2020-2", "2020/12"],
        ["Jan 2020", "Feb-20", "2020 March", "2020-Apr-01"],
        [20200131, 20200201, 20200229, 19991231, 20200402],
        pl.Series([20200131, None, 20200201, 20200229, 19000101, 21001231]),
        pl.Series(["2014-07-01", None]).str.to_date(),
        ["20240101T070000", "20240101T071000.5Z", "20240101T0720+0100", "20240101 07:30:00"],
        ["01/Jan/2024:07:00:00", "31/Dec/2024:23:59:59 +0000"],
        ["2024-W01", "2024-W53-7", "2024W013"],
        [2024010107, 2024010108, 2024010123, 2024010200, 2024013100],
        [202401010700, 202401010710, 202401012359, 202401020000, 202401310000],
        pl.Series([20240101070000, None, 20240101071010, 20240101235959, 20240102000000, 20240131000000]),
    ],
)
def test_dates_and_times_are_left_out_with_their_reason(at: Any) -> None:
    assert infer_schema(pumps(at=at, flow=[float(row) for row in range(len(at))])).ignored == (
        ("at", "dates or times"),
    )


def test_dates_asked_for_as_categories_are_kept() -> None:
    schema = infer_schema(pumps(day=["2014-07-01", "2014-07-01"], flow=[1.0, 2.0]), categorical=["day"])
    assert schema.columns[0] == Column("day", "categorical", constant=True)


@pytest.mark.parametrize(
    "words",
    [
        ["1.2.3"] * 2,
        ["may", "jan"],
        ["May 12", "Jan 7"],
        ["2020-13", "2020-01"],
        ["3 sun"],
        ["2024-W01", "2024-W54"],
        ["20240101T070000", "20241301T070000"],
    ],
)
def test_versions_and_months_are_no_dates(words: list[str]) -> None:
    assert infer_schema(pumps(version=words)).columns[0].kind == "categorical"


@pytest.mark.parametrize(
    "days",
    [
        list(range(20200125, 20200140)),
        [20200131, 20200201] * 5,
        [20200131.5, 1, 2, 3, 4, 5],
        [18991231, *range(20200101, 20200109)],
        list(range(202401010755, 202401010765)),
        list(range(2024010120, 2024010130)),
        [20240101, *range(202401010700, 202401010710)],
    ],
)
def test_other_whole_numbers_are_no_dates(days: list[int]) -> None:
    assert infer_schema(pumps(day=days)).columns[0].kind == "numeric"


def test_days_in_digits_can_be_asked_for_as_numbers() -> None:
    table = pumps(day=list(range(20200101, 20200109)), flow=[float(row) for row in range(8)])
    assert infer_schema(table).names == ("flow",)
    assert infer_schema(table, numeric=["day"]).names == ("day", "flow")


MINUTES = [1704067200 + 60 * row for row in range(30)]


@pytest.mark.parametrize(
    ("at", "unit"),
    [
        (MINUTES, "seconds"),
        ([1000 * second + row % 7 for row, second in enumerate(MINUTES)], "milliseconds"),
        ([10**6 * second for second in MINUTES], "microseconds"),
        ([10**9 * second for second in MINUTES], "nanoseconds"),
        ([second + 0.25 for second in MINUTES], "seconds"),
        (sorted(3 * MINUTES), "seconds"),
        ([None, *MINUTES, None], "seconds"),
    ],
)
def test_what_was_counted_since_1970_is_left_out_where_it_never_falls(at: list[float], unit: str) -> None:
    table = pumps(at=at, flow=[float(row % 5) for row in range(len(at))])
    reason = f"by their size {unit} since 1970, as they never fall from row to row; amounts? Then say numeric=['at']"
    assert infer_schema(table).ignored == (("at", reason),)
    assert infer_schema(table, numeric=["at"]).names == ("at", "flow")


@pytest.mark.parametrize(
    "amounts",
    [
        MINUTES[::-1],
        [*MINUTES[:20], MINUTES[0], *MINUTES[20:]],
        MINUTES[:20],
        [MINUTES[row // 10] for row in range(100)],
        list(range(1_000_000_000, 1_000_000_030)),
        list(range(2_015_550_100, 2_015_550_130)),
        [*MINUTES, 2_015_550_100],
        [10 * second for second in MINUTES],
    ],
    ids=["falling", "one falls", "few", "few levels", "ids", "telephones", "one beyond", "other units"],
)
def test_amounts_as_large_as_times_are_learned(amounts: list[int]) -> None:
    assert infer_schema(pumps(load=amounts)).names == ("load",)


@pytest.mark.parametrize("matrix", [False, True])
def test_columns_that_rise_from_row_to_row_are_known_by_their_last_number(matrix: bool) -> None:
    columns = {
        "rises": [row + 0.25 * (row % 2) for row in range(12)],
        "stands": [float(min(row, 10)) for row in range(12)],
        "falls": [-float(row) for row in range(12)],
        "lacks": [float(row) for row in range(11)] + [np.nan],
    }
    table = Table(np.array(list(columns.values())).T, matrix_names=tuple(columns)) if matrix else pumps(**columns)
    schema = infer_schema(table)
    assert [column.rises_to for column in schema.columns] == [11.25, None, None, None]
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema
    assert infer_schema(table.take(slice(0, 9))).columns[0].rises_to is None, "nine rows may rise by chance"


@pytest.mark.parametrize(
    "cells",
    [
        [timedelta(minutes=row % 3) for row in range(9)],
        [f"0 days 00:0{row % 3}:00" for row in range(9)],
        ["-1 days +23:59:00", None, "0 days 00:00:01.500000", "12 days 01:00:00"],
        ["PT1M", "P1D", "P2DT3H", "-PT1.5S"],
        ["0:01:00", "1 day, 0:01:00", "2 days, 1:00:00"],
    ],
    ids=["native", "pandas", "pandas, negative", "ISO", "python"],
)
def test_durations_are_left_out_and_told_in_text_and_natively(cells: list[Any]) -> None:
    schema = infer_schema(pumps(lasted=cells, flow=[float(row) for row in range(len(cells))]))
    reason = "durations; to learn from them, write them as numbers, such as seconds"
    assert (schema.names, schema.ignored) == (("flow",), (("lasted", reason),))


def test_durations_that_pandas_writes_are_left_out_as_its_own_are(tmp_path: Path) -> None:
    lasted = pd.to_timedelta([60, 90, 60, 86_400 * 2], unit="s")
    frame = pd.DataFrame({"lasted": lasted, "flow": [1.5, 2.5, 0.5, 1.0]})
    frame.to_csv(tmp_path / "pandas.csv", index=False)
    (of_file, of_frame) = (infer_schema(read(source)) for source in (tmp_path / "pandas.csv", frame))
    assert of_file == of_frame and of_file.names == ("flow",)


@pytest.mark.parametrize("cells", [["30 days", "60 days"], ["P1D", "P2D"], ["P", "PT"], ["0 days 00:01:00", "long"]])
def test_words_that_are_not_all_durations_are_categories(cells: list[str]) -> None:
    assert infer_schema(pumps(terms=cells * 3)).columns[0].kind == "categorical"


A_COUNT = "a column without a name that counts the rows"


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        (",flow,rpm\n0,1.5,2\n1,2.5,3\n2,0.5,1\n", "C1"),
        (",flow,rpm\n17,1.5,2\n18,2.5,3\n19,0.5,1\n", "C1"),
        ("flow,,rpm\n1.5,0,2\n2.5,1,3\n0.5,2,1\n", "C2"),
        ("Unnamed: 0,flow,rpm\n0,1.5,2\n1,2.5,3\n2,0.5,1\n", "Unnamed: 0"),
        (",0,1\n0,3,2\n1,4,3\n2,3,1\n", "C1"),
    ],
)
def test_an_index_without_a_name_is_left_out(tmp_path: Path, text: str, ignored: str) -> None:
    path = tmp_path / "pumps.csv"
    path.write_text(text)
    table = read(path)
    schema = infer_schema(table)
    assert schema.ignored == ((ignored, A_COUNT),)
    assert len(schema.names) == 2

    without = table.drop([ignored])
    other = read(pl.DataFrame({"day": [1]} | {name: [2.0] for name in schema.names}))
    for new in (table, without, other, Table(np.ones((2, 2)), named=False), Table(np.ones((2, 3)), named=False)):
        assert schema.align(new).names == schema.names
    assert infer_schema(table, numeric=[ignored]).ignored == ()


@pytest.mark.parametrize(
    "text",
    [
        ",flow,rpm\n0,1.5,2\n2,2.5,3\n3,0.5,1\n",
        ",flow,rpm\n0,1.5,2\n,2.5,3\n2,0.5,1\n",
        ",flow,rpm\n0,1.5,2\n1,2.5,3\n",
        "at,flow,rpm\n0,1.5,2\n1,2.5,3\n2,0.5,1\n",
        "C1,C2,C3\n0,1.5,2\n1,2.5,3\n2,0.5,1\n",
        "0,1.5,2\n1,2.5,3\n2,0.5,1\n",
    ],
)
def test_what_has_a_name_or_does_not_count_is_no_index(tmp_path: Path, text: str) -> None:
    (tmp_path / "pumps.csv").write_text(text)
    assert infer_schema(read(tmp_path / "pumps.csv")).ignored == ()


def test_the_index_that_pandas_writes_teaches_nothing(tmp_path: Path) -> None:
    cells = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 3)), columns=["flow", "rpm", "heat"])
    cells.to_csv(tmp_path / "pumps.csv")
    schema = infer_schema(read(tmp_path / "pumps.csv"))
    assert (schema.names, schema.ignored) == (("flow", "rpm", "heat"), (("C1", A_COUNT),))
    reread = infer_schema(read(pd.read_csv(tmp_path / "pumps.csv")))
    assert (reread.names, reread.ignored) == (("flow", "rpm", "heat"), (("Unnamed: 0", A_COUNT),))
    as_floats = infer_schema(read(pd.read_csv(tmp_path / "pumps.csv").astype(float)))
    assert as_floats.ignored == (("Unnamed: 0", A_COUNT),)


@pytest.mark.parametrize("write", ["parquet", "feather", "arrow"])
def test_the_index_of_some_rows_of_a_pandas_frame_is_left_out_and_told(tmp_path: Path, write: str) -> None:
    whole = pd.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["flow", "rpm"])
    some, source = whole[whole.flow > 0], tmp_path / "pumps"
    if write == "parquet":
        some.to_parquet(source)
    elif write == "feather":
        pyarrow.feather.write_feather(pyarrow.Table.from_pandas(some), source)
    found = read(pyarrow.Table.from_pandas(some) if write == "arrow" else source)
    assert "__index_level_0__" in found.names
    schema = infer_schema(found)
    assert schema.names == ("flow", "rpm")
    assert schema.ignored == (("__index_level_0__", "an index without a name, written by pandas"),)
    for new in (whole, some, pyarrow.Table.from_pandas(whole), pyarrow.Table.from_pandas(some)):
        assert schema.align(read(new)).names == ("flow", "rpm")
    assert infer_schema(found, numeric=["__index_level_0__"]).ignored == ()


def test_every_level_of_an_index_without_names_is_left_out_and_one_with_a_name_is_kept() -> None:
    frame = pd.DataFrame({"id": [7, 9, 7, 8], "at": [1, 3, 5, 9], "flow": [1.5, 2.5, 0.5, 1.0]})
    nameless = frame.set_index(["id", "at"]).rename_axis([None, None])
    assert [name for name, _ in infer_schema(read(pyarrow.Table.from_pandas(nameless))).ignored] == [
        "__index_level_0__",
        "__index_level_1__",
    ]
    assert infer_schema(read(pyarrow.Table.from_pandas(frame.set_index("id")))).names == ("at", "flow", "id")


def test_a_schema_that_once_learned_the_index_of_pandas_still_takes_it() -> None:
    old = Schema((Column("flow", "numeric"), Column("__index_level_0__", "numeric")))
    assert old.align(Table(pl.DataFrame({"__index_level_0__": [3, 9], "flow": [1.5, 2.5]}))).names == old.names


@pytest.mark.parametrize(("rows", "ignored"), [(20, ()), (21, (("serial", "text that is different in every row"),))])
def test_identifiers_are_left_out_from_21_rows_on(rows: int, ignored: tuple[tuple[str, str], ...]) -> None:
    serial = [f"P{row:03}" for row in range(rows)]
    table = pumps(serial=serial, flow=[float(row) for row in range(rows)])
    assert infer_schema(table).ignored == ignored
    assert infer_schema(table, categorical=["serial"]).ignored == ()


def test_a_word_among_numbers_is_an_undeclared_word_for_missing() -> None:
    table = pumps(pressure=["1.5"] * 1841 + ["n/a"] * 13)
    with pytest.raises(DataError) as raised:
        infer_schema(table)
    assert str(raised.value) == (
        "pumps.csv: column 'pressure' holds text 'n/a' at row 1841 (13 such rows); numbers were expected. "
        'Declare it with missing=["n/a"] (--missing n/a), or leave the column out of the fit (--ignore pressure). '
        'If these are categories, say categorical=["pressure"] (--categorical pressure).'
    )
    assert infer_schema(with_missing(table, ["n/a"])).columns == (
        Column("pressure", "numeric", constant=True, missing=13),
    )
    assert infer_schema(table, categorical=["pressure"]).columns[0].kind == "categorical"


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        (["1", "2", "n/a", "4"], "refused"),  # one word, under half of the cells
        (["1", "n/a", "n/a", "4"], "categorical"),  # half of the cells: hardly a word for missing
        (["3", "4", "two", "rotary"], "categorical"),  # several words, many cells
        (["1"] * 18 + ["x", "y"], "refused"),  # several words, few cells
    ],
)
def test_where_words_become_categories(cells: list[str], outcome: str) -> None:
    if outcome == "refused":
        with pytest.raises(DataError, match=r"numbers were expected"):
            infer_schema(pumps(cell=cells))
    else:
        assert infer_schema(pumps(cell=cells)).columns[0].kind == outcome


def test_a_column_asked_for_as_numeric_must_be_numbers() -> None:
    with pytest.raises(DataError, match=r"column 'state' holds text 'idle' at row 0"):
        infer_schema(pumps(state=["idle", "run"]), numeric=["state"])
    with pytest.raises(DataError, match=r"column 'day' holds Date; numbers were expected. Convert it to numbers first"):
        infer_schema(pumps(day=pl.Series(["2014-07-01"]).str.to_date(), flow=[1.0]), numeric=["day"])
    with pytest.raises(DataError, match=r"column 'beats' holds List"):
        infer_schema(pumps(beats=[[1.0, 2.0]]))


def test_a_column_without_values_is_refused() -> None:
    with pytest.raises(DataError) as raised:
        infer_schema(pumps(flow=[1.0, 2.0], gone=[None, None], nan=[float("nan")] * 2))
    assert str(raised.value) == (
        "pumps.csv: column 'gone' has no value in any of the 2 rows, nor do 'nan'; there is nothing to learn from it. "
        "Leave it out (--ignore gone,nan)."
    )
    with pytest.raises(DataError, match=r"column 'C2' has no value in any of the 3 rows; there is nothing to learn"):
        infer_schema(Table(np.array([[1, np.nan]] * 3)))


def test_advice_on_a_column_can_be_pasted_whatever_its_name() -> None:
    with pytest.raises(DataError) as raised:
        infer_schema(pumps(**{"Last [%]": ["1.5"] * 18 + ["n/a"]}))
    assert str(raised.value).endswith(
        """or leave the column out of the fit (--ignore 'Last [%]'). If these are categories, say """
        """categorical=["Last [%]"] (--categorical 'Last [%]')."""
    )
    with pytest.raises(DataError, match=r"Leave it out \(--ignore 'a b,\"c,d\"'\)"):
        infer_schema(pumps(**{"a b": [None, None], "c,d": [None, None]}))
    with pytest.raises(DataError, match=r"out of the fit \(--ignore 'Last \[%\]'\)"):
        infer_schema(pumps(**{"Last [%]": [[1.0], [2.0]]}))


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError, match=r"pumps.csv has 0 rows and 1 column; there is nothing to learn from"):
        infer_schema(pumps(flow=pl.Series([], dtype=pl.Float64)))
    with pytest.raises(DataError, match=r"The table has 3 rows and 0 columns; there is nothing to learn from"):
        infer_schema(Table(np.zeros((3, 0))))
    with pytest.raises(
        DataError, match=r"no column to learn from; left out: 'at \(dates or times\)', 'label \(as asked\)'"
    ):
        infer_schema(pumps(at=["12:30", "12:31"], label=[0, 1]), ignore=["label"])


@given(
    hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.sampled_from([0.0, -0.0, 1.0, 2.5, np.nan]),
    )
)
def test_missing_and_constant_are_what_a_plain_loop_finds(cells: np.ndarray) -> None:
    expected = [missing_and_constant(column) for column in cells.T.tolist()]
    for table in (Table(cells), Table(pl.DataFrame(cells)), Table(cells.astype(np.float32))):
        if any(missing == len(cells) for missing, _ in expected):
            with pytest.raises(DataError, match=r"has no value in any of the"):
                infer_schema(table)
        else:
            assert [(column.missing, column.constant) for column in infer_schema(table).columns] == expected


def test_columns_are_aligned_by_name_and_others_dropped() -> None:
    table = pumps(extra=[0], fixed=[5.0], rpm=["1250"], pump=["C"], flow=[None])
    aligned = FITTED.align(table)
    assert aligned.names == ("pump", "flow", "rpm", "fixed")
    np.testing.assert_array_equal(aligned.numbers(["flow", "rpm", "fixed"]), [[np.nan, 1250.0, 5.0]])
    assert aligned.column("rpm").dtype == pl.Float64


def test_text_in_a_numeric_column_is_refused_when_aligned() -> None:
    with pytest.raises(DataError, match=r"pumps.csv: column 'rpm' holds text 'fast' at row 1"):
        FITTED.align(pumps(fixed=[5, 5], rpm=["1250", "fast"], pump=["C", "C"], flow=[1.0, 2.0]))


def test_renamings_are_looked_for_among_so_many_names_and_letters_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """To compare two names takes time as the product of their lengths; each with each would take hours."""
    compared, compare = [], difflib.get_close_matches
    monkeypatch.setattr(difflib, "get_close_matches", lambda *two, **how: compared.append(two) or compare(*two, **how))
    fitted, found = ([f"{word} of sensor {number}" for number in range(5000)] for word in ("flow", "mass"))
    error = lacking_columns("The table", found, fitted, [])
    assert str(error).count(" to '") == 5
    nothing_near = lacking_columns("The table", [f"{n:x}" * 9 for n in range(5000)], fitted, [])
    assert str(nothing_near).endswith("and 4995 more.")
    assert "Rename" in str(lacking_columns("The table", ["FLOW" * 30_000], ["flow" * 30_000], []))
    assert len(compared) == 5 + 100 + 1 and max(len(names) for _, names in compared) == 100
    assert max(len(name) for word, names in compared for name in (word, *names)) == 200


def test_lacking_columns_are_named_with_the_likely_renaming() -> None:
    schema = infer_schema(Table(pl.DataFrame({"pressure": [1.0, 2.0], "flow": [1.0, 2.0], "rpm": [1.0, 2.0]})))
    with pytest.raises(SchemaError) as raised:
        schema.align(Table(pl.DataFrame({"pressure": [1.0], "RPM": [2.0]})))
    assert str(raised.value) == (
        "The table lacks 2 columns that the detector was fitted on: 'flow', 'rpm'. "
        "It has 1 unknown column: 'RPM'. Rename 'RPM' to 'rpm'?"
    )


def test_one_lacking_column_and_no_likely_renaming() -> None:
    with pytest.raises(SchemaError) as raised:
        FITTED.align(pumps(pump=["A"], flow=[1.0], fixed=[5]))
    assert str(raised.value) == "pumps.csv lacks 1 column that the detector was fitted on: 'rpm'."


def test_ignored_columns_are_not_called_unknown() -> None:
    schema = infer_schema(pumps(flow=[1.0, 2.0], label=[0, 1]), ignore=["label"])
    with pytest.raises(SchemaError) as raised:
        schema.align(pumps(label=[1]))
    assert str(raised.value) == "pumps.csv lacks 1 column that the detector was fitted on: 'flow'."


def test_tables_without_names_are_aligned_by_position() -> None:
    matrix = np.arange(8.0).reshape(2, 4)
    unnamed = infer_schema(Table(matrix, named=False), ignore=[1])
    assert unnamed.names == ("C1", "C3", "C4")
    whole = unnamed.align(Table(matrix, named=False))
    assert whole.names == unnamed.names
    np.testing.assert_array_equal(whole.numbers(whole.names), matrix[:, [0, 2, 3]])
    without_the_ignored = unnamed.align(Table(matrix[:, :3], named=False))
    assert without_the_ignored.names == unnamed.names
    np.testing.assert_array_equal(without_the_ignored.numbers(whole.names), matrix[:, :3])
    named_frame = unnamed.align(Table(pl.DataFrame(matrix, schema=["a", "b", "c", "d"])))
    np.testing.assert_array_equal(named_frame.numbers(["C1", "C3", "C4"]), matrix[:, [0, 2, 3]])


def test_a_matrix_is_aligned_without_copying() -> None:
    matrix = np.zeros((5, 3), dtype=np.float32)
    schema = infer_schema(Table(pl.DataFrame({"a": [1.0, 2], "b": [1.0, 2], "c": [1.0, 2]})))
    aligned = schema.align(Table(matrix, named=False))
    assert aligned.names == ("a", "b", "c")
    assert np.shares_memory(aligned.numbers(["a", "b", "c"]), matrix)


def test_a_matrix_goes_from_source_to_numbers_with_little_memory_beside_it() -> None:
    matrix = np.random.default_rng(0).normal(size=(20_000, 100)).astype(np.float32)
    tracemalloc.start()
    table = read(matrix)
    numbers = infer_schema(table).align(table).numbers(table.names)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.shares_memory(numbers, matrix)
    # One byte a cell marks what is missing; all else is small.
    assert peak < 0.3 * matrix.nbytes


def test_made_up_names_are_found_again_in_a_frame_that_has_them() -> None:
    schema = infer_schema(Table(np.ones((2, 2)) * [[1.0], [2.0]], named=False))
    assert schema.align(Table(pl.DataFrame({"row": [0], "C2": [2.0], "C1": [1.0]}))).column("C1").to_list() == [1.0]


def test_a_wrong_number_of_columns_says_both_numbers() -> None:
    heartbeats = infer_schema(Table(np.ones((2, 141)), named=False), ignore=[-1])
    with pytest.raises(SchemaError) as raised:
        heartbeats.align(Table(np.ones((2, 139)), source="ecg.csv", named=False))
    assert str(raised.value) == (
        "ecg.csv has 139 columns; 140 were expected, or the 141 of the whole table that the detector was fitted on. "
        "Where names are lacking, columns are taken by position: give those that the detector was fitted on, in the "
        "same order."
    )
    with pytest.raises(SchemaError, match=r"in the same order, or with their names: 'pump', 'flow', 'rpm', 'fixed'"):
        FITTED.align(Table(np.ones((2, 3)), named=False))


NAMES = st.text(min_size=1, max_size=5)


@given(st.lists(NAMES, min_size=1, max_size=6, unique=True), st.booleans(), st.data())
def test_a_schema_survives_json(names: list[str], named: bool, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    columns = tuple(
        Column(
            name,
            data.draw(st.sampled_from(["numeric", "categorical"])),
            data.draw(st.booleans()),
            data.draw(st.integers(0)),
        )
        for name in names
        if name in kept
    )
    schema = Schema(columns, named, tuple((name, "as asked") for name in names if name not in kept), tuple(names))
    assert Schema.from_dict(json.loads(json.dumps(schema.to_dict()))) == schema


RISING = {"name": "a", "kind": "numeric", "constant": False, "missing": 0, "rises_to": 1.5}


def damage(key: str, value: object) -> dict[str, object]:
    return {**FITTED.to_dict(), key: value}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (None, "the schema is NoneType, not dict"),
        ([], "the schema is list, not dict"),
        ({}, "the schema has the keys , not 'all_names', 'columns', 'ignored', 'named'"),
        (damage("pickle", "x"), "the schema has the keys 'all_names', 'columns', 'ignored', 'named', 'pickle', not"),
        (damage("named", 1), "'named' of the schema is int, not bool"),
        (damage("columns", {}), "'columns' of the schema is dict, not list"),
        (damage("columns", []), "it has no columns"),
        (damage("columns", ["flow"]), "a column is str, not dict"),
        (damage("columns", [{"name": "flow"}]), "a column has the keys 'name', not"),
        (
            damage("columns", [{"name": 1, "kind": "numeric", "constant": False, "missing": 0}]),
            "'name' of a column is int",
        ),
        (
            damage("columns", [{"name": "a", "kind": "os", "constant": False, "missing": 0}]),
            "no column kind is called 'os'",
        ),
        (damage("columns", [{"name": "a", "kind": "numeric", "constant": False, "missing": True}]), "is bool, not int"),
        (
            damage("columns", [{"name": "a", "kind": "numeric", "constant": False, "missing": -1}]),
            "has -1 missing cells",
        ),
        (damage("columns", [RISING | {"rises_to": 1}]), "'rises_to' of a column is int, not float"),
        (damage("columns", [RISING | {"rises_to": float("inf")}]), "column 'a' cannot rise to inf"),
        (damage("columns", [RISING | {"kind": "categorical"}]), "column 'a' cannot rise to 1.5"),
        (damage("columns", FITTED.to_dict()["columns"] * 2), "a column is listed twice"),  # type: ignore[operator]
        (damage("ignored", [["flow"]]), "an ignored column is not a name and a reason"),
        (damage("ignored", [["day", 3]]), "a name is int, not str"),
        (damage("all_names", ["pump"]), "'all_names' is not the columns and the ignored ones together"),
    ],
)
def test_a_damaged_record_is_refused(record: object, words: str) -> None:
    with pytest.raises(DataError) as raised:
        Schema.from_dict(record)
    assert str(raised.value).startswith("The column schema is damaged: ")
    assert words in str(raised.value)
    assert str(raised.value).endswith("Fit and save the detector again.")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["columns", "named", "ignored", "all_names", "name", "kind"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_other_json_is_refused_and_nothing_else_happens(record: object) -> None:
    with pytest.raises(DataError, match=r"The column schema is damaged"):
        Schema.from_dict(record)


def test_a_column_that_the_user_called_as_a_nameless_one_elsewhere_is_kept() -> None:
    schema = infer_schema(Table(pl.DataFrame({"x": [1.0, 5.0, 2.0, 3.0], "C1": [1, 2, 3, 4]})))
    assert (schema.names, schema.ignored) == (("x", "C1"), ())


def test_identifiers_are_left_out_whichever_row_comes_first() -> None:
    random = np.random.default_rng(0)
    identifiers = [f"{number:08x}" for number in random.choice(2**31, 400, replace=False).tolist()]
    digits = next(place for place, word in enumerate(identifiers) if word.isdigit())
    keys = [f"{number}-B" if number % 2 else str(number) for number in range(1, 60)]
    for words in (identifiers, identifiers[digits:] + identifiers[:digits], keys, keys[::-1]):
        table = Table(pl.DataFrame({"id": words, "flow": random.normal(size=len(words))}))
        assert dict(infer_schema(table).ignored) == {"id": "text that is different in every row"}


@pytest.mark.parametrize("place", [0, 1, 41])
def test_a_slip_among_numbers_makes_no_identifiers_of_them(place: int) -> None:
    words = [f"{row}.25" for row in range(41)]
    words.insert(place, "oops")
    with pytest.raises(DataError, match=rf"column 'flow' holds text 'oops' at row {place} \(1 such row\)"):
        infer_schema(Table(pl.DataFrame({"flow": words})))


def test_columns_numbered_in_another_order_are_refused_where_they_would_be_taken_by_place() -> None:
    fitted = infer_schema(read(np.arange(12.0).reshape(4, 3)))
    moved = pd.DataFrame(np.arange(12.0).reshape(4, 3))[[2, 0, 1]]

    with pytest.raises(SchemaError) as raised:
        fitted.align(read(moved))
    assert str(raised.value) == (
        "The table has columns that are numbered from 0 but stand in another order: '2', '0', '1'. The detector knows "
        "its columns by their places alone, which may be meant or not. Put them in the order of their numbers (in "
        "pandas frame.sort_index(axis=1)); or, where they stand in the right places, give them without these numbers "
        "(frame.to_numpy())."
    )
    for table in (moved.sort_index(axis=1), moved.set_axis([7, 9, 8], axis=1), moved.to_numpy()):
        assert fitted.align(read(table)).names == fitted.names
    with_names = infer_schema(read(moved.rename(columns=str)))
    assert with_names.align(read(moved.sort_index(axis=1).rename(columns=str))).names == ("2", "0", "1")
