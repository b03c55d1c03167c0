from __future__ import annotations

import csv
import gzip
import io
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from naive.data_columns import as_number, read_cells
from offbeat.data.delimited import read_delimited
from offbeat.data.readers import read
from offbeat.data.schema import infer_schema
from offbeat.data.spelled_amounts import doubts_about
from offbeat.data.table import Table
from offbeat.data.text_file import _cells_of
from offbeat.errors import DataError


def parse(text: str | bytes, **layout: object) -> Table:
    content = text.encode() if isinstance(text, str) else text
    return read_delimited(content, "pumps.csv", **layout)  # type: ignore[arg-type]


def test_a_file_with_names() -> None:
    table = parse("pump,flow,rpm\nA,1.5,1200\nB,,1300\n")
    assert table.names == ("pump", "flow", "rpm")
    assert table.named
    assert table.source == "pumps.csv"
    assert [table.column(name).to_list() for name in table.names] == [["A", "B"], [1.5, None], [1200, 1300]]


def test_a_file_without_names_loses_no_row() -> None:
    table = parse("2.10,2.13\n2.28,2.44\n")
    assert (table.names, table.named, table.height) == (("C1", "C2"), False, 2)


@pytest.mark.parametrize(
    "text",
    [
        "flow,rpm\r\n1.5,1200\r\n2.5,1300\r\n",
        "flow,rpm\r1.5,1200\r2.5,1300\r",
        "\ufeffflow,rpm\n1.5,1200\n2.5,1300",
        "\n\nflow,rpm\n1.5,1200\n\n2.5,1300\n\n\n",
        "\r\nflow,rpm\r\n1.5,1200\r\n  \r\n2.5,1300\r\n\r\n",
        "flow, rpm\n 1.5, 1200\n2.5 ,1300 \n",
        "flow\trpm\n1.5\t1200\n2.5\t1300\n",
        "flow;rpm\n1,5;1200\n2,5;1300\n",
        "flow|rpm\n1.5|1200\n2.5|1300\n",
        "flow rpm\n1.5 1200\n2.5 1300\n",
        "  flow    rpm  \n  1.5    1200  \r\n\t2.5 \t 1300\n",
        '"flow","rpm"\n"1.5","1200"\n"2.5","1300"\n',
        "flow,rpm\n+1.5,1.2e3\n25e-1,1300.\n",
    ],
)
def test_the_same_table_in_many_dialects(text: str) -> None:
    table = parse(text)
    assert table.names == ("flow", "rpm")
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[1.5, 1200], [2.5, 1300]])


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends() -> None:
    table = parse('"pump, large","no""te"\n"A, 1","first\nsecond"\n"B, 2","say ""x"""\n')
    assert table.names == ("pump, large", 'no"te')
    assert table.column(0).to_list() == ["A, 1", "B, 2"]
    assert table.column(1).to_list() == ["first\nsecond", 'say "x"']


def test_missing_words_and_declared_ones() -> None:
    text = "flow,pump\nNA,A\n?,\nnull,N/A\n 1.5,n/a\nnan,x\n"
    table = parse(text)
    np.testing.assert_array_equal(table.numbers(["flow"])[:, 0], [math.nan] * 3 + [1.5, math.nan])
    assert table.words("pump").to_list() == ["A", None, None, "n/a", "x"]
    assert parse(text, missing=["n/a", "x"]).words("pump").to_list() == ["A", None, None, None, None]


def test_missing_numbers_count_by_value() -> None:
    table = parse("flow,rpm\n-999,1\n-999.0,2\n1.5,-999\n", missing=["-999"])
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[np.nan, 1], [np.nan, 2], [1.5, np.nan]])


@pytest.mark.parametrize(
    "text", ["flow,rpm\n 1.5,1\n -999.0,2\n", "flow,rpm\n1.5,1\n ERR,3\n-999.0,2\n", "flow;rpm\n 1,5;1\n -999,0;2\n"]
)
def test_missing_numbers_count_by_value_where_polars_reads_words(text: str) -> None:
    flow = parse(text, missing=["-999", "ERR"]).column("flow")
    assert flow.dtype == pl.Float64
    assert flow.drop_nulls().to_list() == [1.5]


def test_of_columns_that_stay_words_only_the_word_itself_is_missing() -> None:
    table = read_delimited(b"code,rpm\n09,1\n9,2\n10,3\n", "pumps.csv", missing=["9"], text=["code"])
    assert table.column("code").to_list() == ["09", None, "10"]


