"""What must hold for any rows: other rows, their order and a column's unit do not decide about a row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_detectors import fitted, framed, new_readings, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import MixedRows

ROUNDING = 1e-3
"""Another unit rounds cells otherwise (float64), features too (float32), and training carries that on."""

QUERIES = np.concatenate([readings(300, seed=4), new_readings()])


@given(st.permutations(range(len(QUERIES))), st.integers(1, 316))
def test_order_and_number_of_rows_change_no_score(quick: offbeat.Detector, order: list[int], height: int) -> None:
    expected = quick.score(QUERIES)

    assert same_bits(quick.score(QUERIES[order][:height]), expected[order[:height]])
    assert same_bits(quick.p_values(QUERIES[order][:height]), quick.p_values(QUERIES)[order[:height]])


@given(st.permutations(range(120)), st.integers(1, 120))
@settings(max_examples=15)
def test_so_it_is_with_words_gaps_and_the_default_detector(
    pumps: offbeat.Detector, new_pumps: MixedRows, order: list[int], height: int
) -> None:
    chosen = new_pumps.table.take(order[:height])

    assert same_bits(pumps.score(chosen), pumps.score(new_pumps.table)[order[:height]])


@given(st.lists(st.floats(-1e12, 1e12), min_size=4, max_size=4), st.integers(0, 15))
def test_one_row_does_not_decide_about_another(quick: offbeat.Detector, cells: list[float], place: int) -> None:
    rows = new_readings()
    expected = np.delete(quick.score(rows), place)
    rows[place] = cells

    assert same_bits(np.delete(quick.score(rows), place), expected)


@pytest.mark.parametrize("scaling", ["standard", "robust", "minmax", "normalize"])
@given(column=st.integers(0, 3), power=st.integers(-6, 6), offset=st.sampled_from([0.0, -3.0, 1000.0]))
@settings(max_examples=4)
def test_the_unit_of_a_column_changes_no_flag(scaling: str, column: int, power: int, offset: float) -> None:
    def in_unit(rows: np.ndarray) -> np.ndarray:
        rows[:, column] = (rows[:, column] + offset) * 10.0**power
        return rows

    plain = fitted(readings(), scaling=scaling).detect(new_readings())
    other = fitted(in_unit(readings()), scaling=scaling).detect(in_unit(new_readings()))

    assert plain.flags[[3, 11]].all()
    np.testing.assert_allclose(other.scores, plain.scores, rtol=ROUNDING, atol=ROUNDING)
    assert other.flags.tolist() == plain.flags.tolist()


def test_names_of_columns_change_nothing() -> None:
    renamed = framed(readings()).rename({"flow": "a", "rpm": "b", "heat": "c", "load": "d"})

    assert same_bits(fitted(renamed).score(new_readings()), fitted(readings()).score(new_readings()))
