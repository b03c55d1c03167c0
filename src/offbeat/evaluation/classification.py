"""How well flags agree with labels: accuracy, and precision, recall and F1 of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool


@dataclass(frozen=True)
class Confusion:
    """How many rows of each class were flagged.

    Attributes:
        anomalous_flagged: Anomalous rows that were found (true positives).
        anomalous_missed: Anomalous rows that were not flagged (false negatives).
        normal_flagged: False alarms (false positives).
        normal_passed: Normal rows that were not flagged (true negatives).
    """

    anomalous_flagged: int
    anomalous_missed: int
    normal_flagged: int
    normal_passed: int


@dataclass(frozen=True)
class ClassMetrics:
    """How well one class was told from the other. A share of nothing (no row flagged, no row of the class) is 0.

    Attributes:
        precision: Of the rows assigned to the class, the share that belongs to it.
        recall: Of the rows that belong to the class, the share that was assigned to it.
        f1: Harmonic mean of precision and recall.
    """

    precision: float
    recall: float
    f1: float


def confusion(flags: Bool[np.ndarray, "rows"], labels: Bool[np.ndarray, "rows"]) -> Confusion:
    """Counts rows by label and flag.

    Args:
        flags: True where a row was flagged.
        labels: True where a row is anomalous.

    Example:
        >>> confusion(np.array([True, True, False]), np.array([True, False, False]))
        Confusion(anomalous_flagged=1, anomalous_missed=0, normal_flagged=1, normal_passed=1)
    """
    return Confusion(
        anomalous_flagged=int((labels & flags).sum()),
        anomalous_missed=int((labels & ~flags).sum()),
        normal_flagged=int((~labels & flags).sum()),
        normal_passed=int((~labels & ~flags).sum()),
    )


def accuracy(table: Confusion) -> float:
    """The share of rows that were assigned to their class.

    Example:
        >>> accuracy(Confusion(anomalous_flagged=1, anomalous_missed=0, normal_flagged=1, normal_passed=2))
        0.75
    """
    right = table.anomalous_flagged + table.normal_passed
    return _share(right, right + table.anomalous_missed + table.normal_flagged)


def anomalous_metrics(table: Confusion) -> ClassMetrics:
    """Precision, recall and F1 of the anomalous class.

    Example:
        >>> anomalous_metrics(Confusion(anomalous_flagged=1, anomalous_missed=0, normal_flagged=1, normal_passed=2))
        ClassMetrics(precision=0.5, recall=1.0, f1=0.6666666666666666)
    """
    return _class_metrics(table.anomalous_flagged, table.normal_flagged, table.anomalous_missed)


def normal_metrics(table: Confusion) -> ClassMetrics:
    """Precision, recall and F1 of the normal class.

    Example:
        >>> normal_metrics(Confusion(anomalous_flagged=1, anomalous_missed=0, normal_flagged=1, normal_passed=1))
        ClassMetrics(precision=1.0, recall=0.5, f1=0.6666666666666666)
    """
    return _class_metrics(table.normal_passed, table.anomalous_missed, table.normal_flagged)


def _class_metrics(rightly: int, wrongly: int, missed: int) -> ClassMetrics:
    return ClassMetrics(
        precision=_share(rightly, rightly + wrongly),
        recall=_share(rightly, rightly + missed),
        f1=_share(2 * rightly, 2 * rightly + wrongly + missed),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
