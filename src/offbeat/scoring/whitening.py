"""The whitened error: each feature's squared residual in units of what is usual for that feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.score import AbstractScore

# A feature that training reconstructs almost perfectly (a constant column, say) would let a tiny deviation outvote all
# others. Its scale is raised by this share of the typical feature's.
SHARE_OF_TYPICAL = 0.1
SMALLEST_VARIANCE = 1e-12
# Scaled features span a few units; one that spans less than this is constant up to rounding, and not typical.
SMALLEST_SPAN = 1e-6


@dataclass(frozen=True, eq=False)
class WhitenedError(AbstractScore):
    """Mean over features of residual^2 / variance, about 1 for a row as ordinary as the training rows.

    Attributes:
        variance: Mean squared training residual of each feature, with a floor.

    Reference:
        Malhotra et al. 2016 (EncDec-AD), section 2.2, with a diagonal covariance.
    """

    variance: Float[np.ndarray, "features"]

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each feature's squared residual over its variance and over the number of features."""
        # In float64: the square of the largest feature over the smallest variance is no float32.
        residual = np.subtract(rows.values, rows.features, dtype=np.float64)
        return np.square(residual, out=residual) / (self.variance.astype(np.float64) * len(self.variance))

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The variances."""
        return {"variance": self.variance}


def fit_whitening(pieces: Iterable[ReconstructedRows]) -> WhitenedError:
    """Measure the residuals of the training rows.

    Args:
        pieces: The training rows with their reconstruction, piece by piece; at least one row.
    """
    total: np.ndarray | float = 0.0
    lowest: np.ndarray | float = np.inf
    highest: np.ndarray | float = -np.inf
    count = 0
    for piece in pieces:
        total = total + np.square(piece.values - piece.features).sum(axis=0, dtype=np.float64)
        lowest = np.minimum(lowest, piece.features.min(axis=0))
        highest = np.maximum(highest, piece.features.max(axis=0))
        count += len(piece.features)
    variance = np.asarray(total) / count
    varies = np.asarray(highest) - np.asarray(lowest) > SMALLEST_SPAN
    # Where most features are constant, the median of all of them would be no floor at all.
    typical = np.median(variance[varies] if varies.any() else variance)
    return WhitenedError((variance + SHARE_OF_TYPICAL * typical + SMALLEST_VARIANCE).astype(np.float32))
