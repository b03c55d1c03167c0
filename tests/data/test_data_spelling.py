"""Words that mean the same: a level is found however the cells around it made a file's column be read."""

from __future__ import annotations

import itertools

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat import Table
from offbeat.data.delimited import read_delimited
from offbeat.data.spelling import UNKNOWN, Levels, plain
from offbeat.plain_words import number_in_words, plain_word

LEVELS = [
    ("open", "shut"),
    ("1.0", "2.0"),
    ("007", "012"),
    ("1_1", "1_2"),
    ("+1", "-2"),
    (".5", "1."),
    ("1e3", "1E-3"),
    ("True", "False"),
    ("TRUE", "FALSE"),
    ("inf", "1"),
]
LONG = ("12345678901234567", "22345678901234568")


@pytest.mark.parametrize(
    ("levels", "other"),
    # A column with a decimal in it is read as floats, which tell long numbers apart no more.
    [*itertools.product(LEVELS, ("", "zzz", "0.25")), *itertools.product([LONG], ("", "zzz"))],
    ids=str,
)
def test_a_level_is_found_whatever_else_its_column_holds(levels: tuple[str, ...], other: str) -> None:
    cells = [*levels, *([other] if other else [])]
    text = "".join(f"{cell},{row}\n" for row, cell in enumerate(cells))
    table = read_delimited(f"valve,row\n{text}".encode(), "valves.csv")
    expected = [0, 1, UNKNOWN] if other else [0, 1]
    assert Levels(levels).places_of(table.words("valve")).tolist() == expected


@pytest.mark.parametrize("kind", [pl.Int8, pl.Int64, pl.Float32, pl.Float64])
def test_numbers_of_any_type_are_the_codes_they_equal(kind: pl.DataType) -> None:
    words = Table(pl.DataFrame({"code": pl.Series([2, None, 1, 3], dtype=kind)})).words("code")
    assert Levels(("01", "2.0")).places_of(words).tolist() == [1, UNKNOWN, 0, UNKNOWN]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.floats(-1e-3, 1e-3).map(lambda x: float(f"{x:.3g}")))
def test_numbers_in_words_are_as_polars_writes_them(number: float) -> None:
    assert number_in_words(number) == pl.Series([number]).cast(pl.String)[0]
    assert plain_word(repr(number)) == plain([repr(number)])[0]


def test_levels_of_one_plain_spelling_are_told_apart_by_their_own() -> None:
    assert Levels(("2.0", "01", "3", "1", "1.0")).told_apart_by_spelling == ["01", "1", "1.0"]
    assert Levels(("2.0", "True", "x")).told_apart_by_spelling == []


def test_where_two_levels_could_be_meant_only_their_own_spelling_counts() -> None:
    assert Levels(("01", "1")).places_of(pl.Series(["1", "01", "1.0", "001"])).tolist() == [1, 0, UNKNOWN, UNKNOWN]
    assert Levels(("01", "1", "2.0")).by_plain_spelling == {"2": 2}
    assert Levels(()).places_of(pl.Series(["1", None])).tolist() == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("levels", "asked", "places"),
    [
        (("false", "true"), ["0", "1", "1.0", "TRUE", "2", None], [0, 1, 1, 1, UNKNOWN, UNKNOWN]),
        (("1", "0"), ["true", "False", "1.0"], [0, 1, 0]),
        (("true",), ["1", "0"], [0, UNKNOWN]),
        (("true", "false", "unsure"), ["1", "0"], [UNKNOWN, UNKNOWN]),
        (("0", "1", "2"), ["true", "false"], [UNKNOWN, UNKNOWN]),
        (("True", "TRUE"), ["1", "True"], [UNKNOWN, 0]),
    ],
)
def test_numbers_are_truth_values_where_the_levels_are(
    levels: tuple[str, ...], asked: list[str | None], places: list[int]
) -> None:
    assert Levels(levels).places_of(pl.Series(asked)).tolist() == places


@given(st.lists(st.text(st.characters(codec="utf-8")), unique=True, max_size=8))
def test_every_level_is_itself(levels: list[str]) -> None:
    assert Levels(tuple(levels)).places_of(pl.Series(levels, dtype=pl.String)).tolist() == list(range(len(levels)))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63 - 1)))
def test_numbers_are_spelled_as_a_table_does(numbers: list[float | int]) -> None:
    table = Table(pl.DataFrame({"code": pl.Series(numbers, dtype=pl.Float64)}))
    words = table.words("code").to_list()
    assert plain([repr(float(number)) for number in numbers]) == words
    assert plain(words) == words


def test_levels_that_were_learned_with_blanks_around_them_are_met_by_words_without() -> None:
    assert Levels(("a ", " b", "c")).places_of(pl.Series(["b", "a", "c", "a "])).tolist() == [1, 0, 2, 0]
