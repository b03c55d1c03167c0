"""watch: which lines of a growing file are rows, by which header, and what becomes of those that cannot be read."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from answers import Offbeat
from watched_pumps import HEADER, fitted_in, text_of

import offbeat as library
from offbeat.cli.watched import source_of
from offbeat.cli.watched_rows import WatchedRows
from offbeat.data.table import Table
from offbeat.drift.growing_file import Lines


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted_in(tmp_path_factory.mktemp("watched"))


def test_lines_of_a_file_that_grows_keep_the_layout_of_its_first(detector: Path, tmp_path: Path) -> None:
    path, opened = tmp_path / "new.csv", library.load(detector)
    source = source_of(str(path))
    for text, rows in (("rpm;flow\n1,5;2\n", [[2.0, 1.5]]), ("3;4\n5;6,5\n", [[4.0, 3.0], [6.5, 5.0]])):
        with path.open("a") as file:
            file.write(text)
        (table,) = source.tables(opened)
        assert opened.schema.align(table).numbers(["flow", "rpm"]).tolist() == rows
    with path.open("a") as file:
        file.write("7;8;9\n")
    (problem,) = source.tables(opened)
    assert str(problem) == (
        "new.csv: 1 row of 1 was passed over: line 5 (it has 3 cells; 2 were expected, as in the first line)."
    )
    source.close()


@pytest.mark.parametrize("end", ["\r\r\n", "\n\r"])
def test_no_row_is_lost_where_carriage_returns_stand_beside_line_feeds(
    end: str, detector: Path, tmp_path: Path
) -> None:
    path, opened, rows = tmp_path / "new.csv", library.load(detector), []
    source = source_of(str(path))
    for lines in (["flow,rpm", "1,2", "3,4"], ["5,6"], ["7,8", "9,10"]):
        with path.open("a", newline="") as file:
            file.write("".join(line + end for line in lines))
        for table in source.tables(opened):
            assert isinstance(table, Table)
            rows += table.numbers(["flow", "rpm"]).tolist()
    assert rows == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]
    source.close()


def test_many_bad_rows_end_the_search_for_them(detector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.cli.watched_rows._MOST_TRIALS", 3)
    rows = ["1,2\n"] * 64
    rows[5] = rows[7] = rows[40] = "1\n"
    opened, watched = library.load(detector), WatchedRows("new.csv")
    table, problem = watched.tables(Lines((HEADER + "".join(rows)).encode(), True), opened)
    assert isinstance(table, Table) and table.height == 32
    told = str(problem)
    assert "32 rows of 64 were passed over: lines 2 to 17 (one of them has 1 cell; 2 were expected" in told


def test_many_bad_cells_are_found_in_one_go(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.csv")
    rows = ["1,2\n", "ERR,1\n", "1,inf\n"] * 5000
    table, problem = watched.tables(Lines((HEADER + "".join(rows)).encode(), True), opened)
    assert isinstance(table, Table) and table.height == 5000
    assert str(problem).startswith(
        "new.csv: 10,000 rows of 15,000 were passed over: line 3 (column 'flow' holds text 'ERR'; numbers were "
        "expected), line 4 (column 'rpm' holds inf; finite numbers were expected), line 6 ("
    )
    assert " and 9,995 more. Where such a word" in str(problem)


def test_a_json_line_that_cannot_be_read_costs_no_other(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.ndjson")
    text = b'{"flow": 1, "rpm": 2}\n{"flow": 1\n' + b'{"flow": 1, "rpm": 2}\n' * 10
    table, problem = watched.tables(Lines(text, True), opened)
    assert isinstance(table, Table) and table.height == 11
    assert str(problem).startswith("new.ndjson: 1 row of 12 was passed over: line 2 (it is no JSON: ")


def test_a_json_line_of_something_else_costs_no_other(detector: Path) -> None:
    """A log's other events are no rows of missing cells, and what else a row tells need be no cell."""
    opened, watched = library.load(detector), WatchedRows("new.ndjson")
    text = b'{"flow": 1, "rpm": 2, "tags": ["a"]}\n{"event": "restarted"}\n{"flow": 3}\n'
    table, problem = watched.tables(Lines(text, True), opened)
    assert isinstance(table, Table) and table.names == ("flow", "rpm")
    np.testing.assert_array_equal(table.numbers(["flow", "rpm"]), [[1, 2], [3, np.nan]])
    assert str(problem) == (
        "new.ndjson: 1 row of 3 was passed over: line 2 (it has none of the columns that are learned from)."
    )
    (alone,) = watched.tables(Lines(b'{"rpm": 4}\n', False), opened)
    assert isinstance(alone, Table) and alone.numbers(["rpm"]).tolist() == [[4.0]], "as among others"


