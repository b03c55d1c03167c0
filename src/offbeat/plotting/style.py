"""Colours, line styles and sizes of every figure.

The colours are those of Okabe and Ito, which people with any common colour blindness tell apart. Colour never stands
alone: what is anomalous also has a marker or hatching, and the threshold is dashed.

Reference:
    M. Okabe, K. Ito (2008). Color Universal Design. https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from offbeat.plotting.lettering import FONT, write_plainly
from offbeat.plotting.ticks import FactorInLabel

NORMAL: Final = "#0072B2"
"""Blue: what the network learned, or expects."""
ANOMALOUS: Final = "#D55E00"
"""Vermillion: what does not fit."""
VALIDATION: Final = "#009E73"
"""Bluish green: the loss on rows that the network did not train on."""
FURTHER: Final = (ANOMALOUS, "#CC79A7", "#E69F00", "#000000", "#009E73")
"""One colour for each of several anomalous curves in one panel, the most anomalous first."""
MARKERS: Final = ("o", "s", "^", "D", "P")
"""One marker for each of several anomalous curves, so that they differ without colour."""
THRESHOLD: Final = "#000000"
THRESHOLD_DASHES: Final = (0, (5, 3))

INK: Final = "#1F2328"
MUTED: Final = "#59636E"
GRID: Final = "#E4E7EB"
PAPER: Final = "#FFFFFF"
HATCH: Final = "////"

TITLE_POINTS: Final = 12.0
LABEL_POINTS: Final = 10.0
TICK_POINTS: Final = 9.5
_INCHES_PER_X_TICK: Final = 1.0
_INCHES_PER_Y_TICK: Final = 0.36
_TICK_STEPS: Final = (1, 2, 2.5, 5, 10)


def dress(axes: Axes, *, x_label: str = "", y_label: str = "", title: str = "") -> None:
    """Give a panel its look: two spines, a pale grid, few ticks, and the y label level above its axis.

    Args:
        axes: The panel, before anything is drawn in it.
        x_label: With the unit.
        y_label: With the unit.
        title: Of this panel among several, at its upper right.
    """
    axes.set_facecolor(PAPER)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(MUTED)
    axes.grid(True, axis="y", color=GRID, linewidth=0.7, linestyle="-")
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=TICK_POINTS, labelcolor=INK, color=MUTED, labelfontfamily=FONT)
    write_plainly(axes.set_xlabel("", fontsize=LABEL_POINTS, color=MUTED), x_label)
    write_plainly(axes.set_ylabel("", fontsize=LABEL_POINTS, color=MUTED, rotation=0, ha="left", va="bottom"), y_label)
    write_plainly(axes.set_title("", fontsize=LABEL_POINTS, color=INK, weight="bold", loc="right", y=1.0, pad=5), title)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FactorInLabel(axis))
    _place(axes)


def _place(axes: Axes) -> None:
    # Ticks are most of what a chart costs, two milliseconds each; and where the labels' places are given (as that of
    # the title above), matplotlib need not measure all of them first.
    figure = axes.figure.figure
    width, height = axes.get_position().size * figure.get_size_inches()
    axes.xaxis.set_label_coords(0.5, -0.32 / height)
    axes.yaxis.set_label_coords(-0.47 / width, 1 + 0.07 / height)
    axes.xaxis.set_major_locator(MaxNLocator(max(round(width / _INCHES_PER_X_TICK), 2), steps=_TICK_STEPS))
    axes.yaxis.set_major_locator(MaxNLocator(max(round(height / _INCHES_PER_Y_TICK), 2), steps=_TICK_STEPS))
