"""The whitened error: each feature's squared residual in units of what is usual for that feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.squares import row_sums_of_squares

# A feature that training reconstructs almost perfectly (a constant column, say) would let a tiny deviation outvote all
# others. Its scale is raised by this share of the typical feature's.
SHARE_OF_TYPICAL = 0.1
SMALLEST_VARIANCE = 1e-12
# Scaled features span a few units; one that spans less than this is constant up to rounding, and not typical.
SMALLEST_SPAN = 1e-6
# Beyond this score a residual's square, or the sum of some, may be no float32.
LARGEST_IN_FLOAT32 = 1e30


@dataclass(frozen=True, eq=False)
class WhitenedError(AbstractScore):
    """Mean over views and features of residual^2 / variance, about 1 for a row as ordinary as the training rows.

    Each view of a network (each noise level of a denoiser) is whitened by itself. Whitening the mean of the views, as
    files with one variance a feature ask for, finds less.

    Attributes:
        variance: Mean squared training residual of each feature in each view, with a floor; a single row of it is that
            of the mean of the views.

    Reference:
        Malhotra et al. 2016 (EncDec-AD), section 2.2, with a diagonal covariance.
    """

    variance: Float[np.ndarray, "views features"]

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """Each feature's squared residuals over their variances, over the number of views and of features."""
        views = rows.values[:, None] if len(self.variance) == 1 else rows.views
        # In float64: the square of the largest feature over the smallest variance is no float32.
        residual = np.subtract(views, rows.features[:, None], dtype=np.float64)
        np.square(residual, out=residual)
        residual /= self.variance.astype(np.float64) * self.variance.size
        return residual.sum(axis=1)

    def scores(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows"]:
        """The sum of a row's contributions, in float32 where no square is too large for it."""
        views = rows.values[:, None] if len(self.variance) == 1 else rows.views
        with np.errstate(over="ignore", invalid="ignore"):
            residual = views - rows.features[:, None]
            residual *= np.reciprocal(np.sqrt(self.variance, dtype=np.float32))
            totals = row_sums_of_squares(residual).astype(np.float64) / self.variance.size
            beyond = ~(totals < LARGEST_IN_FLOAT32)
        if beyond.any():
            numbers = None if rows.numbers is None else rows.numbers[beyond]
            odd = ReconstructedRows(rows.features[beyond], rows.views[beyond], numbers)
            totals[beyond] = self.contributions(odd).sum(axis=1)
        return totals

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The variances."""
        return {"variance": self.variance}


def fit_whitening(pieces: Iterable[ReconstructedRows], numbers: int | None) -> WhitenedError:
    """Measure the residuals of the training rows.

    Args:
        pieces: The training rows with their reconstruction, piece by piece; at least one row.
        numbers: How many features, the first ones, tell what a typical residual is; all where None.
    """
    total: np.ndarray | float = 0.0
    lowest: np.ndarray | float = np.inf
    highest: np.ndarray | float = -np.inf
    count = 0
    for piece in pieces:
        total = total + np.square(piece.views - piece.features[:, None]).sum(axis=0, dtype=np.float64)
        lowest = np.minimum(lowest, piece.features.min(axis=0))
        highest = np.maximum(highest, piece.features.max(axis=0))
        count += len(piece.features)
    variance = np.asarray(total) / count
    varies = np.asarray(highest) - np.asarray(lowest) > SMALLEST_SPAN
    return WhitenedError(with_floor(variance, varies, numbers).astype(np.float32))


def with_floor(
    variance: Float64[np.ndarray, "*views features"], varies: Bool[np.ndarray, "features"], numbers: int | None = None
) -> Float64[np.ndarray, "*views features"]:
    """Variances of residuals, raised by a share of the typical feature's.

    Args:
        variance: Of each feature.
        varies: Which features are not constant.
        numbers: How many features, the first ones, tell what is typical; all unless given, or where none of these
            varies. Probabilities of categories may be near certain in every row, and there are more of them than of
            numbers.

    Example:
        >>> with_floor(np.array([1.0, 2.0, 1e-9]), np.array([True, True, False])).round(3).tolist()
        [1.15, 2.15, 0.15]
    """
    told = varies & (np.arange(len(varies)) < (len(varies) if numbers is None else numbers))
    # Where most features are constant, the median of all of them would be no floor at all.
    asked = next((some for some in (told, varies) if some.any()), np.ones_like(varies))
    typical = np.median(variance[..., asked], axis=-1, keepdims=True)
    return np.asarray(variance + SHARE_OF_TYPICAL * typical + SMALLEST_VARIANCE)
