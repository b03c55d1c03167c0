"""The scores in rising order: where they leave the ground, and which rows stand at the top."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float, Int
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from offbeat.plotting.canvas import Margins, add_legend, add_panels, new_figure
from offbeat.plotting.end_labels import MARGIN_INCHES, label_ends
from offbeat.plotting.gaps import is_drawable
from offbeat.plotting.score_range import ScoreRange, range_of
from offbeat.plotting.style import ANOMALOUS, NORMAL, dress
from offbeat.plotting.threshold_line import draw_threshold_across
from offbeat.plotting.ticks import set_log_y

MOST_LABELLED: Final = 5
_MOST_POINTS: Final = 2000
_MARGINS: Final = Margins(right=MARGIN_INCHES)


def draw_ranked_scores(
    scores: Float[np.ndarray, " rows"], threshold: float, *, score_name: str = "anomaly score"
) -> Figure:
    """Every row's score, sorted; flagged rows as triangles, those with the highest scores with their numbers.

    Args:
        scores: Higher is more anomalous, in the table's order. Scores that are not finite are left out.
        threshold: Rows above it are flagged.
        score_name: For the axis, with the unit if it has one.

    Returns:
        A figure with one panel.

    Example:
        >>> figure = draw_ranked_scores(np.array([0.2, 0.9, 0.1]), 0.5)
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['row 1']
    """
    rows = np.flatnonzero(is_drawable(scores))
    rows = rows[np.argsort(scores[rows], kind="stable")]
    ordered = scores[rows].astype(np.float64)
    figure = new_figure(f"Scores of {len(rows):,} {'row' if len(rows) == 1 else 'rows'}, in rising order", height=3.7)
    axes = add_panels(figure, margins=_MARGINS)[0]
    dress(axes, x_label="rows, by score", y_label=score_name)
    extent = range_of(ordered, threshold) if len(ordered) else ScoreRange(0.0, 1.0, is_log=False)
    handles = _draw_points(axes, ordered, threshold)
    _set_limits(axes, extent, len(rows))
    handles += draw_threshold_across(axes, threshold, extent)
    _label_highest(axes, rows, ordered, threshold)
    add_legend(figure, handles, margins=_MARGINS)
    return figure


def _draw_points(axes: Axes, ordered: Float[np.ndarray, " rows"], threshold: float) -> list[Artist]:
    """Dots below the threshold, triangles above it, and in the legend how many there are of each."""
    flagged = ordered > threshold
    drawn = np.zeros(len(ordered), dtype=np.bool_)
    drawn[np.linspace(0, max(len(ordered) - 1, 0), min(len(ordered), _MOST_POINTS)).astype(np.int64)] = True
    looks = ((~flagged, "not flagged", NORMAL, "o", 4.0), (flagged, "flagged", ANOMALOUS, "^", 6.0))
    return [
        axes.plot(
            np.flatnonzero(side & drawn) + 1,
            ordered[side & drawn],
            label=f"{name} ({side.sum():,})",
            color=color,
            linestyle="none",
            marker=marker,
            markersize=size,
        )[0]
        for side, name, color, marker, size in looks
    ]


def _set_limits(axes: Axes, extent: ScoreRange, count: int) -> None:
    axes.set_xlim(1 - 0.02 * count - 0.1, max(count, 1) * 1.02 + 0.1)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    if extent.is_log:
        set_log_y(axes, extent.low, extent.high)
    else:
        axes.set_ylim(extent.low, extent.high)


def _label_highest(
    axes: Axes, rows: Int[np.ndarray, " rows"], ordered: Float[np.ndarray, " rows"], threshold: float
) -> None:
    ranks = np.flatnonzero(ordered > threshold)[-MOST_LABELLED:]
    ends = [Line2D([rank + 1], [ordered[rank]], marker="^", color=ANOMALOUS) for rank in ranks]
    label_ends(axes, ends, [f"row {rows[rank]}" for rank in ranks])
