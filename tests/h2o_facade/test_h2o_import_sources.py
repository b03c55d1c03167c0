"""Where the files of `import_file` come from: folders with links, Parquet in parts, addresses, and odd requests."""

from __future__ import annotations

import http.server
import io
import os
import threading
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from offbeat import h2o
from offbeat.errors import DataError, SettingsError
from offbeat.h2o import file_tables


def rows_of(path: Any, **asked: Any) -> list[tuple[Any, ...]]:
    return h2o.import_file(path, **asked).cells.rows()


def part(folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"p{number}.csv").write_text(f"a,b\n{number},{number}\n")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    root = tmp_path / "root"
    part(root / "b", 1)
    part(tmp_path / "beside", 2)
    for name in ("c", "a", "b/inner"):
        (root / name).symlink_to(tmp_path / "beside", target_is_directory=True)
    (tmp_path / "beside" / "back").symlink_to(root, target_is_directory=True)
    (root / "b" / "here").symlink_to(root / "b", target_is_directory=True)
    (root / "broken").symlink_to(tmp_path / "nowhere")
    assert rows_of(str(root)) == [(2, 2), (2, 2), (1, 1), (2, 2)]
    assert rows_of(str(root), pattern="^/[ac]/") == [(2, 2), (2, 2)]


@pytest.mark.parametrize("empty", [0, 1])
@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_parts_without_rows_go_with_the_others(empty: int, kind: str, tmp_path: Path) -> None:
    table = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    for place in range(2):
        cells = table.head(0) if place == empty else table
        (cells.write_parquet if kind == "parquet" else cells.write_ipc)(tmp_path / f"p{place}.{kind}")
    assert rows_of(str(tmp_path)) == [(1, "x"), (2, "y")]
    with pytest.raises(
        DataError, match=r"has a header and no rows \(the columns are 'a', 'b'\)\. Give at least one row\."
    ):
        h2o.import_file(tmp_path / f"p{empty}.{kind}")
    pl.DataFrame().write_ipc(tmp_path / "none.arrow")
    with pytest.raises(DataError, match=r"none\.arrow has no columns; at least one is needed"):
        h2o.import_file(tmp_path)


def test_a_parquet_file_behind_an_address_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    packed = io.BytesIO()
    pl.DataFrame({"a": [1, 2]}).write_parquet(packed)

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, *args: Any) -> None:
            pass

    monkeypatch.setenv("OFFBEAT_CACHE", str(tmp_path))
    with http.server.HTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert rows_of(f"http://127.0.0.1:{server.server_address[1]}/a.parquet") == [(1,), (2,)]
        server.shutdown()
    assert asked == ["/a.parquet"]


def test_what_is_between_the_cells_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def spy(*given: Any, **asked: Any) -> Any:
        told.append(asked["delimiter"])
        return read(*given, **asked)

    read = file_tables.read_delimited
    monkeypatch.setattr(file_tables, "read_delimited", spy)
    (tmp_path / "t.csv").write_text("a;b\n1;2\n")
    assert rows_of(tmp_path / "t.csv") == [(1, 2)] and told == [";"]


@pytest.mark.skipif(os.name == "nt", reason="the paths are those of other systems")
def test_file_addresses_keep_what_is_a_name(tmp_path: Path) -> None:
    part(tmp_path / "a#b?c", 1)
    for address in (f"file://{tmp_path}/a#b?c/p1.csv", f"FILE://LocalHost{tmp_path}/a%23b%3Fc/p1.csv"):
        assert rows_of(address) == [(1, 1)] == rows_of([address])
    for path in ("file://two/a.csv", ["file://two/a.csv"]):
        with pytest.raises(
            DataError, match=r"file of another computer, two\. Three slashes .*: file:///two/a\.csv; or"
        ):
            h2o.import_file(path)


@pytest.mark.parametrize("path", ["", [""], [None], [5], ["a.csv", ""], 5])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(DataError, match=r"import_file\(\) takes a path, a URL or a list of them, not "):
        h2o.import_file(path)


def test_odd_requests_are_refused_in_words(tmp_path: Path) -> None:
    part(tmp_path, 1)
    path = tmp_path / "p1.csv"
    path.write_text("#c\n" + path.read_text())
    with pytest.raises(DataError, match=r"pattern is a regular expression, as in r'\\\.csv\$', not 5\."):
        h2o.import_file(path, pattern=5)
    with pytest.raises(SettingsError, match=r"custom_non_data_line_markers is a text of characters .*, not 5\."):
        h2o.import_file(path, custom_non_data_line_markers=5)
    with pytest.raises(SettingsError, match="holds half a character; whole ones were expected, such as '#'"):
        h2o.import_file(path, custom_non_data_line_markers="#\ud800")
    for told in ("\ud800", "\u00a7"):
        with pytest.raises(SettingsError, match="one character was expected, such as ',' or ';', or the word tab"):
            h2o.import_file(path, sep=told)
    if os.name != "nt":
        with pytest.raises(DataError, match=r"The path '\\ud800\.csv' holds half a character"):
            h2o.import_file("\ud800.csv")
