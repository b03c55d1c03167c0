"""Large whole numbers in a frame, and what its operators refuse in words."""

from __future__ import annotations

import datetime as dt
import operator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.errors import DataError
from offbeat.h2o.frame import H2OFrame

# A double has 53 bits; both sides and the result are rounded once each.
ROUNDED = 4 * 2.0**-53
WHOLE = st.integers(-(2**63), 2**63 - 1)
HUGE = 10**400


def _cells(frame: H2OFrame) -> list[Any]:
    return frame.cells.to_series().to_list()


@given(WHOLE, WHOLE, st.sampled_from([operator.add, operator.sub, operator.mul]), st.booleans())
def test_whole_numbers_never_wrap_around(left: int, right: int, operation: Any, by_frame: bool) -> None:
    """Python's whole numbers have no end; H2O's are doubles."""
    found = _cells(operation(H2OFrame({"x": [left]}), H2OFrame({"x": [right]}) if by_frame else right))[0]
    exact = operation(left, right)
    # A small difference of large numbers is as good as the numbers are.
    size = abs(exact) if operation is operator.mul else max(abs(left), abs(right), abs(exact))
    assert abs(int(found) - exact) <= ROUNDED * size
    if abs(exact) < 2**61:
        assert found == exact and isinstance(found, int)


def test_figures_of_large_numbers_do_not_wrap_around() -> None:
    frame = H2OFrame({"x": [2**62, 2**62], "y": [2**62, 2**62]})
    assert frame["x"].sum() == 2.0**63 and frame.sum() == 2.0**64
    assert _cells(frame.sum(axis=1, return_frame=True)) == [2.0**63] * 2
    assert _cells(frame.mean(axis=1)) == [2.0**62] * 2
    assert _cells(frame["x"] + frame["y"]) == [2.0**63] * 2
    assert _cells(-H2OFrame({"x": [-(2**63)]})) == _cells(H2OFrame({"x": [-(2**63)]}).abs()) == [2.0**63]
    assert _cells(H2OFrame({"x": [1e30, 7.5]}) // 2) == [5e29, 3.0]
    assert (H2OFrame({"x": [10**10]}) * 10**10).types == {"x": "real"}


def test_a_number_beyond_64_bits_is_a_real_one_wherever_it_is_given() -> None:
    frame = H2OFrame({"x": [1, 2]})
    assert _cells(frame + 10**30) == [1e30, 1e30]
    assert _cells(frame < 10**30) == [1, 1]
    assert frame.cbind(10**30).cells.to_series(1).to_list() == [1e30, 1e30]
    frame[0, "x"] = 2**70
    assert _cells(frame) == [2.0**70, 2.0]
    frame["y"] = -(2**70)
    assert frame.cells["y"].to_list() == [-(2.0**70)] * 2
    words = "a number of about 398 digits was given; at most 1.8e308 was expected"
    for refused in (lambda: frame + HUGE, lambda: frame < HUGE, lambda: frame.cbind(HUGE)):
        with pytest.raises(DataError, match=words):
            refused()
    with pytest.raises(DataError, match=f"'x': {words}"):
        frame[0, "x"] = HUGE


def test_numbers_of_other_kinds_keep_their_decimals() -> None:
    frame = H2OFrame({"x": [1, 2]})
    assert _cells(frame * np.float32(2.5)) == _cells(frame * Decimal("2.5")) == [2.5, 5.0]
    assert _cells(frame * np.int64(3)) == [3, 6] and _cells(frame + None) == [None, None]
    with pytest.raises(DataError, match=r"A list is no number; arithmetic with column 'x' takes numbers and frames\."):
        operator.add(frame, [1, 2])
    with pytest.raises(DataError, match=r"A ndarray is no number; arithmetic with column 'x'"):
        operator.mul(frame, np.array([1, 2]))
    with pytest.raises(DataError, match=r"Column 'x' is compared with a ndarray; a number, a word,"):
        operator.lt(frame, np.array([1, 2]))


def test_only_frames_and_numbers_are_bound_to_a_frame() -> None:
    frame = H2OFrame({"x": [1, 2]})
    assert frame.cbind(np.float32(2.5)).cells.to_series(1).to_list() == [2.5, 2.5]
    with pytest.raises(DataError, match=r"cbind\(\) takes frames with as many rows, and numbers; a Series was given\."):
        frame.cbind(pd.Series([1, 2]))


def test_logic_takes_numbers_and_a_missing_one_as_in_h2o() -> None:
    marks = H2OFrame({"x": [1, 0, None]})
    assert _cells(marks & float("nan")) == _cells(marks & None) == [None, 0, None]
    assert _cells(marks | 2) == [1, 1, 1] and _cells(marks & True) == [1, 0, None]
    frame = H2OFrame({"kind": ["a", "b", "a"], "at": [dt.datetime(2020, 1, day) for day in (1, 2, 3)]})
    for name, word in (("kind", "enum"), ("at", "time")):
        for refused in (lambda name=name: frame[name] & 1, lambda name=name: marks | frame[name]):
            with pytest.raises(DataError, match=f"Column '{name}' is of type {word}; arithmetic takes int and real"):
                refused()
        with pytest.raises(DataError, match=f"Rows are marked by 0 and 1; column '{name}' is of type {word}"):
            frame[frame[name]]
    with pytest.raises(DataError, match="'yes' is no number; arithmetic with column 'x' takes numbers"):
        marks & "yes"


def test_rows_without_a_number_have_no_mean() -> None:
    text = H2OFrame({"kind": ["a", "b", "a"]})
    assert _cells(text.mean(axis=1)) == _cells(text.sum(axis=1, return_frame=True)) == [None, None, None]
    assert text.mean(axis=1).names == ["mean"]
