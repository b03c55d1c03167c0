"""Labelled scores as counts per distinct score, and the two areas that summarise how well scores rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Num


@dataclass(frozen=True, eq=False)
class ScoreSteps:
    """How many rows of each class have each score. Rows of equal score can only be flagged together.

    Attributes:
        scores: The distinct scores, falling.
        anomalous: Anomalous rows of each score.
        normal: Normal rows of each score.
    """

    scores: Float64[np.ndarray, "steps"]
    anomalous: Int[np.ndarray, "steps"]
    normal: Int[np.ndarray, "steps"]

    def roc_auc(self) -> float | None:
        """The ROC AUC; None where the rows are all of one class."""
        if not self.anomalous.any() or not self.normal.any():
            return None
        return float(roc_areas(self.anomalous[None], self.normal[None])[0])

    def average_precision(self) -> float:
        """The average precision; 0 where no row is anomalous."""
        if not self.anomalous.any():
            return 0.0
        return float(average_precisions(self.anomalous[None], self.normal[None])[0])


def score_steps(scores: Float[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> ScoreSteps:
    """Counts rows per distinct score.

    Args:
        scores: Higher is more anomalous; not NaN.
        labels: True where a row is anomalous.

    Example:
        >>> steps = score_steps(np.array([0.5, 2.0, 0.5]), np.array([True, True, False]))
        >>> steps.scores.tolist(), steps.anomalous.tolist(), steps.normal.tolist()
        ([2.0, 0.5], [1, 1], [0, 1])
    """
    falling = np.argsort(-scores, kind="stable")
    ordered = scores[falling].astype(np.float64)
    starts = np.flatnonzero(np.append(True, ordered[1:] < ordered[:-1])[: ordered.size])
    rows = np.diff(np.append(starts, ordered.size))
    anomalous = np.add.reduceat(labels[falling].astype(np.int64), starts)
    return ScoreSteps(ordered[starts], anomalous, rows - anomalous)


def roc_areas(
    anomalous: Num[np.ndarray, "samples steps"], normal: Num[np.ndarray, "samples steps"]
) -> Float64[np.ndarray, "samples"]:
    """The share of (anomalous, normal) pairs in which the anomalous row scores higher, ties counted half.

    Args:
        anomalous: Anomalous rows of each step, by falling score; each sample has at least one.
        normal: Normal rows of each step; each sample has at least one.

    Example:
        >>> roc_areas(np.array([[1, 1]]), np.array([[0, 1]])).tolist()
        [0.75]
    """
    normal_up_to = np.cumsum(normal, axis=1, dtype=np.float64)
    normal_total = normal_up_to[:, -1:]
    beaten = normal_total - normal_up_to + normal / 2
    return np.einsum("rs,rs->r", anomalous, beaten) / (anomalous.sum(axis=1) * normal_total[:, 0])


def average_precisions(
    anomalous: Num[np.ndarray, "samples steps"], normal: Num[np.ndarray, "samples steps"]
) -> Float64[np.ndarray, "samples"]:
    """The precision at each anomalous row, averaged: sum of (recall gained at a step) * (precision down to it).

    This is scikit-learn's definition, without interpolation between steps.

    Args:
        anomalous: Anomalous rows of each step, by falling score; each sample has at least one.
        normal: Normal rows of each step.

    Example:
        >>> average_precisions(np.array([[1, 1]]), np.array([[0, 1]])).round(4).tolist()
        [0.8333]
    """
    caught = np.cumsum(anomalous, axis=1, dtype=np.float64)
    flagged = caught + np.cumsum(normal, axis=1)
    # The first steps of a resample may be empty: nothing flagged, nothing caught, nothing gained.
    precision = caught / np.maximum(flagged, 1)
    return np.einsum("rs,rs->r", anomalous, precision) / caught[:, -1]
