"""Plain numbers at the axes: a power of ten, set as a formula, costs a tenth of a second."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, ScalarFormatter

_MOST_TICKS: Final = 7
_FEW_DECADES_RATIO: Final = 1000.0


class FactorInLabel(ScalarFormatter):
    """Writes the factor or offset that an axis's numbers share behind the axis's label, as in "score (1e-5)".

    matplotlib writes it where the label of a y axis stands.
    """

    def __init__(self, axis: Axis) -> None:
        super().__init__()
        self._label = axis.label
        self._words = self._written = axis.label.get_text()

    def set_locs(self, locs: Any) -> None:
        """Takes the numbers, before they and the label are drawn; a label that was changed since stays so."""
        super().set_locs(locs)
        if self._label.get_text() != self._written:
            self._words = self._label.get_text()
        shared = super().get_offset()
        self._written = f"{self._words} ({shared})".lstrip() if shared else self._words
        self._label.set_text(self._written)

    def get_offset(self) -> str:
        """Nothing is left to be written elsewhere."""
        return ""


def set_log_x(axes: Axes, low: float, high: float) -> None:
    """Make the x axis logarithmic, from low (above 0) to high."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    _set_ticks(axes.xaxis, low, high)


def set_log_y(axes: Axes, low: float, high: float) -> None:
    """Make the y axis logarithmic, from low (above 0) to high."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    _set_ticks(axes.yaxis, low, high)


def _set_ticks(axis: Axis, low: float, high: float) -> None:
    multiples = (1.0, 3.0) if high <= _FEW_DECADES_RATIO * low else (1.0,)
    axis.set_major_locator(LogLocator(subs=multiples, numticks=_MOST_TICKS))
    axis.set_major_formatter(FuncFormatter(_plain_number))
    axis.set_minor_locator(NullLocator())


def _plain_number(value: float, _: int | None) -> str:
    return f"{value:g}"
