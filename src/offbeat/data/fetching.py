"""One HTTP request for a file: its bytes piece by piece, and what the server says to recognise it by."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from offbeat.data.urls import as_sent, name_and_password, without_password
from offbeat.errors import DownloadError

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

_CHUNK_BYTES = 2**20
_LONGEST_SECONDS = 3600.0
"""After so long a server must have sent at least `_SLOWEST` bytes a second: a byte now and then would hold for days."""

_SLOWEST = 10_000
LOCAL_FILE = "Download it by other means, and give the path of the local file instead of the URL."
_RECOGNISED_BY = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
"""What a server says of a file, and how it is asked whether it still holds."""

_WHOLE = (200, 203)
"""Answers that hold the file; 203 says that a proxy has rewritten it."""

_NOT_YET = 202
"""The answer of a server that will have the file later."""

_UNASKED = ", where the whole file was asked for"

_COMES_BACK = (408, 429)
"""Answers, beside those from 500 on, that tell of the server's state and not of the file."""


class UnreachableError(DownloadError):
    """The server does not answer, or not now.

    Args:
        url: What was asked for.
        reason: What happened instead.
    """

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(_words(url, reason))
        self.reason = " ".join(reason.split())


class UnchangedError(Exception):
    """The file is still the one that it was."""


def conditions(recognised_by: Mapping[str, str]) -> dict[str, str]:
    """The headers that ask for a file only where it is no longer the same.

    Args:
        recognised_by: What `fetched` noted of it.
    """
    return {ask: recognised_by[said] for said, ask in _RECOGNISED_BY.items() if said in recognised_by}


def fetched(
    url: str, most_bytes: int, timeout: float, headers: Mapping[str, str], noted: dict[str, str]
) -> Iterator[bytes]:
    """The body of the answer, piece by piece, as long as it is not too large and ends where it should.

    Args:
        url: An http or https address.
        most_bytes: The largest body to accept.
        timeout: How many seconds to wait for the server to answer, and for each next piece.
        headers: To send, beside the usual ones.
        noted: Gets what the server recognises the file by.

    Raises:
        UnchangedError: The headers asked whether the file is still the same, and it is.
        UnreachableError: The server does not answer, or not now, or hardly anything arrives in an hour.
        DownloadError: The file is not there, or too large; or the answer is not the whole of it.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError

    received, began = 0, time.monotonic()
    try:
        with _opener().open(_request(url, headers), timeout=timeout) as answer:
            if answer.status == _NOT_YET:
                raise UnreachableError(url, f"the server answered {answer.status} {answer.reason}")
            if answer.status not in _WHOLE:
                raise DownloadError(_words(url, f"the server answered {answer.status} {answer.reason}{_UNASKED}"))
            promised = answer.headers.get("Content-Length")
            noted.update({name: answer.headers[name] for name in _RECOGNISED_BY if answer.headers.get(name)})
            require_size(int(promised or 0), most_bytes, url)
            while piece := answer.read1(_CHUNK_BYTES):  # what is there: the whole of a chunk may take for ever
                received += len(piece)
                require_size(received, most_bytes, url)
                _require_speed(received, time.monotonic() - began, url)
                yield piece
    except DownloadError:
        raise
    except HTTPError as error:
        error.close()
        if error.code == 304:
            raise UnchangedError from None
        reason = f"the server answered {error.code} {error.reason}"
        if error.code >= 500 or error.code in _COMES_BACK:
            raise UnreachableError(url, reason) from error
        raise DownloadError(_words(url, reason)) from error
    except HTTPException as error:
        reason = f"the server did not answer as HTTP demands ({error or type(error).__name__})"
        raise UnreachableError(url, reason) from error
    except OSError as error:
        raise UnreachableError(url, str(getattr(error, "reason", error))) from error
    except ValueError as error:
        raise DownloadError(_words(url, str(error))) from error
    if promised is not None and received != int(promised):
        reason = f"{received:,} of {int(promised):,} bytes arrived before the connection closed"
        raise UnreachableError(url, reason)


def require_http(url: str) -> None:
    """Nothing where it is an address that is fetched.

    Raises:
        DownloadError: It is none.
    """
    try:
        scheme = urlsplit(url).scheme.lower()
        as_sent(url)
    except ValueError as error:
        raise DownloadError(_words(url, str(error))) from error
    if scheme not in ("http", "https"):
        raise DownloadError(
            f"{without_password(url)} cannot be fetched: only http and https addresses can. {LOCAL_FILE}"
        )


def require_size(size: int, most_bytes: int, url: str) -> None:
    """Nothing where a file is not too large.

    Raises:
        DownloadError: It is.
    """
    if size > most_bytes:
        raise DownloadError(
            f"{without_password(url)} is larger than {most_bytes:,} bytes, the most that is fetched. {LOCAL_FILE}"
        )


def _require_speed(received: int, seconds: float, url: str) -> None:
    if seconds > _LONGEST_SECONDS and received < _SLOWEST * seconds:
        raise UnreachableError(url, f"only {received:,} bytes arrived in {seconds / 60:.0f} minutes")


def _words(url: str, reason: str) -> str:
    return f"{without_password(url)} cannot be fetched: {' '.join(reason.split())}. {LOCAL_FILE}"


def _request(url: str, headers: Mapping[str, str]) -> Any:
    from urllib.request import Request

    from offbeat.version import __version__

    request = Request(as_sent(url), headers={"User-Agent": f"offbeat/{__version__}", **headers})
    if password := name_and_password(url):
        # Not sent on where the server redirects to another.
        request.add_unredirected_header("Authorization", f"Basic {base64.b64encode(password.encode()).decode()}")
    return request


def _opener() -> OpenerDirector:
    """Follows redirects to http and https only, and knows no other scheme: no file:, no ftp:."""
    from urllib import request

    class OnlyHttp(request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            if urlsplit(newurl).scheme.lower() not in ("http", "https"):
                fp.close()
                shown = without_password(newurl)
                raise ValueError(f"the server redirects to {shown}, which is not an http or https address")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    opener = request.OpenerDirector()
    handlers = (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        OnlyHttp,
        request.HTTPErrorProcessor,
    )
    for handler in handlers:
        opener.add_handler(handler())
    return opener
