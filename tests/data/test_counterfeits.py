"""Counterfeits: what each kind keeps of the rows that it is made of, and what it breaks."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.data.counterfeits import counterfeits
from offbeat.data.table import Table
from offbeat.randomness import Purpose, host_randomness

LEVELS = ["open", "shut", None]


def _table(rows: int = 200, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    flow = rng.normal(50, 4, rows)
    cells = {"flow": flow, "rpm": 30 * flow, "heat": np.where(rng.random(rows) < 0.1, np.nan, -flow)}
    frame = pl.DataFrame(cells, nan_to_null=True)
    return Table(frame.with_columns(valve=pl.Series([LEVELS[place] for place in rng.integers(3, size=rows)])))


def _made(table: Table, *, seed: int = 0) -> dict[str, Table]:
    return counterfeits(table, ["flow", "rpm", "heat"], ["valve"], curves=False, seed=seed)


def _curves(rows: int = 60, steps: int = 40) -> Table:
    return Table(np.arange(rows * steps, dtype=np.float64).reshape(rows, steps))


def _of_curves(table: Table) -> dict[str, np.ndarray]:
    made = counterfeits(table, list(table.names), [], curves=True, seed=3)
    return {kind: fakes.numbers(table.names) for kind, fakes in made.items()}


def test_every_kind_has_a_counterfeit_of_every_row_in_the_same_columns() -> None:
    table = _table()
    made = _made(table)
    assert list(made) == ["shuffled", "patched", "outside"]
    for fakes in made.values():
        assert fakes.names == ("flow", "rpm", "heat", "valve")
        assert fakes.height == table.height


@given(seed=st.integers(0, 2**63 - 1), rows=st.integers(2, 30))
def test_shuffled_columns_hold_the_same_cells_and_follow_no_other(seed: int, rows: int) -> None:
    table = _table(rows)
    fakes = _made(table, seed=seed)["shuffled"]
    for name in table.names:
        assert sorted(map(str, fakes.column(name).to_list())) == sorted(map(str, table.column(name).to_list()))


def test_shuffling_breaks_the_dependence() -> None:
    numbers = _made(_table())["shuffled"].numbers(["flow", "rpm"])
    assert abs(np.corrcoef(numbers.T)[0, 1]) < 0.25


def test_patched_rows_have_cells_of_one_other_row_in_at_most_half_of_the_columns() -> None:
    table = _table()
    original, fakes = table.numbers(["flow", "rpm"]), _made(table)["patched"].numbers(["flow", "rpm"])
    changed = original != fakes
    assert changed.sum(axis=1).max() <= 2
    assert 0.2 < changed.any(axis=1).mean() < 0.9  # others were patched in the columns 'heat' and 'valve'
    donors = [np.flatnonzero(original[:, 0] == fakes[row, 0]) for row in np.flatnonzero(changed[:, 0])]
    assert all(len(found) == 1 for found in donors)


def test_cells_outside_lie_in_a_range_a_tenth_wider() -> None:
    table = _table()
    fakes = _made(table)["outside"]
    for name in ("flow", "rpm", "heat"):
        known, drawn = table.numbers([name]), fakes.numbers([name])
        low, high = np.nanmin(known), np.nanmax(known)
        assert drawn.min() >= low - 0.1 * (high - low) and drawn.max() <= high + 0.1 * (high - low)
        assert drawn.min() < low and drawn.max() > high
    assert set(fakes.words("valve").to_list()) == {"open", "shut"}


def test_equal_seeds_give_equal_counterfeits() -> None:
    one, same, other = (_made(_table(), seed=seed) for seed in (1, 1, 2))
    for kind, fakes in one.items():
        assert fakes.column("flow").to_list() == same[kind].column("flow").to_list()
        assert fakes.column("flow").to_list() != other[kind].column("flow").to_list()


def test_their_draws_serve_no_other_purpose() -> None:
    """Nor weights nor the order of rows: of one seed, these would tell what the network has seen."""
    table = Table(pl.DataFrame({"a": np.arange(200.0)}))
    shuffled = counterfeits(table, ["a"], [], curves=False, seed=1)["shuffled"].column("a").to_list()
    places = np.arange(200)[:, None]
    same = {p for p in Purpose if host_randomness(1, p).permuted(places, axis=0)[:, 0].tolist() == shuffled}
    assert same == {Purpose.COUNTERFEITS}


def test_a_patched_curve_has_one_stretch_of_one_other_curve() -> None:
    table = _curves()
    original, fakes = table.numbers(table.names), _of_curves(table)["patched"]
    for row in range(len(original)):
        changed = original[row] != fakes[row]
        assert 1 <= changed.sum() <= 20
        # A stretch may run over the end and go on at the start: it then still begins once.
        assert np.count_nonzero(changed & ~np.roll(changed, 1)) == 1
        assert len(np.unique(fakes[row][changed] // 40)) == 1


def test_a_shifted_curve_is_rolled_by_up_to_a_quarter() -> None:
    table = _curves()
    original, fakes = table.numbers(table.names), _of_curves(table)["shifted"]
    shifts = [int(np.flatnonzero(fakes[row] == original[row, 0])[0]) for row in range(len(original))]
    for row, shift in enumerate(shifts):
        assert np.array_equal(fakes[row], np.roll(original[row], shift))
    assert {min(shift, 40 - shift) for shift in shifts} <= set(range(1, 11))
    assert {shift < 20 for shift in shifts} == {True, False}


@pytest.mark.parametrize("cells", [{"a": [1.0, 1.0, 1.0]}, {"a": [None, None, None], "b": [1.0, 2.0, 3.0]}])
def test_constant_and_empty_columns_stay_what_they_are(cells: dict[str, list[float | None]]) -> None:
    table = Table(pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.Float64)))
    for fakes in counterfeits(table, list(cells), [], curves=False, seed=0).values():
        assert fakes.column("a").to_list() == cells["a"]