def test_an_undeclared_word_keeps_the_column_text_until_numbers_are_needed() -> None:
    with pytest.raises(DataError, match=r"pumps.csv: column 'flow' holds text 'n/a' at row 1 \(2 such rows\)"):
        parse("flow,rpm\n1.5,1\nn/a,2\nn/a,3\n").numbers(["flow"])


def test_decimal_commas_in_columns_that_polars_gives_up_on() -> None:
    table = parse("flow;rpm\n 1,5;+2\n?;3,5e1\n")
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[1.5, 2], [np.nan, 35]])


@pytest.mark.parametrize(
    ("late", "value"), [("0.5", 0.5), ("1e3", 1000.0), ("99999999999999999999999", 1e23), (" 7", 7.0), ("NA", math.nan)]
)
def test_a_late_cell_of_another_form_after_100_000_whole_numbers(late: str, value: float) -> None:
    lines = ["flow,rpm"] + [f"{row},1" for row in range(100_000)] + [f"{late},2"]
    numbers = parse("\n".join(lines)).numbers(["flow", "rpm"])
    assert numbers.shape == (100_001, 2)
    np.testing.assert_array_equal(numbers[-1], [value, 2.0])
    np.testing.assert_array_equal(numbers[:100_000, 0], np.arange(100_000.0))


ACCOUNTS = ["9007199254740993", "9007199254740995", "9007199254740997"]


@pytest.mark.parametrize("late", ["7.5", "x", "1e300", "99999999999999999999", "9" * 45])
def test_a_cell_in_one_column_changes_no_whole_number_of_another(late: str) -> None:
    lines = ["account,day,flow"] + [f"{ACCOUNTS[row % 3]},20200131,{row}" for row in range(1500)]
    table = parse("\n".join([*lines, f"{ACCOUNTS[0]},20200201,{late}"]))
    assert table.words("account").to_list() == (ACCOUNTS * 501)[:1501]
    assert [table.column(name).dtype for name in ("account", "day")] == [pl.Int64, pl.Int64]
    assert table.words("flow")[1499] == "1499"


@pytest.mark.parametrize("digits", [20, 38])
@pytest.mark.parametrize("short_rows", [0, 1500])
def test_long_identifiers_stay_apart(digits: int, short_rows: int) -> None:
    ids = ["1" + "0" * (digits - 2) + last for last in "123"]
    short = ["9007199254740993"] * short_rows
    table = parse("account,flow\n" + "\n".join(f"{one},1" for one in [*short, *ids]))
    assert table.words("account").to_list() == [*short, *ids]
    np.testing.assert_array_equal(table.numbers(["account"])[-1], [float(ids[-1])])
    assert infer_schema(table).columns[0].kind == "numeric"


def test_numbers_of_more_digits_than_128_bits_hold_are_floats() -> None:
    values = parse("v,a\n1,1\n-340282346638528859811704183484516925440,2\n7,3").column("v")
    assert values.to_list() == [1.0, -3.4028234663852886e38, 7.0]


def test_a_column_that_goes_on_with_decimals_is_of_floats() -> None:
    lines = ["flow"] + ["9007199254740993"] * 1500 + ["7.5"]
    assert parse("\n".join(lines)).column("flow").dtype == pl.Float64


def test_late_text_is_found_with_its_row() -> None:
    lines = ["flow,on"] + [f"{row},true" for row in range(100_000)] + ["fast,False"]
    table = parse("\n".join(lines))
    with pytest.raises(DataError, match=r"column 'flow' holds text 'fast' at row 100000 \(1 such row\)"):
        table.numbers(["flow"])
    assert table.words("on").to_list()[-2:] == ["true", "false"]


