"""Evaluation takes scores, flags and labels; gives a `Report` of metrics with intervals."""

from offbeat.evaluation.classification import ClassMetrics, Confusion
from offbeat.evaluation.comparison import Comparison, compare
from offbeat.evaluation.ranking import average_precision, precision_recall_curve, roc_auc, roc_curve
from offbeat.evaluation.report import Report, evaluate
from offbeat.evaluation.score_steps import PrecisionRecallCurve, RocCurve

__all__ = [
    "ClassMetrics",
    "Comparison",
    "Confusion",
    "PrecisionRecallCurve",
    "Report",
    "RocCurve",
    "average_precision",
    "compare",
    "evaluate",
    "precision_recall_curve",
    "roc_auc",
    "roc_curve",
]
