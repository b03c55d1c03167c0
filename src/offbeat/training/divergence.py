"""Training that went wrong: seen in its losses and weights, explained by the usual causes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from offbeat.errors import TrainingError
from offbeat.training.losses import mean_loss
from offbeat.training.settings import TrainingSettings

# A network that answers 0 for everything needs no training. Losses of scaled features are near 1, and a loss that ends
# a thousand times above that of such a network is no result, though it is a number: Adam's steps are bounded, so a
# learning rate far too high ends there rather than in NaN.
HOPELESS = 1000.0
_ROWS_AT_ONCE = 4096


def diverged(
    what: str, learning_rate: float, features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "train"]
) -> TrainingError:
    """The error to raise, with what happened (such as "the loss became NaN in epoch 3") and what to do about it."""
    largest = float(np.max(np.abs(features[rows]), initial=0.0))
    return TrainingError(
        f"Training diverged: {what}. Usual causes: a learning rate too high (now {learning_rate:g}; try a tenth), or "
        f"unscaled columns (scaled features reach {largest:.3g}; a few units are usual). clip_norm=1 bounds the steps."
    )


def what_became(name: str, loss: float, epoch: int) -> str | None:
    """What happened to a loss that is no finite number; None where it is one.

    Example:
        >>> what_became("loss", float("nan"), epoch=3)
        'the loss became NaN in epoch 3'
    """
    if math.isfinite(loss):
        return None
    return f"the {name} became {'NaN' if math.isnan(loss) else 'infinite'} in epoch {epoch}"


def what_ended(
    settings: TrainingSettings,
    loss: float,
    weights: Sequence[np.ndarray],
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "train"],
) -> str | None:
    """What is wrong with the weights that training would return; None where nothing is.

    Args:
        settings: Which loss was measured.
        loss: The training loss by the weights that are returned: the last step of an epoch may be the one that ruins
            them. Where training led down, that of their epoch.
        weights: The network's arrays.
        features: The scaled rows.
        rows: Those that were learned from.
    """
    if not all(np.isfinite(part).all() for part in weights):
        return "the last steps made weights infinite or NaN"
    if loss <= HOPELESS:  # spares nearly every training the pass over its rows
        return None
    of_zeros = _loss_of_zeros(settings, features, rows)
    if loss <= HOPELESS * of_zeros:
        return None
    return f"the loss ended at {loss:.3g}, while answering 0 for everything would have {of_zeros:.3g}"


def _loss_of_zeros(
    settings: TrainingSettings, features: Float[np.ndarray, "rows features"], rows: Int[np.ndarray, "train"]
) -> float:
    pieces = (rows[first : first + _ROWS_AT_ONCE] for first in range(0, len(rows), _ROWS_AT_ONCE))
    total = math.fsum(float(np.sum(mean_loss(settings, features[piece]), dtype=np.float64)) for piece in pieces)
    return total / len(rows)
