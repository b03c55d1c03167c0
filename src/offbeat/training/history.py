"""What happened in training, epoch by epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, repr=False)
class History:
    """Losses of every epoch, and how training ended.

    Attributes:
        loss: Mean training loss of each epoch, measured while the weights changed.
        validation_loss: Mean loss over the validation rows after each epoch; empty without validation rows.
        best_epoch: The epoch, counted from 1, whose weights were kept; 0 when none was trained. Where training rows
            alone were watched, by a loss measured after the epoch, which is not `loss`.
        stopped: Why training ended: "epochs", "patience", "entropy" or "time".
        seconds: Time spent, also before a resume.
    """

    loss: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    best_epoch: int = 0
    stopped: str = "epochs"
    seconds: float = 0.0

    def __repr__(self) -> str:
        """How many epochs, and the last losses."""
        losses = (("loss", self.loss), ("validation loss", self.validation_loss))
        last = "".join(f", last {name} {values[-1]:.5g}" for name, values in losses if values)
        return f"History({len(self)} epoch{'' if len(self) == 1 else 's'}{last})"

    def __len__(self) -> int:
        """How many epochs, a fractional last one included, were trained."""
        return len(self.loss)
