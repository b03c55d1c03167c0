from __future__ import annotations

import math
import shlex

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive.data_columns import first_bad_cell
from offbeat.cli.setting_options import setting_value
from offbeat.data.table import Table
from offbeat.errors import DataError

PUMPS = Table(pl.DataFrame({"pump": ["A", "B"], "flow": [1, 2], "rpm": [1.5, None]}), source="pumps.csv")


def test_position_by_name_by_index_and_by_text() -> None:
    assert [PUMPS.position(column) for column in ("rpm", 2, -1, "-1", "0", -3)] == [2, 2, 2, 2, 0, 0]


def test_a_column_called_minus_one_is_found_by_its_name() -> None:
    table = Table(pl.DataFrame({"-1": [1.0], "flow": [2.0]}))
    assert table.position("-1") == 0
    assert table.position(-1) == 1


def test_an_unknown_column_names_the_likely_one_and_what_there_is() -> None:
    with pytest.raises(DataError) as raised:
        PUMPS.column("Flw")
    assert str(raised.value) == (
        "pumps.csv: there is no column 'Flw'. Did you mean 'flow'? It has 'pump', 'flow', 'rpm'."
    )


def test_many_columns_are_not_all_listed() -> None:
    with pytest.raises(DataError) as raised:
        Table(np.zeros((1, 210))).position("label")
    assert str(raised.value) == (
        "The table: there is no column 'label'. It has 'C1', 'C2', 'C3', 'C4', 'C5' and 205 more."
    )


@pytest.mark.parametrize("index", [3, -4, "3"])
def test_an_index_out_of_range_says_the_range(index: int | str) -> None:
    with pytest.raises(
        DataError, match=r"there is no column -?\d; it has 3 columns, 0 to 2 .* or -1 to -3 from the end"
    ):
        PUMPS.position(index)


def test_numbers_have_nan_where_missing() -> None:
    numbers = PUMPS.numbers(["rpm", "flow"])
    assert numbers.dtype == np.float64
    assert numbers.flags.c_contiguous
    np.testing.assert_array_equal(numbers, [[1.5, 1.0], [math.nan, 2.0]])


def test_numbers_of_no_columns_still_have_the_rows() -> None:
    assert PUMPS.numbers([]).shape == (2, 0)
    assert Table(np.zeros((4, 2))).numbers([]).shape == (4, 0)


def test_booleans_text_categories_and_decimals_are_numbers_where_asked() -> None:
    frame = pl.DataFrame(
        {
            "on": [True, None, False],
            "text": [" 1", "2.5", None],
            "category": pl.Series(["3", "4", "3"], dtype=pl.Categorical),
            "decimal": pl.Series(["1.25", "2.50", None]).cast(pl.Decimal(10, 2)),
            "nothing": [None, None, None],
            "half": pl.Series([0.5, 1.0, None], dtype=pl.Float32),
        }
    )
    np.testing.assert_array_equal(
        Table(frame).numbers(frame.columns),
        [
            [1, 1, 3, 1.25, math.nan, 0.5],
            [math.nan, 2.5, 4, 2.5, math.nan, 1],
            [0, math.nan, 3, math.nan, math.nan, math.nan],
        ],
    )


def test_a_matrix_is_never_copied_for_its_own_columns() -> None:
    matrix = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    table = Table(matrix, named=False)
    for view in (table.numbers(table.names), table.drop(["C1"]).numbers(["C3", "C4"]), table.take(slice(5, 9)).cells):
        assert isinstance(view, np.ndarray)
        assert np.shares_memory(view, matrix)
        assert view.dtype == np.float32
    np.testing.assert_array_equal(table.drop(["C1"]).numbers(["C3", "C4"]), matrix[:, 2:4])
    np.testing.assert_array_equal(table.numbers(["C6", "C1"]), matrix[:, [5, 0]])


def test_a_frame_of_float32_stays_float32() -> None:
    frame = pl.DataFrame({"a": [1.0, None], "b": [2.0, 3.0]}, schema={"a": pl.Float32, "b": pl.Float32})
    assert Table(frame).numbers(["b", "a"]).dtype == np.float32


def test_columns_keep_their_made_up_names_when_others_go() -> None:
    table = Table(np.arange(6.0).reshape(2, 3), named=False).drop([0])
    assert table.names == ("C2", "C3")
    assert table.column("C3").to_list() == [2.0, 5.0]
    assert table.column("C3").name == "C3"


