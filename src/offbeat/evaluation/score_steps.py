"""Labelled scores as counts per distinct score; the two curves of how well scores rank, and the areas under them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Num

from offbeat.errors import DataError


@dataclass(frozen=True, eq=False)
class RocCurve:
    """The points that a threshold passes through as it falls.

    Attributes:
        false_positive_rate: The share of normal rows flagged.
        true_positive_rate: The share of anomalous rows flagged.
        scores: The lowest score flagged at the point. Infinite at the first point, where nothing is flagged.
    """

    false_positive_rate: Float64[np.ndarray, "points"]
    true_positive_rate: Float64[np.ndarray, "points"]
    scores: Float64[np.ndarray, "points"]


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """The points that a threshold passes through as it falls; recall rises along it.

    Attributes:
        precision: The share of flagged rows that are anomalous. 1 at the first point, where nothing is flagged.
        recall: The share of anomalous rows that are flagged.
        scores: The lowest score flagged at the point. Infinite at the first point.
    """

    precision: Float64[np.ndarray, "points"]
    recall: Float64[np.ndarray, "points"]
    scores: Float64[np.ndarray, "points"]


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

    def roc_curve(self) -> RocCurve:
        """The points of the ROC curve.

        Raises:
            DataError: The rows are all of one class.
        """
        anomalous, normal = self.anomalous.sum(), self.normal.sum()
        if not anomalous or not normal:
            kind = "anomalous" if anomalous else "normal"
            raise DataError(f"A ROC curve needs normal and anomalous rows; all {anomalous + normal} rows are {kind}.")
        return RocCurve(
            false_positive_rate=_from_nothing(self.normal) / normal,
            true_positive_rate=_from_nothing(self.anomalous) / anomalous,
            scores=self._lowest_flagged(),
        )

    def precision_recall_curve(self) -> PrecisionRecallCurve:
        """The points of the precision-recall curve.

        Raises:
            DataError: No row is anomalous.
        """
        if not self.anomalous.any():
            raise DataError(f"A precision-recall curve needs anomalous rows; all {self.normal.sum()} rows are normal.")
        caught = _from_nothing(self.anomalous)
        flagged = caught + _from_nothing(self.normal)
        precision = caught / np.maximum(flagged, 1)
        precision[0] = 1.0
        return PrecisionRecallCurve(precision, caught / caught[-1], self._lowest_flagged())

    def _lowest_flagged(self) -> Float64[np.ndarray, "points"]:
        return np.append(np.inf, self.scores)


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


def _from_nothing(counts: Int[np.ndarray, "steps"]) -> Float64[np.ndarray, "points"]:
    return np.append(0.0, np.cumsum(counts))