def test_booleans_are_the_same_words_in_any_spelling() -> None:
    assert parse("on,flow\ntrue,1\nFALSE,2\n").words("on").to_list() == ["true", "false"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,c\n1,2,3\n4,5\n7,8,9\n", "line 3 has 2 cells; 3 were expected"),
        ("a,b,c\n1,2,3\n4,5,6,7\n7,8,9\n", "line 3 has 4 cells; 3 were expected"),
        ("1,2,3\n4\n7,8,9\n", "line 2 has 1 cell; 3 were expected"),
        ('a,b,c\n"x\ny",2,3\n4,5\n', "line 4 has 2 cells; 3 were expected"),
        (
            "a;b;c\n1;2;3\n4;5\n",
            "line 3 has 2 cells; 3 were expected, as in the first line. Correct",
        ),
        ("a,b\n" + "1,2\n" * 50_000 + "3\n", "line 50002 has 1 cell; 2 were expected"),
        ("a,b\n" + "1,2\n" * 50_000 + "3,4,5\n", "line 50002 has 3 cells; 2 were expected"),
    ],
)
def test_ragged_lines_are_named(text: str, words: str) -> None:
    with pytest.raises(DataError) as raised:
        parse(text)
    assert str(raised.value).startswith(f"pumps.csv: {words}")
    assert '(delimiter=";", --delimiter ";")' in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# pump 7\nflow,rpm\n1,2\n", "Its first lines look like comments: delete the lines that begin with #, if so."),
        ("// pump 7\nflow,rpm\n1,2\n", "Its first lines look like comments: delete the lines that begin with //"),
        ("% pump 7\nflow,rpm\n1,2\n", "Its first lines look like comments: delete the lines that begin with %, if so."),
        (
            "% pump 7\n@relation pumps\n@attribute flow numeric\n@attribute rpm numeric\n@data\n1,2\n3,4\n",
            "It looks like an ARFF file: delete its lines up to @data, and put one line with the names of the columns",
        ),
    ],
)
def test_lines_on_top_that_are_no_rows_are_told(text: str, words: str) -> None:
    with pytest.raises(DataError, match=r"has 2 cells; 1 was expected, as in the first line\. ") as raised:
        parse(text)
    assert words in str(raised.value)


def test_a_quote_that_never_closes_is_named() -> None:
    with pytest.raises(DataError, match=r'line 3 opens a quote \("\) that never closes. Close or remove it.'):
        parse('a,b\n1,2\n"3,4\n5,6\n')


@pytest.mark.parametrize("text", ['a,b\n1,2\n3,"', 'flow,valve\n1,"open"\n2,"', 'a,b\n1,"x"\n2,"y'])
def test_a_quote_that_the_last_line_opens_is_named(text: str) -> None:
    with pytest.raises(DataError, match=r'line 3 opens a quote \("\) that never closes. Close or remove it.'):
        parse(text)


def test_a_last_line_of_nothing_but_a_quote_is_named() -> None:
    with pytest.raises(DataError, match=r'line 5 opens a quote \("\) that never closes. Close or remove it.'):
        parse('flow,pipe\n1,5"\n2,6\n3,5\n"')  # polars panics


def test_a_cell_of_many_lines_is_read_in_one_go() -> None:
    began = time.monotonic()
    table = parse('a,b\n1,\n2,"' + "\n" * 400_000 + 'x"\n')
    assert time.monotonic() - began < 10.0  # 22 s and more when each line looked at all lines before it
    assert len(table.words("b")[1]) == 1
    assert table.height == 2


def test_a_cell_longer_than_the_standard_library_reads() -> None:
    table = parse("a,b,c\n" + "1,x,2\n" * 20_000 + '1,"' + "y," * 140_000 + '",3\n1,x,\n')
    assert table.column("b").str.len_chars().to_list()[-2:] == [280_000, 1]
    with pytest.raises(DataError, match="line 20003 has 2 cells; 3 were expected"):
        parse("a,b,c\n" + "1,x,2\n" * 20_000 + '1,"' + "y," * 140_000 + '",3\n1,x\n')


def test_an_endless_cell_between_blanks_is_told() -> None:
    with pytest.raises(DataError) as raised:
        parse('"x' + " " * 140_000 + 'y" 1\n2 3\n4 5\n')
    assert str(raised.value).startswith("pumps.csv: a cell goes on for over 131,072 characters. Does a quote (")


@given(st.text(alphabet='",\nab', max_size=30), st.sampled_from(",;"))
def test_cells_are_counted_as_the_standard_library_cuts_them(record: str, delimiter: str) -> None:
    cut = next(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter), [])
    assume(record)
    assert _cells_of(record.encode(), delimiter.encode()) == len(cut)


def test_a_huge_cell_is_a_lost_quote() -> None:
    with pytest.raises(DataError, match=r"a cell in the first line goes on for over 1,000 characters. Does a quote"):
        parse('"' + "1,2\n" * 50_000)


