"""The loss per epoch, on the training rows and on rows held out from them."""

from __future__ import annotations

from typing import Final

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from offbeat.plotting.canvas import add_legend, add_panels, new_figure
from offbeat.plotting.gaps import is_drawable
from offbeat.plotting.style import INK, NORMAL, VALIDATION, dress
from offbeat.plotting.ticks import set_log_y

LOG_FROM_RATIO: Final = 20.0
"""Largest loss over smallest from which the loss axis is logarithmic: below that, a linear axis hides nothing."""
_MARKED_EPOCHS: Final = 30


def draw_history(
    training: Float[np.ndarray, " epochs"],
    validation: Float[np.ndarray, " epochs"] | None = None,
    *,
    best_epoch: int = 0,
    loss: str = "loss",
) -> Figure:
    """Training and validation loss per epoch, on a logarithmic axis when they span decades.

    Args:
        training: Mean loss of each epoch over the training rows; may be empty.
        validation: Mean loss after each epoch over the held-out rows; NaN where it was not computed.
        best_epoch: Counted from 1, the epoch whose weights were kept; 0 marks none.
        loss: The name of the loss, for the axis.

    Returns:
        A figure with one panel.

    Example:
        >>> figure = draw_history(np.array([0.9, 0.3, 0.2]), best_epoch=3, loss="mean squared error")
        >>> [line.get_label() for line in figure.axes[0].lines]
        ['training', 'best epoch: 3']
    """
    figure = new_figure("Loss per epoch", height=3.6)
    axes = add_panels(figure)[0]
    dress(axes, x_label="epoch", y_label=loss)
    _draw_losses(axes, training, label="training", color=NORMAL, linestyle="-", marker="o")
    if validation is not None and is_drawable(validation).any():
        _draw_losses(axes, validation, label="validation", color=VALIDATION, linestyle="--", marker="s")
    if best_epoch:
        _mark_epoch(axes, best_epoch, training if validation is None else validation)
    _set_loss_scale(axes)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    axes.set_xlim(0.5, max(len(training), 1) + 0.5)
    add_legend(figure, axes.lines)
    return figure


def _draw_losses(
    axes: Axes, losses: Float[np.ndarray, " epochs"], *, label: str, color: str, linestyle: str, marker: str
) -> None:
    measured = is_drawable(losses)
    epochs = np.flatnonzero(measured) + 1
    # A single epoch has no line to see; above some tens, markers hide the line.
    shown = marker if len(epochs) <= _MARKED_EPOCHS else ""
    axes.plot(epochs, losses[measured], label=label, color=color, linestyle=linestyle, marker=shown, markersize=4)


def _mark_epoch(axes: Axes, epoch: int, losses: Float[np.ndarray, " epochs"]) -> None:
    value = losses[epoch - 1]
    axes.plot(
        [epoch],
        [value],
        label=f"best epoch: {epoch}",
        color=INK,
        linestyle="none",
        marker="o",
        markersize=10,
        markerfacecolor="none",
        markeredgewidth=1.6,
    )


def _set_loss_scale(axes: Axes) -> None:
    losses = np.concatenate([np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.lines])
    losses = losses[is_drawable(losses)]
    # A loss of zero or below (a likelihood) has no place on a logarithmic axis.
    if len(losses) and losses.min() > 0 and losses.max() > LOG_FROM_RATIO * losses.min():
        set_log_y(axes, losses.min() / 1.3, losses.max() * 1.3)
