"""A frame to score, brought to the columns that a model was trained on, by H2O's rules."""

from __future__ import annotations

import warnings

import polars as pl

from offbeat.data.spelling import UNKNOWN, Levels
from offbeat.errors import DataError, SchemaError, name_some
from offbeat.h2o.column_types import as_number, as_words, type_word
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import Mojo


def adapted(frame: H2OFrame, model: Mojo) -> H2OFrame:
    """The frame's columns that the model knows, in its order.

    A column that is lacking is missing in every row, other columns are dropped, levels that training did not have are
    missing; each is said in a warning, but for dropped columns. Numbers under a categorical column are taken for its
    levels where all of them are levels, text under a numeric one for numbers where all of it is.

    Args:
        frame: The rows to score.
        model: Trained, its columns known.

    Raises:
        DataError: There are no rows, or a column is of another kind and cannot be read as the model's.
        SchemaError: The frame has none of the model's columns.
    """
    if frame.nrows == 0:
        raise DataError("There are no rows to score: a frame with at least one row was expected.")
    given = {column.name: column for column in frame.cells.get_columns()}
    lacking = [name for name in model.columns if name not in given]
    if len(lacking) == len(model.columns):
        raise SchemaError(
            f"The frame has no column in common with the training frame: it has {name_some(frame.names)}; "
            f"{name_some(model.columns)} were expected. Rename its columns: frame.names = [...]."
        )
    if lacking:
        _warn(f"The frame lacks {name_some(lacking)}; these cells count as missing.")
    empty = pl.Series([None] * frame.nrows, dtype=pl.Float64) if lacking else pl.Series()
    categories = [_as_levels(given.get(name, empty.alias(name)), levels) for name, levels in model.levels.items()]
    numbers = [_as_numbers(given.get(name, empty.alias(name)), name in model.times) for name in model.numeric]
    return H2OFrame.of(pl.DataFrame(categories + numbers))


def words_and_unknown_ones(column: pl.Series, levels: tuple[str, ...]) -> tuple[pl.Series, list[str]]:
    """A column of a frame to score as words, and those words that are no level.

    Args:
        column: Of categories, words or numbers.
        levels: Those that training had.

    Raises:
        DataError: It holds numbers, and not all of them are levels.

    Example:
        >>> words, unknown = words_and_unknown_ones(pl.Series([1.0, 2.0]), ("1", "2", "3"))
        >>> words.to_list(), unknown
        (['1', '2'], [])
    """
    words = as_words(column)
    asked = words.drop_nulls().unique()
    known = Levels(tuple(level.strip() for level in levels))
    unknown = sorted(asked.filter(known.places_of(asked.str.strip_chars()) == UNKNOWN))
    if unknown and type_word(column) in {"int", "real"}:
        raise DataError(
            f"Column '{column.name}' holds numbers, but the model was trained on the categories "
            f"{name_some(list(levels))}. Make it one: frame['{column.name}'] = frame['{column.name}'].asfactor()."
        )
    return words, unknown


def _as_levels(column: pl.Series, levels: tuple[str, ...]) -> pl.Series:
    """The column as words; those that are no level are said, and count as missing."""
    words, unknown = words_and_unknown_ones(column, levels)
    if unknown:
        _warn(f"Column '{column.name}' has levels that training had not: {name_some(unknown)}; they count as missing.")
    return words.alias(column.name)


def _as_numbers(column: pl.Series, is_time: bool) -> pl.Series:
    """The column as numbers; times as milliseconds."""
    if column.dtype.is_numeric() or column.dtype.is_temporal():
        return as_number(column)
    words = as_words(column)
    numbers = words.cast(pl.Float64, strict=False)
    bad = words.filter(numbers.is_null() & words.is_not_null()).unique(maintain_order=True).to_list()
    if bad and is_time:
        raise DataError(
            f"Column '{column.name}' holds text, {name_some(bad)}, but the model was trained on times. Ask for times "
            f"where the frame is made: col_types={{'{column.name}': 'time'}} of import_file, column_types of H2OFrame; "
            "cells that spell no time are missing then."
        )
    if bad:
        raise DataError(
            f"Column '{column.name}' holds text, {name_some(bad)}, but the model was trained on numbers. Make it "
            f"numeric: frame['{column.name}'] = frame['{column.name}'].asnumeric(); words are missing then."
        )
    return numbers


def _warn(words: str) -> None:
    warnings.warn(words, stacklevel=2)