def test_text_among_numbers_says_where_how_often_and_what_to_do() -> None:
    cells = ["1.5"] * 1841 + ["n/a"] * 13
    with pytest.raises(DataError) as raised:
        Table(pl.DataFrame({"flow": [1.0] * 1854, "pressure": cells}), source="pumps.csv").numbers(["flow", "pressure"])
    assert str(raised.value) == (
        "pumps.csv: column 'pressure' holds text 'n/a' at row 1841 (13 such rows); numbers were expected. "
        'Declare it with missing=["n/a"] (--missing n/a), or leave the column out of the fit (--ignore pressure).'
    )


def test_several_words_are_all_declared_but_not_a_hundred_of_them() -> None:
    with pytest.raises(DataError, match=r'missing=\["n/a", "err"\] \(--missing n/a,err\)'):
        Table(pl.DataFrame({"flow": ["n/a", "1", "err", "n/a"]})).numbers(["flow"])
    with pytest.raises(DataError, match=r'holds text \'x0\' at row 0 \(9 such rows\).*missing=\["x0"\]'):
        Table(pl.DataFrame({"flow": [f"x{row}" for row in range(9)]})).numbers(["flow"])


def test_decimal_commas_are_recognised_in_the_advice() -> None:
    with pytest.raises(DataError, match=r'Say decimal="," \(--decimal ,\) if these are decimal commas\. Declare'):
        Table(pl.DataFrame({"flow": ["1,5", "2"]})).numbers(["flow"])


def test_thousands_among_numbers_are_told_with_advice_that_works() -> None:
    with pytest.raises(DataError) as raised:
        Table(pl.DataFrame({"flow": ["999", "1,042", "7"]}), source="pumps.csv").numbers(["flow"])
    assert str(raised.value) == (
        "pumps.csv: column 'flow' holds text '1,042' at row 1 (1 such row); numbers were expected. Thousands "
        "separators, as in '1,042'? Then write 1042. Say decimal=\",\" (--decimal ,) if these are decimal commas. "
        """Declare it with missing=["1,042"] (--missing '"1,042"'), or leave the column out of the fit """
        "(--ignore flow)."
    )
    assert setting_value(shlex.split("""--missing '"1,042"'""")[1], tuple[str, ...]) == ("1,042",)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("1,042,000.5", r"Thousands separators, as in '1,042,000\.5'\? Then write 1042000\.5\. Declare"),
        ("1.042,5", r"Thousands separators, as in '1\.042,5'\? Then write 1042\.5\. Declare"),
        ("1\u00a0042", r"Thousands separators, as in '1\u00a0042'\? Then write 1042\. Declare"),
        ("-12,5 %", r"Per cent, as in '-12,5 %'\? Then write -12\.5\. Declare"),
        ("-$1,042", r"Amounts of money, as in '-\$1,042'\? Then write -1042\. Declare"),
        ("5 €", r"Amounts of money, as in '5 €'\? Then write 5\. Declare"),
        ("5 l", r"numbers were expected\. Declare"),
    ],
)
def test_what_seems_to_be_an_amount_is_told_where_numbers_belong(word: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        Table(pl.DataFrame({"flow": ["999", word, "7"]})).numbers(["flow"])


@pytest.mark.parametrize(
    "cells", [pl.DataFrame({"C1": [0.0, 0.0], "C2": [1.0, -math.inf]}), np.array([[0, 1], [0, -np.inf]])]
)
def test_infinite_numbers_are_refused(cells: pl.DataFrame | np.ndarray) -> None:
    with pytest.raises(DataError) as raised:
        Table(cells).numbers(["C1", "C2"])
    assert str(raised.value) == (
        "The table: column 'C2' holds -inf at row 1 (1 such row); finite numbers were expected. "
        'Declare it with missing=["-inf"] (--missing -inf), or leave the column out of the fit (--ignore C2).'
    )


def test_large_numbers_whose_sum_overflows_are_not_infinite() -> None:
    matrix = np.full((3, 2), 1.7e308)
    assert Table(matrix).numbers(["C1", "C2"]) is not None
    with_missing = np.array([[np.nan, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(Table(with_missing).numbers(["C1", "C2"]), with_missing)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pl.Series("at", ["2014-07-01"]).str.to_date(), "Date"),
        (pl.Series("at", [[1.0, 2.0]]), "List"),
        (pl.Series("at", [b"x"]), "Binary"),
    ],
)
def test_other_types_are_refused_by_name(column: pl.Series, kind: str) -> None:
    with pytest.raises(
        DataError, match=rf"column 'at' holds {kind}.*; numbers were expected. Convert it to numbers first"
    ):
        Table(pl.DataFrame([column])).numbers(["at"])


@given(st.lists(st.one_of(st.none(), st.sampled_from(["1", "2.5", " 3 ", "n/a", "x"])), min_size=1, max_size=30))
def test_the_first_bad_cell_is_the_one_that_a_plain_loop_finds(cells: list[str | None]) -> None:
    table = Table(pl.DataFrame({"flow": pl.Series(cells, dtype=pl.String)}))
    bad = first_bad_cell(cells)
    if bad is None:
        expected = [math.nan if cell is None else float(cell) for cell in cells]
        np.testing.assert_array_equal(table.numbers(["flow"])[:, 0], expected)
    else:
        row, text, count = bad
        rows = "1 such row" if count == 1 else f"{count} such rows"
        with pytest.raises(DataError, match=rf"holds text '{text}' at row {row} \({rows}\)"):
            table.numbers(["flow"])


def test_words_are_the_same_however_the_numbers_were_read() -> None:
    as_floats = Table(pl.DataFrame({"code": [1.0, None, 20.0, 2.5, math.nan, 1e300]}))
    assert as_floats.words("code").to_list() == ["1", None, "20", "2.5", None, "1e+300"]
    assert Table(pl.DataFrame({"code": [1, None, 20]})).words("code").to_list() == ["1", None, "20"]
    assert Table(pl.DataFrame({"code": ["1 ", None, "20"]})).words("code").to_list() == ["1", None, "20"]
    blanks = pl.DataFrame({"code": ["1 ", None, "20"]})
    for kind in (pl.Categorical(), pl.Enum(["1 ", "20"])):
        assert Table(blanks.cast({"code": kind})).words("code").to_list() == ["1", None, "20"]
    assert Table(pl.DataFrame({"on": [True, False, None]})).words("on").to_list() == ["true", "false", None]
    assert Table(np.array([[1.0], [np.nan]])).words("C1").to_list() == ["1", None]


@pytest.mark.parametrize("cells", [pl.DataFrame({"C1": [0.0, 1.0, 2.0]}), np.array([[0.0], [1], [2]])])
def test_take_rows_in_any_form(cells: pl.DataFrame | np.ndarray) -> None:
    table = Table(cells, source="pumps.csv", named=False)
    for rows, expected in (
        ([2, 0], [2, 0]),
        (np.array([1, 1], dtype=np.uint8), [1, 1]),
        (np.array([True, False, True]), [0, 2]),
        (slice(1, None), [1, 2]),
        ([], []),
    ):
        taken = table.take(rows)
        assert taken.column("C1").to_list() == expected
        assert (taken.source, taken.named, taken.height) == ("pumps.csv", False, len(expected))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([3], "there are 2 rows, from 0 on; row 3 was asked for."),
        ([0, -1], "there are 2 rows, from 0 on; row -1 was asked for."),
        (np.array([True]), "one mark a row was expected, 2 in all; 1 came."),
    ],
)
def test_rows_that_are_not_there_are_refused(rows: list[int] | np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=f"pumps.csv: {words}"):
        PUMPS.take(rows)


