"""Contributions as drawn, with names that are no names."""

from __future__ import annotations

import numpy as np
import pytest
from plotting_figures import misplaced_words, title_of, words_in

from offbeat.plotting import draw_contributions, draw_curves

SHARES = np.array([[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]])
COLUMNS = ["flow", "rpm", "valve"]
OBSERVED = [[1.5, 900.0, "open"], [1.4, 1500.0, "open"]]
EXPECTED = [[1.4, 1500.0, "closed"], [1.4, 1500.0, "closed"]]
HOSTILE = ["<script>", "$\\foo$", "$a_b", "two\nlines", "ж温度", "\ue000", "", "x" * 300]


def test_bars_fall_and_name_what_was_expected() -> None:
    figure = draw_contributions(
        SHARES, COLUMNS, [7, 9], observed=OBSERVED, expected=EXPECTED, scores=np.array([3.0, 2])
    )
    first, second = figure.axes
    assert [bar.get_width() for bar in first.patches] == [0.6, 0.3, 0.1]
    assert words_in(first)[:4] == ["row 7, score 3", "share of the score", "observed", "expected"]
    assert words_in(first)[4:] == [
        *["60 %", "30 %", "10 %"],
        *["rpm", "900", "1500", "valve", "open", "closed", "flow", "1.5", "1.4"],
    ]
    assert words_in(second)[0] == "row 9, score 2"
    assert title_of(figure) == "Columns behind the scores of 2 rows"
    assert misplaced_words(figure) == []


def test_only_the_largest_shares_and_the_first_rows() -> None:
    shares = np.tile(np.linspace(0, 0.2, 10), (9, 1))
    values = [[0.0] * 10] * 9
    figure = draw_contributions(shares, list("abcdefghij"), range(9), observed=values, expected=values)
    assert len(figure.axes) == 4
    assert title_of(figure) == "Columns behind the scores of 4 of 9 rows"
    assert [len(panel.patches) for panel in figure.axes] == [5, 5, 5, 5]
    assert [word for word in words_in(figure.axes[0]) if word.isalpha() and len(word) == 1] == list("jihgf")


def test_long_names_differ_and_the_score_is_whole() -> None:
    names = [f"pressure_of_the_secondary_{place}" for place in ("inlet", "outlet", "pump")]
    valves = ["standing_open_to_the_left", "standing_open_to_the_right"]
    figure = draw_contributions(
        SHARES[:1],
        names,
        [12345678],
        observed=[[1.0, 2.0, valves[0]]],
        expected=[[1.0, 2.0, valves[1]]],
        scores=np.array([-1.53e130]),
    )
    words = words_in(figure.axes[0])
    assert words[0] == "row 12345678, score -1.53e130"
    assert len({word for word in words if word.startswith("pressure")}) == 3
    assert len({word for word in words if word.startswith("standi")}) == 2
    assert misplaced_words(figure) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_drawn_without_a_warning(name: str) -> None:
    figure = draw_contributions(np.ones((1, 1)), [name], [0], observed=[["a"]], expected=[[1]])
    assert misplaced_words(figure) == []
    assert misplaced_words(draw_curves(np.ones((2, 3)), np.ones((0, 3)), [], x_label=name, y_label=name)) == []


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_drawn_without_a_warning(value: str) -> None:
    figure = draw_contributions(np.ones((1, 1)), ["a"], [0], observed=[[value]], expected=[[value]])
    assert misplaced_words(figure) == []


def test_one_column_and_none() -> None:
    figure = draw_contributions(np.ones((1, 1)), ["a"], [7], observed=[[1.0]], expected=[[np.nan]])
    assert words_in(figure.axes[0])[4:] == ["100 %", "a", "1", "nan"]
    assert misplaced_words(figure) == []
    assert draw_contributions(np.ones((0, 2)), ["a", "b"], [], observed=[], expected=[]).axes == []
