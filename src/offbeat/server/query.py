"""The part of an address behind its question mark: checked words, and nothing that is not asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from offbeat.data.names import nearest_name
from offbeat.errors import SettingsError, name_some

READING = ("header", "delimiter", "decimal", "missing")
"""How a CSV body is laid out, where that differs from the training table; words as on the command line."""


def query_words(pairs: Iterable[tuple[str, str]], known: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a request.

    Args:
        pairs: Names and values as they were sent.
        known: The names that there are for this request.

    Raises:
        SettingsError: A name is unknown, or stands there twice.

    Example:
        >>> query_words([("most", "5")], ("most",))
        {'most': '5'}
    """
    words: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            near = nearest_name(name[:100], known)
            meant = f" Did you mean '{near}'?" if near else f" There are {name_some(known, most=9)}." if known else ""
            raise SettingsError(f"There is no parameter '{name[:100]}'.{meant}")
        if name in words:
            raise SettingsError(f"The parameter '{name}' is given twice; once was expected.")
        words[name] = value
    return words


def count(words: Mapping[str, str], name: str, default: int, *, most: int = 999_999_999) -> int:
    """A parameter that is a number from 0 on.

    Args:
        words: All parameters.
        name: Which one.
        default: What it is where it is not given.
        most: How large it may be.

    Raises:
        SettingsError: It is something else, or larger.
    """
    if name not in words:
        return default
    if not (words[name].isascii() and words[name].isdigit() and len(words[name]) < 10):
        raise SettingsError(f"{name}={words[name][:100]}: a whole number from 0 on was expected.")
    if int(words[name]) > most:
        raise SettingsError(f"{name}={words[name]}: at most {most:,} was expected.")
    return int(words[name])


def row_numbers(words: Mapping[str, str], height: int) -> list[int] | None:
    """The rows that "rows" names, None where it is not given.

    Args:
        words: All parameters.
        height: How many rows the table has.

    Raises:
        SettingsError: It holds something else, or a row that the table does not have.

    Example:
        >>> row_numbers({"rows": "3,17"}, 20)
        [3, 17]
    """
    if "rows" not in words:
        return None
    chosen = [count({"rows": word.strip()}, "rows", 0) for word in words["rows"].split(",")]
    if outside := [row for row in chosen if row >= height]:
        raise SettingsError(f"rows={outside[0]}: there are {height} rows, from 0 on.")
    return chosen


def reading_words(words: Mapping[str, str]) -> dict[str, Any]:
    """Those of the parameters that say how a CSV body is laid out, as settings take them.

    Example:
        >>> reading_words({"header": "true", "missing": "-1,n/a", "most": "5"})
        {'header': 'true', 'missing': ('-1', 'n/a')}
    """
    given: dict[str, Any] = {name: words[name] for name in READING if name in words}
    if "missing" in given:
        given["missing"] = tuple(given["missing"].split(","))
    return given
