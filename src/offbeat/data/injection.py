"""Injection puts anomalies of named kinds into a good table, and says which cells it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import polars as pl
from jaxtyping import Float, Shaped

from offbeat.errors import DataError, SettingsError, name_some

NORMAL = "normal"

_FAULT_ROWS = 5  # how many rows a fault lasts that is no matter of one row

Cell = float | str | bool | None


@dataclass(frozen=True)
class Injected:
    """A table with anomalies, and the truth about them.

    Attributes:
        cells: The table; numeric columns with a changed cell hold floats now.
        kinds: One word a row: "normal" or the kind of anomaly, one of `ANOMALIES`.
        changed: The names of the changed columns in each row, in table order; empty where the row is normal.
    """

    cells: pl.DataFrame
    kinds: tuple[str, ...]
    changed: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Column:
    """A column while it is worked on: all cells (floats with NaN, or words with None), and those that are known."""

    name: str
    numeric: bool
    cells: Shaped[np.ndarray, "rows"]
    known: Shaped[np.ndarray, "known"]

    @cached_property
    def spread(self) -> float:
        """The usual distance from the median, as a standard deviation; never zero."""
        low, high = np.quantile(self.known, [0.25, 0.75])
        return float((high - low) / 1.349 or np.std(self.known) or max(abs(low), 1.0))

    @cached_property
    def ordered(self) -> Float[np.ndarray, "known"]:
        """The known numbers, smallest first."""
        return np.sort(self.known)


def spike(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """One number jumps 6 to 12 spreads away from its column's median."""
    away = rng.choice([-1.0, 1.0]) * rng.uniform(6.0, 12.0) * column.spread
    return [float(np.median(column.known) + away)]


