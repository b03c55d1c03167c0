"""The interface of every score: how much each feature of a row contributes; a row's score is the sum."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from offbeat.networks.blocks import ReconstructedRows


@dataclass(frozen=True, eq=False)
class AbstractScore(abc.ABC):
    """One way to measure how far rows are from what the network expects; higher = more anomalous, never negative."""

    multiplies: ClassVar[bool] = False
    """Whether it takes NumPy's matrix products: pieces that are scored side by side then keep to a core each."""

    reads_views: ClassVar[bool] = True
    """Whether `scores` reads what the network made of the rows; where nothing does, it is not run to score."""

    def __getstate__(self) -> dict[str, object]:
        """What is computed from the rest again, such as every shift of a curve, is not written with it."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @abc.abstractmethod
    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """What each feature adds to its row's score; depends on that row alone."""

    @abc.abstractmethod
    def arrays(self) -> Mapping[str, np.ndarray]:
        """What was fitted, by name, for the detector file; empty for scores that fit nothing."""

    def expected(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """What rows are compared with: the reconstruction, but for distances to training rows."""
        return rows.values

    def scores(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows"]:
        """One score a row, in the unit that the score's own page says."""
        return self.contributions(rows).sum(axis=1)
