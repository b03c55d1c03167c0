"""Counts of truth against flags, as a table drawn beside the curves."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from offbeat.plotting.lettering import FONT
from offbeat.plotting.style import INK, LABEL_POINTS, MUTED, NORMAL, TITLE_POINTS


def draw_confusion(panel: Axes, flagged: Bool[np.ndarray, " rows"], anomalous: Bool[np.ndarray, " rows"]) -> None:
    """Fill a panel with four cells, the truth down and the flag across, each with its count and share of its class.

    Args:
        panel: Empty; its axes are hidden.
        flagged: What the threshold said.
        anomalous: The truth.
    """
    panel.set(xlim=(-0.5, 1.5), ylim=(1.5, -0.5))
    panel.set_axis_off()
    for across, name in enumerate(("flagged", "not flagged")):
        _write(panel, float(across), -0.62, name, color=MUTED)
    for down, (class_name, truth) in enumerate((("anomalous", anomalous), ("normal", ~anomalous))):
        _write(panel, -0.62, float(down), class_name, color=MUTED, rotation=90)
        for across, flag in enumerate((flagged, ~flagged)):
            _draw_cell(panel, across, down, int((truth & flag).sum()), int(truth.sum()))


def _draw_cell(panel: Axes, across: int, down: int, count: int, rows_of_class: int) -> None:
    """One cell: the deeper its blue, the larger its share of its class."""
    share = count / max(rows_of_class, 1)
    corner = (across - 0.48, down - 0.48)
    panel.add_patch(Rectangle(corner, 0.96, 0.96, facecolor=NORMAL, alpha=0.06 + 0.4 * share, linewidth=0))
    _write(panel, float(across), down - 0.08, f"{count:,}", points=TITLE_POINTS)
    _write(panel, float(across), down + 0.2, f"{100 * share:.1f} %")


def _write(
    panel: Axes, x: float, y: float, words: str, *, color: str = INK, points: float = LABEL_POINTS, rotation: int = 0
) -> None:
    text = panel.text(x, y, words, color=color, fontsize=points, fontfamily=FONT, rotation=rotation)
    text.set(ha="center", va="center")
