"""H2O's `na_strings`: words that stand for a missing cell, in all columns or column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

from offbeat.data.missing_words import frame_with_missing
from offbeat.errors import DataError, name_some
from offbeat.h2o.column_types import spelled_numbers

MissingWords: TypeAlias = Any
"""Words for all columns, a list of words a column, or a dict from names to a word or a list of words; checked."""


def words_by_column(given: MissingWords, names: Sequence[str]) -> dict[str, list[str]]:
    """The words of each column that has some.

    Args:
        given: H2O's `na_strings`.
        names: The names of all columns.

    Raises:
        DataError: A name is no column, there is not one list a column, or a word is no text.

    Example:
        >>> words_by_column({"flow": "-9"}, ["flow", "kind"]), words_by_column(["-"], ["flow", "kind"])
        ({'flow': ['-9']}, {'flow': ['-'], 'kind': ['-']})
    """
    if not given:
        return {}
    if isinstance(given, str):
        raise DataError(f"na_strings takes a list of words or a dict of lists, not '{given}'; give ['{given}'].")
    if isinstance(given, Mapping):
        if unknown := [name for name in given if name not in names]:
            raise DataError(f"na_strings names {name_some(unknown)}; the columns are {name_some(names)}.")
        named = dict(given)
    elif all(isinstance(word, str) for word in given):
        named = dict.fromkeys(names, given)
    elif len(given) == len(names):
        named = dict(zip(names, given, strict=True))
    else:
        raise DataError(f"na_strings has {len(given)} lists of words; {len(names)} were expected, one a column.")
    return {name: _listed(name, words) for name, words in named.items() if words}


def without_words(cells: pl.DataFrame, words: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """The cells, missing where they are one of the words; a column that has only numbers left becomes numbers.

    Args:
        cells: Columns as a reader gave them.
        words: The words of each column that has some; "-9" also stands for the number.
    """
    return cells.with_columns([_cleared(cells[name], listed) for name, listed in words.items()])


def _listed(name: str, words: object) -> list[str]:
    listed = [words] if isinstance(words, str) else list(words) if isinstance(words, list | tuple) else [words]
    if not all(isinstance(word, str) for word in listed):
        raise DataError(f"na_strings of column '{name}': {words!r} was given; a word or a list of words was expected.")
    return [str(word) for word in listed]


def _cleared(column: pl.Series, words: Sequence[str]) -> pl.Series:
    cleared = frame_with_missing(pl.DataFrame([column]), words).to_series()
    numbers = spelled_numbers(cleared) if cleared.dtype == pl.String else None
    return cleared if numbers is None else numbers