def stuck(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """A sensor repeats its last value for five rows; the value is ordinary, and the other columns move on."""
    before = column.cells[: rows.start]
    before = before[~np.isnan(before)]
    held = before[-1] if len(before) else np.median(column.known)
    return [float(held)] * len(rows)


def swapped(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """A number is taken from a row half the column's ranks away: ordinary by itself, wrong beside the row's others."""
    rank = np.searchsorted(column.ordered, column.cells[rows.start])
    return [float(column.ordered[(rank + len(column.ordered) // 2) % len(column.ordered)])]


def drift(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """A sensor wanders off over five rows, step by step to 3 to 5 spreads; the first steps are small."""
    away = rng.choice([-1.0, 1.0]) * rng.uniform(3.0, 5.0) * column.spread
    steps = np.arange(1, len(rows) + 1) / len(rows)
    return [float(cell) for cell in column.cells[rows.start : rows.stop] + away * steps]


def unit_error(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """One number is given in the wrong unit, a thousand times too large (mbar for bar, W for kW)."""
    return [1000.0 * float(column.cells[rows.start])]


def wrong_category(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """One word is exchanged for another of its column, which the rest of the row contradicts."""
    others = sorted(set(column.known.tolist()) - {column.cells[rows.start]})
    return [others[rng.integers(len(others))]] if others else [column.cells[rows.start]]


def missing_burst(column: _Column, rows: range, rng: np.random.Generator) -> list[Cell]:
    """Half of a row's cells go missing at once (a logger drops out)."""
    return [None]


@dataclass(frozen=True)
class _Kind:
    """How one kind of anomaly is drawn: what becomes of a column's cells, on how many rows, of which columns."""

    draw: Callable[[_Column, range, np.random.Generator], list[Cell]]
    rows: int = 1
    numeric: bool = True
    words: bool = False
    half_of_columns: bool = False


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "spike": _Kind(spike),
        "stuck": _Kind(stuck, rows=_FAULT_ROWS),
        "swapped": _Kind(swapped),
        "drift": _Kind(drift, rows=_FAULT_ROWS),
        "unit-error": _Kind(unit_error),
        "wrong-category": _Kind(wrong_category, numeric=False, words=True),
        "missing-burst": _Kind(missing_burst, words=True, half_of_columns=True),
    }
)

ANOMALIES = tuple(_KINDS)
"""The words of all kinds of anomalies in tables."""


def inject(
    cells: pl.DataFrame,
    *,
    anomalies: int,
    kinds: Sequence[str] = ANOMALIES,
    columns: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> Injected:
    """Put anomalies into a table at places drawn by chance; all other cells stay as they are.

    The kinds get equally many rows, as far as that goes. "stuck" and "drift" come in runs of up to five rows.

    Args:
        cells: The good table. Nothing is written to it.
        anomalies: How many rows become anomalous.
        kinds: The kinds of anomalies, words of `ANOMALIES`.
        columns: For some kinds, the columns that they may change; a kind that is not named may change all that it fits.
        seed: Equal seeds give equal anomalies.

    Returns:
        The table, the kind of each row and the columns changed in it.

    Raises:
        SettingsError: If a kind or a column is unknown, or there are fewer rows than anomalies.
        DataError: If no column of the table fits a kind.

    Example:
        >>> cells = pl.DataFrame({"flow": [10.0, 11.0, 12.0, 11.5], "pressure": [3.0, 2.9, 2.7, 2.8]})
        >>> bad = inject(cells, anomalies=1, kinds=["unit-error"], columns={"unit-error": ["pressure"]})
        >>> row = bad.kinds.index("unit-error")
        >>> bad.changed[row], bad.cells["pressure"][row] / cells["pressure"][row]
        (('pressure',), 1000.0)
    """
    allowed = dict(columns or {})
    _check(cells, anomalies, kinds, allowed, seed)
    rng = np.random.Generator(np.random.Philox(seed))
    prepared = [_prepare(series) for series in cells.get_columns()]
    words = [NORMAL] * cells.height
    edits: dict[str, dict[int, Cell]] = {name: {} for name in cells.columns}
    for kind, rows in _places(cells.height, anomalies, kinds, rng):
        names = allowed.get(kind, cells.columns)
        for name, drawn in _draw(kind, rows, [c for c in prepared if c.name in names], rng):
            edits[name].update(zip(rows, drawn, strict=True))
        words[rows.start : rows.stop] = [kind] * len(rows)
    changed = tuple(tuple(name for name in cells.columns if row in edits[name]) for row in range(cells.height))
    edited = cells.with_columns([_edited(cells[name], edits[name]) for name in cells.columns if edits[name]])
    return Injected(edited, tuple(words), changed)


def _check(
    cells: pl.DataFrame, anomalies: int, kinds: Sequence[str], columns: Mapping[str, Sequence[str]], seed: int
) -> None:
    if seed < 0:
        raise SettingsError(f"seed is {seed}; 0 or a larger whole number was expected. Give such a number.")
    unknown = [kind for kind in (*kinds, *columns) if kind not in ANOMALIES]
    if unknown:
        raise SettingsError(
            f"Unknown kind of anomaly: {name_some(unknown)}; one of {', '.join(ANOMALIES)} was expected. "
            "Use these words."
        )
    if not 0 <= anomalies <= cells.height:
        raise SettingsError(
            f"anomalies is {anomalies}; from 0 to all {cells.height} rows can be anomalous. "
            "Ask for fewer, or give more rows."
        )
    if anomalies and not kinds:
        raise SettingsError(f"anomalies is {anomalies} but kinds is empty. Name at least one kind of anomaly.")
    lacking = [name for names in columns.values() for name in names if name not in cells.columns]
    if lacking:
        raise SettingsError(
            f"columns names {name_some(lacking)}, which the table lacks. It has {name_some(cells.columns)}. "
            "Use its names."
        )


def _prepare(series: pl.Series) -> _Column:
    if series.dtype.is_numeric():
        numbers = series.cast(pl.Float64).fill_nan(None)
        return _Column(series.name, True, numbers.fill_null(np.nan).to_numpy(), numbers.drop_nulls().to_numpy())
    words = np.array(series.to_list(), dtype=object)
    return _Column(series.name, False, words, words[series.is_not_null().to_numpy()])


def _places(height: int, anomalies: int, kinds: Sequence[str], rng: np.random.Generator) -> Iterator[tuple[str, range]]:
    """Where the anomalies go: blocks of rows and normal rows are laid out in a shuffled order, so none overlap."""
    blocks: list[tuple[str, int]] = [(NORMAL, 1)] * (height - anomalies)
    for turn, kind in enumerate(kinds):
        left = anomalies // len(kinds) + (turn < anomalies % len(kinds))
        while left:
            blocks.append((kind, min(left, _KINDS[kind].rows)))
            left -= blocks[-1][1]
    start = 0
    for block in rng.permutation(len(blocks)):
        kind, rows = blocks[block]
        if kind != NORMAL:
            yield kind, range(start, start + rows)
        start += rows


def _draw(
    kind: str, rows: range, columns: Sequence[_Column], rng: np.random.Generator
) -> Iterator[tuple[str, list[Cell]]]:
    """New cells for one block of rows, in the first columns, in random order, where each of the rows really changes."""
    drawing = _KINDS[kind]
    fitting = [c for c in columns if (drawing.numeric if c.numeric else drawing.words) and len(c.known)]
    wanted = max(1, (len(fitting) + 1) // 2) if drawing.half_of_columns else 1
    found = 0
    for position in rng.permutation(len(fitting)):
        column = fitting[position]
        drawn = drawing.draw(column, rows, rng)
        old = column.cells[rows.start : rows.stop].tolist()
        if all(not _is_missing(before) and before != after for before, after in zip(old, drawn, strict=True)):
            yield column.name, drawn
            found += 1
        if found == wanted:
            return
    if not found:
        what = (
            "a column of words" if not drawing.numeric else "a column of numbers" if not drawing.words else "a column"
        )
        where = f"row {rows.start}" if len(rows) == 1 else f"rows {rows.start} to {rows.stop - 1}"
        raise DataError(
            f"No anomaly of kind '{kind}' fits {where} of the table: {what} was expected that has known cells there "
            "and more than one value. Leave the kind out, or give it other columns."
        )


def _is_missing(cell: object) -> bool:
    return cell is None or cell != cell


def _edited(series: pl.Series, edits: Mapping[int, Cell]) -> pl.Series:
    dtype = pl.Float64() if series.dtype.is_numeric() else series.dtype
    cells = series.cast(dtype).to_list()
    for row, cell in edits.items():
        cells[row] = cell
    return pl.Series(series.name, cells, dtype=dtype)
