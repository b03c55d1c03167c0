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
from offbeat.errors import DataError
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
