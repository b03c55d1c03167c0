"""How many rows have which score, and on which side of the threshold."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from offbeat.plotting.canvas import add_legend, add_panels, new_figure
from offbeat.plotting.gaps import can_be_reached, is_drawable
from offbeat.plotting.score_range import ScoreRange, range_of
from offbeat.plotting.style import ANOMALOUS, HATCH, NORMAL, dress
from offbeat.plotting.threshold_line import draw_threshold_upright
from offbeat.plotting.ticks import set_log_x

_BINS: Final = 49
"""Odd, so that the one bar of a constant score stands in the middle."""
_MOST_RUG_STROKES: Final = 200
_RUG_SHARE: Final = 0.08


def draw_scores(
    scores: Float[np.ndarray, " rows"],
    threshold: float,
    *,
    anomalous: Bool[np.ndarray, " rows"] | None = None,
    score_name: str = "anomaly score",
) -> Figure:
    """Histogram of the scores by class, with the threshold; a stroke below the bars for each anomalous row.

    Without labels the classes are the two sides of the threshold. The score axis is logarithmic where a heavy tail
    would squeeze the other rows into one bar.

    Args:
        scores: Higher is more anomalous. Scores that are not finite are left out; the title says how many.
        threshold: Rows above it are anomalous. An infinite one is named in the legend and not drawn; of the
            largest number, which stands for none, nothing is said.
        anomalous: The truth, where it is known.
        score_name: For the axis, with the unit if it has one.

    Returns:
        A figure with one panel.

    Example:
        >>> figure = draw_scores(np.array([0.1, 0.2, 0.2, 0.9]), 0.5)
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['not flagged (3)', 'flagged (1)', 'threshold 0.5']
    """
    shown = is_drawable(scores)
    bad = (scores > threshold if anomalous is None else anomalous)[shown]
    finite = scores[shown].astype(np.float64)
    figure = new_figure(_title(finite, threshold, len(scores)), height=3.7)
    axes = add_panels(figure)[0]
    dress(axes, x_label=score_name, y_label="rows")
    names = ("not flagged", "flagged") if anomalous is None else ("normal by label", "anomalous by label")
    extent = range_of(finite, threshold) if len(finite) else ScoreRange(0.0, 1.0, is_log=False)
    handles = _draw_bars(axes, finite, bad, extent, names)
    _set_limits(axes, extent)
    _draw_rug(axes, finite[bad], extent)
    handles += draw_threshold_upright(axes, threshold, extent)
    add_legend(figure, handles)
    return figure


def _title(finite: Float[np.ndarray, " rows"], threshold: float, rows: int) -> str:
    above, left_out = int((finite > threshold).sum()), rows - len(finite)
    missing = f" ({left_out:,} not finite)" if left_out else ""
    if not can_be_reached(threshold):
        return f"Scores of {len(finite):,} {'row' if len(finite) == 1 else 'rows'}{missing}"
    verb = "scores" if above == 1 else "score"
    return f"{above:,} of {len(finite):,} rows {verb} above the threshold{missing}"


def _draw_bars(
    axes: Axes,
    scores: Float[np.ndarray, " rows"],
    bad: Bool[np.ndarray, " rows"],
    extent: ScoreRange,
    names: tuple[str, str],
) -> list[Artist]:
    looks: tuple[dict[str, Any], ...] = (
        {"facecolor": NORMAL, "alpha": 0.75},
        {"facecolor": f"{ANOMALOUS}66", "edgecolor": ANOMALOUS, "hatch": HATCH},
    )
    edges = extent.edges(_BINS)
    bars: list[Artist] = []
    for name, rows, look in zip(names, (~bad, bad), looks, strict=True):
        counts = np.histogram(np.clip(scores[rows], extent.low, extent.high), edges)[0]
        # NaN draws nothing, where 0 would draw the bar's outline along the axis.
        heights = np.where(counts > 0, counts, np.nan)
        bars.append(axes.stairs(heights, edges, fill=True, label=f"{name} ({rows.sum():,})", **look))
    return bars


def _set_limits(axes: Axes, extent: ScoreRange) -> None:
    if extent.is_log:
        set_log_x(axes, extent.low, extent.high)
    else:
        axes.set_xlim(extent.low, extent.high)
    top = max(axes.get_ylim()[1], 1.0)
    axes.set_ylim(-_RUG_SHARE * top, top)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))


def _draw_rug(axes: Axes, scores: Float[np.ndarray, " rows"], extent: ScoreRange) -> None:
    """One stroke an anomalous row, below the bars: nobody sees a bar of three rows beside one of a thousand."""
    chosen = np.sort(np.clip(scores, extent.low, extent.high))
    if len(chosen) > _MOST_RUG_STROKES:
        chosen = chosen[np.linspace(0, len(chosen) - 1, _MOST_RUG_STROKES).astype(np.int64)]
    bottom, _ = axes.get_ylim()
    axes.vlines(chosen, 0.85 * bottom, 0.15 * bottom, color=ANOMALOUS, linewidth=1.2)
