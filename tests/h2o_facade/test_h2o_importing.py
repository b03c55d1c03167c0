"""Which files `import_file` reads, and which of their lines are rows: as in H2O 3.46.0.12."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import offbeat
from offbeat import h2o
from offbeat.errors import DataError, SettingsError
from offbeat.h2o.comment_lines import without_comment_lines
from offbeat.h2o.header_guess import first_row_holds_names

TREE = {
    "p1.csv": "a,b\n1,2\n",
    "p2.csv": "a,b\n3,4\n",
    "sub/p3.csv": "a,b\n5,6\n",
    "sub/deep/p4.csv": "a,b\n7,8\n",
    "x.txt": "a,b\n300,300\n",
    "_und.csv": "a,b\n200,200\n",
    "_SUCCESS": "",
    ".hidden.csv": "a,b\n100,100\n",
    ".hidden/p5.csv": "a,b\n400,400\n",
}


def tree(folder: Path, files: dict[str, str] = TREE) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return str(folder)


def rows_of(path: Any, **asked: Any) -> list[tuple[Any, ...]]:
    return h2o.import_file(path, **asked).cells.rows()


def lines(folder: Path, text: str, **asked: Any) -> tuple[list[str], list[tuple[Any, ...]]]:
    (folder / "table.csv").write_text(text)
    frame = h2o.import_file(str(folder / "table.csv"), **asked)
    return frame.names, frame.cells.rows()


def test_a_folder_is_read_with_those_below_it_but_for_what_is_hidden(tmp_path: Path) -> None:
    assert rows_of(tree(tmp_path)) == [(200, 200), (1, 2), (3, 4), (7, 8), (5, 6), (300, 300)]
    (tmp_path / "sub" / "round").symlink_to(tmp_path, target_is_directory=True)
    assert len(rows_of(str(tmp_path))) == 6


@pytest.mark.parametrize(
    ("pattern", "first_cells"),
    [
        (".csv", {1, 3, 5, 7, 200}),
        (r"\.csv$", {1, 3, 5, 7, 200}),
        (r".*\.csv", {1, 3, 5, 7, 200}),
        ("p1|p2", {1, 3}),
        ("sub", {5, 7}),
        ("/p1", {1}),
        ("^/p1", {1}),
        ("", {1, 3, 5, 7, 200, 300}),
    ],
)
def test_a_pattern_is_searched_for_in_what_follows_the_folder(
    pattern: str, first_cells: set[int], tmp_path: Path
) -> None:
    folder = tree(tmp_path)
    assert {row[0] for row in rows_of(folder, pattern=pattern)} == first_cells
    assert {row[0] for row in rows_of(folder + "/", pattern=pattern)} == first_cells


def test_packed_files_are_found_by_a_part_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "p1.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert rows_of(str(tmp_path), pattern=r".*\.csv") == [(1, 2)]


@pytest.mark.parametrize("pattern", ["^p", "csvs", "^p1.csv$", "hidden"])
def test_a_pattern_that_no_file_fits_is_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"The folder .* holds no file in whose path .* is found.*as in '/part-0.csv'"):
        h2o.import_file(tree(tmp_path), pattern=pattern)
    with pytest.raises(DataError, match=r"The paths .* hold no file in whose path"):
        h2o.import_file([tree(tmp_path)], pattern=pattern)


def test_odd_patterns_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"pattern='\*\.csv' is no regular expression .*give pattern=r\"\\\.csv\$\""):
        h2o.import_file(tree(tmp_path), pattern="*.csv")
    with pytest.raises(DataError, match=r"pattern='csv' leaves .*p1\.csv out: .*Leave the pattern out"):
        h2o.import_file(str(tmp_path / "p1.csv"), pattern="csv")
    assert rows_of(str(tmp_path / "p1.csv"), pattern=".*") == [(1, 2)]


def test_folders_may_stand_in_a_list(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    assert len(rows_of([folder])) == 6
    assert rows_of([folder + "/sub", folder + "/p1.csv"]) == [(7, 8), (5, 6), (1, 2)]
    assert rows_of([folder + "/sub", folder + "/p1.csv"], pattern="p3") == [(5, 6)]


def test_file_addresses_are_paths(tmp_path: Path) -> None:
    folder = tree(tmp_path / "two words")
    assert rows_of((tmp_path / "two words" / "p1.csv").as_uri()) == [(1, 2)]
    assert rows_of([f"file://{folder}/sub", f"file://{folder}/p1.csv"]) == [(7, 8), (5, 6), (1, 2)]


@pytest.mark.parametrize(
    "parts",
    [
        {"_SUCCESS": "", "part-0": "a,b\n1,x\n", "part-1": "a,b\n3,y\n"},
        {"part-0": "a,b\n1,x\n", "part-1": "", "part-2": "a,b\n3,y\n"},
        {"part-0": "", "part-1": "a,b\n1,x\n3,y\n"},
        {"part-0": "a,b\n1,x\n", "part-1": "a,b\n", "part-2": "a,b\n3,y\n"},
        {"part-0": "a,b\n", "part-1": "1,x\n", "part-2": "3,y\n"},
        {"part-0": "a,b\n1,x\n", "part-1": "3,y\n"},
        {"part-0": "1,x\n", "part-1": "a,b\n3,y\n"},
    ],
)
def test_folders_of_spark_are_read(parts: dict[str, str], tmp_path: Path) -> None:
    frame = h2o.import_file(tree(tmp_path, parts))
    assert frame.names == ["a", "b"] and frame.cells.rows() == [(1, "x"), (3, "y")]


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_a_header_over_a_row_without_numbers_is_one_in_each_part(places: tuple[int, int], tmp_path: Path) -> None:
    texts = ("id,kind,v\n1,a,2.5\n2,b,3.5\n", "id,kind,v\n,c,\n3,c,4.5\n")
    frame = h2o.import_file(tree(tmp_path, {f"p{place}.csv": text for place, text in zip(places, texts, strict=True)}))
    assert frame.names == ["id", "kind", "v"] and frame["kind"].levels() == [["a", "b", "c"]]
    assert sorted(frame.cells.rows(), key=str) == [(1, "a", 2.5), (2, "b", 3.5), (3, "c", 4.5), (None, "c", None)]
    assert frame.types == {"id": "int", "kind": "enum", "v": "real"}


def test_odd_headers_are_known_again_in_each_part(tmp_path: Path) -> None:
    parts = {"p0.csv": "inf,NA,,k\na,b,c,\n1,2,3,x\n", "p1.csv": "inf,NA,,k\n1,2,3,y\n"}
    frame = h2o.import_file(tree(tmp_path / "odd", parts))
    assert frame.names == ["inf", "NA", "C3", "k"] and frame.nrows == 3
    rows = rows_of(tree(tmp_path / "with data", {"p0.csv": "a,b\n1,2\n", "p1.csv": "a,x\na,b\n"}))
    assert [row[1] for row in rows] == ["2", "x", "b"]


def test_codes_stay_as_they_are_written_in_parts_without_a_header(tmp_path: Path) -> None:
    folder = tree(tmp_path, {"part-0": "a,b\n01,1\n", "part-1": "02,2\n", "part-2": "a,b\n1.0,3\n"})
    frame = h2o.import_file(folder, col_types={"a": "enum"})
    assert frame["a"].levels() == [["01", "02", "1.0"]] and frame["b"].cells["b"].to_list() == [1, 2, 3]


def test_parts_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for name, second in (("other", "b,a\n3,4\n"), ("wider", "3,4,5\n")):
        with pytest.raises(DataError, match="The files differ in their columns"):
            h2o.import_file(tree(tmp_path / name, {"part-0": "a,b\n1,2\n", "part-1": second}))
    with pytest.raises(DataError, match=r"The folder .* holds no file with anything in it; at least one is needed\."):
        h2o.import_file(tree(tmp_path / "empty", {"part-0": ""}))
    for name, files in (("one", {"t.csv": "a,b\n"}), ("two", {"s.csv": "a,b\n", "t.csv": "a,b\n"})):
        with pytest.raises(DataError, match=r"\.csv has a header and no rows \(the columns are 'a', 'b'\).*header=-1"):
            h2o.import_file(tree(tmp_path / name, files))


OF_HEADERS = {
    "1,2,3\n1.5,2.5,3.5\n2.5,3.5,4.5\n": False,
    "2019,2020,2021\n1.5,2.5,3.5\n": False,
    "up,left\ndown,right\nup,right\n": False,
    "id,city\nA1,Rome\nB2,Oslo\nC3,Bern\n": False,
    "name,kind,n\nx,y,1\nz,y,2\n": True,
    "a,1\nb,2\nc,3\n": False,
    "id,2019\nb,2\nc,3\n": False,
    "a,1,c\n1,2,3\n3,4,5\n": False,
    "1,b\n2,x\n3,y\n": False,
    '"1","2"\n3,4\n5,6\n': False,
    "a\n1\n2\n": True,
    "a\nb\nc\n": False,
    "a,NA\n1,2\n3,4\n": True,
    "d,v\n2020-01-01,x\n2020-01-02,y\n": True,
    "2020-01-01,x\n2020-01-02,x\n": False,
    "up,left\ndown,right\nup,3\n": False,
    "up,left\ndown,3\nup,right\n": True,
    "a,b\n,\n1,2\n": False,
    "t,f\ntrue,false\nfalse,true\n": False,
    "u,v\n6a2b7e58-0f4b-4e4e-8a3b-1d2c3e4f5a6b,x\n7a2b7e58-0f4b-4e4e-8a3b-1d2c3e4f5a6b,y\n": True,
    "a,b\ninf,nan\n1,2\n": False,
    "a,b\na,b\nc,d\n": False,
}
"""What H2O takes the first row for."""


@pytest.mark.parametrize(("text", "is_header"), OF_HEADERS.items())
def test_the_first_row_is_a_header_where_h2o_says_so(text: str, is_header: bool, tmp_path: Path) -> None:
    names, rows = lines(tmp_path, text)
    assert (names[0] != "C1") == is_header and len(rows) == text.count("\n") - is_header


def test_empty_names_and_other_separators(tmp_path: Path) -> None:
    assert lines(tmp_path, "a,,c\n1,2,3\n3,4,5\n")[0] == ["a", "C2", "c"]
    assert lines(tmp_path, "a;b\n1,5;2,5\n")[1] == [(1.5, 2.5)]
    assert lines(tmp_path, "sep=;\na;b\n1;2\n") == (["a", "b"], [(1, 2)])
    assert lines(tmp_path, "a\x01b\n1\x012\n3\x014\n") == (["a", "b"], [(1, 2), (3, 4)])
    assert lines(tmp_path, "1\x01x,\n1\x01y,\n")[1] == [(1, "x,"), (1, "y,")]


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("a,b\n#c\n1,2\n# x,y\n3,4\n", ["a", "b"], [(1, 2), (3, 4)]),
        ("#head\na,b\n1,2\n", ["a", "b"], [(1, 2)]),
        ("\ufeff#head\na,b\n1,2\n", ["a", "b"], [(1, 2)]),
        ("#a,b\n1,2\n3,4\n", ["C1", "C2"], [(1, 2), (3, 4)]),
        ("a,b\nx,1\n #q,2\n \t #r,3\n\t#s,4\n%z,3\n\f#t,5\n", ["a", "b"], [("x", 1), ("%z", 3), ("#t", 5)]),
        ("a\tb\nx\t1\n\t#q\n #r\t2\ny\t3\n", ["a", "b"], [("x", 1), (None, None), ("y", 3)]),
        ("1 2\n3 4\n #5 6\n7 8\n", ["C1", "C2"], [(1, 2), (3, 4), (7, 8)]),
        ("a\x01b\nx\x011\n\t#q\x012\nz\x013\n", ["a", "b"], [("x", 1), ("z", 3)]),
        ('a;b\n"x;""\n#y";1\n"z;"";""";2\n#c\n5" x;3\n#d "\n', ["a", "b"], [('x;"\n#y', 1), ('z;";"', 2), ('5" x', 3)]),
        (
            'a,b\n1,5" pipe\n#c\n2,6" pipe\n#d "\n3,"#1\n#2"\n',
            ["a", "b"],
            [(1, '5" pipe'), (2, '6" pipe'), (3, "#1\n#2")],
        ),
        ("a,b\r#c\rx,1\r #d,5\rz,2\r", ["a", "b"], [("x", 1), ("z", 2)]),
        ('a,b\n"#c",1\n"x\n#y",2\n', ["a", "b"], [("#c", 1), ("x\n#y", 2)]),
        ("a\tb\r\n#b\t3\r\nx\t1\r\n", ["a", "b"], [("x", 1)]),
    ],
)
def test_lines_that_start_with_a_hash_are_no_rows(text: str, names: list[str], rows: list[Any], tmp_path: Path) -> None:
    assert lines(tmp_path, text) == (names, rows)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert rows_of(str(tmp_path / "packed.csv.gz")) == rows


