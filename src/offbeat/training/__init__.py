"""Training takes a network and features; gives the trained network and its `History`."""

from offbeat.training.history import History
from offbeat.training.settings import TrainingSettings

__all__ = ["History", "TrainingSettings"]
