"""Codes and truth values in words: which spellings mean the same, so that a file's types do not decide about a row.

A column "1.0", "2.0" is read as the numbers 1 and 2; with one word more in it, it stays text. A level is found by its
own spelling first, and then, where only one level can be meant, by the plain one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import polars as pl
from jaxtyping import Int

from offbeat.data.table import Table

_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
UNKNOWN = -1
"""The place of a word that is no level, and of a missing one."""


def plain(words: Sequence[str]) -> list[str]:
    """The words as `Table.words` gives them where the whole column is read as numbers or truth values.

    Args:
        words: Without blanks around them.

    Example:
        >>> plain(["1.0", "007", "+2.50", "True", "12345678901234567", "1_1", "nan"])
        ['1', '7', '2.5', 'true', '12345678901234567', '1_1', 'nan']
    """
    spelled = [_plain(word) for word in words]
    floats = [place for place, word in enumerate(spelled) if isinstance(word, float)]
    if floats:
        numbers = pl.DataFrame({"word": [float(spelled[place]) for place in floats]})
        for place, word in zip(floats, Table(numbers).words("word").to_list(), strict=True):
            spelled[place] = word
    return [str(word) for word in spelled]


def places_of(words: pl.Series, levels: Sequence[str]) -> Int[np.ndarray, "rows"]:
    """Which level each word is; `UNKNOWN` for none of them and for a missing word.

    Args:
        words: A column's cells as `Table.words` gives them, null for missing.
        levels: As they were spelled where they were learned.

    Example:
        >>> places_of(pl.Series(["1", "1.00", "x", None]), ["2.0", "1.0"]).tolist()
        [1, 1, -1, -1]
        >>> places_of(pl.Series(["01", "1", "1.0"]), ["1", "01"]).tolist()
        [1, 0, -1]
    """
    place = {level: number for number, level in enumerate(levels)}
    asked = words.drop_nulls().unique().to_list()
    if strange := [word for word in asked if word not in place]:
        meant = _by_plain_spelling(levels)
        spelled = zip(strange, plain(strange), strict=True)
        place |= {word: meant[spelling] for word, spelling in spelled if spelling in meant}
    found = [place.get(word, UNKNOWN) for word in asked]
    return words.replace_strict(asked, found, default=UNKNOWN, return_dtype=pl.Int64).fill_null(UNKNOWN).to_numpy()


def plain_levels(levels: Sequence[str]) -> dict[str, int]:
    """The plain spelling of each level that is not spelled so, and whose plain spelling no other level has.

    Args:
        levels: As for `places_of`.

    Example:
        >>> plain_levels(["2.0", "x", "7", "007"])
        {'2': 0}
    """
    return {word: place for word, place in _by_plain_spelling(levels).items() if word not in levels}


def _by_plain_spelling(levels: Sequence[str]) -> dict[str, int]:
    meant: dict[str, int] = {}
    several = set()
    for place, word in enumerate(plain(levels)):
        several |= {word} & meant.keys()
        meant[word] = place
    return {word: place for word, place in meant.items() if word not in several}


def _plain(word: str) -> str | float:
    if word.lower() in {"true", "false"}:
        return word.lower()
    if _WHOLE.fullmatch(word):
        return str(int(word))
    return float(word) if _NUMBER.fullmatch(word) else word
