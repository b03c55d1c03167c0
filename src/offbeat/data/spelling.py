"""Codes and truth values in words: which spellings mean the same, so that a file's types do not decide about a row.

A column "1.0", "2.0" is read as the numbers 1 and 2; with one word more in it, it stays text. A level is found by its
own spelling first, and then, where only one level can be meant, by the plain one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Int

from offbeat.plain_words import plain_or_number

_TRUTHS, _NUMBERS = ("true", "false"), ("1", "0")
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
    spelled = [plain_or_number(word) for word in words]
    floats = [place for place, word in enumerate(spelled) if isinstance(word, float)]
    as_polars_writes = pl.Series([spelled[place] for place in floats], dtype=pl.Float64).cast(pl.String)
    for place, word in zip(floats, as_polars_writes, strict=True):
        spelled[place] = word
    return [str(word) for word in spelled]


@dataclass(frozen=True)
class Levels:
    """The levels of a column, and which of them a word means.

    Attributes:
        levels: As they were spelled where they were learned.

    Example:
        >>> Levels(("2.0", "1.0")).places_of(pl.Series(["1", "1.00", "x", None])).tolist()
        [1, 1, -1, -1]
        >>> Levels(("1", "01")).places_of(pl.Series(["01", "1", "1.0"])).tolist()
        [1, 0, -1]
        >>> Levels(("true", "false")).places_of(pl.Series(["1", "0.0", "True", "2"])).tolist()
        [0, 1, 0, -1]
    """

    levels: tuple[str, ...]

    def places_of(self, words: pl.Series) -> Int[np.ndarray, "rows"]:
        """Which level each word is; `UNKNOWN` for none of them and for a missing word.

        Args:
            words: A column's cells as `Table.words` gives them, null for missing.
        """
        codes = words.cast(self._as_type, strict=False).to_physical().cast(pl.Int64).fill_null(UNKNOWN).to_numpy()
        places = np.append(self._places, UNKNOWN)[codes]
        strange = (codes == UNKNOWN) & words.is_not_null().to_numpy()
        if strange.any():
            odd = words.filter(pl.Series(strange))
            asked = odd.unique().to_list()
            meant = [self.by_plain_spelling.get(spelling, UNKNOWN) for spelling in plain(asked)]
            places[strange] = odd.replace_strict(asked, meant, return_dtype=pl.Int64).to_numpy()
        return places

    @cached_property
    def by_plain_spelling(self) -> dict[str, int]:
        """The place of each level by its plain spelling, where no other level has the same.

        Where the levels are truth values, 1 and 0 mean them too, and the other way round: a matrix has no truth values.
        """
        alone = {word: places[0] for word, places in self._alike.items() if len(places) == 1}
        for words, others in ((_TRUTHS, _NUMBERS), (_NUMBERS, _TRUTHS)):
            if self._alike.keys() <= set(words):
                alone |= {other: alone[word] for word, other in zip(words, others, strict=True) if word in alone}
        return alone

    @cached_property
    def told_apart_by_spelling(self) -> list[str]:
        """The levels whose plain spelling is that of another one, too: only as they are spelled are they meant."""
        return [self.levels[place].strip() for places in self._alike.values() if len(places) > 1 for place in places]

    @cached_property
    def _alike(self) -> dict[str, list[int]]:
        """The places of the levels by their plain spelling."""
        alike: dict[str, list[int]] = {}
        # Blanks around levels: of detectors that learned categories whose words had some.
        for place, word in enumerate(plain([level.strip() for level in self.levels])):
            alike.setdefault(word, []).append(place)
        return alike

    @cached_property
    def _place_of(self) -> dict[str, int]:
        return {level: place for place, level in enumerate(self.levels)}

    @cached_property
    def _as_type(self) -> Any:  # pl.Enum, which the tests' type checks do not take
        return pl.Enum(list(self._place_of))

    @cached_property
    def _places(self) -> Int[np.ndarray, "levels"]:
        return np.array(list(self._place_of.values()), dtype=np.int64)