@pytest.mark.parametrize("text", ['a,b\n1,5" pipe\n3,"6" pipe\n', 'a,b\n1,x"y\n3,"say ""x" y"\n'])
def test_text_after_a_closing_quote_is_told_by_its_line(text: str) -> None:
    with pytest.raises(DataError) as raised:
        parse(text)
    assert str(raised.value) == (
        'pumps.csv: line 3 goes on after the quote (") that closes a cell. Write quotes within a quoted cell twice '
        '(""), or remove them.'
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\r"])
def test_a_quote_within_a_cell_that_has_none_around_it_is_a_sign_like_others(end: str) -> None:
    table = parse(
        end.join(["pump,size,flow", 'A,5" pipe,1.5', "", 'n/a,6" pipe,-999.0', 'B,"7"" pipe",']), missing=["-999"]
    )
    assert table.column("size").to_list() == ['5" pipe', '6" pipe', '7" pipe']
    np.testing.assert_array_equal(table.numbers(["flow"])[:, 0], [1.5, np.nan, np.nan])
    assert parse('5" pipe\n\n6" pipe\n\n', header=False).column(0).to_list() == ['5" pipe', None, '6" pipe']


def test_faults_beside_a_stray_quote_are_told_by_their_lines() -> None:
    for last, words in (
        ("4", "line 4 has 1 cell; 2 were expected"),
        ('4,"x', r'line 4 opens a quote \("\) that never'),
    ):
        with pytest.raises(DataError, match=rf"pumps\.csv: {words}"):
            parse(f'a,b\n1,5" pipe\n3,6" pipe\n{last}\n')
    with pytest.raises(DataError, match=r"line 3 is not UTF-8 text \(byte 0xff\)"):
        parse(b'a,b\n1,5" pipe\n3,\xff"\n')


def test_line_feeds_in_quotes_where_carriage_returns_end_lines() -> None:
    table = parse('pump,note\rA,"first\nsecond"\rB,x\r')
    assert table.column("note").to_list() == ["first\nsecond", "x"]


@pytest.mark.parametrize("end", ["\r\r\n", "\n\r", "\r", "\r\r\r\n"])
@pytest.mark.parametrize("first", ["", "\ufeff", "sep=;", "\ufeffsep=;"])
@pytest.mark.parametrize("names", ["a;b", '"a";"b"', ""])
def test_no_row_is_lost_whatever_ends_the_lines(names: str, first: str, end: str) -> None:
    rows = [f"{row};{row / 2}" for row in range(40)]
    lines = [first] * (len(first) > 1) + [names] * bool(names) + rows
    text = end.join([*lines, ""])
    for whole in (text if len(first) > 1 else first + text, first * (len(first) == 1) + text.removesuffix(end)):
        table = parse(whole)
        assert table.names == (("a", "b") if names else ("C1", "C2"))
        np.testing.assert_array_equal(table.numbers([0, 1]), [[row, row / 2] for row in range(40)])


@pytest.mark.parametrize(
    "text",
    ["a,b,c\r1,2,3\n4,5,6\n", "a,b,c\r1,2,3\r\n4,5,6\r\n", "\r\r\na,b,c\n1,2,3\n4,5,6\n", "\ra,b,c\n1,2,3\n4,5,6\n"],
)
def test_no_row_is_lost_where_lines_end_in_several_ways(text: str) -> None:
    for cells in (text, text.replace(",", ", ")):
        table = parse(cells)
        assert (table.names, table.numbers([0, 1, 2]).tolist()) == (("a", "b", "c"), [[1, 2, 3], [4, 5, 6]])
    table = parse(text.replace("4,5,6", "7,8,9\r4,5,6"))
    assert table.column("a").to_list() == [1, 7, 4]


def test_carriage_returns_in_quotes_stay_as_they_are() -> None:
    for end in ("\n", "\r\n", "\r\r\n", "\r", "\n\r"):
        for first in ("", "\ufeff"):
            table = parse(first + end.join(['"pump\rname",note', 'A,"first\rsecond ""\r"""', 'B,"x\r\r\ny"', ""]))
            assert table.names == ("pump\rname", "note")
            assert table.column("note").to_list() == ['first\rsecond "\r"', "x\r\r\ny"]
    assert parse('a~"x\ry"\r\r\n1~2\r\r\n3~4\r\r\n', delimiter="~").names == ("a", "x\ry")


@pytest.mark.parametrize(
    "text", ['{"a":1,"b":2}\n{"a":3,"b":4}\n', '\n["A",1]\n["B",2]\n', '[\n{"a":1}\n]\n', '[{"a":1}]']
)
def test_json_is_no_table_of_cells_between_commas(text: str) -> None:
    with pytest.raises(DataError) as raised:
        parse(text)
    assert str(raised.value) == (
        f"pumps.csv looks like JSON (its first line begins with {text.strip()[0]}); one row a line was expected, its "
        "cells side by side. Write the table as CSV or Parquet: polars.read_json(...) reads JSON, "
        "polars.read_ndjson(...) one object a line."
    )
    assert parse("{id},flow\n1,2\n").names == ("{id}", "flow")


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\n  \n", "\n\n\n"])
@pytest.mark.parametrize("first", ["", "\ufeff", "sep=,\n", "\n"])
def test_blank_lines_after_the_header_are_no_rows(first: str, blank: str) -> None:
    table = parse(f"{first}flow,rpm\n{blank}1.5,1200\n\n2.5,\n")
    assert table.names == ("flow", "rpm")
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[1.5, 1200], [2.5, np.nan]])
    assert parse(f"{first}flow rpm\n{blank}1.5   1200\n", delimiter="space").numbers([0, 1]).tolist() == [[1.5, 1200]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('\ufeff"Name, full",age,city\n"x, y",5,\n"z, w",6,Rome\n', ("Name, full", "age", "city")),
        ('\ufeff"Name\nfull",age,city\nx,5,\nz,6,Rome\n', ("Name\nfull", "age", "city")),
        ("\ufeff\r\na;b;c\n1;5;\n4;6;x\n", ("a", "b", "c")),
        ("sep=;\na;b;c\n1;5;\n4;6;x\n", ("a", "b", "c")),
        ("\ufeffsep=;\n\na;b;c\n1;5;\n4;6;x\n", ("a", "b", "c")),
    ],
)
def test_what_stands_before_the_rows_is_no_short_line_where_last_cells_are_missing(
    text: str, names: tuple[str, ...]
) -> None:
    table = parse(text)
    assert table.names == names
    assert table.column(1).to_list() == [5, 6]
    assert table.column(2).null_count() == 1
    with pytest.raises(DataError, match=r"line \d+ has 1 cell; 3 were expected"):
        parse(f"{text}9\n")


