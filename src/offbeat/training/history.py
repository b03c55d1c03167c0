"""What happened in training, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class History:
    """Losses of every epoch, and how training ended.

    Attributes:
        loss: Mean training loss of each epoch, measured while the weights changed.
        validation_loss: Mean loss over the validation rows after each epoch; empty without validation rows.
        best_epoch: The epoch, counted from 1, whose weights were kept; 0 when none was trained.
        stopped: Why training ended: "epochs", "patience", "entropy" or "time".
        seconds: Time spent, also before a resume.
    """

    loss: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    best_epoch: int = 0
    stopped: str = "epochs"
    seconds: float = 0.0

    def __len__(self) -> int:
        """How many epochs, a fractional last one included, were trained."""
        return len(self.loss)
