"""Columns of words -> numbers, or words as they are: what H2O's parser of text takes them for."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from offbeat.data.missing_words import frame_with_missing
from offbeat.h2o.column_types import MOSTLY_DISTINCT


def with_numbers(cells: pl.DataFrame, kept: Collection[str] = ()) -> pl.DataFrame:
    """The cells with columns of words that mostly spell numbers as numbers; words such as NA are missing.

    Args:
        cells: Columns as a text file or Python's objects have them.
        kept: Columns to leave as they are, for their type is asked for.
    """
    cells = frame_with_missing(cells, ())
    words = [column for column in cells.select(pl.col(pl.String, pl.Categorical)) if column.name not in kept]
    return cells.with_columns([numbers_or_words(column.cast(pl.String)) for column in words])


def numbers_or_words(words: pl.Series) -> pl.Series:
    """The numbers that words spell, missing where a word spells none; the words where more of them spell none.

    All rows count; H2O looks at the first ones of a large file.

    Args:
        words: A column of text, null where missing.

    Example:
        >>> numbers_or_words(pl.Series(["1.5", "n/a", "2", "$3"])).to_list()
        [1.5, None, 2.0, 3.0]
        >>> numbers_or_words(pl.Series(["mild", "0", "mild", "severe"])).to_list()
        ['mild', None, 'mild', 'severe']
    """
    plain = words.str.strip_chars()
    numbers = _spelled(plain)
    if numbers.null_count() == len(plain):
        return words
    others = plain.filter(numbers.is_null()).drop_nulls()
    distinct = others.n_unique()
    zeros = int((numbers == 0).sum())
    nonzero = numbers.count() - zeros
    # Zeros among words that come again stand for a missing word to H2O, also beside one other number.
    are_gaps = zeros > 0 and nonzero <= 1 and distinct <= MOSTLY_DISTINCT * len(others)
    if plain.count() and not _are_words(len(others), distinct, zeros, nonzero, are_gaps):
        return numbers
    return words.set((plain == "0").fill_null(False), None) if are_gaps else words


def _are_words(others: int, distinct: int, zeros: int, nonzero: int, are_gaps: bool) -> bool:
    """Whether H2O holds a column for words: the others outnumber the numbers, at a tie where they come again."""
    if nonzero >= others:
        return False
    if distinct == 1:
        return others >= zeros + nonzero
    stand_again = distinct <= MOSTLY_DISTINCT * others
    return others > zeros + nonzero or are_gaps or (stand_again and others == zeros + nonzero)


def _spelled(plain: pl.Series) -> pl.Series:
    """The numbers among words, also those of dollars, null where a word is none."""
    amounts = plain.str.strip_prefix("$")
    numbers = amounts.cast(pl.Float64, strict=False)
    if numbers.null_count() == len(numbers):
        return numbers
    whole = amounts.cast(pl.Int64, strict=False)  # a float has no room for an id of 17 digits
    return whole if whole.null_count() == numbers.null_count() else numbers
