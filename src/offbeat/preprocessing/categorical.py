"""One categorical column as one-hot features, and back.

The slots, in order: one for each frequent level (most frequent first, then by name); "other", shared by the rare
levels, if there are any; "missing", if cells were missing in training; and always "unseen", for what training did not
show: a new level, or the first missing cell. "Unseen" is 0 in every training row, so a network learns to expect 0
there, and a row that lights it errs by its full size, on top of the level that it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from jaxtyping import Float, Float32, Int, Shaped

from offbeat.data.spelling import UNKNOWN, Levels
from offbeat.preprocessing.settings import PreprocessingSettings

OTHER = "(other)"
"""What a rare level is called after the way back."""

UNSEEN = "(unseen)"
"""What a level is called after the way back that training did not show."""

MISSING = "(missing)"


@dataclass(frozen=True)
class CategoricalColumn:
    """The levels of one column, as training showed them.

    Attributes:
        name: The column.
        levels: The levels with a slot each, in the order of the slots.
        rare: The levels that share the slot "other", by name.
        missing: Whether missing cells have a slot of their own.
    """

    name: str
    levels: tuple[str, ...]
    rare: tuple[str, ...]
    missing: bool

    @property
    def slots(self) -> tuple[str, ...]:
        """What each feature of the column stands for."""
        other = (OTHER,) if self.rare else ()
        missing = (MISSING,) if self.missing else ()
        return (*self.levels, *other, *missing, UNSEEN)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """'NAME=LEVEL' for each slot."""
        return tuple(f"{self.name}={slot}" for slot in self.slots)

    @cached_property
    def known(self) -> Levels:
        """All levels that training showed, the rare ones last."""
        return Levels((*self.levels, *self.rare))

    def encode(self, words: pl.Series, features: Float32[np.ndarray, "rows features"]) -> None:
        """Write 1 to the slot of each cell and 0 to the others.

        Args:
            words: The column's cells as text, null for missing.
            features: Where to write; a column for each slot.
        """
        features[...] = 0.0
        features[np.arange(len(words)), self.slots_of(words)] = 1.0

    def slots_of(self, words: pl.Series) -> Int[np.ndarray, "rows"]:
        """The slot of each cell.

        Args:
            words: The column's cells as text, null for missing; 1, "1.0" and "01" are one word where no two levels
                differ so (`offbeat.data.spelling`).
        """
        unseen = len(self.slots) - 1
        places = self.known.places_of(words)
        slots = np.where(places == UNKNOWN, unseen, np.minimum(places, len(self.levels)))
        if self.missing:
            slots[words.is_null().to_numpy()] = unseen - 1
        return slots

    def spelled(self, words: pl.Series) -> pl.Series:
        """The cells, those that are levels as these were spelled in training.

        Args:
            words: As for `slots_of`.
        """
        levels, places = self.known.levels, self.known.places_of(words).tolist()
        as_trained = [None if place == UNKNOWN else levels[place] for place in places]
        return pl.Series(words.name, as_trained, dtype=pl.String).fill_null(words)

    def decode(self, features: Float[np.ndarray, "rows features"]) -> Shaped[np.ndarray, "rows"]:
        """The level with the largest feature, the more frequent one of two equal ones; None for missing.

        Args:
            features: A column for each slot, for instance a network's reconstruction.
        """
        answers: list[str | None] = [*self.slots]
        if self.missing:
            answers[-2] = None
        return np.array(answers, dtype=object)[np.argmax(features, axis=1)]

    def decode_seen(self, features: Float[np.ndarray, "rows features"]) -> Shaped[np.ndarray, "rows"]:
        """As `decode`, but never "(unseen)" where there is anything else.

        Args:
            features: As for `decode`.
        """
        return self.decode(features[:, : max(1, len(self.slots) - 1)])


def fit_categorical(name: str, words: pl.Series, settings: PreprocessingSettings) -> CategoricalColumn:
    """Learn the levels of one column from training cells.

    Args:
        name: The column.
        words: Its cells in the training rows as text, null for missing.
        settings: Which levels are rare.

    Example:
        >>> colours = pl.Series(["red", "blue", "red", None])
        >>> fit_categorical("colour", colours, PreprocessingSettings()).slots
        ('red', 'blue', '(missing)', '(unseen)')
    """
    counts = (
        words.rename("level").drop_nulls().value_counts(name="count").sort(["count", "level"], descending=[True, False])
    )
    # 7 of 100 are a share of .07, while .07 * 100 is more than 7.
    frequent = min(int((counts["count"] / len(words) >= settings.rare_level_share).sum()), settings.max_levels)
    levels = counts["level"].to_list()
    return CategoricalColumn(name, tuple(levels[:frequent]), tuple(sorted(levels[frequent:])), words.null_count() > 0)
