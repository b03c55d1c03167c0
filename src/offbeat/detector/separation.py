"""How well a detector tells held-out normal rows from counterfeits of them: what can be measured without labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int

from offbeat.data.counterfeits import counterfeits
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.evaluation.ranking import roc_auc
from offbeat.randomness import Purpose, host_randomness

RESAMPLES = 200

_OF_GAIN = 2
"""The index of these draws; `tune` cuts rows by index 0 and seeds its sampler by index 1."""


@dataclass(frozen=True, eq=False)
class Exam:
    """Normal rows that no candidate learned from, and their counterfeits by kind."""

    normal: Table
    counterfeit: Mapping[str, Table]

    def take(self, detector: Detector) -> Answers:
        """The detector's scores of all these rows."""
        return Answers(
            detector.score(self.normal), {kind: detector.score(table) for kind, table in self.counterfeit.items()}
        )


@dataclass(frozen=True, eq=False)
class Answers:
    """Scores of the normal rows, and of the counterfeit of each row by kind."""

    normal: Float64[np.ndarray, "rows"]
    counterfeit: Mapping[str, Float64[np.ndarray, "rows"]]

    def by_kind(self, rows: Int[np.ndarray, "chosen"] | None = None) -> dict[str, float]:
        """ROC AUC of each kind of counterfeits against the normal rows, over all rows or those chosen."""
        chosen = np.arange(len(self.normal)) if rows is None else rows
        labels = np.repeat([False, True], len(chosen))
        areas = {
            kind: roc_auc(np.concatenate([self.normal[chosen], scores[chosen]]), labels)
            for kind, scores in self.counterfeit.items()
        }
        return {kind: float(area) for kind, area in areas.items() if area is not None}

    def separation(self, rows: Int[np.ndarray, "chosen"] | None = None) -> float:
        """The mean over the kinds; 0.5 is guessing, 1 tells every row from every counterfeit."""
        return float(np.mean(list(self.by_kind(rows).values())))


def set_exam(detector: Detector, rows: Table, seed: int) -> Exam:
    """An exam of these normal rows, for all detectors that look at the columns that this one looks at."""
    columns = detector.schema.columns
    aligned = detector.schema.align(rows)
    made = counterfeits(
        aligned,
        [column.name for column in columns if column.kind == "numeric"],
        [column.name for column in columns if column.kind != "numeric"],
        curves=detector.facts.curves,
        seed=seed,
    )
    return Exam(aligned, made)


def gain_interval(one: Answers, other: Answers, seed: int) -> tuple[float, float]:
    """A 95 % bootstrap interval of how much better the second separates; rows and their counterfeits drawn together."""
    rng, rows = host_randomness(seed, Purpose.TUNING, _OF_GAIN), len(one.normal)
    gains: Float[np.ndarray, "resamples"] = np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        drawn = rng.integers(rows, size=rows)
        gains[place] = other.separation(drawn) - one.separation(drawn)
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)
