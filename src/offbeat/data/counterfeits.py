"""Counterfeits: rows made of the cells of normal rows, which a detector that knows what is normal tells from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import polars as pl
from jaxtyping import Int, Shaped

from offbeat.data.table import Table
from offbeat.randomness import Purpose, host_randomness

# As ADBench has it: a tenth beyond the range of the normal rows.
_BEYOND = 0.1
_LARGEST_SHIFT = 0.25


@dataclass(frozen=True)
class _Cells:
    """Normal rows column by column: floats (NaN = missing), or words (None = missing)."""

    columns: tuple[Shaped[np.ndarray, "rows"], ...]

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.columns[0])

    def gathered(self, rows: Int[np.ndarray, "rows columns"]) -> list[np.ndarray]:
        """Each cell from the row that is told for it."""
        return [column[rows[:, place]] for place, column in enumerate(self.columns)]


def counterfeits(
    table: Table, numeric: Sequence[str], categorical: Sequence[str], *, curves: bool, seed: int
) -> dict[str, Table]:
    """For each normal row one counterfeit of every kind.

    Args:
        table: Normal rows, two at least.
        numeric: Its columns of numbers.
        categorical: Its columns of words.
        curves: Whether each row is one series; the kinds are others then.
        seed: Equal seeds give equal counterfeits.

    Returns:
        By kind, tables as tall as the first. Of rows: "shuffled", every cell from another row (each column is as it
        should be, their dependence is gone); "patched", some cells from one other row; "outside", cells drawn evenly
        from a range a tenth wider than the column's. Of curves: "patched", one stretch from another curve; "shifted",
        later or earlier by up to a quarter; "shuffled".

    Reference:
        Han et al. 2022 (ADBench), section 3.2: dependency and global anomalies; Steinbuss & Boehm 2021.
    """
    numbers, names = table.numbers(numeric), (*numeric, *categorical)
    words = [np.array(table.words(name).to_list(), dtype=object) for name in categorical]
    cells = _Cells((*numbers.astype(np.float64).T, *words))
    made = {}
    for place, (kind, make) in enumerate((_OF_CURVES if curves else _OF_ROWS).items()):
        columns = make(cells, host_randomness(seed, Purpose.COUNTERFEITS, place))
        series = [_series(name, column) for name, column in zip(names, columns, strict=True)]
        made[kind] = Table(pl.DataFrame(series), f"{kind} rows")
    return made


def _shuffled(cells: _Cells, rng: np.random.Generator) -> list[np.ndarray]:
    rows = np.tile(np.arange(cells.height)[:, None], (1, len(cells.columns)))
    return cells.gathered(rng.permuted(rows, axis=0))


def _patched(cells: _Cells, rng: np.random.Generator) -> list[np.ndarray]:
    # Few columns more often than many: one wrong cell is the hardest, and the most usual.
    order = rng.permuted(np.tile(np.arange(len(cells.columns)), (cells.height, 1)), axis=1)
    return _with_a_patch(cells, order, rng)


def _patched_stretch(cells: _Cells, rng: np.random.Generator) -> list[np.ndarray]:
    width = len(cells.columns)
    start = rng.integers(width, size=(cells.height, 1))
    return _with_a_patch(cells, (np.arange(width) - start) % width, rng)


def _with_a_patch(cells: _Cells, order: Int[np.ndarray, "rows columns"], rng: np.random.Generator) -> list[np.ndarray]:
    """In each row, the cells that come first in its order are taken from another row."""
    rows, most = np.arange(cells.height), max(1, len(cells.columns) // 2)
    sizes = np.exp(rng.uniform(0.0, np.log(most + 1), size=(cells.height, 1))).astype(np.int64)
    donors = (rows + rng.integers(1, cells.height, size=cells.height)) % cells.height
    return cells.gathered(np.where(order < sizes, donors[:, None], rows[:, None]))


def _shifted(cells: _Cells, rng: np.random.Generator) -> list[np.ndarray]:
    width = len(cells.columns)
    most = max(1, int(_LARGEST_SHIFT * width))
    steps = rng.integers(1, most + 1, size=(cells.height, 1)) * rng.choice([-1, 1], size=(cells.height, 1))
    matrix = np.stack(cells.columns, axis=1)
    return list(np.take_along_axis(matrix, (np.arange(width) + steps) % width, axis=1).T)


def _outside(cells: _Cells, rng: np.random.Generator) -> list[np.ndarray]:
    return [_drawn_evenly(column, rng) for column in cells.columns]


def _drawn_evenly(column: Shaped[np.ndarray, "rows"], rng: np.random.Generator) -> Shaped[np.ndarray, "rows"]:
    if column.dtype == object:
        levels = np.array(sorted({word for word in column if word is not None}) or [None], dtype=object)
        return levels[rng.integers(len(levels), size=len(column))]
    known = column[~np.isnan(column)]
    if not len(known):
        return column
    low, high = known.min(), known.max()
    return np.asarray(rng.uniform(low - _BEYOND * (high - low), high + _BEYOND * (high - low), size=len(column)))


_Make = Callable[[_Cells, np.random.Generator], list[np.ndarray]]
_OF_ROWS: Mapping[str, _Make] = MappingProxyType({"shuffled": _shuffled, "patched": _patched, "outside": _outside})
_OF_CURVES: Mapping[str, _Make] = MappingProxyType(
    {"shuffled": _shuffled, "patched": _patched_stretch, "shifted": _shifted}
)


def _series(name: str, column: Shaped[np.ndarray, "rows"]) -> pl.Series:
    if column.dtype == object:
        return pl.Series(name, column.tolist(), dtype=pl.String)
    return pl.Series(name, column, nan_to_null=True)
