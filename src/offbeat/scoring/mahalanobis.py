"""The Mahalanobis distance of a row's residual: features that usually err together do not count twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float32, Float64

from offbeat.blas import one_blas_thread
from offbeat.errors import SettingsError
from offbeat.networks.blocks import ReconstructedRows
from offbeat.scoring.reconstruction import LARGEST_RESIDUAL
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.whitening import SMALLEST_SPAN, SMALLEST_VARIANCE, with_floor

# Of so many features the root of the covariance takes seconds, and 16 MB in the file; both grow much faster than they.
MOST_FEATURES = 2000
# Products that go into a covariance: 20,000 rows of 900 features, or 4,300 of 2,000.
MOST_PRODUCTS = 2**34
MOST_ROWS = 20_000
# Rows multiplied together, always as many: a product of another shape may round differently.
BLOCK_ROWS = 64


@dataclass(frozen=True, eq=False)
class MahalanobisDistance(AbstractScore):
    """Squared Mahalanobis distance of the residual from 0 over the number of features: up to 1 for an ordinary row.

    The residual is that of the mean of a network's views. A feature adds the square of its own whitened residual: of
    all ways to whiten, the symmetric root keeps each whitened feature closest to the one that it was made from.

    Attributes:
        root: What a residual is multiplied by: one over the typical size of each feature's residual, then the
            symmetric root of the inverse correlation, then the damping of features that share a column.

    Reference:
        Malhotra et al. 2016 (EncDec-AD), section 2.2. Kessy, Lewin & Strimmer 2018, "Optimal whitening and
        decorrelation", equation 15 (ZCA-cor). They centre first; here 0 is what a residual should be, as elsewhere.
    """

    multiplies: ClassVar[bool] = True

    root: Float32[np.ndarray, "features features"]

    def contributions(self, rows: ReconstructedRows) -> Float64[np.ndarray, "rows features"]:
        """Each feature's squared whitened residual over the number of features."""
        # In float64: the square of the largest residual is no float32.
        residual = np.subtract(rows.values, rows.features, dtype=np.float64)
        # Of an absurd row it may be infinite, and the difference of two infinities would be NaN.
        np.clip(residual, -LARGEST_RESIDUAL, LARGEST_RESIDUAL, out=residual)
        root, block = self.root.astype(np.float64), np.zeros((BLOCK_ROWS, residual.shape[1]))
        with one_blas_thread():
            for first in range(0, len(residual), BLOCK_ROWS):
                piece = residual[first : first + BLOCK_ROWS]
                block[: len(piece)] = piece
                piece[...] = (block @ root)[: len(piece)]
        np.square(residual, out=residual)
        residual /= max(1, residual.shape[1])
        return residual

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The root."""
        return {"root": self.root}


def refuse_wide(features: int) -> None:
    """Refuse to measure the covariance of more features than can be.

    Raises:
        SettingsError: There are more.
    """
    if features > MOST_FEATURES:
        raise SettingsError(
            f"score='mahalanobis' (--score mahalanobis) measures how {features:,} features err together; at most "
            f"{MOST_FEATURES:,} were expected. Take score='whitened' (--score whitened), which looks at each feature "
            "by itself."
        )


def rows_for_covariance(features: int) -> int:
    """How many rows a covariance is measured on at most: bounded work, however wide they are.

    Example:
        >>> rows_for_covariance(30), rows_for_covariance(2000)
        (20000, 4294)
    """
    return min(MOST_ROWS, MOST_PRODUCTS // max(1, features) ** 2)


def fit_mahalanobis(
    pieces: Iterable[ReconstructedRows],
    damping: Float32[np.ndarray, "features"] | np.float32,
    numbers: int | None,
) -> MahalanobisDistance:
    """Measure how the residuals of the training rows vary together.

    Variances get the floor that those of the whitened error have. The correlations are shrunk, so that fewer rows than
    features are enough; with as many as one likes they are as measured, and shrunk to nothing this is `WhitenedError`
    of the mean of the views.

    Args:
        pieces: The training rows with their reconstruction, piece by piece; at least one row.
        damping: What each feature's squared whitened residual is divided by.
        numbers: How many features, the first ones, tell what a typical residual is; all where None.
    """
    second, fourth, varies, count = _moments(pieces)
    size = np.sqrt(with_floor(np.diagonal(second) / count, varies, numbers))
    between = np.outer(size, size)
    correlation = second / count / between
    correlation *= 1.0 - shrinkage(correlation, float((fourth / np.square(between)).sum()), count)
    np.fill_diagonal(correlation, 1.0)
    with one_blas_thread():
        values, vectors = np.linalg.eigh(correlation)
        root = (vectors / np.sqrt(np.maximum(values, SMALLEST_VARIANCE))) @ vectors.T
    root /= size[:, np.newaxis]
    return MahalanobisDistance((root / np.sqrt(damping)).astype(np.float32))


def shrinkage(covariance: Float64[np.ndarray, "features features"], fourth: float, rows: int) -> float:
    """How far the off-diagonal of a measured covariance should go towards 0, from 0 to 1.

    Args:
        covariance: S = mean of x xᵀ over the rows.
        fourth: Sum over the rows of |x|⁴.
        rows: How many there were.

    Returns:
        min(b², d²) / d² with d² = |S - m I|² and b² = (mean of |x xᵀ - S|²) / rows, m the mean of the diagonal.

    Reference:
        Ledoit & Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices", lemmata 3.2 to
        3.4. Their target m I has the diagonal that is kept here, but for the floor.
    """
    features = len(covariance)
    squares = float(np.square(covariance).sum())
    to_target = squares - float(np.trace(covariance)) ** 2 / features
    by_chance = (fourth / rows - squares) / rows
    return min(1.0, max(0.0, by_chance) / to_target) if to_target > 0 else 1.0


def _moments(
    pieces: Iterable[ReconstructedRows],
) -> tuple[
    Float64[np.ndarray, "features features"],
    Float64[np.ndarray, "features features"],
    Bool[np.ndarray, "features"],
    int,
]:
    """Sums over the rows of x xᵀ and of x² (x²)ᵀ of the residuals, which features vary, and how many rows there are."""
    second: np.ndarray | float = 0.0
    fourth: np.ndarray | float = 0.0
    lowest: np.ndarray | float = np.inf
    highest: np.ndarray | float = -np.inf
    count = 0
    for piece in pieces:
        residual = np.subtract(piece.values, piece.features, dtype=np.float64)
        # One core, as other folds may be measured meanwhile: how many take part must not change the last bits.
        with one_blas_thread():
            second = second + residual.T @ residual
            np.square(residual, out=residual)
            fourth = fourth + residual.T @ residual
        lowest = np.minimum(lowest, piece.features.min(axis=0))
        highest = np.maximum(highest, piece.features.max(axis=0))
        count += len(residual)
    varies = np.asarray(highest) - np.asarray(lowest) > SMALLEST_SPAN
    return np.asarray(second), np.asarray(fourth), varies, count
