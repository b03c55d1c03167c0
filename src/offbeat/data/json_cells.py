"""Cells of a request, as JSON has them -> `Table`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from offbeat.data.arrays import table_from_array
from offbeat.data.table import Table
from offbeat.data.whole_numbers import holds_inexact
from offbeat.errors import DataError

SOURCE = "the request"
_NUMBERS = {int, float, type(None)}


def table_of_cells(rows: list[list[Any]], names: Sequence[str] | None) -> Table:
    """The table of rows of cells: a matrix where all are numbers, else columns as `table_from_array` makes them.

    Args:
        rows: One at least, all of one length; None is a missing cell.
        names: Of the columns, each another; None where they have none.

    Raises:
        DataError: There are no cells, or one is a list or an object.

    Example:
        >>> table_of_cells([[1.5, True], [2.5, "open"]], ["flow", "valve"]).cells.rows()
        [(1.5, 'True'), (2.5, 'open')]
    """
    if not rows[0]:
        raise DataError("The rows of the request have no cells; at least one was expected.")
    kinds = set(map(type, chain.from_iterable(rows)))
    if kinds <= _NUMBERS:
        matrix = np.array(rows, dtype=np.float64)
        if int not in kinds or not holds_inexact(matrix):
            return Table(matrix, SOURCE, named=names is not None, matrix_names=tuple(names or ()))
    if kinds & {list, dict}:
        raise DataError("A cell of the request is a list or an object; numbers, text, true, false or null were meant.")
    cells = np.empty((len(rows), len(rows[0])), dtype=object)
    cells[:] = rows
    table = table_from_array(cells, SOURCE)
    if names is None or not isinstance(table.cells, pl.DataFrame):
        return table
    return replace(table, cells=table.cells.rename(dict(zip(table.names, names, strict=True))), named=True)
