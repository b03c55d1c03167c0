"""The levels of a categorical column: one a line, in the order of their slots."""

from __future__ import annotations

import re

from offbeat.data.names import repeated
from offbeat.errors import DetectorFileError
from offbeat.integrations.foreign_zip import DAMAGED
from offbeat.persistence.format import shown

_ESCAPED = re.compile(r"\\(.)")
_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"(?:\r?\n|\Z)')
_UNESCAPED = {"n": "\n", "r": "\r", "\\": "\\"}


def parse_levels(raw: bytes, count: int, where: str, *, escaped: bool) -> tuple[str, ...]:
    r"""The levels that a file lists.

    Args:
        raw: UTF-8 text.
        count: How many levels there must be.
        where: File and entry, for errors.
        escaped: Whether line breaks and backslashes within levels are escaped by backslashes. H2O does so where
            `model.ini` says `escape_domain_values = true`. Some versions before wrote levels in quotes, those before
            them as they are.

    Raises:
        DetectorFileError: It is no text, lists another number of levels, or a level twice.

    Example:
        >>> parse_levels(b"open\nhalf\\nshut\n", 2, "d000.txt", escaped=True)
        ('open', 'half\nshut')
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise DetectorFileError(f"{where} is not UTF-8 text: byte {problem.start} is wrong. {DAMAGED}") from None
    levels = [_ESCAPED.sub(_unescaped, line) for line in _lines(text)] if escaped else _quoted(text) or _lines(text)
    if len(levels) != count:
        raise DetectorFileError(f"{where} holds {len(levels)} levels; {count} were expected. {DAMAGED}")
    if twice := repeated(levels):
        raise DetectorFileError(f"{where} holds the level {shown(twice[0])} twice. {DAMAGED}")
    return tuple(levels)


def _quoted(text: str) -> list[str]:
    """The levels of a text that is quoted to its end; of another one, none."""
    levels, end = list[str](), 0
    while end < len(text) and (found := _QUOTED.match(text, end)):
        levels.append(found[1].replace('""', '"'))
        end = found.end()
    return levels if end == len(text) else []


def _lines(text: str) -> list[str]:
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def _unescaped(found: re.Match[str]) -> str:
    return _UNESCAPED.get(found[1], found[0])
