"""The normal curves, with the anomalous ones drawn over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from jaxtyping import Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from offbeat.plotting.band import quantile_band
from offbeat.plotting.canvas import Margins, add_legend, add_panels, new_figure
from offbeat.plotting.end_labels import MARGIN_INCHES, label_ends
from offbeat.plotting.gaps import with_gaps
from offbeat.plotting.reconstruction import MOST_SPANS
from offbeat.plotting.style import FURTHER, MARKERS, NORMAL, dress

MOST_LINES: Final = 40
"""Up to so many normal curves are drawn one by one, more of them as a band."""
MOST_ANOMALOUS: Final = len(MARKERS)
_BAND: Final = (0.05, 0.5, 0.95)
_MARKERS_PER_CURVE: Final = 9
_SPANS_BESIDE: Final = 5
"""How many times the height of the normal curves is shown above and below them where curves lie far off."""
_PADDING: Final = 0.05
_ARROWS: Final = {(False, False): "", (False, True): "↑", (True, False): "↓", (True, True): "↕"}
_MARGINS: Final = Margins(right=MARGIN_INCHES)


def draw_curves(
    normal: Float[np.ndarray, "rows columns"],
    anomalous: Float[np.ndarray, "anomalies columns"],
    anomalous_rows: Sequence[int],
    *,
    normal_count: int | None = None,
    positions: Float[np.ndarray, " columns"] | None = None,
    x_label: str = "position in the curve",
    y_label: str = "value",
    most: int = MOST_ANOMALOUS,
    names: tuple[str, str] = ("normal", "anomalous"),
) -> Figure:
    """The normal curves in pale blue, the anomalous ones over them, each with its row number at its end.

    Where curves lie so far off that the normal ones would be flat, the axis ends nearer, and arrows say which leave it.
    More than `MOST_LINES` normal curves are drawn as their median and the band that holds 90 % of them.

    Args:
        normal: May be empty. Missing and infinite values leave gaps.
        anomalous: The most anomalous first, at least as many as are drawn; may be empty.
        anomalous_rows: The row numbers of all anomalous curves, in the same order.
        normal_count: How many normal curves there are, for the title, where `normal` is a sample of them.
        positions: Where each column stands on the x axis, in the unit that `x_label` names; None counts from 0.
        x_label: What the columns are, with the unit: "time (ms)".
        y_label: What the values are, with the unit: "voltage (mV)".
        most: How many anomalous curves to draw, at most five; the title says so if there are more.
        names: What the two kinds are called, such as "not flagged" and "flagged" where the truth is another matter.

    Returns:
        A figure with one panel.

    Example:
        >>> beats = np.sin(np.linspace(0, 6, 100)) * np.ones((20, 1))
        >>> figure = draw_curves(beats[1:], -beats[:1], [0], y_label="voltage (mV)")
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['row 0']
    """
    x = np.arange(normal.shape[1], dtype=np.float64) if positions is None else positions
    drawn = min(most, MOST_ANOMALOUS, len(anomalous))
    count = len(normal) if normal_count is None else normal_count
    figure = new_figure(_title(count, len(anomalous_rows), drawn, names))
    axes = add_panels(figure, margins=_MARGINS)[0]
    dress(axes, x_label=x_label, y_label=y_label)
    handles = _draw_normal(axes, x, normal, names[0])
    ordinary = (axes.dataLim.y0, axes.dataLim.y1)
    lines = [_draw_anomalous(axes, x, anomalous[rank], rank) for rank in range(drawn)]
    axes.margins(x=0.01)
    arrows = _limit_to(axes, ordinary, with_gaps(anomalous[:drawn]))
    label_ends(axes, lines, [f"row {row} {arrow}".strip() for row, arrow in zip(anomalous_rows, arrows, strict=False)])
    if beyond := sorted(set(arrows) - {""}):
        handles.append(Line2D([], [], linestyle="none", label=f"{' '.join(beyond)} beyond the axis"))
    add_legend(figure, handles, margins=_MARGINS)
    return figure


def _title(normal: int, anomalous: int, drawn: int, names: tuple[str, str]) -> str:
    over = f" over {normal:,} {names[0]} {'one' if normal == 1 else 'ones'}" if normal else ""
    if drawn < anomalous:
        return f"The top {drawn} of {anomalous:,} {names[1]} curves{over}"
    count = f"{anomalous:,}" if anomalous else "No"
    return f"{count} {names[1]} {'curve' if anomalous == 1 else 'curves'}{over}"


def _draw_normal(
    axes: Axes, x: Float[np.ndarray, " columns"], normal: Float[np.ndarray, "rows columns"], name: str
) -> list[Artist]:
    if len(normal) > MOST_LINES:
        low, middle, high = quantile_band(normal, _BAND)
        band = axes.fill_between(
            x, low, high, color=NORMAL, alpha=0.22, linewidth=0, label=f"90 % of the {name} curves"
        )
        median = axes.plot(x, middle, color=NORMAL, linewidth=1.4, label="their median")[0]
        return [band, median]
    for curve in normal:
        axes.plot(x, with_gaps(curve), color=NORMAL, alpha=0.35, linewidth=0.9)
    return [Line2D([], [], color=NORMAL, alpha=0.6, linewidth=1.2, label=f"{name} curves")] if len(normal) else []


def _limit_to(axes: Axes, ordinary: tuple[float, float], curves: Float[np.ndarray, "anomalies columns"]) -> list[str]:
    """Where curves far off would flatten the normal ones, end the axis nearer.

    Args:
        axes: With all curves drawn.
        ordinary: The lowest and highest of what is drawn of the normal curves; infinite where there are none.
        curves: The anomalous ones.

    Returns:
        For each anomalous curve an arrow to where it leaves the axis, or nothing.
    """
    low, high = ordinary
    (bottom, top), span = axes.dataLim.intervaly, high - low
    if not (0 < span < np.inf and top - bottom > MOST_SPANS * span):
        return [""] * len(curves)
    lowest, highest = low - _SPANS_BESIDE * span, high + _SPANS_BESIDE * span
    shown = curves[(curves >= lowest) & (curves <= highest)]
    low, high = float(shown.min(initial=low)), float(shown.max(initial=high))
    padding = _PADDING * (high - low)
    axes.set_ylim(low - padding, high + padding)
    return [_ARROWS[bool((curve < lowest).any()), bool((curve > highest).any())] for curve in curves]


def _draw_anomalous(
    axes: Axes, x: Float[np.ndarray, " columns"], curve: Float[np.ndarray, " columns"], rank: int
) -> Line2D:
    between = max(len(x) // _MARKERS_PER_CURVE, 1)
    # Each curve starts its markers elsewhere, so that those of curves lying on one another do not hide each other.
    start = rank * between // MOST_ANOMALOUS
    line = axes.plot(x, with_gaps(curve), color=FURTHER[rank], linewidth=1.5, marker=MARKERS[rank])[0]
    line.set(markevery=(start, between), markersize=5, markeredgecolor="white", markeredgewidth=0.5)
    return line
