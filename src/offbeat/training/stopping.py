"""When to stop, and which weights to keep."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from offbeat.training.settings import TrainingSettings

ENTROPY_PATIENCE = 20
"""Epochs that entropy stopping waits unless the settings say."""

LEAST_DOWNHILL = 0.1
"""A lower entropy counts where at least this share of the way there went down."""

MOST_ROWS_LOOKED_AT = 1000


@dataclass(frozen=True)
class Watch:
    """What early stopping remembers between epochs.

    Attributes:
        best_loss: The smallest loss, or entropy, so far.
        best_epoch: Its epoch, counted from 1.
        waited: Epochs since then.
        last: The entropy of the epoch before; of no use to the loss.
        way: How far the entropy went since the best epoch, up or down.
    """

    best_loss: float = float("inf")
    best_epoch: int = 0
    waited: int = 0
    last: float = 0.0
    way: float = 0.0

    def after(self, loss: float, epoch: int, min_improvement: float) -> Watch:
        """The memory after one more epoch; a loss counts as better when it falls by at least the given share."""
        if loss < self.best_loss * (1 - min_improvement) or self.best_epoch == 0:
            return Watch(best_loss=loss, best_epoch=epoch, waited=0)
        return replace(self, waited=self.waited + 1)

    def after_entropy(self, entropy: float, epoch: int) -> Watch:
        """The memory after one more epoch; an entropy counts as better when it fell on a way that led down.

        Reference:
            Huang et al. 2024 (EntropyStop, arXiv 2405.12502), algorithm 1, which looks after every step and may keep
            the first, random weights; here the first look is after the first epoch.
        """
        way = self.way + abs(entropy - self.last)
        if self.best_epoch == 0 or self.best_loss - entropy > LEAST_DOWNHILL * way:
            return Watch(best_loss=entropy, best_epoch=epoch, last=entropy)
        return replace(self, waited=self.waited + 1, last=entropy, way=way)


def watches(settings: TrainingSettings) -> bool:
    """Whether training may end early, and keeps the best weights rather than the last."""
    return settings.patience is not None or settings.stopping == "entropy"


def patience_of(settings: TrainingSettings) -> int:
    """How many epochs without a better one end a training that watches."""
    return settings.patience or ENTROPY_PATIENCE


def looked_at(rows: Int[np.ndarray, "train"]) -> Int[np.ndarray, "chosen"]:
    """The training rows whose losses, or their entropy, are watched: all, or some from all over the table."""
    return rows[:: -(-len(rows) // MOST_ROWS_LOOKED_AT)]


def entropy_of(losses: Float[np.ndarray, "rows"]) -> float:
    """The entropy of how a loss is spread over rows: log(rows) where all have the same, 0 where one has all.

    While a network learns normal rows first, the loss concentrates on the anomalies and the entropy falls; it rises
    when these are learned as well.

    Example:
        >>> round(entropy_of(np.array([1.0, 1.0, 0.0])), 4)
        0.6931

    Reference:
        Huang et al. 2024 (EntropyStop), definition of the loss entropy.
    """
    total = float(np.sum(losses, dtype=np.float64))
    if not 0 < total < np.inf:
        return 0.0 if total == 0 else float("inf")
    shares = losses[losses > 0].astype(np.float64) / total
    return float(-np.sum(shares * np.log(shares)))
