"""Files behind http(s) URLs: copies in a folder that only this user can read, fetched again when they have changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from offbeat.compilation import cache_folder
from offbeat.data.fetching import LOCAL_FILE, UnchangedError, UnreachableError, conditions, fetched, require_http
from offbeat.data.local_files import checksum_of
from offbeat.data.urls import name_in_url, without_password
from offbeat.errors import DownloadError, OldCopyWarning
from offbeat.files import write_atomically

GIBIBYTE = 2**30


_CLOCKS_APART = 2.0
"""Seconds by which the clock of a disk may be behind."""


def download(
    url: str,
    *,
    sha256: str | None = None,
    most_bytes: int = GIBIBYTE,
    timeout: float = 30.0,
    folder: Path | None = None,
) -> Path:
    """The local copy of a file on the network, which is the file as it is now where the server can be reached.

    The server is asked whether its file is still the one of the copy, if it says what to recognise the file by (ETag or
    Last-Modified); else the file is fetched again. With `sha256`, a copy that has this checksum is enough. The copy
    appears whole or not at all.

    Args:
        url: An http or https address; redirects to anything else are refused. A name and password before the host are
            sent to it, and never printed; blanks and letters beyond ASCII are encoded.
        sha256: The checksum in hexadecimal that the file must have; a cached copy with another one is fetched again.
        most_bytes: The largest file to accept.
        timeout: How many seconds to wait for the server to answer, and for each next piece.
        folder: Where copies are kept; None is `downloads` in $OFFBEAT_CACHE or in the user's cache folder.

    Raises:
        DownloadError: The URL cannot be reached and there is no copy, or the file is too large, incomplete, or not what
            was promised; names the URL and the reason.

    Warns:
        OldCopyWarning: The server cannot be reached or fails, and the copy of an earlier day is used.
    """
    copy = _place_of(url, folder)
    if sha256 is not None and copy.is_file() and checksum_of(copy) == sha256.lower():
        return copy
    try:
        return _renewed(copy, url, most_bytes, timeout, sha256)
    except UnchangedError:
        if not copy.is_file():
            raise DownloadError(
                f"{without_password(url)} cannot be fetched: the server answered 304 Not Modified, though it was not "
                f"asked whether the file has changed. {LOCAL_FILE}"
            ) from None
        with suppress(OSError):
            os.utime(copy)  # it is the file of today
        return copy
    except UnreachableError as error:
        if sha256 is not None or not copy.is_file():
            raise DownloadError(str(error)) from error.__cause__
        _warn_of_old(copy, url, error.reason)
        return copy
    except OSError as error:
        if sha256 is None and copy.is_file():
            _warn_of_old(copy, url, f"{copy.parent} cannot be written to ({error.strerror})")
            return copy
        raise DownloadError(
            f"{without_password(url)} cannot be kept in {copy.parent}: {error.strerror}. Name another folder in "
            "OFFBEAT_CACHE."
        ) from error


def downloaded_once(url: str) -> Path:
    """The local copy of a file that never changes: fetched on the first call, and no server is asked from then on.

    Args:
        url: As for `download`.

    Raises:
        DownloadError: As `download`.
    """
    copy = _place_of(url, None)
    return copy if copy.is_file() else download(url)


def forget(url: str, since: float) -> None:
    """Drop the local copy of a file, so that the next call fetches it again; not one that stands in for a server.

    Args:
        url: As for `download`.
        since: The copy is dropped if a server has given or confirmed it since then, in seconds as by `time.time`.
    """
    copy = _place_of(url, None)
    with suppress(OSError):
        if copy.stat().st_mtime < since - _CLOCKS_APART:
            return
    for path in (copy, _note_on(copy)):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _place_of(url: str, folder: Path | None) -> Path:
    require_http(url)
    # With the name and password: what one user may see, another may not.
    digest = hashlib.sha256(url.encode()).hexdigest()[:16]
    return (folder or cache_folder() / "downloads") / f"{digest}-{_safe_name(url)}"


def _note_on(copy: Path) -> Path:
    """Where it is noted what the server recognises its file by."""
    return copy.with_name(f"{copy.name}.json")


def _renewed(copy: Path, url: str, most_bytes: int, timeout: float, sha256: str | None) -> Path:
    """The copy, fetched and written anew."""
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    noted: dict[str, str] = {}
    pieces = fetched(url, most_bytes, timeout, conditions(_noted_of(copy)), noted)
    digest = hashlib.sha256()
    write_atomically(copy, _checked(pieces, digest, url, sha256))
    if noted:
        write_atomically(_note_on(copy), json.dumps({**noted, "sha256": digest.hexdigest()}).encode())
    else:
        _note_on(copy).unlink(missing_ok=True)
    return copy


def _noted_of(copy: Path) -> dict[str, str]:
    """What the server recognises the file by that the copy is of; nothing where the copy is another one by now."""
    try:
        noted = json.loads(_note_on(copy).read_bytes())
        if noted.pop("sha256") != checksum_of(copy):
            return {}
        return {str(name): str(said) for name, said in noted.items()}
    except (OSError, ValueError, AttributeError, KeyError, TypeError):  # there is no copy or no note, or it is damaged
        return {}


def _checked(pieces: Iterator[bytes], digest: hashlib._Hash, url: str, sha256: str | None) -> Iterator[bytes]:
    """The same pieces, with an error at the end when they are not what was promised."""
    for piece in pieces:
        digest.update(piece)
        yield piece
    if sha256 is not None and digest.hexdigest() != sha256.lower():
        raise DownloadError(
            f"{without_password(url)} has the SHA-256 checksum {digest.hexdigest()}; {sha256.lower()} was expected. "
            "The file was changed; nothing was kept."
        )


def _warn_of_old(copy: Path, url: str, reason: str) -> None:
    day = datetime.fromtimestamp(copy.stat().st_mtime).astimezone().strftime("%Y-%m-%d %H:%M")
    warnings.warn(
        f"{without_password(url)} cannot be fetched now ({reason}); the copy of {day} is used.",
        OldCopyWarning,
        stacklevel=2,
    )


def _safe_name(url: str) -> str:
    """The name in the URL with nothing but letters, digits, dots and dashes, and not too long for any disk."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name_in_url(url))[-80:]
