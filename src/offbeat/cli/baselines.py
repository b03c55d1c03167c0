"""How plain detectors beside a detector are told: as a short table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offbeat.cli.saying import say
from offbeat.cli.tables import print_table

if TYPE_CHECKING:
    from offbeat.detector.detections import Detections

_RANKING = ("roc_auc", "average_precision")
_LIKENESS = ("rank_correlation", "overlap")
_HEADINGS = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "rank_correlation": "rank correlation",
    "overlap": "flags in common",
}


def print_baselines(found: Detections) -> None:
    """Print what plain detectors make of the same rows, beside this detector where labels are known."""
    metrics = found.metrics
    names = _LIKENESS if metrics is None else (*_RANKING, *_LIKENESS)
    rows = [[entry.name, *(_shown(getattr(entry, name)) for name in names)] for entry in found.baselines]
    if metrics is not None:
        ours = [metrics.roc_auc, metrics.average_precision, None, None]
        rows.insert(0, ["this detector", *map(_shown, ours)])
    say("Plain detectors, which learned from the same rows and scored the same rows:")
    print_table(["detector", *(_HEADINGS[name] for name in names)], rows)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
