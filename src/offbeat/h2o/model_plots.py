"""The pictures of a trained model: how its error fell, and which inputs matter."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from offbeat.errors import SettingsError
from offbeat.h2o.estimators.scoring import ScoringEvent
from offbeat.shortening import shorten_apart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TIMESTEPS: Final = ("epochs", "samples", "duration", "iterations")
METRICS: Final = {"rmse": "root mean squared error", "mse": "mean squared error"}
FEATURES_SHOWN: Final = 10
MARKED_SCORES: Final = 30
"""From so many scores on, markers hide the line; a single one has no line to see."""
LEAST_WHOLE_STEPS: Final = 2
"""Of fewer epochs, parts are worth a tick."""
_LETTERS: Final = 24
_BAR_INCHES: Final = 0.26
_BESIDE_NAMES: Final = 0.37
"""Inches to the left and right of the widest name, together."""


def plot_scores(history: Sequence[ScoringEvent], timestep: str, metric: str, *, first_too: bool) -> Figure:
    """The error on training rows, and on validation rows where there are such, over the course of training.

    Args:
        history: The scores in order.
        timestep: "AUTO" (epochs), "epochs", "samples", "iterations" or "duration" (seconds).
        metric: "rmse" or "mse".
        first_too: Whether to show the score before training, beside which others are small.

    Raises:
        SettingsError: There is no such timestep or metric.
    """
    from offbeat.plotting.canvas import add_legend, add_panels, new_figure
    from offbeat.plotting.style import NORMAL, VALIDATION, dress

    chosen, measured = _word("timestep", timestep, TIMESTEPS), _word("metric", metric, tuple(METRICS))
    events = [event for event in history if first_too or event.samples or len(history) == 1]
    field = "seconds" if chosen == "duration" else chosen
    steps, power = [getattr(event, field) for event in events], 0.5 if measured == "rmse" else 1.0
    figure = new_figure("Learning curve" if first_too else "Scoring history")
    axes = add_panels(figure)[0]
    dress(axes, x_label="duration, seconds" if chosen == "duration" else chosen, y_label=METRICS[measured])
    if chosen != "duration" and steps[-1] > LEAST_WHOLE_STEPS:
        axes.locator_params("x", integer=True)
    marker = "o" if len(events) < MARKED_SCORES else ""
    axes.plot(steps, [event.training**power for event in events], label="training", marker=marker, color=NORMAL)
    if any(event.validation == event.validation for event in events):
        errors = [event.validation**power for event in events]
        axes.plot(steps, errors, label="validation", marker=marker, color=VALIDATION, linestyle="--")
    add_legend(figure, axes.lines)
    return figure


def plot_importances(rows: Sequence[tuple[Any, ...]], most: int | None = None) -> Figure:
    """The scaled importance of the most important inputs, the largest at the top.

    Args:
        rows: From `importance_table`.
        most: How many to show; ten where None.

    Raises:
        SettingsError: None are to be shown.
    """
    shown = FEATURES_SHOWN if most is None else most
    if shown < 1:
        raise SettingsError(f"num_of_features is {most}; at least 1 was expected.")
    from offbeat.plotting.canvas import Margins, add_panels, new_figure, stacked_height
    from offbeat.plotting.style import GRID, NORMAL, dress

    names, _, scaled, _ = zip(*rows[:shown], strict=True)
    margins = Margins(top=0.55)
    height = stacked_height(1, len(names) * _BAR_INCHES, gap=0.0, margins=margins)
    figure = new_figure("Variable importance", height=height)
    axes = add_panels(figure, margins=margins)[0]
    dress(axes, x_label="scaled importance")
    axes.grid(False, axis="y")
    axes.grid(True, axis="x", color=GRID, linewidth=0.7)
    axes.barh(range(len(names)), scaled, height=0.66, color=NORMAL)
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5), yticks=[])
    _write_names(axes, names)
    return figure


def _write_names(axes: Axes, names: Sequence[str]) -> None:
    """Names at the left of bars, which give way to the widest of them."""
    from offbeat.plotting.lettering import write_plainly
    from offbeat.plotting.style import INK, TICK_POINTS

    figure, box = axes.figure.figure, axes.get_position()
    texts = [
        axes.annotate("", (0, bar), (-5, 0), axes.get_yaxis_transform(), "offset points", ha="right", va="center")
        for bar in range(len(names))
    ]
    for text, name in zip(texts, shorten_apart(names, most=_LETTERS), strict=True):
        text.set(color=INK, fontsize=TICK_POINTS)
        write_plainly(text, name)
    widest = max(text.get_window_extent().width for text in texts) / figure.dpi
    left = (widest + _BESIDE_NAMES) / figure.get_figwidth()
    axes.set_position((left, box.y0, box.x1 - left, box.height))


def kept(figure: Figure, path: str | os.PathLike[str] | None) -> Figure:
    """The figure, written to a file where one is named.

    Args:
        figure: What to write.
        path: Where; nowhere if None.
    """
    if path is not None:
        figure.savefig(path)
    return figure


def _word(name: str, value: str, words: tuple[str, ...]) -> str:
    if value.lower() == "auto":
        return words[0]
    if value.lower() not in words:
        raise SettingsError(f"{name} is {value!r}; AUTO, {', '.join(words)} were expected.")
    return value.lower()
