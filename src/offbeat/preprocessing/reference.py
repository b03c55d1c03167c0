"""How the columns of normal rows were distributed, in a few numbers a column: what later rows are compared with.

Of a numeric column: some of its values, the edges, and how many rows lie below and up to each of them. Of a
categorical one: how many rows have each level. A few hundred bytes a column, and nothing that tells a single row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int32

from offbeat.data.table import Table
from offbeat.errors import DataError
from offbeat.preprocessing.preprocessor import Preprocessor

EDGES = 17
"""Edges of a numeric column: its extremes, and the values that part its rows into sixteenths."""

MOST_REFERENCE_ROWS = 5000
"""Windows of new rows are shorter, and it is they that limit what a comparison can see."""

_ARRAYS = {"edges": np.float64, "below": np.int32, "up_to": np.int32, "missing": np.int32, "levels": np.int32}


@dataclass(frozen=True, eq=False)
class ColumnCounts:
    """Rows counted by what their cells hold. Counts of two sets of rows add up.

    Attributes:
        rows: How many rows were counted.
        below: For each numeric column and edge, how many cells are below it.
        up_to: The same, with the cells that equal it.
        missing: For each numeric column, how many cells are missing.
        levels: For each slot of each categorical column, one column after another, how many cells fall into it.
    """

    rows: int
    below: Int32[np.ndarray, "numeric edges"]
    up_to: Int32[np.ndarray, "numeric edges"]
    missing: Int32[np.ndarray, "numeric"]
    levels: Int32[np.ndarray, "slots"]

    def __add__(self, other: ColumnCounts) -> ColumnCounts:
        """The counts of both sets of rows."""
        return ColumnCounts(
            self.rows + other.rows,
            self.below + other.below,
            self.up_to + other.up_to,
            self.missing + other.missing,
            self.levels + other.levels,
        )


@dataclass(frozen=True, eq=False)
class ColumnReference:
    """How normal rows were distributed, column by column.

    Attributes:
        edges: Values of each numeric column, ascending; equal ones where many cells are equal. Rounded to float32 in a
            column where that leaves different ones apart, and its cells are then rounded before they are compared.
        counts: The normal rows, counted by them.
    """

    edges: Float64[np.ndarray, "numeric edges"]
    counts: ColumnCounts

    def count(self, preprocessor: Preprocessor, table: Table) -> ColumnCounts:
        """Other rows, counted in the same way.

        Args:
            preprocessor: The one that the reference was made with.
            table: Holds its columns.

        Raises:
            DataError: The table lacks a column, or holds text where numbers are expected.
        """
        return _count(preprocessor, table, _sorted_columns(preprocessor, table), self.edges)

    def arrays(self) -> dict[str, np.ndarray]:
        """The reference as arrays for a file."""
        counts = self.counts
        parts = (self.edges, counts.below, counts.up_to, counts.missing, counts.levels)
        return {"edges": parts[0]} | dict(zip(list(_ARRAYS)[1:], parts[1:], strict=True))


def fit_reference(preprocessor: Preprocessor, table: Table, rows: Int[np.ndarray, "rows"]) -> ColumnReference:
    """Count the cells of normal rows.

    Args:
        preprocessor: Fitted on the table.
        table: Holds the columns.
        rows: The normal rows; a few thousand are enough.

    Example:
        >>> from offbeat.data.schema import infer_schema
        >>> from offbeat.preprocessing.preprocessor import fit_preprocessor
        >>> from offbeat.preprocessing.settings import PreprocessingSettings
        >>> table = Table(np.arange(33.0)[:, None], named=False)
        >>> preprocessor = fit_preprocessor(table, infer_schema(table), PreprocessingSettings())
        >>> reference = fit_reference(preprocessor, table, np.arange(33))
        >>> reference.edges[0, [0, 1, 16]].tolist(), reference.counts.below[0, [0, 1, 16]].tolist()
        ([0.0, 2.0, 32.0], [0, 2, 32])
    """
    chosen = table.take(rows)
    ordered = _sorted_columns(preprocessor, chosen)
    edges = _edges(ordered)
    return ColumnReference(edges, _count(preprocessor, chosen, ordered, edges))


def reference_from(preprocessor: Preprocessor, arrays: Mapping[str, np.ndarray]) -> ColumnReference:
    """The reference that `ColumnReference.arrays` described; nothing is trusted, whoever wrote it.

    Raises:
        DataError: An array is lacking, or is of another type or shape, or its numbers cannot be counts.
    """
    numeric, slots = len(preprocessor.numeric.names), sum(len(column.slots) for column in preprocessor.categorical)
    grid = (numeric, EDGES)
    shapes = {"edges": grid, "below": grid, "up_to": grid, "missing": (numeric,), "levels": (slots,)}
    for name, kind in _ARRAYS.items():
        array = arrays.get(name)
        # Until edges could be told apart in float64 only, they were float32.
        kinds = (kind, np.float32) if name == "edges" else (kind,)
        if array is None or array.dtype not in kinds or array.shape != shapes[name]:
            raise DataError(f"the columns' reference '{name}' was expected to be {np.dtype(kind)} {shapes[name]}.")
    below, up_to, missing, levels = (arrays[name] for name in list(_ARRAYS)[1:])
    rows = _rows_counted(preprocessor, up_to, missing, levels)
    ordered = (np.diff(arrays["edges"], axis=1) >= 0).all() and (np.diff(up_to, axis=1) >= 0).all()
    counted = (below >= 0).all() and (below <= up_to).all() and (missing >= 0).all() and (levels >= 0).all()
    if rows is None or not ordered or not counted:
        raise DataError("the columns' reference contradicts itself.")
    return ColumnReference(arrays["edges"].astype(np.float64), ColumnCounts(rows, below, up_to, missing, levels))


def _rows_counted(preprocessor: Preprocessor, up_to: np.ndarray, missing: np.ndarray, levels: np.ndarray) -> int | None:
    """How many rows every column says were counted; None where they do not agree."""
    ends = np.cumsum([len(column.slots) for column in preprocessor.categorical]).astype(np.int64)
    by_level = [int(part.sum()) for part in np.split(levels, ends)[:-1]]
    # All training cells lie within the extremes, which are edges.
    found = {*(up_to[:, -1] + missing).tolist(), *by_level}
    return int(found.pop()) if len(found) == 1 else None


def _count(
    preprocessor: Preprocessor,
    table: Table,
    ordered: list[Float64[np.ndarray, "_"]],
    edges: Float64[np.ndarray, "numeric edges"],
) -> ColumnCounts:
    below, up_to = np.zeros(edges.shape, np.int32), np.zeros(edges.shape, np.int32)
    missing = np.zeros(len(edges), np.int32)
    is_rounded = (_rounded(edges) == edges).all(axis=1)
    for at, cells in enumerate(ordered):
        alike = _rounded(cells) if is_rounded[at] else cells
        below[at] = np.searchsorted(alike, edges[at], side="left")
        up_to[at] = np.searchsorted(alike, edges[at], side="right")
        missing[at] = table.height - len(cells)
    return ColumnCounts(table.height, below, up_to, missing, _count_levels(preprocessor, table))


def _count_levels(preprocessor: Preprocessor, table: Table) -> Int32[np.ndarray, "slots"]:
    counts = [np.empty(0, np.int32)]
    for column in preprocessor.categorical:
        slots = column.slots_of(table.words(column.name))
        counts.append(np.bincount(slots, minlength=len(column.slots)).astype(np.int32))
    return np.concatenate(counts)


def _sorted_columns(preprocessor: Preprocessor, table: Table) -> list[Float64[np.ndarray, "_"]]:
    """The cells of each numeric column that are there, ascending."""
    if not preprocessor.numeric.names:
        return []
    numbers: Float[np.ndarray, "rows numeric"] = table.numbers(preprocessor.numeric.names)
    ordered = np.array(numbers.T, dtype=np.float64, order="C")
    ordered.sort(axis=1)
    missing: Bool[np.ndarray, "numeric rows"] = np.isnan(ordered)
    return [cells[: len(cells) - count] for cells, count in zip(ordered, missing.sum(axis=1), strict=True)]


def _edges(ordered: list[Float64[np.ndarray, "_"]]) -> Float64[np.ndarray, "numeric edges"]:
    """Of each column, cells at even distances in their order, the first and the last among them.

    In float32 where that leaves different ones apart, as a table of that precision and the same numbers written as text
    must not differ; but a time stamp, or 1e150, needs all its digits.
    """
    edges = np.zeros((len(ordered), EDGES))
    places = {count: np.linspace(0, count - 1, EDGES).round().astype(np.int64) for count in {*map(len, ordered)} - {0}}
    for at, cells in enumerate(ordered):
        if len(cells):
            edges[at] = cells[places[len(cells)]]
    rounded = _rounded(edges)
    with np.errstate(invalid="ignore"):  # of two infinite ones
        is_enough = ((np.diff(rounded, axis=1) > 0) == (np.diff(edges, axis=1) > 0)).all(axis=1)
    is_enough &= np.isfinite(rounded).all(axis=1)
    return np.where(is_enough[:, np.newaxis], rounded, edges)


def _rounded(cells: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    with np.errstate(over="ignore"):
        return cells.astype(np.float32).astype(np.float64)
