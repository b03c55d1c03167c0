"""Frames side by side, and one below another."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from offbeat.data.names import free_name
from offbeat.errors import DataError, name_some
from offbeat.h2o.column_types import levels_of, type_word


def side_by_side(parts: Sequence[pl.DataFrame | float | int]) -> pl.DataFrame:
    """All columns of several frames; a name that is there already gets a number, as in H2O.

    Args:
        parts: Cells of as many rows each; a number stands for a column of it. The first are cells.

    Raises:
        DataError: The numbers of rows differ.

    Example:
        >>> side_by_side([pl.DataFrame({"flow": [1]}), pl.DataFrame({"flow": [2]})]).columns
        ['flow', 'flow0']
    """
    columns: dict[str, pl.Series] = {}
    height = parts[0].height if isinstance(parts[0], pl.DataFrame) else 1
    for part in parts:
        cells = part if isinstance(part, pl.DataFrame) else pl.DataFrame({f"C{len(columns) + 1}": [part] * height})
        if cells.height != height:
            raise DataError(
                f"Cannot bind a frame with {cells.height} rows to a frame with {height} rows: "
                "the number of rows should match."
            )
        for column in cells.get_columns():
            name = free_name(column.name, columns)
            columns[name] = column.alias(name)
    return pl.DataFrame(list(columns.values()))


def stacked(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of several frames; the levels of a column of categories are the first's, then the new ones.

    Args:
        parts: Cells with the same names in the same order.

    Raises:
        DataError: The names or types differ.
    """
    names = parts[0].columns
    for part in parts:
        if part.columns != names:
            raise DataError(f"Column names must match for rbind: {name_some(names)} and {name_some(part.columns)}.")
    return pl.DataFrame([_one_below_another([part[name] for part in parts]) for name in names])


def _one_below_another(columns: Sequence[pl.Series]) -> pl.Series:
    words = {"number" if column.dtype.is_numeric() else type_word(column) for column in columns}
    if len(words) > 1:
        kinds = " and ".join(type_word(column) for column in columns[:2])
        raise DataError(f"Column types must match for rbind; '{columns[0].name}' is {kinds}.")
    if words == {"enum"}:
        levels = dict.fromkeys(level for column in columns for level in levels_of(column))
        return pl.concat([column.cast(pl.Enum([*levels])) for column in columns])
    whole = all(column.dtype.is_integer() for column in columns)
    if words == {"number"} and not whole:
        columns = [column.cast(pl.Float64) for column in columns]
    return pl.concat(columns)