def test_other_encodings_are_named_with_line_and_cure() -> None:
    with pytest.raises(DataError) as raised:
        parse("pump,flow\nA,1\nBär,2\n".encode("latin-1"))
    assert str(raised.value) == (
        "pumps.csv: line 3 is not UTF-8 text (byte 0xe4). Save the file as UTF-8, or convert it, for example: "
        "iconv -f ISO-8859-1 -t UTF-8 pumps.csv > utf8-pumps.csv"
    )
    with pytest.raises(DataError, match=r"line 50002 is not UTF-8 text \(byte 0xff\)"):
        parse(b"pump,flow\n" + b"A,1\n" * 50_000 + b"\xff,2\n")
    for encoding in ("UTF-16", "UTF-32"):
        words = (
            rf"is {encoding} text, .*; UTF-8 was expected.*iconv -f {encoding} -t UTF-8 pumps\.csv > utf8-pumps\.csv"
        )
        for order in ("-LE", "-BE"):
            with pytest.raises(DataError, match=words):
                parse("\ufeffpump,flow\nA,1\n".encode(encoding + order))


def test_letters_of_all_languages_are_utf8() -> None:
    assert parse("насос,流量\nА,1\nБ,2\n").names == ("насос", "流量")


@pytest.mark.parametrize("text", [b"", b"\n\n", b"  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file(text: bytes) -> None:
    with pytest.raises(DataError) as raised:
        parse(text)
    assert str(raised.value) == "pumps.csv is empty. Give a file with one row per example."


def test_a_header_and_no_rows() -> None:
    for text in ("flow,rpm\n", "flow,rpm", "flow,rpm\n\n\n"):
        with pytest.raises(DataError) as raised:
            parse(text)
        assert str(raised.value) == (
            "pumps.csv has a header and no rows (the columns are 'flow', 'rpm'). Give at least one row; if the first "
            "row is data, say header=False (--no-header)."
        )


def test_binary_junk() -> None:
    with pytest.raises(DataError, match=r"holds binary data \(a zero byte at position 2\) in none of the formats"):
        parse(b"\x01\x02\x00\x03junk")


def test_one_column_and_one_row() -> None:
    assert parse("1.5\n").numbers(["C1"]).tolist() == [[1.5]]
    assert parse("1.5,2.5").numbers(["C1", "C2"]).tolist() == [[1.5, 2.5]]
    assert parse("flow\n1.5\n").names == ("flow",)


def test_blank_lines_in_a_single_column_are_missing_values_except_at_the_end() -> None:
    np.testing.assert_array_equal(parse("flow\n1.5\n\n2.5\n\n\n").numbers(["flow"])[:, 0], [1.5, np.nan, 2.5])


def test_rows_whose_cells_are_all_missing_are_kept() -> None:
    np.testing.assert_array_equal(parse("a,b\n1,2\n,\n\n3,4\n").numbers(["a"])[:, 0], [1, np.nan, 3])


def test_very_wide_tables() -> None:
    cells = np.random.default_rng(0).normal(size=(4, 5000)).round(3)
    text = "\n".join(",".join(map(str, row)) for row in cells.tolist())
    table = parse(text)
    assert (table.height, table.width, table.named) == (4, 5000, False)
    np.testing.assert_array_equal(table.numbers(table.names), cells)


def test_a_file_larger_than_the_sample_and_gzipped(tmp_path: Path) -> None:
    cells = np.random.default_rng(0).normal(size=(5000, 8)).round(4)
    plain, packed = tmp_path / "cells.csv", tmp_path / "cells.txt.gz"
    pl.DataFrame(cells).write_csv(plain)
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        table = read(path)
        assert table.source == path.name
        np.testing.assert_array_equal(table.numbers(table.names), cells)


CELL = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e6, 1e6, allow_nan=False).map(str),
    st.sampled_from(["", "NA", "?", " 7", "1e5", "+3", "-0"]),
)


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
    )
)
def test_numbers_are_what_a_plain_reader_makes_of_them(rows: list[list[str]]) -> None:
    assume(any(cell.strip() for cell in rows[0]) and any(cell.strip() for cell in rows[-1]))
    text = "\n".join(",".join(row) for row in rows) + "\n"
    assume(len(rows[0]) > 1 or all(row[0].strip() for row in rows))
    expected = [[as_number(cell) for cell in row] for row in read_cells(text)]
    table = parse(text, header=False, delimiter=",")
    np.testing.assert_array_equal(table.numbers(table.names), expected)


