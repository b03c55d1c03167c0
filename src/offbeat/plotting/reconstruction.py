"""What came in, what the network made of it, and the error between the two, one panel a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from offbeat.explanation.number_formatting import format_number
from offbeat.plotting.canvas import Margins, add_legend, add_panels, new_figure, stacked_height
from offbeat.plotting.gaps import with_gaps
from offbeat.plotting.style import ANOMALOUS, INK, NORMAL, dress

MOST_PANELS: Final = 5
MOST_SPANS: Final = 6
"""On an axis more than so many times as long as a curve is high, its course is hard to make out."""
_PANEL_INCHES: Final = 1.35
_GAP_INCHES: Final = 0.42
_MARGINS: Final = Margins()


def draw_reconstruction(
    inputs: Float[np.ndarray, "rows columns"],
    reconstructions: Float[np.ndarray, "rows columns"],
    rows: Sequence[int],
    *,
    scores: Float[np.ndarray, " rows"] | None = None,
    positions: Float[np.ndarray, " columns"] | None = None,
    x_label: str = "position in the curve",
    y_label: str = "value",
) -> Figure:
    """Input, reconstruction and the filled error of some rows, in panels with the same axes.

    A row that would flatten the others, for its values are much larger, has a scale of its own; its title says so.

    Args:
        inputs: The rows as they came, in the order to show them. Missing values leave gaps.
        reconstructions: The same rows as the network gives them back, in the same unit.
        rows: Their row numbers in the table; if there are more than are drawn, the title says so.
        scores: Their anomaly scores, for the panels' titles.
        positions: Where each column stands on the x axis, in the unit that `x_label` names; None counts from 0.
        x_label: What the columns are, with the unit.
        y_label: What the values are, with the unit.

    Returns:
        A figure with one panel a row.

    Example:
        >>> beat = np.sin(np.linspace(0, 6, 100))[None]
        >>> figure = draw_reconstruction(beat, 0.5 * beat, [21], scores=np.array([9.66]))
        >>> figure.axes[0].get_title("right")
        'row 21, score 9.66'
    """
    x = np.arange(inputs.shape[1], dtype=np.float64) if positions is None else positions
    drawn = min(MOST_PANELS, len(rows))
    height = stacked_height(drawn, _PANEL_INCHES, gap=_GAP_INCHES, margins=_MARGINS)
    figure = new_figure(_title(drawn, len(rows)), height=height)
    panels = add_panels(figure, drawn, gap=_GAP_INCHES, margins=_MARGINS)
    values = np.stack([with_gaps(inputs[:drawn]), with_gaps(reconstructions[:drawn])], axis=1)
    alike = _on_one_scale(np.fmin.reduce(values, axis=(1, 2)), np.fmax.reduce(values, axis=(1, 2)))
    for rank, panel in enumerate(panels):
        title = f"row {rows[rank]}" if scores is None else f"row {rows[rank]}, score {format_number(scores[rank])}"
        title += "" if alike[rank] else ", own scale"
        first, last = rank == 0, rank == drawn - 1
        dress(panel, x_label=x_label if last else "", y_label=y_label if first else "", title=title)
        _draw_row(panel, x, *values[rank])
    if panels:
        _share_axes(panels, alike)
        add_legend(figure, panels[0].get_legend_handles_labels()[0], margins=_MARGINS)
    return figure


def _title(drawn: int, chosen: int) -> str:
    count = f"{drawn} of {chosen:,} rows" if drawn < chosen else "1 row" if chosen == 1 else f"{chosen} rows"
    return f"Input, reconstruction and error of {count}"


def _draw_row(
    panel: Axes,
    x: Float[np.ndarray, " columns"],
    shown: Float[np.ndarray, " columns"],
    expected: Float[np.ndarray, " columns"],
) -> None:
    panel.plot(x, shown, color=INK, linewidth=1.5, label="input")
    panel.plot(x, expected, color=NORMAL, linewidth=1.5, linestyle=(0, (4, 1.5)), label="reconstruction")
    panel.fill_between(x, shown, expected, facecolor=ANOMALOUS, alpha=0.35, linewidth=0, label="error")


def _on_one_scale(low: Float[np.ndarray, " rows"], high: Float[np.ndarray, " rows"]) -> Bool[np.ndarray, " rows"]:
    """The most rows that one axis shows without flattening any but flat ones; NaN is for what has no values."""
    spans = high - low
    alike = np.isnan(spans)
    groups = []
    for bottom, top, span in zip(low, high, spans, strict=True):
        fits = np.maximum(high, top) - np.minimum(low, bottom) <= MOST_SPANS * span
        groups.append(alike | (fits & ((spans >= span) | (spans == 0))))
    # Of groups as large the one of the last row, which for the report is the ordinary one.
    return max(reversed(groups), key=np.count_nonzero, default=alike)


def _share_axes(panels: list[Axes], alike: Bool[np.ndarray, " rows"]) -> None:
    """The same range in the panels of one scale, so that heights compare; ticks on the x axis of the last one only."""
    limits = np.array([panel.get_ylim() for panel in panels])[alike]
    for panel, shares in zip(panels, alike, strict=True):
        if shares:
            panel.set_ylim(limits[:, 0].min(), limits[:, 1].max())
        panel.margins(x=0.01)
        if panel is not panels[-1]:
            panel.set_xticks([])