def test_a_damaged_row_hides_not_how_the_others_are_written(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.csv")
    text = "rpm;flow\n1,5;2\n3;4\n\xfc;1\n5;6\n".encode("latin-1")
    table, problem = watched.tables(Lines(text, True), opened)
    assert isinstance(table, Table) and table.numbers(["flow"]).tolist() == [[2.0], [4.0], [6.0]]
    assert str(problem) == "new.csv: 1 row of 4 was passed over: line 4 (it is not UTF-8 text (byte 0xfc))."


def test_a_stray_quote_in_the_first_row_leaves_the_header_to_the_next(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.csv")
    (problem,) = watched.tables(Lines(b'rpm,flow\n1,"2\n', True, 1, True), opened)
    table, worse = watched.tables(Lines(b"1,2\n3,x\n", False, 3), opened)
    assert 'line 2 (it opens a quote (") that never closes).' in str(problem)
    assert isinstance(table, Table) and table.numbers(["flow", "rpm"]).tolist() == [[2.0, 1.0]]
    assert "line 4 (column 'flow' holds text 'x'" in str(worse)


def cells(table: Any) -> list[list[float]]:
    """By the names of the detector."""
    assert isinstance(table, Table) and table.named, table
    return [[float(cell) for cell in row] for row in table.numbers(["flow", "rpm"])]


STARTS = {
    "an open quote": (b'rpm,flow\n1000,"5\n', 'line 2 (it opens a quote (") that never closes).'),
    "no UTF-8": (b"rpm,flow\n1000,\xff\n", "line 2 (it is not UTF-8 text (byte 0xff))."),
    "a zero byte": (b"rpm,flow\n1000,\0\n", "line 2 (it holds binary data (a zero byte))."),
    "a line for Excel": (b"sep=,\nrpm,flow\n", ""),
    "blank lines": (b"\n\nrpm,flow\n", ""),
}


@pytest.mark.parametrize("start", STARTS)
def test_a_header_goes_for_rows_that_come_later(start: str, offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    """By position, the cells of these rows are swapped, and nobody is told."""
    path, (text, told) = tmp_path / "new.csv", STARTS[start]
    path.write_bytes(text)
    words = ("watch", detector, "new.csv", "--once", "--state", "kept.json")
    first = offbeat(*words)
    assert (first.code, first.err) == (
        (3, f"Problem: new.csv: 1 row of 1 was passed over: {told}\n") if told else (0, "")
    )
    source = source_of(str(path))
    source.restore(json.loads((tmp_path / "kept.json").read_text())["sources"]["new.csv"])
    running, opened = source_of(str(path)), library.load(detector)
    assert not [one for one in running.tables(opened, True) if isinstance(one, Table)]
    with path.open("ab") as file:
        file.write(b"1000,1\n2000,2\n3000,x\n")
    number = text.count(b"\n") + 3
    for watched in (source, running):
        table, problem = watched.tables(opened)
        assert cells(table) == [[1, 1000], [2, 2000]]
        assert f"line {number} (column 'flow' holds text 'x'" in str(problem)
        watched.close()


@pytest.mark.parametrize("bad", [b"\xff", b"\0"])
@pytest.mark.parametrize("at", [0, 1, 15])
def test_a_bad_byte_costs_its_row_wherever_it_stands(bad: bytes, at: int, detector: Path) -> None:
    rows = [b"%d,%d\n" % (1000 + number, number) for number in range(20)]
    rows[at] = b"1," + bad + b"\n"
    opened, watched = library.load(detector), WatchedRows("new.csv")
    table, problem = watched.tables(Lines(b"rpm,flow\n" + b"".join(rows), True), opened)
    assert cells(table) == [[number, 1000 + number] for number in range(20) if number != at]
    assert str(problem).startswith(f"new.csv: 1 row of 20 was passed over: line {at + 2} (it ")


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"rpm\xff,flow\n", "new.csv: line 1 is not UTF-8 text (byte 0xff). "),
        (b'rpm,"flow\n', 'new.csv: the first line opens a quote (") that never closes. '),
        (b"rpm,rpm\n", "new.csv: the header names columns twice: 'rpm' (columns 0 and 1, "),
    ],
)
def test_without_a_header_that_can_be_read_no_row_is(header: bytes, told: str, detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.csv")
    is_open = header.count(b'"') % 2 == 1
    (first,) = watched.tables(Lines(header + (b"" if is_open else b"1000,1\n"), True, 1, is_open), opened)
    again = WatchedRows("new.csv")
    again.restore(json.loads(json.dumps(watched.to_dict())))
    (second,) = again.tables(Lines(b"2000,2\n3000,3\n", False, 3), opened)
    assert str(first).startswith(told) and str(second).startswith(told)
    assert str(second).endswith(" All rows of lines 3 to 4 were passed over.")
    if b"rpm,rpm" not in header:
        advice = "No row is read without the header that it may be: correct it, and begin the file anew."
        assert advice in str(first) and advice in str(second)
    (table,) = again.tables(Lines(b"rpm,flow\n2000,2\n", True), opened)
    assert cells(table) == [[2, 2000]], "it was begun anew"


def test_a_bad_first_row_costs_no_other_where_columns_have_no_names(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(text_of(200, 70))
    opened = library.fit(tmp_path / "good.csv", hidden=[1], epochs=1, score="squared", progress="none")
    watched = WatchedRows("new.csv")
    table, problem = watched.tables(Lines(b"\xff,1\n1,2\n2,3\n", True), opened)
    assert isinstance(table, Table) and table.numbers(list(table.names)).tolist() == [[1, 2], [2, 3]]
    assert str(problem) == "new.csv: 1 row of 3 was passed over: line 1 (it is not UTF-8 text (byte 0xff))."


def test_a_state_that_lacks_the_header_begins_its_file_anew(detector: Path, tmp_path: Path) -> None:
    """Watches once kept no header before the first row could be read."""
    path, opened = tmp_path / "new.csv", library.load(detector)
    path.write_bytes(b"rpm,flow\n1000,\xff\n")
    source = source_of(str(path))
    assert len(list(source.tables(opened))) == 1
    kept = {"file": source.to_dict()["file"], "layout": {}}
    understood = {
        "file": kept["file"],
        "layout": {"form": "csv", "header": "rpm,flow\n", "delimiter": ",", "decimal": "."},
    }
    with path.open("a") as file:
        file.write("2000,2\n")
    for record, count in ((kept, 2), (understood, 1)):
        again = source_of(str(path))
        again.restore(json.loads(json.dumps(record)))
        found = list(again.tables(opened))
        assert cells(found[0]) == [[2, 2000]] and len(found) == count
        again.close()
    source.close()


@pytest.mark.parametrize("form", ["z.csv.gz", "z.zip", "z.parquet", "z.arrow", "z.npy"])
def test_a_file_that_has_no_lines_is_refused(form: str, offbeat: Offbeat, detector: Path, tmp_path: Path) -> None:
    path, text = tmp_path / form, (HEADER + text_of(50, 71)).encode()
    frame = pl.DataFrame({"flow": [1.0] * 50, "rpm": [2.0] * 50})
    kind = {
        "z.csv.gz": lambda: path.write_bytes(gzip.compress(text)),
        "z.zip": lambda: zipfile.ZipFile(path, "w").writestr("z.csv", text),
        "z.parquet": lambda: frame.write_parquet(path),
        "z.arrow": lambda: frame.write_ipc(path),
        "z.npy": lambda: np.save(path, frame.to_numpy()),
    }
    kind[form]()
    answer = offbeat("watch", detector, form, "--once")
    words = {"z.csv.gz": "gzip", "z.zip": "zip", "z.parquet": "parquet", "z.arrow": "arrow file", "z.npy": "npy"}[form]
    assert answer.code == 3 and answer.out == ""
    assert answer.err == (
        f"Problem: {form} is no text that grows ({words}); lines of CSV or NDJSON were expected. Put such a file into "
        "a folder and watch that (offbeat watch DETECTOR FOLDER), or score it (offbeat score DETECTOR FILE).\n"
    )


def test_a_stray_json_line_of_another_kind_costs_no_other(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.ndjson")
    text = b'null\n{"rpm": 1000, "flow": 5}\n[5,1000]\n"x"\n{"rpm": 1001, "flow": 6}\n'
    table, problem = watched.tables(Lines(text, True), opened)
    assert cells(table) == [[5, 1000], [6, 1001]]
    assert str(problem) == (
        "new.ndjson: 3 rows of 5 were passed over: line 1 (it is null; an object was expected, as in most lines), "
        "line 3 (it is a list; an object was expected, as in most lines), line 4 (it is text; an object was expected, "
        "as in most lines)."
    )
    (alone,) = watched.tables(Lines(b"[5,1000]\n", False, 6), opened)
    assert "line 6 (it is a list; an object was expected" in str(alone), "others came before"


def test_a_stray_object_among_lists_costs_no_other(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.ndjson")
    (first,) = watched.tables(Lines(b'{"rpm": 1000, "flow": 5}\n{"rpm": 1, "flow": 6}\n', True), opened)
    assert cells(first) == [[5, 1000], [6, 1]]
    watched = WatchedRows("new.ndjson")
    table, problem = watched.tables(Lines(b'[5,1000]\n{"rpm": 1000, "flow": 5}\n[6,1001]\n', True), opened)
    assert isinstance(table, Table) and opened.schema.align(table).numbers(["flow"]).tolist() == [[5.0], [6.0]]
    assert str(problem) == (
        "new.ndjson: 1 row of 3 was passed over: line 2 (it is an object; a list of cells was expected, as in most "
        "lines)."
    )


def test_objects_that_come_after_other_lines_of_a_log_are_rows(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.ndjson")
    (problem,) = watched.tables(Lines(b"INFO starting\nready\n", True), opened)
    assert str(problem) == (
        "new.ndjson lacks 2 columns that the detector was fitted on: 'flow', 'rpm'. It has 1 unknown column: "
        "'INFO starting'. All rows of lines 1 to 2 were passed over."
    )
    (table,) = watched.tables(Lines(b'{"flow": 1, "rpm": 2}\n{"flow": 3, "rpm": 4}\n', False), opened)
    assert isinstance(table, Table) and table.numbers(["flow", "rpm"]).tolist() == [[1, 2], [3, 4]]


def test_a_header_in_brackets_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text("[flow],[rpm]\n" + "".join(f"{row},{row % 7}\n" for row in range(60)))
    opened = library.fit(path, hidden=[1], epochs=1, progress="none")
    (table,) = WatchedRows(path.name).tables(Lines(path.read_bytes(), True), opened)
    assert isinstance(table, Table) and table.names == ("[flow]", "[rpm]") and table.height == 60


def test_blanks_around_a_key_make_no_other_column(detector: Path) -> None:
    opened, watched = library.load(detector), WatchedRows("new.ndjson")
    text = b'{" flow": 1, "rpm": 2}\n{"flow": 7, "rpm ": 8}\n'
    (table,) = watched.tables(Lines(text, True), opened)
    assert isinstance(table, Table) and table.numbers(["flow", "rpm"]).tolist() == [[1, 2], [7, 8]]


def test_names_that_are_numbers_are_no_row_of_what_is_watched(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(60, 2))
    opened = library.fit(pl.DataFrame(rows, schema=["20", "22"]), hidden=[1], epochs=2, progress="none")
    (table,) = WatchedRows("new.csv").tables(Lines(b"20,22\n2,4\n6,8\n", True), opened)
    assert isinstance(table, Table) and table.numbers(["20", "22"]).tolist() == [[2.0, 4.0], [6.0, 8.0]]
