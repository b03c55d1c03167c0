"""Files behind http(s) URLs: downloaded once, into a folder that only this user can read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from offbeat.compilation import cache_folder
from offbeat.data.local_files import checksum_of
from offbeat.errors import DownloadError
from offbeat.files import write_atomically

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

GIBIBYTE = 2**30
_CHUNK_BYTES = 2**20
_LOCAL_FILE = "Download it by other means, and give the path of the local file instead of the URL."


def is_url(source: str) -> bool:
    """Whether it is an address on a network rather than a path: https://..., also s3://..., which is not fetched.

    Args:
        source: What the user gave.
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def name_in_url(url: str) -> str:
    """The file name that a URL ends in, or the host where it ends in none.

    Args:
        url: The address.

    Example:
        >>> name_in_url("https://example.org/data/pumps.csv?raw=1")
        'pumps.csv'
    """
    parts = urlsplit(url)
    return unquote(parts.path).rstrip("/").rpartition("/")[2] or parts.netloc


def download(
    url: str,
    *,
    sha256: str | None = None,
    most_bytes: int = GIBIBYTE,
    timeout: float = 30.0,
    folder: Path | None = None,
) -> Path:
    """The local copy of a file on the network; fetched on the first call, and taken from the cache from then on.

    The copy appears whole or not at all. To fetch it again, delete it.

    Args:
        url: An http or https address; redirects to anything else are refused.
        sha256: The checksum in hexadecimal that the file must have; a cached copy with another one is fetched again.
        most_bytes: The largest file to accept.
        timeout: How many seconds to wait for the server to answer, and for each next piece.
        folder: Where copies are kept; None is `downloads` in $OFFBEAT_CACHE or in the user's cache folder.

    Raises:
        DownloadError: The URL cannot be reached, the file is too large, incomplete, or not what was promised; names the
            URL and the reason.
    """
    _require_http(url)
    target = (
        folder or cache_folder() / "downloads"
    ) / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}-{_safe_name(url)}"
    if target.is_file() and (sha256 is None or checksum_of(target) == sha256.lower()):
        return target
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return write_atomically(target, _checked(_pieces(url, most_bytes, timeout), url, sha256))
    except OSError as error:
        raise DownloadError(
            f"{url} cannot be kept in {target.parent}: {error.strerror}. Name another folder in OFFBEAT_CACHE."
        ) from error


def _pieces(url: str, most_bytes: int, timeout: float) -> Iterator[bytes]:
    """The body of the answer, piece by piece, as long as it is not too large and ends where it should."""
    from http.client import HTTPException
    from urllib.error import HTTPError

    received = 0
    try:
        with _opener().open(_request(url), timeout=timeout) as answer:
            promised = answer.headers.get("Content-Length")
            _require_size(int(promised or 0), most_bytes, url)
            while piece := answer.read(_CHUNK_BYTES):
                received += len(piece)
                _require_size(received, most_bytes, url)
                yield piece
    except DownloadError:
        raise
    except HTTPError as error:
        error.close()
        raise _failed(url, f"the server answered {error.code} {error.reason}") from error
    except HTTPException as error:
        raise _failed(url, f"the server did not answer as HTTP demands ({error or type(error).__name__})") from error
    except (OSError, ValueError) as error:
        raise _failed(url, str(getattr(error, "reason", error))) from error
    if promised is not None and received != int(promised):
        raise _failed(url, f"{received:,} of {int(promised):,} bytes arrived before the connection closed")


def _checked(pieces: Iterator[bytes], url: str, sha256: str | None) -> Iterator[bytes]:
    """The same pieces, with an error at the end when they are not what was promised."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        yield piece
    if sha256 is not None and digest.hexdigest() != sha256.lower():
        raise DownloadError(
            f"{url} has the SHA-256 checksum {digest.hexdigest()}; {sha256.lower()} was expected. The file was "
            "changed; nothing was kept."
        )


def _request(url: str) -> Any:
    from urllib.request import Request

    from offbeat.version import __version__

    return Request(url, headers={"User-Agent": f"offbeat/{__version__}"})


def _opener() -> OpenerDirector:
    """Follows redirects to http and https only, and knows no other scheme: no file:, no ftp:."""
    from urllib import request

    class OnlyHttp(request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            if urlsplit(newurl).scheme.lower() not in ("http", "https"):
                fp.close()
                raise ValueError(f"the server redirects to {newurl}, which is not an http or https address")
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


def _require_http(url: str) -> None:
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError as error:
        raise _failed(url, str(error)) from error
    if scheme not in ("http", "https"):
        raise DownloadError(f"{url} cannot be fetched: only http and https addresses can. {_LOCAL_FILE}")


def _require_size(size: int, most_bytes: int, url: str) -> None:
    if size > most_bytes:
        raise DownloadError(f"{url} is larger than {most_bytes:,} bytes, the most that is fetched. {_LOCAL_FILE}")


def _failed(url: str, reason: str) -> DownloadError:
    return DownloadError(f"{url} cannot be fetched: {' '.join(reason.split())}. {_LOCAL_FILE}")


def _safe_name(url: str) -> str:
    """The name in the URL with nothing but letters, digits, dots and dashes, and not too long for any disk."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name_in_url(url))[-80:]
