"""The threshold as a dashed black line across a score axis, or, where the axis does not reach it, only its value."""

from __future__ import annotations

import math

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from offbeat.plotting.gaps import can_be_reached
from offbeat.plotting.score_range import ScoreRange
from offbeat.plotting.style import THRESHOLD, THRESHOLD_DASHES


def draw_threshold_across(axes: Axes, threshold: float, extent: ScoreRange) -> list[Artist]:
    """Draw the threshold level, where scores run upwards; returns the line for the legend, if there is one."""
    if not can_be_reached(threshold):
        return []
    line = _line(threshold, extent)
    if extent.contains(threshold):
        line.set_data([0, 1], [threshold, threshold])
        line.set_transform(axes.get_yaxis_transform())
        axes.add_line(line)
    return [line]


def draw_threshold_upright(axes: Axes, threshold: float, extent: ScoreRange) -> list[Artist]:
    """Draw the threshold upright, where scores run to the right; returns the line for the legend, if there is one."""
    if not can_be_reached(threshold):
        return []
    line = _line(threshold, extent)
    if extent.contains(threshold):
        line.set_data([threshold, threshold], [0, 1])
        line.set_transform(axes.get_xaxis_transform())
        axes.add_line(line)
    return [line]


def _line(threshold: float, extent: ScoreRange) -> Line2D:
    place = "" if extent.contains(threshold) else " (beyond the axis)" if math.isfinite(threshold) else " (not drawn)"
    return Line2D(
        [], [], color=THRESHOLD, linestyle=THRESHOLD_DASHES, linewidth=1.5, label=f"threshold {threshold:.4g}{place}"
    )
