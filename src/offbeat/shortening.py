"""Long names made short, so that those written near one another can still be told apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"


def shorten(words: str, *, most: int) -> str:
    """The words, or their beginning and an ellipsis.

    Args:
        words: Of any length.
        most: How many characters may remain, the ellipsis included.

    Example:
        >>> shorten("temperature_of_the_bearing", most=12)
        'temperature…'
    """
    return words if len(words) <= most else words[: most - 1].rstrip() + _ELLIPSIS


def shorten_apart(names: Sequence[str], *, most: int) -> list[str]:
    """The names, those that are too long without their middle; where that makes two alike, what tells them apart.

    Args:
        names: Written near one another.
        most: How many characters each may keep, the ellipses included.

    Example:
        >>> shorten_apart(["pressure_of_pump_1_in_hall_7", "pressure_of_pump_2_in_hall_7", "flow"], most=12)
        ['…_pump_1_in…', '…_pump_2_in…', 'flow']
    """
    head = most // 2
    apart = {
        name: name if len(name) <= most else f"{name[:head]}{_ELLIPSIS}{name[head + 1 - most :]}" for name in names
    }
    alike = defaultdict(list)
    for name, short in apart.items():
        alike[short].append(name)
    for group in alike.values():
        for name, place in _last_differences(group).items():
            apart[name] = _about(name, place, most)
    return [apart[name] for name in names]


def _last_differences(names: Sequence[str]) -> dict[str, int]:
    """Where each name begins to differ from the one that it shares most letters with; nothing for a single name.

    In alphabetical order that one stands next to it.
    """
    places: dict[str, int] = {}
    for before, after in pairwise(sorted(names)):
        place = _first_difference(before, after)
        places[before], places[after] = max(places.get(before, 0), place), place
    return places


def _first_difference(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _about(name: str, place: int, most: int) -> str:
    """So many letters of the name about a place in it."""
    start = min(max(place - most // 2, 0), max(len(name) - most + 1, 0))
    shown = name[start : start + most - (start > 0)]
    return _ELLIPSIS * (start > 0) + (shown if name.endswith(shown) else shown[:-1] + _ELLIPSIS)
