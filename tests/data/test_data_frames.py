from __future__ import annotations

import datetime
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from offbeat.data.readers import read
from offbeat.data.schema import infer_schema
from offbeat.data.table import Table
from offbeat.errors import DataError

COLUMNS = {"pump": ["A", "B", None], "flow": [1.5, None, 2.5], "rpm": [1200, 1300, 1400], "on": [True, False, True]}
EXPECTED = pl.DataFrame(COLUMNS)


class OnlyArrow:
    """A frame of a library that nobody knows, which speaks Arrow."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


@pytest.mark.parametrize(
    "frame",
    [EXPECTED, EXPECTED.lazy(), pa.table(COLUMNS), OnlyArrow(pa.table(COLUMNS)), pd.DataFrame(COLUMNS)],
    ids=["polars", "lazy", "pyarrow", "arrow stream", "pandas"],
)
def test_frames_of_all_libraries_give_the_same_table(frame: object) -> None:
    table = read(frame)
    assert isinstance(table.cells, pl.DataFrame)
    assert table.cells.equals(EXPECTED)
    assert (table.source, table.named) == ("the table", True)


def test_a_polars_frame_is_not_copied() -> None:
    frame = pl.DataFrame({"flow": [1.5, 2.5]})
    cells = read(frame).cells
    assert isinstance(cells, pl.DataFrame)
    view, original = cells["flow"].to_numpy(allow_copy=False), frame["flow"].to_numpy(allow_copy=False)
    assert view.__array_interface__["data"] == original.__array_interface__["data"]


def test_words_for_missing_count_in_frames_too() -> None:
    table = read(pl.DataFrame({"flow": ["1.5", "n/a", "NA"], "rpm": [1, -999, 3]}), missing=["n/a", "-999"])
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[1.5, 1], [np.nan, np.nan], [np.nan, 3]])


@pytest.mark.parametrize("kind", [pl.Float16, pl.Float32, pl.Float64, pl.String, pl.Categorical])
def test_numbers_for_missing_count_by_value_in_the_precision_of_the_column(kind: type[pl.DataType]) -> None:
    flow = pl.Series("flow", ["1.5", "-99.90", "2.0"]).cast(pl.Float64 if kind.is_numeric() else kind).cast(kind)
    table = read(pl.DataFrame([flow, pl.Series("pump", ["A", "B", "A"])]), missing=["-99.9"])
    np.testing.assert_array_equal(table.numbers(["flow"])[:, 0], [1.5, np.nan, 2.0])


def test_words_among_categories_are_missing_as_they_are_written() -> None:
    frame = pl.DataFrame({"state": ["on", "-9", "-9.0"]})
    assert read(frame, missing=["-9"]).column("state").to_list() == ["on", None, "-9.0"]


def test_a_matrix_of_pandas_is_not_copied() -> None:
    frame = pd.DataFrame(np.zeros((4, 3), dtype=np.float32), columns=["a", "b", "c"])
    table = read(frame)
    assert isinstance(table.cells, np.ndarray)
    assert np.shares_memory(table.cells, frame.to_numpy())
    assert (table.names, table.named) == (("a", "b", "c"), True)


def test_numbered_pandas_columns_have_no_names() -> None:
    for frame in (pd.DataFrame(np.zeros((2, 3))), pd.DataFrame({0: [1, 2], 1: ["a", "b"]})):
        table = read(frame)
        assert not table.named
        assert table.names == tuple(f"C{number}" for number in range(1, frame.shape[1] + 1))
    assert read(pd.DataFrame({1: [1.0], 2: [2.0]})).names == ("1", "2")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pd.Series([1, None, 3], dtype="Int64"), [1, None, 3]),
        (pd.Series([1.5, None], dtype="Float64"), [1.5, None]),
        (pd.Series([True, None], dtype="boolean"), [True, None]),
        (pd.Series(["a", None], dtype="string"), ["a", None]),
        (pd.Series(["a", "b", None], dtype="category"), ["a", "b", None]),
        (pd.Series([1, "a", None, np.nan], dtype=object), ["1", "a", None, None]),
        (pd.Series([1, 2.5], dtype=object), ["1", "2.5"]),
        (pd.Series(pd.to_datetime(["2014-07-01", None])), [datetime.datetime(2014, 7, 1), None]),
        (pd.Series([3, 4], dtype="int8"), [3, 4]),
    ],
)
def test_pandas_types(column: Any, expected: list[object]) -> None:
    assert read(pd.DataFrame({"cell": column, "text": "x"})).column("cell").to_list() == expected


def test_the_index_of_pandas_is_no_column_and_rows_count_from_zero() -> None:
    frame = pd.DataFrame({"flow": ["1.5", "fast"]}, index=[100, 200])
    with pytest.raises(DataError, match=r"The table: column 'flow' holds text 'fast' at row 1"):
        read(frame).numbers(["flow"])


def test_pandas_names_given_twice() -> None:
    with pytest.raises(DataError, match=r"The data frame has columns of the same name: 'a'. Give each its own name."):
        read(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_pandas_numbers_that_no_column_takes() -> None:
    with pytest.raises(DataError) as raised:
        read(pd.DataFrame({"a": [2**200, 1], "b": [1, 2]}))
    assert str(raised.value) == (
        "The data frame's column 'a' holds whole numbers of more than 128 bits, which no column takes. Make them "
        "floats (frame[column].astype(float)), or words where they are names of something."
    )
    assert read(pd.DataFrame({"a": [2**100, 1]})).words("a").to_list() == [str(2**100), "1"]


def test_pandas_without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    frame = pd.DataFrame({"pump": np.array(["A", None], dtype=object), "flow": [1.5, np.nan], "rpm": [1, 2]})
    assert read(frame).words("pump").to_list() == ["A", None]
    np.testing.assert_array_equal(read(frame).numbers(["flow", "rpm"]), [[1.5, 1], [np.nan, 2]])


def test_an_arrow_stream_that_is_no_table() -> None:
    with pytest.raises(DataError, match=r"The OnlyArrow given is no table of columns"):
        read(OnlyArrow(pa.chunked_array([[1, 2]])))


WIDE_DECIMALS = pa.table({"flow": pa.array([1, 2]).cast(pa.decimal256(50, 3))})


def test_a_type_that_polars_panics_at() -> None:
    with pytest.raises(DataError) as problem:
        read(WIDE_DECIMALS)
    assert str(problem.value) == (
        "The Table given is no table of columns that polars takes: operator does not support primitive `Int256`"
    )


@pytest.mark.parametrize("write", [pa.ipc.new_file, pa.ipc.new_stream], ids=["file", "stream"])
def test_a_file_of_a_type_that_polars_panics_at(tmp_path: Path, write: Any) -> None:
    path = tmp_path / "wide.arrow"
    with write(path, WIDE_DECIMALS.schema) as file:
        file.write(WIDE_DECIMALS)
    with pytest.raises(DataError) as problem:
        read(path)
    assert str(problem.value).startswith("wide.arrow is a damaged arrow ")
    assert str(problem.value).endswith(
        "or one that polars does not read (operator does not support primitive `Int256`). Fetch or write it again, "
        "with columns of plain types, each with its own name."
    )


def test_a_lazy_frame_that_panics() -> None:
    def give_up(_: pl.DataFrame) -> pl.DataFrame:
        raise pl.exceptions.PanicException("odd cells")

    with pytest.raises(DataError, match=r"The LazyFrame given cannot be collected: .*odd cells"):
        read(pl.LazyFrame({"a": [1]}).map_batches(give_up))


def test_an_interrupt_is_no_fault_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pl.LazyFrame, "collect", stop)
    with pytest.raises(KeyboardInterrupt):
        read(pl.LazyFrame({"a": [1]}))


def test_a_series_is_no_table_in_words() -> None:
    with pytest.raises(DataError) as problem:
        read(pd.Series([1.0, 2.0], name="flow"))
    assert str(problem.value) == (
        "The Series given is one column or one row, not a table. Give series.to_frame() for a table of one column, or "
        "series.to_frame().T for a table of one row."
    )
    assert read(pl.Series("flow", [1.0, 2.0])).names == ("flow",)


def test_other_array_likes() -> None:
    class Device:
        """An array that lives elsewhere, as those of JAX and torch do."""

        def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
            return np.ones((2, 2), dtype=np.float32)

    assert isinstance(read(Device()), Table)
    assert read(Device()).numbers(["C1"]).dtype == np.float32


def test_categories_stay_categories_also_where_they_are_numbers() -> None:
    frame = pd.DataFrame({"code": pd.Categorical([1, 2, None]), "flow": [1.5, 2.5, 3.5]})
    table = read(frame)
    assert table.words("code").to_list() == ["1", "2", None]
    assert [column.kind for column in infer_schema(table).columns] == ["categorical", "numeric"]
    typed = pl.DataFrame({"code": pl.Series(["1", "2"], dtype=pl.Enum(["1", "2"]))})
    assert infer_schema(read(typed)).columns[0].kind == "categorical"


def test_long_doubles_are_numbers_in_a_frame_as_in_an_array() -> None:
    cells = np.array([[1.5, 2.0], [np.nan, 3.0]], dtype=np.longdouble)
    frame = pd.DataFrame({"flow": cells[:, 0], "rpm": cells[:, 1], "valve": ["open", None]})
    table = read(frame)
    assert [column.kind for column in infer_schema(table).columns] == ["numeric", "numeric", "categorical"]
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), read(cells).numbers([0, 1]))
    np.testing.assert_array_equal(read(frame[["flow"]]).numbers([0]), read(cells).numbers([0]))
    frame["flow"] = np.array(["1e4000", "2"], dtype=np.longdouble)
    if np.isfinite(frame["flow"]).all():  # where these have more bits than doubles
        with pytest.raises(DataError, match=r"column 'flow' holds inf at row 0 \(1 such row\); finite numbers were"):
            read(frame).numbers(["flow"])


@pytest.mark.parametrize(
    ("cells", "kind", "cure"),
    [
        (
            pd.period_range("2020", periods=3, freq="M"),
            "Period",
            "dates (column.dt.to_timestamp()), which are left out, or to numbers, such as column.dt.month,",
        ),
        (
            pd.interval_range(0, 3),
            "Interval",
            "numbers, such as their middles (column.array.mid), or to text, which makes categories,",
        ),
        ([1j, 2j, None], "complex", "real numbers, such as column.abs(),"),
        ([None, {1}, {2}], "set", "numbers, or to text, which makes categories,"),
    ],
)
def test_objects_of_pandas_are_called_by_their_type_with_what_to_make_of_them(cells: Any, kind: str, cure: str) -> None:
    table = read(pd.DataFrame({"at": cells, "flow": [1.5, 2.5, 3.5]}))
    for problem in (lambda: infer_schema(table), lambda: table.numbers(["at"])):
        with pytest.raises(DataError) as raised:
            problem()
        assert str(raised.value) == (
            f"The table: column 'at' holds objects of the type {kind}; numbers were expected. Convert it to {cure} "
            "or leave the column out of the fit (--ignore at)."
        )
    assert infer_schema(table, ignore=["at"]).names == ("flow",)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_of_any_unit_are_dates(unit: str) -> None:
    at = pd.Series(pd.date_range("2020", periods=3)).astype(f"datetime64[{unit}]")
    table = read(pd.DataFrame({"at": at, "span": at - at[0], "flow": [1.5, 2.5, 3.5]}))
    assert table.column("at").dt.year().to_list() == [2020] * 3
    assert dict(infer_schema(table).ignored) == {
        "at": "dates or times",
        "span": "durations; to learn from them, write them as numbers, such as seconds",
    }


def test_what_a_lazy_frame_fails_with_is_told() -> None:
    with pytest.raises(DataError, match=r"The LazyFrame given cannot be collected: .*nowhere"):
        read(pl.LazyFrame({"flow": [1.0]}).select("nowhere"))


def test_cells_of_numpy_and_pandas_in_an_array_of_objects_are_plain_ones() -> None:
    cells = np.array([[np.float64(1.5), np.str_("open"), pd.NA], [2, "shut", np.bool_(True)]], dtype=object)
    assert read(cells).cells.rows() == [(1.5, "open", None), (2.0, "shut", True)]


def test_dates_in_an_array_of_objects_are_no_numbers() -> None:
    cells = np.array([[np.datetime64("2020-01-01T00:00:00.000000000"), 1.5]], dtype=object)
    with pytest.raises(DataError, match="column 'C1' holds 'datetime64'; numbers or text were expected"):
        read(cells)


def _extension(name: str, storage: list[object], kind: pl.DataType) -> pl.Series:
    return pl.Series("kind", storage, dtype=kind).ext.to(pl.Extension(name, kind))


@pytest.mark.filterwarnings("ignore:.*xtension")
def test_truth_values_and_text_of_arrows_extensions_are_such(tmp_path: Path) -> None:
    truth = _extension("arrow.bool8", [1, 0, None], pl.Int8())
    words = _extension("arrow.json", ['{"a": 1}', None, "[]"], pl.String()).rename("words")
    frame = pl.DataFrame([truth, words])
    frame.write_ipc(tmp_path / "kinds.arrow")
    for source in (frame, tmp_path / "kinds.arrow"):
        table = read(source)
        assert table.column("kind").to_list() == [True, False, None]
        assert table.words("words").to_list() == ['{"a": 1}', None, "[]"]


@pytest.mark.filterwarnings("ignore:.*xtension")
@pytest.mark.parametrize(
    ("name", "cure"),
    [
        (
            "pandas.period",
            "dates (column.dt.to_timestamp()), which are left out, or to numbers, such as column.dt.month,",
        ),
        ("pandas.interval", "numbers, such as their middles (column.array.mid), or to text, which makes categories,"),
        ("arrow.opaque", "numbers, or to text, which makes categories,"),
    ],
)
def test_columns_of_a_librarys_own_type_are_told(name: str, cure: str) -> None:
    table = read(pl.DataFrame([_extension(name, [1, 2], pl.Int64())]))
    for expected, ask in (("numbers", table.numbers), ("words", lambda names: table.words(names[0]))):
        with pytest.raises(DataError) as raised:
            ask(["kind"])
        assert str(raised.value) == (
            f"The table: column 'kind' holds objects of the type {name}; {expected} were expected. Convert it to "
            f"{cure} or leave the column out of the fit (--ignore kind)."
        )


def test_half_a_character_in_text_is_told_by_its_row() -> None:
    with pytest.raises(
        DataError, match=r"column 'pump' holds text with half a character \(a lone surrogate\) at row 1,"
    ):
        read(pd.DataFrame({"pump": pd.Series(["A", "B\ud800"], dtype=object)}))
