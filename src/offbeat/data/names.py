"""Names of columns, made up where there are none, and the nearest where a word fits none; of sources, in a sentence."""

from __future__ import annotations

import functools
import shlex
from collections.abc import Container, Sequence

_MOST_LETTERS = 200
"""To compare two names takes time as the product of their lengths."""


@functools.lru_cache(maxsize=8)  # tables come in few widths, and often with a row or two
def made_up_names(width: int) -> tuple[str, ...]:
    """C1, C2, ... for columns without a name, as H2O calls them.

    Args:
        width: How many columns there are.

    Example:
        >>> made_up_names(3)
        ('C1', 'C2', 'C3')
    """
    return tuple(f"C{number}" for number in range(1, width + 1))


def repeated(names: Sequence[str]) -> list[str]:
    """The names that come more than once, each once, in the order in which they come again.

    Args:
        names: As many as there may be: each is looked at once.

    Example:
        >>> repeated(["flow", "rpm", "rpm", "flow", "rpm"])
        ['rpm', 'flow']
    """
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return list(twice)


def free_name(name: str, taken: Container[str]) -> str:
    """The name, or one with a number behind it where that is taken.

    Args:
        name: As it should be.
        taken: Those that there are already.

    Example:
        >>> free_name("flow", ["flow", "flow0"]), free_name("rpm", ["flow"])
        ('flow1', 'rpm')
    """
    number, free = 0, name
    while free in taken:
        free, number = f"{name}{number}", number + 1
    return free


def subject_of(source: str) -> str:
    """A source as a sentence starts with it.

    Args:
        source: What errors call a table.

    Example:
        >>> subject_of("the table"), subject_of("pumps.csv")
        ('The table', 'pumps.csv')
    """
    return "T" + source[1:] if source.startswith("the ") else source


def as_option(words: Sequence[str]) -> str:
    """Names or other words as an option that takes a list of them has them on a command line, to be pasted as it is.

    Args:
        words: As they are; one with a comma, a quote, a line end or a blank before it is quoted within the list.

    Example:
        >>> print(as_option(["flow", "Last [%]"]), as_option(["a, b"]))
        'flow,Last [%]' '"a, b"'
    """
    return shlex.quote(",".join(_listed(word) for word in words))


def _listed(word: str) -> str:
    """A word of a list as CSV has it."""
    is_plain = word and not word.startswith(" ") and not set(word) & set(',"\r\n')
    return word if is_plain else '"' + word.replace('"', '""') + '"'


def nearest_name(word: str, names: Sequence[str]) -> str | None:
    """The name that the word most likely stands for, or None when nothing is near.

    Upper and lower case, and blanks around the word, do not count as differences.

    Args:
        word: What was written.
        names: What could have been meant.

    Example:
        >>> nearest_name("RPM", ["flow", "rpm"])
        'rpm'
        >>> nearest_name("colour", ["flow", "rpm"]) is None
        True
    """
    from difflib import get_close_matches

    plain = {name.strip()[:_MOST_LETTERS].casefold(): name for name in reversed(names)}
    near = get_close_matches(word.strip()[:_MOST_LETTERS].casefold(), list(plain), n=1, cutoff=0.7)
    return plain[near[0]] if near else None
