"""Levels of categories, in each of the ways that versions of H2O wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import DetectorFileError
from offbeat.integrations.h2o_mojo.domains import parse_levels

LEVELS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1, max_size=6, unique=True)


@given(levels=LEVELS)
def test_escaped_levels_come_back(levels: list[str]) -> None:
    """As H2O 3.46 writes them (found by exporting such levels)."""
    lines = [level.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r") for level in levels]
    raw = "".join(f"{line}\n" for line in lines).encode()
    assert parse_levels(raw, len(levels), "d000.txt", escaped=True) == tuple(levels)


@given(levels=LEVELS)
def test_quoted_levels_come_back(levels: list[str]) -> None:
    """As versions between wrote them (hex.genmodel.AbstractMojoWriter of 3.28)."""
    raw = "".join(f'"{level.replace(chr(34), chr(34) * 2)}"\n' for level in levels).encode()
    assert parse_levels(raw, len(levels), "d000.txt", escaped=False) == tuple(levels)


def test_plain_levels_come_back() -> None:
    assert parse_levels(b'open\r\n"half" shut\n', 2, "d000.txt", escaped=False) == ("open", '"half" shut')


def test_levels_that_start_with_quotes_only_are_plain() -> None:
    for raw, levels in ((b'"a"\nb\n', ('"a"', "b")), (b'"a"b"\n"c"', ('"a"b"', '"c"'))):
        assert parse_levels(raw, 2, "d000.txt", escaped=False) == levels


@pytest.mark.parametrize(
    ("raw", "escaped", "words"),
    [
        (b'"' * 2_000_001 + b"x", False, "holds 1 levels; 500000 were expected."),
        (b"".join(b"%d\n" % level for level in [*range(499_999), 499_998]), True, "holds the level '499998' twice."),
    ],
    ids=["quotes", "levels"],
)
@pytest.mark.timeout(60)
def test_the_time_to_read_levels_is_in_proportion_to_their_length(raw: bytes, escaped: bool, words: str) -> None:
    """It grew with the square of it once: an hour for these."""
    with pytest.raises(DetectorFileError, match=words):
        parse_levels(raw, 500_000, "d000.txt", escaped=escaped)


@pytest.mark.parametrize(
    ("raw", "count", "words"),
    [
        (b"a\nb\n", 3, "d000.txt holds 2 levels; 3 were expected."),
        (b"", 1, "d000.txt holds 0 levels; 1 were expected."),
        (b"a\na\n", 2, "d000.txt holds the level 'a' twice."),
        (b"\xff\n", 1, "d000.txt is not UTF-8 text: byte 0 is wrong."),
    ],
)
def test_words_for_damaged_levels(raw: bytes, count: int, words: str) -> None:
    with pytest.raises(DetectorFileError) as problem:
        parse_levels(raw, count, "d000.txt", escaped=True)
    assert str(problem.value).startswith(words)
