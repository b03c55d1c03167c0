"""Addresses on a network: what is one, what to call it, and how it is written for a server."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_MAY_STAND = "/%:@!$&'()*+,;=?~[]"
"""Characters of a path or query that are no letters and digits; a percent sign is one that the user has put there."""


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
    parts = urlsplit(without_password(url))
    return unquote(parts.path).rstrip("/").rpartition("/")[2] or parts.netloc


def without_password(url: str) -> str:
    """The address as it may be printed: without the name and the password that may stand before the host.

    Args:
        url: The address.

    Example:
        >>> without_password("https://anna:secret@example.org/pumps.csv")
        'https://example.org/pumps.csv'
    """
    return re.sub(r"(?<=://)[^/?#]*@", "", url)


def name_and_password(url: str) -> str | None:
    """What stands before the host, `name:password`; None where nothing does.

    Args:
        url: The address.
    """
    before, mark, _ = urlsplit(url).netloc.rpartition("@")
    return unquote(before) if mark else None


def as_sent(url: str) -> str:
    """The address as a server takes it: blanks and letters beyond ASCII encoded; no name, no password, no fragment.

    Args:
        url: The address.

    Raises:
        ValueError: It is no address.

    Example:
        >>> as_sent("https://example.org/grüne pumpen.csv#rows")
        'https://example.org/gr%C3%BCne%20pumpen.csv'
    """
    parts = urlsplit(without_password(url))
    host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    return urlunsplit((parts.scheme, host, quote(parts.path, _MAY_STAND), quote(parts.query, _MAY_STAND), ""))