def test_select_and_drop() -> None:
    assert PUMPS.select(["rpm", 0]).names == ("rpm", "pump")
    assert PUMPS.drop([-1, "pump"]).names == ("flow",)
    assert PUMPS.drop([]).names == PUMPS.names
    with pytest.raises(DataError, match=r"asked for twice among 'rpm', 'rpm'"):
        PUMPS.select(["rpm", -1])
    with pytest.raises(DataError, match=r"named twice: 'C1'"):
        Table(np.zeros((2, 2))).select(["C1", 0])


def test_names_must_fit_the_matrix() -> None:
    with pytest.raises(DataError, match=r"there are 2 columns; 1 names were given"):
        Table(np.zeros((3, 2)), matrix_names=("flow",))


def test_a_table_says_what_it_is() -> None:
    assert repr(PUMPS) == "Table(pumps.csv: 2 rows x 3 columns)"
    assert (PUMPS.height, PUMPS.width, PUMPS.subject) == (2, 3, "pumps.csv")
    assert Table(np.zeros((1, 1))).subject == "The table"


class _Counted(str):
    """A name that counts how often two are compared."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        _Counted.comparisons += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)


def test_many_columns_are_looked_at_once_each() -> None:
    names = tuple(_Counted(f"sensor {number % 1000}") for number in range(2000))
    _Counted.comparisons = 0
    with pytest.raises(DataError, match=r"named twice: 'sensor 0', 'sensor 1', .*and 995 more\. Give each its own"):
        Table(np.zeros((1, 2000)), matrix_names=names)
    assert _Counted.comparisons < 10 * len(names), "each with each would be a thousand times as many as names"
