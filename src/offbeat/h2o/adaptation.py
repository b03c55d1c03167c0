"""A frame to score, brought to the columns that a model was trained on, by H2O's rules."""

from __future__ import annotations

import warnings

import polars as pl

from offbeat.errors import DataError, SchemaError, name_some
from offbeat.h2o.column_types import as_number, as_words, type_word
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import Mojo
from offbeat.integrations.h2o_mojo.columns import words_of


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
    present = [name for name in model.columns if name in frame.names]
    if not present:
        raise SchemaError(
            f"The frame has no column in common with the training frame: it has {name_some(frame.names)}; "
            f"{name_some(model.columns)} were expected. Rename its columns: frame.names = [...]."
        )
    if lacking := [name for name in model.columns if name not in frame.names]:
        _warn(f"The frame lacks {name_some(lacking)}; these cells count as missing.")
    columns = [_column(frame, name, model) for name in model.columns]
    return H2OFrame.of(pl.DataFrame(columns))


def _column(frame: H2OFrame, name: str, model: Mojo) -> pl.Series:
    is_category = name in model.levels
    if name not in frame.names:
        return pl.Series(name, [None] * frame.nrows, dtype=pl.String if is_category else pl.Float64)
    column = frame.cells[name]
    return _as_levels(column, model.levels[name]) if is_category else _as_numbers(column)


def _as_levels(column: pl.Series, levels: tuple[str, ...]) -> pl.Series:
    """The column as words; those that are no level are said, and count as missing."""
    words = as_words(column)
    known = {*levels, *words_of(levels)}
    unknown = sorted(set(words.drop_nulls().unique()) - known)
    if unknown and type_word(column) in {"int", "real"}:
        raise DataError(
            f"Column '{column.name}' holds numbers, but the model was trained on the categories "
            f"{name_some(list(levels))}. Make it one: frame['{column.name}'] = frame['{column.name}'].asfactor()."
        )
    if unknown:
        _warn(f"Column '{column.name}' has levels that training had not: {name_some(unknown)}; they count as missing.")
    return words.alias(column.name)


def _as_numbers(column: pl.Series) -> pl.Series:
    """The column as numbers; times as milliseconds."""
    if column.dtype.is_numeric() or column.dtype.is_temporal():
        return as_number(column)
    words = as_words(column)
    numbers = words.cast(pl.Float64, strict=False)
    if bad := words.filter(numbers.is_null() & words.is_not_null()).unique(maintain_order=True).to_list():
        raise DataError(
            f"Column '{column.name}' holds text, {name_some(bad)}, but the model was trained on numbers. "
            f"Make it numeric: frame['{column.name}'] = frame['{column.name}'].asnumeric()."
        )
    return numbers


def _warn(words: str) -> None:
    warnings.warn(words, stacklevel=2)
