"""How a frame's columns become those that the model was trained on, before it is laid out as inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import polars as pl

from offbeat.data.spelling import UNKNOWN, Levels
from offbeat.errors import SettingsError, name_some
from offbeat.h2o.adaptation import words_and_unknown_ones
from offbeat.h2o.column_types import as_words
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import own_numbers

OTHER = "other"
"""H2O's level for all that are not among the most common ones."""


class EncodedError(SettingsError, AttributeError):
    """A detector by itself lacks what replaces columns; an `AttributeError` too, so that `hasattr` answers False."""


@runtime_checkable
class EncodingStep(Protocol):
    """What replaces one column."""

    @property
    def column(self) -> str:
        """The column's name."""

    def replaced(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells, which have the column, with it replaced."""


@dataclass(frozen=True)
class Encoding:
    """The columns that are replaced before a model sees a frame; none of them for most models.

    Attributes:
        steps: One for each replaced column, in order.
    """

    steps: tuple[EncodingStep, ...] = ()

    def encoded(self, frame: H2OFrame) -> H2OFrame:
        """The frame as the model's layout expects it. What was encoded is not to be encoded again.

        Args:
            frame: A frame with the columns of the training frame.

        Raises:
            DataError: A column of categories holds numbers, and not all of them are levels.
        """
        if not self.steps:
            return frame
        cells = frame.cells
        for step in self.steps:
            if step.column in cells.columns:
                cells = step.replaced(cells)
        return H2OFrame.of(cells)

    def column_of(self, name: str) -> str:
        """The column of the training frame from which a column of categories comes.

        Args:
            name: A column of categories of an encoded frame.
        """
        return next((step.column for step in self.steps if isinstance(step, CommonLevels) and step.name == name), name)

    def require_words_as_they_are(self, word: str) -> None:
        """Nothing where no column of categories is replaced, so that a detector by itself takes tables as they are.

        Args:
            word: The `categorical_encoding`.

        Raises:
            EncodedError: Some are; says which, and what to use instead.
        """
        if replaced := [step.column for step in self.steps if not isinstance(step, FilledNumbers)]:
            raise EncodedError(
                f"The detector by itself takes no table as it is: categorical_encoding='{word}' replaces "
                f"{name_some(replaced)} before. Use model.anomaly(frame), model.detect(frame), model.explain(frame) "
                "and, for a limit of the scores, model.threshold(rule).threshold.value instead, or train with "
                "categorical_encoding='auto'."
            )


@dataclass(frozen=True)
class LevelsAsNumbers:
    """Each level of a column as one number or more.

    Attributes:
        column: The column of levels.
        names: The columns of numbers that take its place.
        levels: Those that training had.
        numbers: For each level, a number for each of `names`.
        missing: The numbers of a missing level; None where they are missing as well.
        at_the_end: Whether the new columns stand behind all others.
        unseen: The numbers of a level that training did not have; those of a missing one where None.
    """

    column: str
    names: tuple[str, ...]
    levels: tuple[str, ...]
    numbers: tuple[tuple[float, ...], ...]
    missing: tuple[float | None, ...]
    at_the_end: bool = False
    unseen: tuple[float | None, ...] | None = None

    def replaced(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells with numbers for levels; a column of numbers is one of levels that read so.

        Args:
            cells: The cells of a frame.

        Raises:
            DataError: The column holds numbers, and not all of them are levels.
        """
        words, _ = words_and_unknown_ones(cells[self.column], self.levels)
        places = Levels(self.levels).places_of(words)
        places[places == UNKNOWN] = len(self.levels)
        places[words.is_null().to_numpy()] = len(self.levels) + 1
        by_place = zip(*self.numbers, self.unseen or self.missing, self.missing, strict=True)
        new = [
            pl.Series(name, numbers, dtype=pl.Float64).gather(places)
            for name, numbers in zip(self.names, by_place, strict=True)
        ]
        return _in_place_of(self.column, new, cells, self.at_the_end)


@dataclass(frozen=True)
class LevelsThatAreNumbers:
    """Each level of a column as the number that it spells, those included that training did not show.

    Attributes:
        column: The column of levels.
        levels: Those that training had.
    """

    column: str
    levels: tuple[str, ...]

    def replaced(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells with numbers for levels.

        Args:
            cells: The cells of a frame.

        Raises:
            DataError: The column holds numbers, and not all of them are levels.
        """
        words = words_and_unknown_ones(cells[self.column], self.levels)[0].str.strip_chars()
        places = Levels(self.levels).places_of(words)
        of_levels = own_numbers(pl.Series((*self.levels, None), dtype=pl.String))
        found = np.where(places == UNKNOWN, own_numbers(words), of_levels[places])
        numbers = pl.Series(self.column, found).fill_nan(None).set(words.is_null(), None)
        return _in_place_of(self.column, [numbers], cells, at_the_end=False)


@dataclass(frozen=True)
class CommonLevels:
    """A column's most common levels, and `other` for the rest, those included that training did not show.

    Attributes:
        column: The column of levels.
        name: The column that takes its place.
        kept: The levels that stay, the most common one first.
    """

    column: str
    name: str
    kept: tuple[str, ...]

    def replaced(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells with fewer levels.

        Args:
            cells: The cells of a frame.
        """
        words = as_words(cells[self.column])
        places = Levels(self.kept).places_of(words)
        places[places == UNKNOWN] = len(self.kept)
        chosen = pl.Series((*self.kept, OTHER), dtype=pl.String).gather(places)
        levels = list(dict.fromkeys((*self.kept, OTHER)))
        new = chosen.set(words.is_null(), None).cast(pl.Enum(levels)).alias(self.name)
        return _in_place_of(self.column, [new], cells, at_the_end=False)


@dataclass(frozen=True)
class FilledNumbers:
    """A column of numbers with its training mean where they are missing.

    H2O fills them with the mean in training and with 0 in scoring, where columns are not standardized.

    Attributes:
        column: The column of numbers.
        mean: Of the training rows.
    """

    column: str
    mean: float

    def replaced(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells without missing numbers.

        Args:
            cells: The cells of a frame.
        """
        if not cells[self.column].dtype.is_numeric():
            return cells
        return cells.with_columns(pl.col(self.column).cast(pl.Float64).fill_nan(None).fill_null(self.mean))


def _in_place_of(column: str, new: list[pl.Series], cells: pl.DataFrame, at_the_end: bool) -> pl.DataFrame:
    place = cells.columns.index(column)
    before, after = cells.get_columns()[:place], cells.get_columns()[place + 1 :]
    return pl.DataFrame([*before, *after, *new] if at_the_end else [*before, *new, *after])
