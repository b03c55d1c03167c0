"""Figures without pyplot: no global state, drawn by Agg, shown by notebooks, given as PNG.

Panels are placed in inches. matplotlib's layout engines draw everything twice to find the same places.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from offbeat.plotting.lettering import FONT, write_plainly
from offbeat.plotting.style import INK, LABEL_POINTS, PAPER, TITLE_POINTS

WIDTH: Final = 6.8
"""Inches: beside text of 10 points, a figure that can still be read on a phone or on half a page."""
DOTS_PER_INCH: Final = 160
_SCREEN_DOTS_PER_INCH: Final = 100
_COLOURS: Final = 256
_NEARLY_WHITE: Final = 252


class NotebookFigure(Figure):
    """A matplotlib Figure that Jupyter shows as the last value of a cell, with or without `%matplotlib inline`.

    A plain `Figure` made without pyplot has no picture of itself to give: a notebook would print its address.
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        width, height = self.get_size_inches() * _SCREEN_DOTS_PER_INCH
        return png_of(self), {"width": round(width), "height": round(height)}


@dataclass(frozen=True)
class Margins:
    """The room around the panels of a figure, in inches."""

    left: float = 0.72
    right: float = 0.25
    top: float = 1.0
    bottom: float = 0.55


SINGLE_PANEL: Final = Margins()
_TITLE_LEFT: Final = 0.25
_TITLE_LETTERS: Final = 66


def new_figure(title: str, *, height: float = 4.0) -> NotebookFigure:
    """An empty figure with its title.

    Args:
        title: What the figure shows, and what it leaves out.
        height: In inches.
    """
    figure = NotebookFigure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH, facecolor=PAPER, edgecolor=PAPER)
    FigureCanvasAgg(figure)
    heading = figure.text(_TITLE_LEFT / WIDTH, 1 - 0.27 / height, "", fontsize=TITLE_POINTS, color=INK)
    heading.set_fontweight("bold")
    write_plainly(heading, title, most=_TITLE_LETTERS)
    return figure


def stacked_height(count: int, panel: float, *, gap: float, margins: Margins) -> float:
    """The height in inches of a figure whose panels stand one below the other.

    Example:
        >>> stacked_height(2, 1.5, gap=0.5, margins=Margins(top=1.0, bottom=0.5))
        5.0
    """
    return margins.top + margins.bottom + count * panel + max(count - 1, 0) * gap


def add_panel(figure: Figure, *, left: float, bottom: float, width: float, height: float) -> Axes:
    """One panel, its place and size in inches from the figure's lower left corner."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def add_panels(figure: Figure, count: int = 1, *, gap: float = 0.3, margins: Margins = SINGLE_PANEL) -> list[Axes]:
    """Panels of equal height, one below the other, that fill the figure inside its margins.

    Args:
        figure: From `new_figure`.
        count: How many panels.
        gap: Inches between them.
        margins: Room around them.
    """
    top = figure.get_figheight() - margins.top
    height = (top - margins.bottom - gap * (count - 1)) / max(count, 1)
    width = WIDTH - margins.left - margins.right
    bottoms = [top - height - (height + gap) * row for row in range(count)]
    return [add_panel(figure, left=margins.left, bottom=bottom, width=width, height=height) for bottom in bottoms]


def add_legend(figure: Figure, handles: Sequence[Artist], *, margins: Margins = SINGLE_PANEL) -> None:
    """A legend in one line between the title and the first panel, where it covers no data."""
    height = figure.get_figheight()
    figure.legend(
        handles=list(handles),
        loc="center left",
        bbox_to_anchor=(_TITLE_LEFT / WIDTH, 1 - (margins.top - 0.42) / height),
        ncols=max(len(handles), 1),
        prop={"family": FONT, "size": LABEL_POINTS},
        labelcolor=INK,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.6,
        handletextpad=0.6,
    )


def png_of(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG file, at the figure's own dots per inch.

    In 256 colours: a fifth of the bytes and half of the time of full colour; in a chart no eye finds the difference.

    Example:
        >>> png_of(Figure())[1:4]
        b'PNG'
    """
    canvas_before = figure.canvas
    canvas = FigureCanvasAgg(figure)
    try:
        canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.array(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    finally:
        figure.set_canvas(canvas_before)
    buffer = io.BytesIO()
    _in_few_colours(Image.fromarray(pixels).convert("RGB")).save(buffer, "png", compress_level=3)
    return buffer.getvalue()


def _in_few_colours(picture: Image.Image) -> Image.Image:
    few = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = np.array(few.getpalette(), dtype=np.uint8).reshape(-1, 3)
    # The octree makes white a grey of 254, which shows as a frame on a white page.
    palette[(palette >= _NEARLY_WHITE).all(axis=1)] = 255
    few.putpalette(palette.tobytes())
    return few