WORD = st.text(st.characters(codec="utf-8", exclude_characters="\r\0", exclude_categories=["Cs", "Cc"]), max_size=6)


@given(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=8), st.sampled_from([",", ";", "\t", "|"]))
def test_text_survives_quoting(rows: list[tuple[str, str]], delimiter: str) -> None:
    quoted = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [("one", "two"), *rows]]
    table = parse("\n".join(quoted) + "\n", header=True, delimiter=delimiter)
    expected = read_cells("\n".join(quoted[1:]), delimiter)
    for at in range(2):
        column = [row[at] for row in expected]
        if table.column(at).dtype == pl.String:
            assert table.column(at).to_list() == column
        else:  # all of the words happen to be numbers or truth values
            assert table.column(at).null_count() == sum(cell is None for cell in column)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("text", ["1,2\n3,", "1,2\n,", "1,\n,4", "flow,rpm\n1,2\n3,NA", '1,"2"\n3,'])
def test_missing_cells_at_the_end_of_lines_are_no_fault(text: str, end: str) -> None:
    table = parse(text + end)
    assert table.height == 2
    assert np.isnan(table.numbers(table.names)).any()


def test_a_short_line_among_missing_last_cells_is_found() -> None:
    with pytest.raises(DataError, match=r"line 2002 has 1 cell; 2 were expected"):
        parse("flow,rpm\n" + "1,\n" * 2000 + "3\n" + "1,\n" * 2000)


@pytest.mark.parametrize("odd", ["\f", "\v", "\x1c", "\u2028"])
def test_a_line_of_an_odd_blank_costs_no_row(odd: str) -> None:
    cells = parse(f"{odd}\na\n1\n2\n").column(0).to_list()
    assert [str(cell) for cell in cells[-2:]] == ["1", "2"]


def test_a_cell_too_long_to_be_looked_at_is_named_as_such() -> None:
    long = "x" * 140_000
    with pytest.raises(DataError, match=r"goes on for over 131,072 characters\. Does a quote"):
        parse(f"a,b\n1,2\n3,{long}\n")


