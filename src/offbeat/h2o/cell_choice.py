"""Which rows and columns `frame[...]` means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Integer

from offbeat.data.names import nearest_name
from offbeat.errors import DataError, name_some
from offbeat.h2o.column_types import type_word


def chosen_columns(choice: Any, names: Sequence[str]) -> list[str]:
    """The names of the columns that a choice means.

    Args:
        choice: A name, a position (negative from the end), a slice of positions, or a list of names and positions.
        names: The names there are.

    Raises:
        DataError: There is no such column, or a slice goes from name to name.

    Example:
        >>> chosen_columns([-1, "flow"], ["flow", "rpm"])
        ['rpm', 'flow']
    """
    if isinstance(choice, slice):
        if isinstance(choice.start, str) or isinstance(choice.stop, str):
            raise DataError(
                f"Columns are sliced by position, not from '{choice.start}' to '{choice.stop}'; give a list of names."
            )
        return list(names[choice])
    if isinstance(choice, list | tuple | np.ndarray):
        return [_one_column(each, names) for each in choice]
    return [_one_column(choice, names)]


def chosen_rows(choice: Any, height: int) -> Integer[np.ndarray, "taken"]:
    """The numbers of the rows that a choice means.

    Args:
        choice: A row number (negative from the end), a slice, a list of either numbers or marks, or an array of them.
        height: How many rows there are.

    Raises:
        DataError: There is no such row, or there is not one mark a row.

    Example:
        >>> chosen_rows([0, -1], 3), chosen_rows([True, False, True], 3)
        (array([0, 2]), array([0, 2]))
    """
    if isinstance(choice, slice):
        return np.arange(height)[choice]
    rows = np.atleast_1d(np.asarray(choice))
    if rows.dtype == bool:
        if len(rows) != height:
            raise DataError(f"The frame has {height} rows; {len(rows)} marks were given, one a row was expected.")
        return np.flatnonzero(rows)
    if rows.size and rows.dtype.kind not in "iu":
        raise DataError(f"Rows are chosen by number, slice or a frame of 0 and 1; {choice!r} was given.")
    rows = rows.astype(np.int64)
    outside = rows[(rows < -height) | (rows >= height)]
    if len(outside):
        raise DataError(f"There is no row {outside[0]}; the frame has {height} rows, 0 to {height - 1}.")
    return rows % height if height else rows


def marked_rows(marks: pl.DataFrame, height: int) -> Integer[np.ndarray, "taken"]:
    """The numbers of the rows that a column marks by another number than 0; a missing mark is none.

    Args:
        marks: One column, one mark a row.
        height: How many rows there are.

    Raises:
        DataError: There is not one mark a row, or the marks are no numbers.

    Example:
        >>> marked_rows(pl.DataFrame({"is_odd": [1, 0, None, 1]}), 4)
        array([0, 3])
    """
    if marks.width != 1 or marks.height != height:
        raise DataError(f"Rows are marked by one column of {height} rows; {marks.shape} was given.")
    column = marks.to_series()
    if not column.dtype.is_numeric():
        raise DataError(
            f"Rows are marked by 0 and 1; column '{column.name}' is of type {type_word(column)}. "
            f"Compare it with something: frame[frame['{column.name}'] == ...]."
        )
    return np.flatnonzero((column != 0).fill_null(False).to_numpy())


def taken_rows(cells: pl.DataFrame, rows: Integer[np.ndarray, "taken"]) -> pl.DataFrame:
    """Some rows; where there is none, each column keeps the type that it had.

    Args:
        cells: The cells of a frame.
        rows: Their numbers.

    Example:
        >>> none = taken_rows(pl.DataFrame({"flow": [1.5], "rpm": [900.0]}), np.array([], np.int64))
        >>> [type_word(column) for column in none.get_columns()]
        ['real', 'int']
    """
    if len(rows):
        return cells[rows]
    whole = [column.name for column in cells.get_columns() if column.dtype.is_float() and type_word(column) == "int"]
    return cells.clear().with_columns(pl.col(whole).cast(pl.Int64))


def _one_column(choice: Any, names: Sequence[str]) -> str:
    if isinstance(choice, str):
        if choice in names:
            return choice
        near = nearest_name(choice, names)
        meant = f" Did you mean '{near}'?" if near else ""
        raise DataError(f"The frame has no column '{choice}'.{meant} It has {name_some(names)}.")
    if not isinstance(choice, int | np.integer) or isinstance(choice, bool):
        raise DataError(f"Columns are chosen by name or position; {choice!r} was given.")
    if not -len(names) <= choice < len(names):
        raise DataError(f"There is no column {choice}; the frame has {len(names)} columns, 0 to {len(names) - 1}.")
    return names[int(choice)]
