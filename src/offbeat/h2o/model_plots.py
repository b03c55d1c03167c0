"""The pictures of a trained model: how its error fell, and which inputs matter."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from offbeat.errors import SettingsError
from offbeat.h2o.estimators.scoring import ScoringEvent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TIMESTEPS: Final = ("epochs", "samples", "duration", "iterations")
METRICS: Final = ("rmse", "mse")
FEATURES_SHOWN: Final = 10
MARKED_SCORES: Final = 30
"""From so many scores on, markers hide the line; a single one has no line to see."""
_LETTERS: Final = 24


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

    chosen, measured = _word("timestep", timestep, TIMESTEPS), _word("metric", metric, METRICS)
    events = [event for event in history if first_too or event.samples or len(history) == 1]
    field = "seconds" if chosen == "duration" else chosen
    steps, power = [getattr(event, field) for event in events], 0.5 if measured == "rmse" else 1.0
    figure = new_figure("Scoring history")
    axes = add_panels(figure)[0]
    dress(axes, x_label="duration, seconds" if chosen == "duration" else chosen, y_label=measured)
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
    from offbeat.plotting.canvas import Margins, add_panels, new_figure
    from offbeat.plotting.lettering import shorten
    from offbeat.plotting.style import NORMAL, dress

    names, _, scaled, _ = zip(*rows[:shown], strict=True)
    figure = new_figure("Variable importance", height=1.6 + 0.26 * len(names))
    axes = add_panels(figure, margins=Margins(left=2.2))[0]
    dress(axes, x_label="scaled importance")
    axes.barh(range(len(names)), scaled, color=NORMAL)
    axes.set_yticks(range(len(names)), [shorten(name, most=_LETTERS) for name in names])
    axes.invert_yaxis()
    return figure


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
