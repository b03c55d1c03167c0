"""How well the scores separate the classes, and what the threshold made of it, where the truth is known."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from offbeat.evaluation.score_steps import ScoreSteps, score_steps
from offbeat.plotting.canvas import add_legend, add_panel, new_figure
from offbeat.plotting.confusion import draw_confusion
from offbeat.plotting.gaps import can_be_reached
from offbeat.plotting.lettering import FONT
from offbeat.plotting.style import INK, LABEL_POINTS, MUTED, NORMAL, THRESHOLD, dress

MOST_POINTS: Final = 1000
"""More of them draw the same line."""
_PANEL_INCHES: Final = 1.62
_PANEL_LEFTS: Final = (0.72, 2.88, 5.0)
_BOTTOM_INCHES: Final = 0.6
_LOW: Final = 0.06
_CLEAR: Final = 0.09
"""Where words stand in a panel, and how far from a line they must be that it does not strike them through."""
_TICKS: Final = (0.0, 0.5, 1.0)
_CURVE: Final[dict[str, Any]] = {"color": NORMAL, "linewidth": 1.8, "linestyle": "-"}
_GUESSING: Final[dict[str, Any]] = {"color": MUTED, "linestyle": ":", "linewidth": 1.2}
_CHOSEN: Final[dict[str, Any]] = {
    "color": THRESHOLD,
    "linestyle": "none",
    "marker": "D",
    "markersize": 7,
    "markeredgecolor": "white",
    "zorder": 5,
    "clip_on": False,
}

_Scores: TypeAlias = Float[np.ndarray, " rows"]
_Flags: TypeAlias = Bool[np.ndarray, " rows"]


def draw_evaluation(scores: _Scores, threshold: float, anomalous: _Flags) -> Figure:
    """ROC curve, precision-recall curve and confusion table, with the threshold's point on both curves.

    Args:
        scores: Higher is more anomalous. Rows whose score is NaN are left out.
        threshold: Rows above it are flagged.
        anomalous: The truth.

    Returns:
        A figure with three panels. With rows of one class only, the curves' panels say so.

    Example:
        >>> figure = draw_evaluation(np.array([0.1, 0.4, 0.3, 0.8]), 0.35, np.array([False, False, True, True]))
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['area 0.750']
    """
    known = ~np.isnan(scores)
    scores, anomalous = scores[known], anomalous[known]
    flagged = scores > threshold
    chosen = ", and the chosen one" if can_be_reached(threshold) else ", and none chosen"
    figure = new_figure(f"{len(scores):,} labelled rows: every threshold{chosen}", height=3.2)
    roc, trade, table = (_square(figure, left) for left in _PANEL_LEFTS)
    dress(roc, x_label="false positive rate", y_label="recall")
    dress(trade, x_label="recall", y_label="precision")
    if 0 < anomalous.sum() < len(anomalous):
        steps = score_steps(scores, anomalous)
        _draw_roc(roc, steps)
        _draw_trade(trade, steps, guessing=float(anomalous.mean()))
        if can_be_reached(threshold):
            roc.plot([_share(flagged, ~anomalous)], [_share(flagged, anomalous)], **_CHOSEN)
            if flagged.any():
                trade.plot([_share(flagged, anomalous)], [_share(anomalous, flagged)], **_CHOSEN)
    else:
        for panel in (roc, trade):
            _write(panel, 0.5, 0.5, "needs rows\nof both classes", align="center", color=MUTED)
    for panel in (roc, trade):
        panel.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xticks=_TICKS, yticks=_TICKS)
    draw_confusion(table, flagged, anomalous)
    handles = [
        Line2D([], [], label="all thresholds", **_CURVE),
        *([Line2D([], [], label=f"threshold {threshold:.4g}", **_CHOSEN)] if can_be_reached(threshold) else []),
        Line2D([], [], label="guessing", **_GUESSING),
    ]
    add_legend(figure, handles)
    return figure


def _share(part: _Flags, whole: _Flags) -> float:
    return float((part & whole).sum() / max(whole.sum(), 1))


def _square(figure: Figure, left: float) -> Axes:
    return add_panel(figure, left=left, bottom=_BOTTOM_INCHES, width=_PANEL_INCHES, height=_PANEL_INCHES)


def _draw_roc(panel: Axes, steps: ScoreSteps) -> None:
    curve = steps.roc_curve()
    kept = _some_points(len(curve.scores))
    panel.plot([0, 1], [0, 1], **_GUESSING)
    panel.plot(curve.false_positive_rate[kept], curve.true_positive_rate[kept], **_CURVE)
    _write(panel, 0.99, _LOW, f"area {steps.roc_auc():.3f}", align="right")


def _draw_trade(panel: Axes, steps: ScoreSteps, *, guessing: float) -> None:
    curve = steps.precision_recall_curve()
    kept = _some_points(len(curve.scores))
    panel.plot([0, 1], [guessing, guessing], **_GUESSING)
    panel.plot(curve.recall[kept], curve.precision[kept], **_CURVE)
    up = _LOW if abs(guessing - _LOW) > _CLEAR else guessing + _CLEAR
    _write(panel, 0.01, up, f"average {steps.average_precision():.3f}", align="left")


def _some_points(count: int) -> Int[np.ndarray, " points"]:
    """Which points of a curve to draw: all of a few; of many half ever denser to the start, where both curves turn."""
    if count <= MOST_POINTS:
        return np.arange(count)
    dense, even = np.geomspace(1, count, MOST_POINTS // 2) - 1, np.linspace(0, count - 1, MOST_POINTS // 2)
    return np.unique(np.append(dense, even).astype(np.int64))


def _write(panel: Axes, x: float, y: float, words: str, *, align: str, color: str = INK) -> None:
    panel.text(x, y, words, color=color, ha=align, va="center", fontsize=LABEL_POINTS, fontfamily=FONT)
