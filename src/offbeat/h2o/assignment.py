"""`frame[rows, columns] = value`: the cells after an assignment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Integer

from offbeat.errors import DataError, name_some
from offbeat.h2o.column_types import as_factor, as_words, levels_of, type_word
from offbeat.h2o.doubles import plain_number


def assigned(
    cells: pl.DataFrame, rows: Integer[np.ndarray, "taken"] | None, names: Sequence[str], value: Any
) -> pl.DataFrame:
    """The cells after an assignment; nothing given is changed.

    Args:
        cells: The cells before it.
        rows: The numbers of the rows to change; all where None.
        names: The columns to change, or one new name.
        value: A number, a word, None for missing, or cells: one column, or as many as names; as many rows as are
            changed or as there are.

    Raises:
        DataError: The value does not fit, or a word is assigned to a column of numbers. To categories, a word that is
            no level becomes the last one, which H2O refuses.

    Example:
        >>> before = pl.DataFrame({"flow": [1, 2, 3]})
        >>> assigned(before, np.array([1]), ["flow"], 2.5)["flow"].to_list()
        [1.0, 2.5, 3.0]
    """
    value = _assignable(value, names)
    columns = []
    for number, name in enumerate(names):
        given = _of_column(value, number, len(names))
        if rows is None:
            whole = _whole_column(given, name, cells.height)
            keeps_levels = isinstance(given, str) and name in cells.columns and given in levels_of(cells[name])
            columns.append(whole.cast(cells[name].dtype) if keeps_levels else whole)
        else:
            before = cells[name] if name in cells.columns else _whole_column(None, name, cells.height)
            columns.append(_partly(before, rows, given))
    return cells.with_columns(columns) if cells.width else pl.DataFrame(columns)


def _assignable(value: Any, names: Sequence[str]) -> Any:
    """The value, of Python's types; refused where it is neither one cell nor cells."""
    if isinstance(value, pl.DataFrame):
        return value
    plain = plain_number(value, name_some(names)) if isinstance(value, np.generic) or np.isscalar(value) else value
    if plain is None or isinstance(plain, bool | int | float | str):
        return plain
    raise DataError(
        f"{name_some(names)}: a number, a word, None or a frame can be assigned, not a {type(value).__name__}; "
        f"for one cell a row, assign H2OFrame({{'{names[0]}': [...]}})."
    )


def _of_column(value: Any, number: int, count: int) -> Any:
    """What one of the columns gets."""
    if not isinstance(value, pl.DataFrame):
        return value
    if value.width not in (1, count):
        raise DataError(f"{count} columns are assigned to; a frame of 1 or {count} was expected, not {value.width}.")
    return value.to_series(number if value.width > 1 else 0)


def _whole_column(given: Any, name: str, height: int) -> pl.Series:
    if isinstance(given, pl.Series):
        if len(given) != height and height:
            raise DataError(
                f"Column '{name}': {height} rows were expected; the frame that is assigned has {len(given)}."
            )
        return given.alias(name)
    if isinstance(given, str):
        return as_factor(pl.Series(name, [given] * height, dtype=pl.String))
    kind = pl.Int64 if isinstance(given, int) else pl.Float64
    return (
        pl.Series(name, [given] * height, dtype=kind).fill_nan(None)
        if kind == pl.Float64
        else pl.Series(name, [int(given)] * height, dtype=kind)
    )


def _partly(before: pl.Series, rows: Integer[np.ndarray, "taken"], given: Any) -> pl.Series:
    """A column with some cells changed; its type grows to hold them."""
    after = _partner(before, rows, given)
    empty = before.null_count() == len(before)
    if before.dtype.is_numeric() != after.dtype.is_numeric() and not empty and after.null_count() < len(after):
        raise DataError(
            f"Column '{before.name}' is of type {type_word(before)}; {type_word(after)} cannot be assigned to some of "
            "its rows. Use ascharacter(), asfactor() or asnumeric() first."
        )
    if not before.dtype.is_numeric() and not before.dtype.is_temporal():
        words = _scattered(as_words(before), rows, as_words(after))
        return _with_levels_of(before, words) if before.dtype == pl.Enum else words
    if not after.dtype.is_numeric() and empty:
        return as_factor(_scattered(as_words(before), rows, as_words(after)))
    both_whole = before.dtype.is_integer() and after.dtype.is_integer()
    kind = before.dtype if both_whole or before.dtype.is_temporal() else pl.Float64
    return _scattered(before.cast(kind), rows, after.cast(kind))


def _with_levels_of(before: pl.Series, words: pl.Series) -> pl.Series:
    """Words as categories: the levels as they stood, also those that no cell has any more, then new words."""
    levels = levels_of(before)
    new = set(words.drop_nulls().unique().to_list()) - set(levels)
    return words.cast(pl.Enum([*levels, *sorted(new)]))


def _partner(before: pl.Series, rows: Integer[np.ndarray, "taken"], given: Any) -> pl.Series:
    """One value for each row to change."""
    if not isinstance(given, pl.Series):
        return _whole_column(given, before.name, len(rows))
    if len(given) == len(rows):
        return given
    if len(given) == len(before):
        return given[rows]
    if len(given) == 1:
        return given.new_from_index(0, len(rows))
    raise DataError(
        f"{len(rows)} rows of '{before.name}' are assigned to; the frame that is assigned has {len(given)}."
    )


def _scattered(before: pl.Series, rows: Integer[np.ndarray, "taken"], after: pl.Series) -> pl.Series:
    return before.clone().scatter(rows, after) if len(rows) else before
