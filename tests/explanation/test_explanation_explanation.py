"""Explanations: numbers that agree with the words, plain values, JSON that any reader takes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.explanation import Explanation, ScoredRow, explain_curve, explain_row, plain_cell, row_cells


def test_a_row_of_mixed_columns() -> None:
    observed = {"flow": 2.31, "valve": "ajar", "mass": None, "rpm": 900.0}
    expected = {"flow": 6.9, "valve": "open", "mass": 12.0}
    contributions = np.array([5.0, 3.0, 2.0, 0.0])
    why = explain_row(ScoredRow(7, 10.0, 0.5, contributions, observed, expected, 0.002), unseen={"valve"})
    assert why == Explanation(
        row=7,
        score=10.0,
        threshold=0.5,
        p_value=0.002,
        contributions={"flow": 5.0, "valve": 3.0, "mass": 2.0, "rpm": 0.0},
        shares={"flow": 0.5, "valve": 0.3, "mass": 0.2, "rpm": 0.0},
        observed=observed,
        expected={**expected, "rpm": None},
        sentence="Row 7 scores 10, 20 times the threshold 0.5 (p = 0.002): flow is 2.31 where 6.9 was expected "
        "(50 % of the score), valve is 'ajar', never seen in training, where 'open' was expected (30 %) and mass is "
        "missing where 12 was expected (20 %).",
    )
    assert str(why) == why.sentence
    assert why.top(2) == [("flow", 0.5), ("valve", 0.3)]


def test_a_curve_is_told_by_stretches() -> None:
    observed = {f"C{place}": float(place) for place in range(8)}
    expected = dict.fromkeys(observed, 0.0)
    contributions = np.array([0, 0, 3.0, 4.0, 0, 0, 0, 1.0])
    why = explain_curve(ScoredRow(7, 8.0, 0.5, contributions, observed, expected, 0.01))
    assert why.sentence == (
        "Row 7 scores 8, 16 times the threshold 0.5 (p = 0.01): columns C2 to C3 carry 88 % of the score (above all "
        "C3, which is 3 where 0 was expected)."
    )
    assert why.contributions == dict(zip(observed, contributions.tolist(), strict=True))


def test_of_many_columns_three_are_said_and_all_are_told() -> None:
    contributions = np.array([3.0, 2.0, 2.0, 2.0, 1.0])
    observed = dict.fromkeys("abcde", 1.0)
    why = explain_row(ScoredRow(0, 10.0, 1.0, contributions, observed, {}))
    assert why.sentence == (
        "Row 0 scores 10, 10 times the threshold 1: a is 1 (30 % of the score), b is 1 (20 %) and c is 1 (20 %)."
    )
    assert list(why.contributions) == ["a", "b", "c", "d", "e"]


@given(contributions=st.lists(st.integers(0, 99), min_size=1, max_size=6), data=st.data())
def test_the_order_of_columns_changes_no_number(contributions: list[int], data: st.DataObject) -> None:
    names = [f"C{place}" for place in range(len(contributions))]
    order = data.draw(st.permutations(range(len(names))))
    values = np.array(contributions, dtype=np.float64)
    score = float(values.sum())
    why = explain_row(ScoredRow(0, score, 1.0, values, dict.fromkeys(names, 1.0), dict.fromkeys(names, 2.0)))
    moved_names = [names[place] for place in order]
    observed, expected = dict.fromkeys(moved_names, 1.0), dict.fromkeys(moved_names, 2.0)
    moved = explain_row(ScoredRow(0, score, 1.0, values[order], observed, expected))
    assert moved.contributions == why.contributions
    assert moved.shares == pytest.approx(why.shares)
    assert sum(why.contributions.values()) == why.score
    if len(set(contributions)) == len(contributions):
        assert moved.sentence == why.sentence


def test_to_dict_is_strict_json() -> None:
    observed = {"flow": float("inf"), "valve": "open", "mass": None, "rpm": 3}
    why = explain_row(ScoredRow(7, 10.0, 0.5, np.ones(4), observed, {"flow": 1.0}))
    written = json.loads(json.dumps(why.to_dict(), allow_nan=False))
    assert written == why.to_dict()
    assert list(written) == [field.name for field in dataclasses.fields(Explanation)]
    assert written["observed"] == {"flow": None, "valve": "open", "mass": None, "rpm": 3}
    assert written["expected"] == {"flow": 1.0, "valve": None, "mass": None, "rpm": None}
    assert written["p_value"] is None


def test_as_many_contributions_as_columns() -> None:
    with pytest.raises(ValueError, match="zip"):
        explain_curve(ScoredRow(0, 1.0, 1.0, np.zeros(2), {"a": 1.0}, {}))


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (np.float64("nan"), None),
        (np.int64(3), 3),
        (None, None),
        (float("nan"), None),
        ("open", "open"),
        (np.str_("open"), "open"),
        (True, "true"),
        (np.bool_(False), "false"),
        ((1, 2), "(1, 2)"),
    ],
)
def test_plain_cells(value: object, plain: object) -> None:
    found = plain_cell(value)
    assert found == plain
    assert type(found) is type(plain)


def test_cells_of_a_row() -> None:
    columns = {"flow": np.array([1.5, np.nan], np.float32), "valve": np.array(["open", None], dtype=object)}
    assert row_cells(columns, 0) == {"flow": 1.5, "valve": "open"}
    assert row_cells(columns, 1) == {"flow": None, "valve": None}


def test_a_bad_heartbeat_is_told_by_its_odd_stretch(real_data: Path) -> None:
    # The mean of the good heartbeats stands for the reconstruction.
    normal = np.loadtxt(real_data / "ecg_discord_train.csv", delimiter=",")
    beat = np.loadtxt(real_data / "ecg_discord_test.csv", delimiter=",")[21]
    expected = normal.mean(axis=0)
    contributions = (beat - expected) ** 2 / len(beat)
    names = [f"C{place + 1}" for place in range(len(beat))]
    observed, means = (dict(zip(names, curve.tolist(), strict=True)) for curve in (beat, expected))
    why = explain_curve(ScoredRow(21, float(contributions.sum()), 0.1, contributions, observed, means))
    assert sum(why.contributions.values()) == pytest.approx(why.score, rel=1e-12)
    # The premature beat's trough and late bump; its trough bottoms out at C85.
    assert why.sentence == (
        "Row 21 scores 2.35, 24 times the threshold 0.1: columns C74 to C168 carry 78 % of the score (above all C85, "
        "which is 2.25 where 5.16 was expected)."
    )
