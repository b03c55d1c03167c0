"""The levels of categories after some of their cells are assigned to: H2O keeps them as they stood."""

from __future__ import annotations

from typing import Any

import pytest

import offbeat.h2o as h2o


@pytest.fixture
def frame() -> h2o.H2OFrame:
    return h2o.H2OFrame({"g": ["w", "z", "a", "w"], "n": [1, 2, 3, 4]}, column_types={"g": "enum"})


@pytest.mark.parametrize(
    ("rows", "value", "cells"),
    [
        (0, "z", ["z", "z", "a", "w"]),
        (slice(0, 4, 3), "z", ["z", "z", "a", "z"]),
        (2, None, ["w", "z", None, "w"]),
        (slice(None), "z", ["z"] * 4),
    ],
)
def test_levels_that_no_cell_has_any_more_are_kept(
    frame: h2o.H2OFrame, rows: Any, value: Any, cells: list[Any]
) -> None:
    frame[rows, "g"] = value
    assert frame["g"].cells.to_series().to_list() == cells and frame["g"].levels() == [["a", "w", "z"]]


def test_marked_rows_keep_their_levels(frame: h2o.H2OFrame) -> None:
    frame[frame["g"] == "w", "g"] = "z"
    frame[frame["n"] < 3, "g"] = frame[frame["n"] > 2, "g"]
    assert frame["g"].cells.to_series().to_list() == ["a", "z", "a", "z"] and frame["g"].levels() == [["a", "w", "z"]]
    frame["g"] = "z"
    assert frame["g"].levels() == [["a", "w", "z"]]


def test_numbers_as_categories_keep_their_order() -> None:
    months = h2o.H2OFrame({"m": [*range(1, 13)]}).asfactor()
    months[0, "m"] = "3"
    assert months.levels() == [[str(month) for month in range(1, 13)]]


def test_a_new_word_is_the_last_level(frame: h2o.H2OFrame) -> None:
    frame[0, "g"] = "b"
    assert frame["g"].levels() == [["a", "w", "z", "b"]]
    frame["g"] = "new"
    assert frame["g"].levels() == [["new"]]
