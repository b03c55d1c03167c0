"""How well scores put anomalous rows above normal ones, whatever the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from offbeat.errors import DataError
from offbeat.evaluation.score_steps import ScoreSteps, score_steps


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


def roc_auc(scores: Float[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> float | None:
    """The chance that an anomalous row scores higher than a normal one, ties counted half. 0.5 is guessing.

    Args:
        scores: Higher is more anomalous; not NaN.
        labels: True where a row is anomalous.

    Returns:
        None where the labels are all of one class, or there are none.

    Example:
        >>> roc_auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        0.75
    """
    return score_steps(scores, labels).roc_auc()


def average_precision(scores: Float[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> float:
    """The mean over anomalous rows of the precision at their score. The share of anomalous rows is guessing.

    Args:
        scores: Higher is more anomalous; not NaN.
        labels: True where a row is anomalous.

    Returns:
        0 where no row is anomalous, as in scikit-learn.

    Example:
        >>> round(average_precision(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])), 4)
        0.8333
    """
    return score_steps(scores, labels).average_precision()


def roc_curve(scores: Float[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> RocCurve:
    """The points of the ROC curve, one per distinct score and one before the first.

    Raises:
        DataError: The labels are all of one class.

    Example:
        >>> curve = roc_curve(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
        >>> curve.false_positive_rate.tolist(), curve.true_positive_rate.tolist()
        ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0])
    """
    if labels.all() or not labels.any():
        kind = "anomalous" if labels.any() else "normal"
        raise DataError(f"A ROC curve needs normal and anomalous rows; all {labels.size} rows are {kind}.")
    steps = score_steps(scores, labels)
    return RocCurve(
        false_positive_rate=_from_nothing(steps.normal) / steps.normal.sum(),
        true_positive_rate=_from_nothing(steps.anomalous) / steps.anomalous.sum(),
        scores=_lowest_flagged(steps),
    )


def precision_recall_curve(scores: Float[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> PrecisionRecallCurve:
    """The points of the precision-recall curve, one per distinct score and one before the first.

    Raises:
        DataError: No row is anomalous.

    Example:
        >>> curve = precision_recall_curve(np.array([0.1, 0.4, 0.8]), np.array([False, True, False]))
        >>> curve.precision.round(2).tolist(), curve.recall.tolist()
        ([1.0, 0.0, 0.5, 0.33], [0.0, 0.0, 1.0, 1.0])
    """
    if not labels.any():
        raise DataError(f"A precision-recall curve needs anomalous rows; all {labels.size} rows are normal.")
    steps = score_steps(scores, labels)
    caught = _from_nothing(steps.anomalous)
    flagged = caught + _from_nothing(steps.normal)
    precision = caught / np.maximum(flagged, 1)
    precision[0] = 1.0
    return PrecisionRecallCurve(precision, caught / caught[-1], _lowest_flagged(steps))


def _from_nothing(counts: np.ndarray) -> Float64[np.ndarray, "points"]:
    return np.append(0.0, np.cumsum(counts))


def _lowest_flagged(steps: ScoreSteps) -> Float64[np.ndarray, "points"]:
    return np.append(np.inf, steps.scores)
