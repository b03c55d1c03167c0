"""Injected anomalies: exactly the reported cells change, and each kind is what its name says."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.data.injection import ANOMALIES, Injected, inject
from offbeat.errors import DataError, SettingsError

Cell = float | str | None


def readings(rows: int, seed: int = 0) -> pl.DataFrame:
    """Three columns of numbers, one of whole numbers, one of words; a few numbers are missing."""
    rng = np.random.default_rng(seed)
    flow = rng.uniform(10.0, 20.0, rows)
    return pl.DataFrame(
        {
            "flow": flow,
            "pressure": 5.0 - 0.01 * flow**2,
            "noise": [None if rng.random() < 0.05 else float(x) for x in rng.standard_normal(rows)],
            "count": rng.integers(1, 1000, rows),
            "state": rng.choice(["idle", "run", "boost"], rows),
        }
    )


def same(before: Cell, after: Cell) -> bool:
    return before == after or (before is None and after is None)


def cells_that_differ(before: pl.DataFrame, after: pl.DataFrame) -> list[tuple[str, ...]]:
    """The names of the columns that differ, row by row, cell by cell."""
    pairs = zip(before.iter_rows(named=True), after.iter_rows(named=True), strict=True)
    return [tuple(name for name in old if not same(old[name], new[name])) for old, new in pairs]


def changes(good: pl.DataFrame, bad: Injected) -> list[tuple[int, str, Cell, Cell]]:
    """Row, column, old and new cell of each reported change."""
    return [
        (row, name, good[name][row], bad.cells[name][row]) for row, names in enumerate(bad.changed) for name in names
    ]


@given(
    rows=st.integers(12, 120),
    share=st.floats(0.0, 0.5),
    kinds=st.lists(st.sampled_from(ANOMALIES), min_size=1, unique=True),
    seed=st.integers(0, 2**32),
)
def test_exactly_the_reported_cells_change(rows: int, share: float, kinds: list[str], seed: int) -> None:
    good = readings(rows, seed)
    anomalies = int(share * rows)
    bad = inject(good, anomalies=anomalies, kinds=kinds, seed=seed)
    assert cells_that_differ(good, bad.cells) == list(bad.changed)
    assert [kind != "normal" for kind in bad.kinds] == [bool(names) for names in bad.changed]
    assert sum(kind != "normal" for kind in bad.kinds) == anomalies
    counts = [bad.kinds.count(kind) for kind in kinds]
    assert max(counts) - min(counts) <= 1


def test_equal_seeds_give_equal_anomalies_and_the_table_given_stays() -> None:
    good = readings(60)
    copy = good.clone()
    one, two, other = (inject(good, anomalies=14, seed=seed) for seed in (1, 1, 2))
    assert one.cells.equals(two.cells) and one.changed == two.changed
    assert one.changed != other.changed
    assert good.equals(copy)


def test_spikes_lie_far_outside() -> None:
    good = readings(200)
    for _, name, _, new in changes(good, inject(good, anomalies=30, kinds=["spike"])):
        column = good[name].drop_nulls().to_numpy()
        spread = (np.quantile(column, 0.75) - np.quantile(column, 0.25)) / 1.349
        assert 6.0 <= abs(float(new or 0.0) - np.median(column)) / spread <= 12.0


def test_a_stuck_sensor_repeats_the_value_before_its_run() -> None:
    good = readings(100)
    bad = inject(good, anomalies=5, kinds=["stuck"], columns={"stuck": ["flow"]}, seed=3)
    rows = [row for row, kind in enumerate(bad.kinds) if kind == "stuck"]
    assert rows == list(range(rows[0], rows[0] + 5))
    assert rows[0] > 0
    assert bad.cells["flow"][rows[0] : rows[0] + 5].to_list() == [good["flow"][rows[0] - 1]] * 5


def test_swapped_numbers_are_ordinary_but_half_the_ranks_away() -> None:
    good = readings(200)
    bad = inject(good, anomalies=20, kinds=["swapped"], columns={"swapped": ["flow", "pressure"]})
    for _, name, old, new in changes(good, bad):
        ranked = sorted(good[name].to_list())
        assert abs(ranked.index(new) - ranked.index(old)) == 100


def test_drift_grows_row_by_row() -> None:
    good = readings(100)
    bad = inject(good, anomalies=5, kinds=["drift"], columns={"drift": ["flow"]}, seed=4)
    moved = [abs(float(new or 0.0) - float(old or 0.0)) for _, _, old, new in changes(good, bad)]
    spread = (good["flow"].quantile(0.75, "linear") - good["flow"].quantile(0.25, "linear")) / 1.349
    np.testing.assert_allclose(np.diff(moved), moved[0])
    assert 3.0 <= moved[-1] / spread <= 5.0


def test_unit_errors_are_a_thousandfold() -> None:
    good = readings(100)
    for _, _, old, new in changes(good, inject(good, anomalies=10, kinds=["unit-error"])):
        assert new == 1000.0 * float(old or math.nan)


def test_wrong_categories_are_other_words_of_the_column() -> None:
    good = readings(100)
    made = changes(good, inject(good, anomalies=10, kinds=["wrong-category"]))
    assert len(made) == 10
    for _, name, old, new in made:
        assert name == "state"
        assert new in {"idle", "run", "boost"} - {old}


def test_missing_bursts_empty_half_of_the_columns() -> None:
    good = readings(100)
    bad = inject(good, anomalies=10, kinds=["missing-burst"])
    assert {len(names) for names in bad.changed if names} == {3}
    assert all(new is None for *_, new in changes(good, bad))


def test_a_run_may_start_at_the_first_row_and_a_constant_column_may_spike() -> None:
    whole = inject(pl.DataFrame({"flow": [1.0, 2.0, 4.0, 8.0]}), anomalies=4, kinds=["stuck"])
    assert whole.cells["flow"].to_list() == [3.0] * 4  # no value came before: the median
    flat = inject(pl.DataFrame({"flow": [5.0] * 4}), anomalies=1, kinds=["spike"])
    row = flat.kinds.index("spike")
    assert abs(flat.cells["flow"][row] - 5.0) >= 6.0 * 5.0


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"anomalies": 21}, SettingsError, "anomalies is 21; from 0 to all 20 rows can be anomalous"),
        (
            {"anomalies": 1, "kinds": ["gremlin"]},
            SettingsError,
            "Unknown kind of anomaly: 'gremlin'; one of spike, stuck",
        ),
        ({"anomalies": 1, "kinds": []}, SettingsError, "kinds is empty. Name at least one kind"),
        ({"anomalies": 1, "seed": -3}, SettingsError, "seed is -3; 0 or a larger whole number was expected"),
        (
            {"anomalies": 1, "columns": {"spike": ["rpm"]}},
            SettingsError,
            "columns names 'rpm', which the table lacks. It has 'flow', 'pressure', 'noise', 'count', 'state'",
        ),
        (
            {"anomalies": 1, "kinds": ["wrong-category"], "columns": {"wrong-category": ["flow"]}},
            DataError,
            "No anomaly of kind 'wrong-category' fits row 3 of the table: a column of words was expected",
        ),
    ],
)
def test_wrong_settings_say_what_was_expected(asked: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        inject(readings(20), **asked)  # type: ignore[arg-type]
    assert words in str(caught.value)
