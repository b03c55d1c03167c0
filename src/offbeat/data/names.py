"""Column names: made up where there are none, and the nearest one where a word fits none."""

from __future__ import annotations

import functools
from collections.abc import Sequence


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

    plain = {name.strip().casefold(): name for name in reversed(names)}
    near = get_close_matches(word.strip().casefold(), list(plain), n=1, cutoff=0.7)
    return plain[near[0]] if near else None
