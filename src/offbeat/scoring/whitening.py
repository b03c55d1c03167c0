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
        residual = rows.values - rows.features
        return np.square(residual, out=residual) / (self.variance * np.float32(len(self.variance)))

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The variances."""
        return {"variance": self.variance}


def fit_whitening(pieces: Iterable[ReconstructedRows]) -> WhitenedError:
    """Measure the residuals of the training rows.

    Args:
        pieces: The training rows with their reconstruction, piece by piece; at least one row.
    """
    total: np.ndarray | float = 0.0
    count = 0
    for piece in pieces:
        total = total + np.square(piece.values - piece.features).sum(axis=0, dtype=np.float64)
        count += len(piece.features)
    variance = np.asarray(total) / count
    floored = variance + SHARE_OF_TYPICAL * np.median(variance) + SMALLEST_VARIANCE
    return WhitenedError(floored.astype(np.float32))
