"""What an evaluation with labels found, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from offbeat.errors import DataError
from offbeat.evaluation.bootstrap import resample_areas, resample_confusion
from offbeat.evaluation.classification import (
    ClassMetrics,
    Confusion,
    accuracy,
    anomalous_metrics,
    confusion,
    normal_metrics,
)
from offbeat.evaluation.score_steps import ScoreSteps, score_steps
from offbeat.randomness import Purpose, host_randomness

# The share of resamples that an interval leaves out on each side.
_OUTSIDE = 0.025
RESAMPLES = 1_000

Interval = tuple[float, float]


@dataclass(frozen=True, repr=False)
class Report:
    """Metrics of scores and flags against labels.

    Attributes:
        rows: How many rows were evaluated.
        accuracy: The share of rows assigned to their class.
        roc_auc: The chance that an anomalous row scores higher than a normal one; None where there is one class only.
        average_precision: The mean over anomalous rows of the precision at their score; 0 where there are none.
        anomalous: Precision, recall and F1 of the anomalous class; a share of nothing is 0.
        normal: The same of the normal class.
        confusion: How many rows of each class were flagged.
        intervals: From a metric's name, such as "roc_auc" or "anomalous.recall", to its 95 % bootstrap interval (low,
            high). Empty where no resamples were asked for; without both classes, ranking metrics are left out, and
            where no row was assigned to a class, the precision of that class.
    """

    rows: int
    accuracy: float
    roc_auc: float | None
    average_precision: float
    anomalous: ClassMetrics
    normal: ClassMetrics
    confusion: Confusion
    intervals: dict[str, Interval]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values; an undefined metric is None, an interval is [low, high]."""
        return {**asdict(self), "intervals": {name: list(interval) for name, interval in self.intervals.items()}}

    def to_text(self) -> str:
        """The report as a table of plain text."""
        lines = [f"{self.rows:,} rows", "", f"{'':22}{'value':>7}{'95 % interval':>20}"]
        lines += [self._line(name) for name in ("accuracy", "roc_auc", "average_precision")]
        lines += [self._line(f"{kind}.{name}") for kind in ("anomalous", "normal") for name in _CLASS_METRICS]
        table = self.confusion
        lines += ["", f"{'':22}{'flagged':>9}{'not flagged':>14}"]
        lines += [f"{'anomalous rows':22}{table.anomalous_flagged:9,}{table.anomalous_missed:14,}"]
        lines += [f"{'normal rows':22}{table.normal_flagged:9,}{table.normal_passed:14,}"]
        return "\n\n".join(["\n".join(lines), *filter(None, [self._note_on_classes(), self._note_on_flags()])])

    @property
    def undefined(self) -> str:
        """Which figures mean nothing for want of rows; empty where all are measured."""
        return " ".join(filter(None, [self._note_on_classes(), self._note_on_flags()]))

    def _note_on_flags(self) -> str:
        """Whose precision means nothing because no row was assigned to the class; empty where each has some."""
        table = self.confusion
        if not table.anomalous_flagged + table.normal_flagged:
            return "No row was flagged: the precision of anomalous rows is undefined and stands as 0."
        if not table.anomalous_missed + table.normal_passed:
            return "Every row was flagged: the precision of normal rows is undefined and stands as 0."
        return ""

    def _note_on_classes(self) -> str:
        """Which figures mean nothing because there are rows of one class only; empty where there are both."""
        table = self.confusion
        if not table.anomalous_flagged + table.anomalous_missed:
            undefined = "average precision, and recall and F1 of anomalous rows, are undefined"
            return f"No row is anomalous by its label: {undefined} and stand as 0."
        if not table.normal_flagged + table.normal_passed:
            undefined = "recall and F1 of normal rows are undefined"
            return f"No row is normal by its label: {undefined} and stand as 0; average precision is 1 in any case."
        return ""

    def __repr__(self) -> str:
        """The table of plain text, as a notebook shows it."""
        return self.to_text()

    def __str__(self) -> str:
        """The table of plain text."""
        return self.to_text()

    def _line(self, metric: str) -> str:
        kind, _, name = metric.rpartition(".")
        value = getattr(getattr(self, kind) if kind else self, name)
        shown = "n/a" if value is None else f"{value:.4f}"
        interval = f"{'{:.4f} to {:.4f}'.format(*self.intervals[metric]):>20}" if metric in self.intervals else ""
        return f"{_WORDS.get(metric, metric.replace('.', ' ')):22}{shown:>7}{interval}"


_CLASS_METRICS = ("precision", "recall", "f1")
_WORDS = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "anomalous.f1": "anomalous F1",
    "normal.f1": "normal F1",
}


def evaluate(
    scores: Float[np.ndarray, "scores"],
    flags: Bool[np.ndarray, "flags"],
    labels: Bool[np.ndarray, "labels"],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Report:
    """Compares scores and flags with labels.

    Args:
        scores: One a row, higher is more anomalous.
        flags: One a row, True where the row was flagged.
        labels: One a row, True where the row is anomalous.
        seed: Where the resamples' chance starts from.
        resamples: How many resamples the intervals rest on; 0 for no intervals.

    Raises:
        DataError: The three have different lengths, there are no rows, or a score is NaN.

    Example:
        >>> labels = np.array([False, False, True, True])
        >>> report = evaluate(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, False, True]), labels)
        >>> report.roc_auc, report.accuracy, report.anomalous.recall
        (0.75, 0.75, 0.5)
    """
    _check_rows(scores, flags, labels)
    table, steps = confusion(flags, labels), score_steps(scores, labels)
    return Report(
        rows=int(labels.size),
        accuracy=accuracy(table),
        roc_auc=steps.roc_auc(),
        average_precision=steps.average_precision(),
        anomalous=anomalous_metrics(table),
        normal=normal_metrics(table),
        confusion=table,
        intervals=_intervals(table, steps, seed, resamples) if resamples else {},
    )


def _check_rows(scores: np.ndarray, flags: np.ndarray, labels: np.ndarray) -> None:
    if not scores.size == flags.size == labels.size:
        raise DataError(
            f"There are {scores.size} scores, {flags.size} flags and {labels.size} labels; "
            "one of each a row was expected."
        )
    if not labels.size:
        raise DataError("There are no rows to evaluate; at least one labelled row was expected.")
    if np.isnan(scores).any():
        raise DataError(f"The score of row {int(np.isnan(scores).argmax())} is NaN; a number was expected.")


def _intervals(table: Confusion, steps: ScoreSteps, seed: int, resamples: int) -> dict[str, Interval]:
    rng = host_randomness(seed, Purpose.RESAMPLES)
    drawn: dict[str, Any] = {}
    tables = resample_confusion(table, resamples, rng)
    drawn["accuracy"] = [accuracy(sample) for sample in tables]
    if steps.anomalous.any() and steps.normal.any():
        drawn["roc_auc"], drawn["average_precision"] = resample_areas(steps, resamples, rng)
    for kind, metrics_of in (("anomalous", anomalous_metrics), ("normal", normal_metrics)):
        metrics = [metrics_of(sample) for sample in tables]
        for name in _CLASS_METRICS:
            drawn[f"{kind}.{name}"] = [getattr(sample, name) for sample in metrics]
    if not table.anomalous_flagged + table.normal_flagged:
        del drawn["anomalous.precision"]
    if not table.anomalous_missed + table.normal_passed:
        del drawn["normal.precision"]
    return {name: _interval(values) for name, values in drawn.items()}


def _interval(values: Any) -> Interval:
    low, high = np.quantile(np.asarray(values), [_OUTSIDE, 1 - _OUTSIDE])
    return float(low), float(high)