def test_other_characters_may_start_lines_that_are_no_rows(tmp_path: Path) -> None:
    text = "a,b\n%c,5\n#d,6\nx,2\n"
    assert lines(tmp_path, text, custom_non_data_line_markers="")[1] == [("%c", 5), ("#d", 6), ("x", 2)]
    assert lines(tmp_path, text, custom_non_data_line_markers="%")[1] == [("#d", 6), ("x", 2)]
    assert lines(tmp_path, text, custom_non_data_line_markers="%#")[1] == [("x", 2)]
    assert offbeat.data.readers.read(tmp_path / "table.csv").height == 3


def test_comments_are_left_out_by_the_delimiter_that_is_told(tmp_path: Path) -> None:
    text = 'a;b|c\nx;"y|1\n#2;3|4\n'
    assert lines(tmp_path, text, sep="|") == (["a;b", "c"], [('x;"y', 1)])
    assert lines(tmp_path, "sep=|\n" + text) == (["a;b", "c"], [('x;"y', 1)])
    assert lines(tmp_path, "a\tb\nx\t2\n\t#1\n", sep="tab")[1] == [("x", 2), (None, None)]
    with pytest.raises(SettingsError, match="sep='ab': one character was expected"):
        lines(tmp_path, text, sep="ab")


def test_comments_at_the_border_of_two_pieces_are_found(tmp_path: Path) -> None:
    rows, comment = b"1.5,2.25\n" * (2**22 // 9), "\u00a7q,2\n".encode()
    for place in range(2**22 - 6, 2**22 + 2):
        filled = b"a,b\n" + rows[: place - 4].rpartition(b"\n")[0] + b"\n"
        text = filled + b" " * (place - len(filled)) + comment
        left, name = without_comment_lines(text, "t.csv", "\u00a7")
        assert text.index(comment) == place and left == filled and name.endswith("start with '\u00a7'")


def test_leaving_lines_out_takes_little_more_memory_than_the_file() -> None:
    text = b"#c\n" + b"1.5,2.5\n" * 300_000
    tracemalloc.start()
    left, _ = without_comment_lines(text, "t.csv", "#")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert left == text[3:] and most < 2 * 4 * 2**20 + 2 * len(text)


def test_a_late_comment_in_a_large_file_is_found_and_errors_say_what_they_count(tmp_path: Path) -> None:
    text = "a,b\n" + "1.5,2.5\n" * 600_000 + "# the end\n1,2\n"
    assert len(lines(tmp_path, text)[1]) == 600_001
    with pytest.raises(DataError, match=r"table\.csv without the lines that start with '#': line 3 has 1 cell; 2 were"):
        lines(tmp_path, "a,b\n# one\n1,2\n3\n")


@pytest.mark.parametrize("text", ["1 1:0.5 3:2.5\n0 2:1.5\n", "-1 qid:1 1:1e-3 # x\n+1 qid:2 7:2\n", "1\n0 1:.25\n"])
def test_svmlight_files_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"looks like an SVMLight file .*load_svmlight_file\('table\.csv'\)\[0\]"):
        lines(tmp_path, text)


def test_times_of_day_are_no_svmlight(tmp_path: Path) -> None:
    assert len(lines(tmp_path, "5 12:30\n6 13:30\n", sep=" ")[0]) == 2
    assert len(lines(tmp_path, "12:30:00\n13:30:00\n")[1]) == 2


def test_long_rows_of_digits_are_looked_at_once(tmp_path: Path) -> None:
    digits, began = "1" * 200_000, time.perf_counter()
    assert first_row_holds_names([["a", "b"], ["1", digits + "x"]]) and not first_row_holds_names([[digits + "."]])
    with pytest.raises(DataError, match="a cell in the first line goes on for over 1,000 characters"):
        lines(tmp_path, f"1 1:{digits[:100_000]}x\n")
    with pytest.raises(DataError, match="a cell goes on for over 131,072 characters"):
        lines(tmp_path, f"1 1:{digits}x\n")
    assert time.perf_counter() - began < 20  # looked at again for each digit, they took minutes
