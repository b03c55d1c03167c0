"""How well scores put anomalous rows above normal ones, whatever the threshold."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from offbeat.evaluation.score_steps import PrecisionRecallCurve, RocCurve, score_steps


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
    return score_steps(scores, labels).roc_curve()


def precision_recall_curve(scores: Float[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> PrecisionRecallCurve:
    """The points of the precision-recall curve, one per distinct score and one before the first.

    Raises:
        DataError: No row is anomalous.

    Example:
        >>> curve = precision_recall_curve(np.array([0.1, 0.4, 0.8]), np.array([False, True, False]))
        >>> curve.precision.round(2).tolist(), curve.recall.tolist()
        ([1.0, 0.0, 0.5, 0.33], [0.0, 0.0, 1.0, 1.0])
    """
    return score_steps(scores, labels).precision_recall_curve()
