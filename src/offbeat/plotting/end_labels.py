"""Labels in the right margin of a panel, joined to what they name, and moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from offbeat.plotting.lettering import write_plainly
from offbeat.plotting.style import INK, LABEL_POINTS

MARGIN_INCHES: Final = 1.15
_MOST_LETTERS: Final = 12
_GAP: Final = 0.07
"""A line of text, as a share of a single panel's height."""


def label_ends(axes: Axes, lines: Sequence[Line2D], labels: Sequence[str]) -> None:
    """Write each label right of the last point of its line, behind the line's marker.

    The panel's limits are frozen: labels placed by them would be wrong once they change.

    Args:
        axes: With `MARGIN_INCHES` of room to its right.
        lines: What is named; those without any finite value are labelled in the middle.
        labels: One a line.
    """
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    ends = np.array([_end_in_panel(axes, line) for line in lines]).reshape(-1, 2)
    heights = spread(ends[:, 1], gap=_GAP, low=0.02, high=0.98)
    for line, label, (across, up), height in zip(lines, labels, ends, heights, strict=True):
        look: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False, "color": line.get_color()}
        axes.plot([across, 1.025], [up, height], linewidth=0.8, **look)
        axes.plot([1.03], [height], marker=line.get_marker(), markersize=5, **look)
        text = axes.text(1.045, height, "", transform=axes.transAxes, fontsize=LABEL_POINTS, color=INK, va="center")
        write_plainly(text, label, most=_MOST_LETTERS)


def _end_in_panel(axes: Axes, line: Line2D) -> tuple[float, float]:
    """Where the last finite point of a line stands, in shares of the panel's size; at the edge where it is beyond."""
    x, y = (np.asarray(values, dtype=np.float64) for values in line.get_data())
    finite = np.flatnonzero(np.isfinite(y))
    if not len(finite):
        return 1.0, 0.5
    across, up = axes.transAxes.inverted().transform(axes.transData.transform((x[finite[-1]], y[finite[-1]])))
    return float(across), min(max(float(up), 0.0), 1.0)


def spread(
    wanted: Float[np.ndarray, " labels"], *, gap: float, low: float, high: float
) -> Float[np.ndarray, " labels"]:
    """Heights near the wanted ones, in their order, with at least a gap between two labels.

    Labels that would overlap move apart by the same distance up and down. Where the room does not suffice for all gaps,
    the labels share it evenly.

    Args:
        wanted: Height that each label would like, in any order.
        gap: Least distance between two labels.
        low: Lowest height allowed.
        high: Highest height allowed.

    Returns:
        One height a label, in the order given.

    Example:
        >>> spread(np.array([5.0, 5.0, 9.0]), gap=1.0, low=0.0, high=10.0)
        array([4.5, 5.5, 9. ])
    """
    count = len(wanted)
    order = np.argsort(wanted, kind="stable")
    steps = np.arange(count) * min(gap, (high - low) / max(count - 1, 1))
    # Less its step, a height a gap above the one before it is a height not below it.
    level = wanted[order] - steps
    pushed_up = np.maximum.accumulate(level)
    pushed_down = np.minimum.accumulate(level[::-1])[::-1]
    heights = np.empty(count)
    heights[order] = np.clip((pushed_up + pushed_down) / 2, low, high - steps[-1:].sum()) + steps
    return heights
