"""Long names made short."""

from __future__ import annotations

import pytest

from offbeat import shortening
from offbeat.shortening import shorten, shorten_apart


def test_long_words_are_cut() -> None:
    assert shorten("abc", most=3) == "abc"
    assert shorten("abcd", most=3) == "ab\N{HORIZONTAL ELLIPSIS}"


def test_long_names_are_told_apart() -> None:
    start, end = "pressure_of_the_secondary_", "_mean_of_the_last_minute"
    by_end = [start + word for word in ("inlet", "outlet", "pump")]
    assert shorten_apart([*by_end, "flow"], most=20) == [
        "pressure_o\N{HORIZONTAL ELLIPSIS}ary_inlet",
        "pressure_o\N{HORIZONTAL ELLIPSIS}ry_outlet",
        "pressure_o\N{HORIZONTAL ELLIPSIS}dary_pump",
        "flow",
    ]
    by_middle = [f"{start}{letter}{end}" for letter in "ABC"]
    short = shorten_apart(by_middle, most=20)
    assert [len(name) for name in short] == [20, 20, 20]
    assert ["A" in short[0], "B" in short[1], "C" in short[2]] == [True] * 3
    assert shorten_apart(["same" * 9, "same" * 9], most=20)[0] == "samesamesa\N{HORIZONTAL ELLIPSIS}esamesame"


def test_each_of_many_names_that_differ_in_their_middle_is_compared_with_its_neighbours_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [
        f"a column of a wide table, number {number:05} of all of them, of which there are many"
        for number in range(5000)
    ]
    compared, compare = [], shortening._first_difference
    monkeypatch.setattr(shortening, "_first_difference", lambda *two: compared.append(two) or compare(*two))
    short = shorten_apart(names, most=40)
    assert len(compared) == len(names) - 1
    assert len(set(short)) == len(names) and {len(name) for name in short} == {40}