def test_decimal_commas_beside_decimal_points_are_told_of() -> None:
    rows = "".join(f"{row}.25;{row},5\n" for row in range(30))
    assert dict(infer_schema(parse(f"a;b\n{rows}")).ignored) == {
        "b": "text that is different in every row; decimal commas? Then say decimal=','"
    }


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_one_column_with_points_leaves_the_others_their_decimal_commas(separator: str) -> None:
    frame = pd.DataFrame({"temp": [20.5, 21.25] * 15, "flow": np.arange(30) / 8, "ver": ["2.1", "24.12"] * 15})
    table = parse(frame.to_csv(sep=separator, decimal=",", index=False))
    np.testing.assert_array_equal(table.numbers(["temp", "flow"]), frame[["temp", "flow"]].to_numpy())
    assert table.column("ver").to_list()[:2] == ["2.1", "24.12"]

    assert dict(infer_schema(table).ignored) == {
        "ver": "points, as in '2.1', among decimal commas; decimals? Then say numeric=['ver']"
    }
    assert infer_schema(table, categorical=["ver"]).columns[2].kind == "categorical"
    aligned = infer_schema(table, numeric=["ver"]).align(table)
    assert aligned.numbers(["ver"])[:2, 0].tolist() == [2.1, 24.12]
    assert infer_schema(table.drop(["temp"]).take([0, 1])).names == ("flow",), "the sign is known to parts of a table"


def test_what_may_be_thousands_is_no_ready_decimal() -> None:
    table = parse("flow;cost\n1,5;0\n2,5;1.250\n3,5;12.500\n4,25;1.100\n")
    assert dict(infer_schema(table).ignored) == {
        "cost": "points, as in '1.250', among decimal commas; thousands? Then write 1250; decimals? Then say "
        "numeric=['cost']"
    }


def test_a_word_among_decimal_commas_is_the_fault_and_not_they() -> None:
    table = parse("flow;rpm;note\n" + "1,5;1200;1,5 l\n" * 20 + "n/a;1300;1,5\n")
    with pytest.raises(DataError, match=r"column 'flow' holds text 'n/a' at row 20 \(1 such row\)"):
        infer_schema(table)
    assert table.column("note").to_list()[-2:] == ["1,5 l", "1,5"]


@pytest.mark.parametrize("told", [{"decimal": ","}, {"decimal": ",", "delimiter": ","}])
def test_decimal_commas_between_commas_stand_in_quotes(told: dict[str, str]) -> None:
    text = '"x","y","rpm"\n' + '"0,94","-1,39",1200\n"7","?","1300"\n' * 2
    table = parse(text, **told)
    expected = pd.read_csv(io.StringIO(text), sep=",", decimal=",", na_values="?")
    assert (table.names, table.decimal) == (("x", "y", "rpm"), ",")
    np.testing.assert_array_equal(table.numbers(table.names), expected.to_numpy(np.float64))


def test_what_seems_to_be_an_amount_is_told_as_such() -> None:
    rows = "".join(f'"{row + 1},042",{row + 0.5},{row}.5%,"CHF {row}.20"\n' for row in range(30))
    assert dict(infer_schema(parse(f"a,b,c,d\n{rows}")).ignored) == {
        "a": "text that is different in every row; thousands separators, as in '1,042'? Then write 1042; decimal "
        "commas? Then say decimal=','",
        "c": "text that is different in every row; per cent, as in '0.5%'? Then write 0.5",
        "d": "text that is different in every row; amounts of money, as in 'CHF 0.20'? Then write 0.20",
    }


def test_amounts_among_decimal_commas_are_advised_as_the_file_writes_numbers() -> None:
    rows = "".join(f"{row},5;{row + 11}.402 €;{row},{row}0 %;{row + 1}.{row + 100},{row} kg\n" for row in range(30))
    table = parse(f"flow;cost;load;mass\n{rows}")
    told = "text that is different in every row;"
    assert dict(infer_schema(table).ignored) == {
        "cost": f"{told} amounts of money, as in '11.402 €'? Then write 11402",
        "load": f"{told} per cent, as in '0,00 %'? Then write 0,00",
        "mass": f"{told} numbers with the unit 'kg', as in '1.100,0 kg'? Then write 1100,0",
    }
    # What is advised is read as it is meant.
    plain = rows.replace(".", "").replace(" €", "").replace(" %", "").replace(" kg", "")
    assert parse(f"flow;cost;load;mass\n{plain}").numbers([1, 2, 3])[0].tolist() == [11402, 0, 1100]


def test_an_amount_in_a_column_of_decimal_commas_is_advised_with_a_comma() -> None:
    slips = "".join(f"{row},5;{row},25\n" for row in range(20)) + "21,5;60,0 %\n"
    expected = r"holds text '60,0 %' at row 20 \(1 such row\); .* Per cent, as in '60,0 %'\? Then write 60,0\. "
    with pytest.raises(DataError, match=expected):
        infer_schema(parse(f"flow;load\n{slips}"))
    table = parse(f"flow;load\n{slips}")
    with pytest.raises(DataError, match=expected):
        table.numbers(["load"])
    points = slips.replace(",", ".")
    with pytest.raises(DataError, match=r"Then write 60\.0\. "):
        infer_schema(parse(f"flow;load\n{points}"))


