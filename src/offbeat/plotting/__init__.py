"""Plotting takes curves, scores and histories; gives figures and the HTML report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from offbeat.plotting.canvas import png_of
    from offbeat.plotting.contributions import draw_contributions
    from offbeat.plotting.curves import draw_curves
    from offbeat.plotting.drawing import Drawing, PaintingProcess, paint
    from offbeat.plotting.evaluation import draw_evaluation
    from offbeat.plotting.history import draw_history
    from offbeat.plotting.ranked_scores import draw_ranked_scores
    from offbeat.plotting.reconstruction import draw_reconstruction
    from offbeat.plotting.report import report_html, write_report
    from offbeat.plotting.report_content import Picture, ReportContent, ReportedAnomaly
    from offbeat.plotting.scores import draw_scores

__all__ = [
    "Drawing",
    "PaintingProcess",
    "Picture",
    "ReportContent",
    "ReportedAnomaly",
    "draw_contributions",
    "draw_curves",
    "draw_evaluation",
    "draw_history",
    "draw_ranked_scores",
    "draw_reconstruction",
    "draw_scores",
    "paint",
    "png_of",
    "report_html",
    "write_report",
]

_HOMES = {
    "Drawing": "drawing",
    "PaintingProcess": "drawing",
    "Picture": "report_content",
    "ReportContent": "report_content",
    "ReportedAnomaly": "report_content",
    "draw_contributions": "contributions",
    "draw_curves": "curves",
    "draw_evaluation": "evaluation",
    "draw_history": "history",
    "draw_ranked_scores": "ranked_scores",
    "draw_reconstruction": "reconstruction",
    "draw_scores": "scores",
    "paint": "drawing",
    "png_of": "canvas",
    "report_html": "report",
    "write_report": "report",
}


def __getattr__(name: str) -> Any:
    """Imports a name's module, and with it matplotlib (half a second), when the name is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
