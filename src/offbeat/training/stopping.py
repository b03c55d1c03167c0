"""When to stop, and which weights to keep."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Watch:
    """What early stopping remembers between epochs.

    Attributes:
        best_loss: The smallest loss so far.
        best_epoch: Its epoch, counted from 1.
        waited: Epochs since then.
    """

    best_loss: float = float("inf")
    best_epoch: int = 0
    waited: int = 0

    def after(self, loss: float, epoch: int, min_improvement: float) -> Watch:
        """The memory after one more epoch; a loss counts as better when it falls by at least the given share."""
        if loss < self.best_loss * (1 - min_improvement) or self.best_epoch == 0:
            return Watch(best_loss=loss, best_epoch=epoch, waited=0)
        return replace(self, waited=self.waited + 1)
