from __future__ import annotations

import base64
import functools
import hashlib
import http.server
import os
import re
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from offbeat.data.known import KNOWN, known_data, local_copy
from offbeat.data.readers import read
from offbeat.data.remote import _note_on, download, downloaded_once
from offbeat.data.urls import as_sent, is_url, name_in_url
from offbeat.errors import DataError, DownloadError, OldCopyWarning

TABLE = b"flow,rpm\n1.5,1200\n2.5,1300\n"
SHA256 = hashlib.sha256(TABLE).hexdigest()
ADVICE = "Download it by other means, and give the path of the local file instead of the URL."


class Site(http.server.BaseHTTPRequestHandler):
    """A web site whose pages each go wrong in their own way."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        match self.path.partition("?")[0]:
            case "/pumps.csv" | "/a%20b/p%C3%BCmps.csv":
                self.answer(200, TABLE, length=len(TABLE))
            case "/no-length":
                self.answer(200, TABLE)
            case "/short":
                self.answer(200, TABLE[:10], length=len(TABLE))
            case "/endless":
                self.answer(200, b"1,2\n" * 10_000)
            case "/claims-much":
                self.answer(200, b"", length=10**12)
            case "/moved":
                self.answer(302, b"", location="/pumps.csv", length=0)
            case "/to-file":
                self.answer(302, b"", location="file:///etc/x", length=0)
            case "/to-ftp":
                self.answer(301, b"", location="ftp://localhost/x", length=0)
            case "/circle":
                self.answer(302, b"", location="/circle", length=0)
            case "/page":
                self.answer(200, b"<!DOCTYPE html><html>log in</html>", length=34)
            case "/unasked":
                self.answer(304, b"", length=0)
            case "/nonsense":
                self.wfile.write(b"this is no HTTP\r\n\r\n")
            case "/slow":
                self.answer(200, TABLE[:10], length=len(TABLE), then_wait=True)
            case "/tagged.csv" | "/dated.csv" | "/plain.csv" as page:
                self.answer_if_changed(page)
            case "/secret.csv":
                self.answer(200, b"sent\n" + self.headers["Authorization"].encode())
            case _:
                self.send_error(404, "Not Found")

    def answer_if_changed(self, page: str) -> None:
        code, body, day = self.server.now  # type: ignore[attr-defined]
        said, ask, word = {
            "/tagged.csv": ("ETag", "If-None-Match", f'"{hashlib.sha256(body).hexdigest()}"'),
            "/dated.csv": ("Last-Modified", "If-Modified-Since", f"Mon, 0{day} Nov 2026 08:00:00 GMT"),
            "/plain.csv": ("X-Nothing", "X-Nothing", "nothing"),
        }[page]
        if self.headers.get(ask) == word:
            code, body = 304, b""
            self.asked.append("304")
        self.send_response(code)
        self.send_header(said, word)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(
        self, code: int, body: bytes, length: int | None = None, location: str | None = None, then_wait: bool = False
    ) -> None:
        self.send_response(code)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if location is not None:
            self.send_header("Location", location)
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            return  # the reader had enough
        if then_wait:
            self.server.done.wait(10)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def now() -> list[Any]:
    """What the pages that change answer: status, body, day."""
    return [200, TABLE, 1]


@pytest.fixture
def site(asked: list[str], now: list[Any]) -> Iterator[str]:
    handler = type("Handler", (Site,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.done = threading.Event()  # type: ignore[attr-defined]
        server.now = now  # type: ignore[attr-defined]
        thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.done.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OFFBEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "downloads"


def files_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []


def test_a_table_behind_a_url(site: str, asked: list[str], cache: Path) -> None:
    table = read(f"{site}/pumps.csv")
    assert (table.source, table.names) == ("pumps.csv", ("flow", "rpm"))
    assert table.numbers(["flow"]).tolist() == [[1.5], [2.5]]
    assert len(files_in(cache)) == 1
    assert files_in(cache)[0].endswith("-pumps.csv")
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert asked == ["/pumps.csv"]


def test_with_a_checksum_the_copy_is_enough(site: str, asked: list[str]) -> None:
    first = download(f"{site}/pumps.csv", sha256=SHA256)
    assert download(f"{site}/pumps.csv", sha256=SHA256) == first
    assert asked == ["/pumps.csv"]
    assert download(f"{site}/pumps.csv?version=2") != first
    assert asked == ["/pumps.csv", "/pumps.csv?version=2"]


def test_a_known_file_is_fetched_once(site: str, asked: list[str]) -> None:
    assert downloaded_once(f"{site}/pumps.csv") == downloaded_once(f"{site}/pumps.csv")
    assert asked == ["/pumps.csv"]


@pytest.mark.parametrize("page", ["tagged", "dated"])
def test_a_file_is_fetched_again_where_it_changed(site: str, asked: list[str], now: list[Any], page: str) -> None:
    url = f"{site}/{page}.csv"
    assert [read(url).height, read(url).height] == [2, 2]
    assert asked == [f"/{page}.csv", f"/{page}.csv", "304"]
    now[1:] = [TABLE + b"3.5,1400\n", 2]
    assert [read(url).height, read(url).height] == [3, 3]
    assert asked[3:] == [f"/{page}.csv", f"/{page}.csv", "304"]


@pytest.mark.parametrize(("status", "words"), [(206, "206 Partial Content"), (204, "204 No Content")])
def test_an_answer_that_is_not_the_whole_file_is_refused(
    site: str, cache: Path, now: list[Any], status: int, words: str
) -> None:
    now[:2] = [status, TABLE[:20]]
    with pytest.raises(DownloadError) as raised:
        read(f"{site}/tagged.csv")
    told = f"cannot be fetched: the server answered {words}, where the whole file was asked for. {ADVICE}"
    assert str(raised.value) == f"{site}/tagged.csv {told}"
    assert files_in(cache) == []
    now[:2] = [200, TABLE]
    assert read(f"{site}/tagged.csv").height == 2
    now[:] = [status, TABLE[:20], 2]
    with pytest.raises(DownloadError, match=words):
        read(f"{site}/tagged.csv")
    now[:] = [203, TABLE, 1]
    assert read(f"{site}/plain.csv").height == 2


def test_a_file_that_is_not_recognised_is_fetched_every_time(site: str, asked: list[str], now: list[Any]) -> None:
    assert read(f"{site}/plain.csv").height == 2
    now[1] = TABLE + b"3.5,1400\n"
    assert read(f"{site}/plain.csv").height == 3
    assert asked == ["/plain.csv"] * 2


def test_a_copy_that_was_changed_is_not_taken_for_the_file(site: str, asked: list[str]) -> None:
    download(f"{site}/tagged.csv").write_bytes(b"damaged")
    assert download(f"{site}/tagged.csv").read_bytes() == TABLE
    assert asked == ["/tagged.csv"] * 2


@pytest.mark.parametrize("code", [500, 503, 429, 202])
def test_a_server_that_fails_leaves_the_copy(site: str, now: list[Any], code: int) -> None:
    url = f"{site}/plain.csv"
    os.utime(download(url), (0, 0))
    now[0] = code
    with pytest.warns(OldCopyWarning) as warned:
        assert read(url).height == 2
    (told,) = warned
    assert re.fullmatch(
        rf"{re.escape(url)} cannot be fetched now \(the server answered {code} [\w ]+\); the copy of "
        r"(1969-12-31|1970-01-01) \d\d:\d\d is used\.",
        str(told.message),
    )


def test_a_copy_of_a_file_that_is_gone_is_not_used(site: str, now: list[Any]) -> None:
    download(f"{site}/plain.csv")
    now[0] = 404
    with pytest.raises(DownloadError, match=r"the server answered 404 Not Found"):
        download(f"{site}/plain.csv")


@pytest.mark.parametrize("body", [b"", b"<html>We are back at noon.</html>", b"flow,rpm\n"])
def test_a_copy_that_cannot_be_read_is_dropped(site: str, cache: Path, now: list[Any], body: bytes) -> None:
    now[1] = body
    with pytest.raises(DataError):
        read(f"{site}/tagged.csv")
    assert files_in(cache) == []
    now[1] = TABLE
    assert read(f"{site}/tagged.csv").height == 2


def test_a_password_is_sent_and_not_printed(site: str) -> None:
    url = site.replace("//", "//anna:top%20secret@")
    sent = base64.b64encode(b"anna:top secret").decode()
    assert read(f"{url}/secret.csv", header=True).column("sent").to_list() == [f"Basic {sent}"]
    for wrong in (f"{url}/nothing-here", f"{url}/to-ftp", url.replace("http:", "s3:"), f"{url}/endless"):
        with pytest.raises(DownloadError) as raised:
            download(wrong, most_bytes=100)
        assert "secret@" not in str(raised.value) and "anna" not in str(raised.value)
    assert name_in_url("https://anna:secret@example.org") == "example.org"


def test_blanks_and_letters_beyond_ascii_are_encoded(site: str, asked: list[str]) -> None:
    assert read(f"{site}/a b/pümps.csv").source == "pümps.csv"
    assert asked == ["/a%20b/p%C3%BCmps.csv"]
    assert as_sent("https://bücher.example/ä?q=ö b&r=1%20#x") == (
        "https://xn--bcher-kva.example/%C3%A4?q=%C3%B6%20b&r=1%20"
    )


def test_a_file_without_stated_length_and_one_that_moved(site: str) -> None:
    for page in ("no-length", "moved"):
        assert download(f"{site}/{page}").read_bytes() == TABLE


def test_names_in_urls_become_harmless_file_names(site: str, cache: Path) -> None:
    path = download(f"{site}/a%20b/p%C3%BCmps.csv")
    assert path.parent == cache
    assert path.name.endswith("-p-mps.csv")
    assert name_in_url("https://example.org/a/..%2F..%2Fetc%2Fpasswd") == "passwd"
    assert name_in_url("https://example.org/") == "example.org"


def test_a_checksum_that_fits_and_one_that_does_not(site: str, cache: Path, asked: list[str]) -> None:
    with pytest.raises(DownloadError) as raised:
        download(f"{site}/pumps.csv", sha256="0" * 64)
    assert str(raised.value) == (
        f"{site}/pumps.csv has the SHA-256 checksum {SHA256}; {'0' * 64} was expected. The file was changed; "
        "nothing was kept."
    )
    assert files_in(cache) == []
    assert download(f"{site}/pumps.csv", sha256=SHA256.upper()).read_bytes() == TABLE
    download(f"{site}/pumps.csv", sha256=SHA256)
    assert len(asked) == 2


def test_a_damaged_copy_in_the_cache_is_fetched_again(site: str) -> None:
    path = download(f"{site}/pumps.csv")
    path.write_bytes(b"damaged")
    assert download(f"{site}/pumps.csv", sha256=SHA256).read_bytes() == TABLE


@pytest.mark.parametrize("noted", [b"[]", b"null", b'"x"', b"1", b'{"sha256": 1}', b"{"])
def test_a_damaged_note_beside_a_copy_is_no_note(noted: bytes, site: str) -> None:
    note = _note_on(download(f"{site}/tagged.csv"))
    assert note.exists()
    note.write_bytes(noted)
    assert download(f"{site}/tagged.csv").read_bytes() == TABLE


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("nothing-here", "cannot be fetched: the server answered 404 Not Found. "),
        ("short", "cannot be fetched: 10 of 27 bytes arrived before the connection closed. "),
        (
            "to-file",
            "cannot be fetched: the server answered 302 Found - Redirection to url 'file:///etc/x' is not allowed. ",
        ),
        (
            "to-ftp",
            "cannot be fetched: the server redirects to ftp://localhost/x, which is not an http or https address. ",
        ),
        ("endless", "is larger than 1,000 bytes, the most that is fetched. "),
        ("claims-much", "is larger than 1,000 bytes, the most that is fetched. "),
        ("slow", "cannot be fetched: timed out. "),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_kept(site: str, cache: Path, page: str, reason: str) -> None:
    with pytest.raises(DownloadError) as raised:
        download(f"{site}/{page}", most_bytes=1000, timeout=0.5)
    assert str(raised.value) == f"{site}/{page} {reason}{ADVICE}"
    assert files_in(cache) == []


def test_servers_that_make_no_sense(site: str, cache: Path) -> None:
    with pytest.raises(
        DownloadError, match=rf"circle cannot be fetched: the server answered 302 .*infinite loop.*{ADVICE}"
    ):
        download(f"{site}/circle")
    with pytest.raises(DownloadError, match=r"the server did not answer as HTTP demands \(this is no HTTP \)"):
        download(f"{site}/nonsense")
    assert files_in(cache) == []


def test_a_web_page_is_no_table(site: str) -> None:
    with pytest.raises(DataError, match=r"page is a web page, which is not read. Give the address of the file itself"):
        read(f"{site}/page")


def test_offline(cache: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/pumps.csv"
        with pytest.raises(DownloadError) as raised:
            read(url)
    assert str(raised.value) == f"{url} cannot be fetched: [Errno 111] Connection refused. {ADVICE}"
    assert raised.value.exit_code == 5
    assert files_in(cache) == []


def test_offline_with_a_copy(cache: Path) -> None:
    handler = type("Handler", (Site,), {"asked": []})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        url = f"http://127.0.0.1:{server.server_port}/pumps.csv"
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert read(url).height == 2
        thread.join()
    for copy in cache.iterdir():
        os.utime(copy, (10**9, 10**9))
    with pytest.warns(OldCopyWarning, match=r"fetched now \(\[Errno 111\] Connection refused\); the copy of 2001"):
        assert read(url).height == 2
    with pytest.warns(OldCopyWarning), pytest.raises(DataError):
        read(url, delimiter="1")
    with pytest.warns(OldCopyWarning):
        assert read(url).height == 2, "what stands in for a server is not dropped for a wrong setting"


def test_a_copy_that_cannot_be_written_anew_is_used(site: str, cache: Path) -> None:
    resource = pytest.importorskip("resource")
    read(f"{site}/plain.csv")
    before = files_in(cache)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))  # as a full disk does, this stops root as well
    try:
        with pytest.warns(OldCopyWarning, match=r"cannot be written to \(File too large\)\); the copy of 20"):
            copy = download(f"{site}/plain.csv")
        with pytest.raises(DownloadError, match="cannot be kept"):
            download(f"{site}/tagged.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert copy.read_bytes() == TABLE and files_in(cache) == before


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://localhost/pumps.csv", "s3://bucket/pumps.csv"])
def test_only_http(url: str) -> None:
    assert is_url(url)
    with pytest.raises(DownloadError) as raised:
        download(url)
    assert str(raised.value) == f"{url} cannot be fetched: only http and https addresses can. {ADVICE}"


def test_a_url_that_is_none() -> None:
    for url in ("http://", "http:///pumps.csv", "http://[::1/pumps.csv"):
        with pytest.raises(DownloadError, match=r"cannot be fetched"):
            download(url)


@pytest.mark.parametrize("path", ["pumps.csv", "/data/pumps.csv", "C:\\data\\pumps.csv", "a:b.csv"])
def test_paths_are_no_urls(path: str) -> None:
    assert not is_url(path)


def test_a_cache_that_cannot_be_written(site: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match=r"cannot be kept in .*: .+\. Name another folder in OFFBEAT_CACHE."):
        download(f"{site}/pumps.csv", folder=tmp_path / "file" / "below")


def test_two_downloads_at_once_end_with_one_whole_file(site: str, cache: Path) -> None:
    threads = [threading.Thread(target=download, args=(f"{site}/pumps.csv",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files_in(cache)) == 1
    assert (cache / files_in(cache)[0]).read_bytes() == TABLE


def test_a_folder_in_offbeat_data_that_is_nobodys_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBEAT_DATA", "~nobody-of-this-name/tables")
    with pytest.raises(
        DataError, match=r"^OFFBEAT_DATA names the folder ~nobody-of-this-name/tables, which has no file"
    ):
        local_copy(known_data("ecg5000").train)


def test_known_data_comes_from_the_folder_in_offbeat_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBEAT_DATA", str(tmp_path))
    known = known_data("ecg5000")
    assert (known.label, known.normal, known.test) == ("-1", "1", None)
    with pytest.raises(DataError) as raised:
        local_copy(known.train)
    assert str(raised.value) == (
        f"OFFBEAT_DATA names the folder {tmp_path}, which has no file ecg5000.csv. Put it there, or unset OFFBEAT_DATA "
        "to download it from http://storage.googleapis.com/download.tensorflow.org/data/ecg.csv."
    )
    (tmp_path / "ecg5000.csv").write_text("1,2\n")
    assert local_copy(known.train) == tmp_path / "ecg5000.csv"


def test_known_data_without_a_network_names_offbeat_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OFFBEAT_DATA", raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens on the discard port
    for known in KNOWN.values():
        for file in filter(None, (known.train, known.test)):
            with pytest.raises(DownloadError) as raised:
                local_copy(file)
            assert str(raised.value).startswith(f"{file.url} cannot be fetched: ")
            assert str(raised.value).endswith(
                f"To work without a network, set OFFBEAT_DATA to a folder that holds it as {file.name}."
            )


def test_known_data_has_the_rows_it_promises(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBEAT_DATA", str(real_data))
    discord = known_data("ecg-discord")
    assert discord.test is not None
    assert [read(local_copy(file)).height for file in (discord.train, discord.test)] == [20, 23]
    assert read(local_copy(known_data("ecg5000").train)).height == 5000


def test_an_unknown_data_set() -> None:
    with pytest.raises(DataError) as raised:
        known_data("ecg_discord")
    assert str(raised.value) == (
        "No public data set is called 'ecg_discord'. Did you mean 'ecg-discord'? There are 'ecg-discord', 'ecg5000'."
    )


def test_a_server_that_says_unasked_that_nothing_changed(site: str) -> None:
    with pytest.raises(DownloadError) as raised:
        download(f"{site}/unasked")
    assert str(raised.value) == (
        f"{site}/unasked cannot be fetched: the server answered 304 Not Modified, though it was not asked whether the "
        f"file has changed. {ADVICE}"
    )


def test_a_server_that_sends_hardly_anything_is_left(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.data.fetching._LONGEST_SECONDS", 0.0)
    monkeypatch.setattr("offbeat.data.fetching._SLOWEST", 10**12)
    with pytest.raises(
        DownloadError, match=r"/slow cannot be fetched: only 10 bytes arrived in 0 minutes\. Download it"
    ):
        download(f"{site}/slow")  # long before the server closes
    monkeypatch.setattr("offbeat.data.fetching._SLOWEST", 0)
    assert download(f"{site}/endless").read_bytes() == b"1,2\n" * 10_000