@pytest.mark.parametrize(
    ("amount", "among_points", "among_commas"),
    [
        ("44,896 kg", "44896", "44,896"),
        ("44.896 kg", "44.896", "44896"),
        ("0,402 kg", "0.402", "0,402"),
        ("-1.234.567 kg", "-1234567", "-1234567"),
        ("1,234.5 kg", "1234.5", "1234,5"),
        ("70.1 kg", "70.1", "70,1"),
    ],
)
def test_one_group_of_three_digits_is_thousands_behind_the_other_sign(
    amount: str, among_points: str, among_commas: str
) -> None:
    words = pl.Series([amount, "7 kg", "8 kg"])
    for decimal, plain in ((".", among_points), (",", among_commas)):
        assert doubts_about(words, decimal) == [f"numbers with the unit 'kg', as in '{amount}'? Then write {plain}"]


def test_numbers_with_one_unit_are_told_as_such() -> None:
    rows = "".join(f"{row + 0.5} °C;{row % 2}K;{row}{'abc'[row % 3]}\n" for row in range(30))
    found = infer_schema(parse(f"heat;size;seat\n{rows}"))
    assert dict(found.ignored) == {
        "heat": "text that is different in every row; numbers with the unit '°C', as in '0.5 °C'? Then write 0.5",
        "seat": "text that is different in every row",
    }
    assert doubts_about(pl.Series(["7 %", "8 %", "9 %"])) == ["per cent, as in '7 %'? Then write 7"]
    assert doubts_about(pl.Series(["4K", "8K", "4K"])) == []


def test_true_and_false_can_stay_words() -> None:
    content = b"flow,on,off\n1.5,True,false\n2.5,False,FALSE\n"
    table = read_delimited(content, "pumps.csv", booleans=False)
    assert table.column("on").to_list() == ["True", "False"] and table.column("off").to_list() == ["false", "FALSE"]
    assert read_delimited(content, "pumps.csv").column("off").to_list() == [False, False]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "sep=;\r"])
@pytest.mark.parametrize("header", ["flow;rpm\n", "", "\n\nflow;rpm\n"])
def test_excels_line_about_the_delimiter_is_no_row(first: str, header: str) -> None:
    table = parse(f"{first}\n{header}1,5;1200\n2,5;1300\n")
    assert table.numbers([0, 1]).tolist() == [[1.5, 1200], [2.5, 1300]]
    assert table.named == bool(header)


@pytest.mark.parametrize("text", ["sep=;\n", '""\n', "sep=,\n\n"])
def test_a_file_of_nothing_says_so(text: str) -> None:
    with pytest.raises(DataError, match=r"pumps\.csv has no cell with anything in it\. Give a file with one row"):
        parse(text)


@pytest.mark.parametrize("encoding", ["UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"])
def test_wide_text_without_a_mark_is_named(encoding: str) -> None:
    with pytest.raises(DataError) as raised:
        parse("pump,flow\nA,1\nBär,2\n".encode(encoding))
    assert str(raised.value).startswith(f"pumps.csv is {encoding} text, as some programs save Unicode; UTF-8 was")
    assert str(raised.value).endswith(f"convert it: iconv -f {encoding} -t UTF-8 pumps.csv > utf8-pumps.csv")
    with pytest.raises(DataError, match=r"binary data \(a zero byte at position 3\)"):
        parse(b"1,2\0\n3,4\n")


def test_the_advised_conversion_runs() -> None:
    for content, encoding in (
        ("a,b\n1,2\n".encode("UTF-16"), "UTF-16"),
        ("a,b\nä,2\n".encode("latin-1"), "ISO-8859-1"),
    ):
        with pytest.raises(DataError) as raised:
            read_delimited(content, "my pumps.csv")
        assert str(raised.value).endswith(f"iconv -f {encoding} -t UTF-8 'my pumps.csv' > 'utf8-my pumps.csv'")
        with pytest.raises(DataError) as raised:
            read_delimited(content, "pumps.csv.gz")
        assert "unpack it and convert what is in it" in str(raised.value)
        assert str(raised.value).endswith(f"iconv -f {encoding} -t UTF-8")
