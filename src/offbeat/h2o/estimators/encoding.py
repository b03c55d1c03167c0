"""How a frame's columns become those that the model was trained on, before it is laid out as inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import polars as pl

from offbeat.h2o.frame import H2OFrame


@runtime_checkable
class EncodingStep(Protocol):
    """What replaces one column."""

    def replaced(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells with the column replaced; unchanged where it is replaced already, or is not there."""


@dataclass(frozen=True)
class Encoding:
    """The columns that are replaced before a model sees a frame; none of them for most models.

    Attributes:
        steps: One for each replaced column, in order.
    """

    steps: tuple[EncodingStep, ...] = ()

    def encoded(self, frame: H2OFrame) -> H2OFrame:
        """The frame as the model's layout expects it; encoding a frame twice changes nothing more.

        Args:
            frame: A frame with the columns of the training frame.
        """
        if not self.steps:
            return frame
        cells = frame.cells
        for step in self.steps:
            cells = step.replaced(cells)
        return H2OFrame.of(cells)
