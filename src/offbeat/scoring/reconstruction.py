"""The mean reconstruction error of a row: squared, absolute or Huber, in the scaled space of the features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from jaxtyping import Float

from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.squares import row_sums_of_squares
from offbeat.training.losses import huber_of_sizes

ErrorMeasure = Literal["squared", "absolute", "huber"]

# What a deep network makes of an absurd value may be so large that its square is no float32. Features are at most 1e15.
LARGEST_RESIDUAL = np.float32(1e16)


@dataclass(frozen=True)
class ReconstructionError(AbstractScore):
    """The mean over features of the error that the measure names, as H2O's Reconstruction.MSE is of the squared one.

    Attributes:
        measure: How a residual counts.
        huber_delta: Where the Huber error turns from squared to absolute.
    """

    measure: ErrorMeasure
    huber_delta: float = 1.0

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each feature's error over the number of features."""
        size = rows.values - rows.features
        np.minimum(np.abs(size, out=size), LARGEST_RESIDUAL, out=size)
        errors = _MEASURES[self.measure](size, self.huber_delta)
        return np.divide(errors, np.float32(size.shape[1]), out=errors)

    def scores(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows"]:
        """The sum of a row's contributions; a squared error is summed as it is squared."""
        if self.measure != "squared":
            return super().scores(rows)
        residual = rows.values - rows.features
        with np.errstate(over="ignore", invalid="ignore"):
            totals = row_sums_of_squares(residual)
            # Only a residual beyond the largest one can make a sum this large.
            beyond = ~(totals <= LARGEST_RESIDUAL * LARGEST_RESIDUAL)
        if beyond.any():
            bounded = np.clip(residual[beyond], -LARGEST_RESIDUAL, LARGEST_RESIDUAL)
            totals[beyond] = row_sums_of_squares(bounded)
        return totals / np.float32(residual.shape[1])

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Nothing is fitted."""
        return {}


def _squared(size: np.ndarray, _: float) -> np.ndarray:
    return np.square(size, out=size)


def _absolute(size: np.ndarray, _: float) -> np.ndarray:
    return size


_MEASURES: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = MappingProxyType(
    {"squared": _squared, "absolute": _absolute, "huber": huber_of_sizes}
)
