"""Which columns made a row anomalous, and what was expected of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from offbeat.explanation.number_formatting import format_number
from offbeat.plotting.canvas import WIDTH, Margins, add_panels, new_figure, stacked_height
from offbeat.plotting.lettering import write_plainly
from offbeat.plotting.style import ANOMALOUS, INK, MUTED, PAPER, TICK_POINTS
from offbeat.shortening import shorten_apart

MOST_PANELS: Final = 4
MOST_BARS: Final = 5
_BAR_INCHES: Final = 0.26
_GAP_INCHES: Final = 0.52
_MARGINS: Final = Margins(left=2.2, right=2.2, top=0.85, bottom=0.2)
_LETTERS: Final = 20
_VALUE_LETTERS: Final = 12
_AXIS_END: Final = 1.3
"""Leaves room to write "100 %" behind a full bar."""
_BOLD_LETTER_INCHES: Final = 0.085
_ROW_AT: Final = -0.81
_VALUES_AT: Final = (1.4, 1.85)
"""Where the columns of text stand, in panel widths from the bars' left end."""


def draw_contributions(
    shares: Float[np.ndarray, "rows columns"],
    columns: Sequence[str],
    rows: Sequence[int],
    *,
    observed: Sequence[Sequence[str | float | int]],
    expected: Sequence[Sequence[str | float | int]],
    scores: Float[np.ndarray, " rows"] | None = None,
) -> Figure:
    """Bars of the columns with the largest shares of each row's score, beside each its observed and expected value.

    Args:
        shares: Share of the row's score that each column contributed, from 0 to 1; a row of them sums to 1.
        columns: The columns' names.
        rows: The rows' numbers in the table, in the order to show them; if there are more than are drawn, the title
            says so.
        observed: The rows' values, in the columns' own units: numbers or categories.
        expected: What the detector expected there, in the same units.
        scores: The rows' anomaly scores, for the panels' titles.

    Returns:
        A figure with one panel a row.

    Example:
        >>> shares = np.array([[0.1, 0.9]])
        >>> figure = draw_contributions(shares, ["flow", "rpm"], [7], observed=[[1.0, 900.0]], expected=[[1.1, 1500.0]])
        >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
        [0.9, 0.1]
    """
    drawn, bars = min(MOST_PANELS, len(rows)), min(len(columns), MOST_BARS)
    height = stacked_height(drawn, bars * _BAR_INCHES, gap=_GAP_INCHES, margins=_MARGINS)
    figure = new_figure(_title(drawn, len(rows)), height=height)
    largest = np.argsort(-shares[:drawn], axis=1, kind="stable")[:, :bars]
    shown = np.unique(largest)
    names = dict(zip(shown, shorten_apart([columns[column] for column in shown], most=_LETTERS), strict=True))
    for rank, panel in enumerate(add_panels(figure, drawn, gap=_GAP_INCHES, margins=_MARGINS)):
        score = "" if scores is None else f", score {format_number(scores[rank])}"
        _write_heading(panel, f"row {rows[rank]}{score}")
        _draw_bars(panel, shares[rank, largest[rank]])
        for bar, column in enumerate(largest[rank]):
            _write(panel, -0.03, bar, names[column], align="right")
            values = [_in_words(cells[rank][column]) for cells in (observed, expected)]
            for place, words in zip(_VALUES_AT, shorten_apart(values, most=_VALUE_LETTERS), strict=True):
                _write(panel, place, bar, words, align="right")
    return figure


def _title(drawn: int, chosen: int) -> str:
    count = f"{drawn} of {chosen:,} rows" if drawn < chosen else "1 row" if chosen == 1 else f"{chosen} rows"
    return f"Columns behind the scores of {count}"


def _write_heading(panel: Axes, row: str) -> None:
    _write(panel, _ROW_AT, -1, row, align="left").set_fontweight("bold")
    end = _ROW_AT + (len(row) * _BOLD_LETTER_INCHES + 0.15) / (WIDTH - _MARGINS.left - _MARGINS.right)
    _write(panel, max(end, 0.0), -1, "share of the score", align="left", color=MUTED)
    for place, words in zip(_VALUES_AT, ("observed", "expected"), strict=True):
        _write(panel, place, -1, words, align="right", color=MUTED)


def _draw_bars(panel: Axes, shares: Float[np.ndarray, " bars"]) -> None:
    """Bars from the top down, each with its share in percent at its end; no ticks, for the numbers are written."""
    panel.barh(np.arange(len(shares)), shares, height=0.66, color=ANOMALOUS, alpha=0.8)
    panel.set(xlim=(0, _AXIS_END), ylim=(len(shares) - 0.5, -0.5), xticks=[], yticks=[], facecolor=PAPER)
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    panel.spines["left"].set_color(MUTED)
    for bar, share in enumerate(shares):
        _write(panel, float(share) / _AXIS_END + 0.02, bar, f"{100 * share:.0f} %", align="left")


def _write(panel: Axes, across: float, bar: int, words: str, *, align: str, color: str = INK) -> Text:
    """Write beside a bar: `across` in panel widths from the bars' left end, `bar` counted from the top one."""
    text = panel.text(across, bar, "", transform=panel.get_yaxis_transform(), color=color, fontsize=TICK_POINTS)
    text.set(ha=align, va="center")
    write_plainly(text, words)
    return text


def _in_words(value: str | float | int) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
