"""What the tests ask a figure: its words, and whether any of them overlap or are cut off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase


def title_of(figure: Figure) -> str:
    """The figure's heading."""
    return figure.texts[0].get_text()


def legend_of(figure: Figure) -> list[str]:
    """The legend's words."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def words_in(axes: Axes) -> list[str]:
    """What is written inside a panel."""
    return [text.get_text() for text in axes.texts]


def misplaced_words(figure: Figure) -> list[str]:
    """Texts that lie on one another or reach beyond the figure; none in a good figure."""
    FigureCanvasAgg(figure).draw()
    boxes = [(text.get_text(), text.get_window_extent()) for text in _drawn_texts(figure)]
    cut_off = [words for words, box in boxes if not _holds(figure, box)]
    return cut_off + [f"{one} / {two}" for (one, box), (two, other) in combinations(boxes, 2) if _overlap(box, other)]


def _drawn_texts(figure: Figure) -> Iterator[Text]:
    candidates = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        candidates += [*axes.texts, axes.title, axes._right_title, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            candidates += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return (text for text in candidates if text.get_text().strip())


def _overlap(one: BboxBase, two: BboxBase) -> bool:
    return min(one.x1, two.x1) - max(one.x0, two.x0) > 1 and min(one.y1, two.y1) - max(one.y0, two.y0) > 1


def _holds(figure: Figure, box: BboxBase) -> bool:
    return box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
