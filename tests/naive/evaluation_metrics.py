"""Metrics with plain loops over rows and pairs of rows."""

from __future__ import annotations


def roc_auc(scores: list[float], labels: list[bool]) -> float | None:
    won = pairs = 0.0
    for anomalous, is_anomalous in zip(scores, labels, strict=True):
        for normal, other_is_anomalous in zip(scores, labels, strict=True):
            if is_anomalous and not other_is_anomalous:
                pairs += 1
                won += 1.0 if anomalous > normal else 0.5 if anomalous == normal else 0.0
    return won / pairs if pairs else None


def average_precision(scores: list[float], labels: list[bool]) -> float:
    """The mean, over anomalous rows, of the precision when every row that scores at least as high is flagged."""
    precisions = []
    for score, is_anomalous in zip(scores, labels, strict=True):
        if is_anomalous:
            flagged = [label for other, label in zip(scores, labels, strict=True) if other >= score]
            precisions.append(sum(flagged) / len(flagged))
    return sum(precisions) / len(precisions) if precisions else 0.0


def precision_recall_f1(flags: list[bool], labels: list[bool]) -> tuple[float, float, float]:
    rightly = wrongly = missed = 0
    for flag, label in zip(flags, labels, strict=True):
        rightly += flag and label
        wrongly += flag and not label
        missed += label and not flag
    precision = rightly / (rightly + wrongly) if rightly + wrongly else 0.0
    recall = rightly / (rightly + missed) if rightly + missed else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1
