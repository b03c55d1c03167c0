"""How far metrics could lie off by chance: percentile intervals over resampled rows.

Rows are drawn with replacement within each class. So the share of anomalous rows is taken as given, and ROC AUC is
defined in every resample.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int

from offbeat.evaluation.classification import Confusion
from offbeat.evaluation.score_steps import ScoreSteps, average_precisions, roc_areas

# Bounds the work for big tables: 1,000 resamples of so many steps take about a second, however many rows there are.
MOST_STEPS = 1_024
_CELLS_AT_ONCE = 1 << 18


def resample_confusion(table: Confusion, resamples: int, rng: np.random.Generator) -> list[Confusion]:
    """Tables as they come out when the rows of each class are drawn again.

    The number of rows does not matter: how many of the drawn rows are flagged is binomial.

    Args:
        table: What was observed.
        resamples: How many tables to draw.
        rng: Where chance comes from.
    """
    anomalous = table.anomalous_flagged + table.anomalous_missed
    normal = table.normal_flagged + table.normal_passed
    found = rng.binomial(anomalous, table.anomalous_flagged / max(anomalous, 1), resamples).tolist()
    alarms = rng.binomial(normal, table.normal_flagged / max(normal, 1), resamples).tolist()
    return [Confusion(f, anomalous - f, a, normal - a) for f, a in zip(found, alarms, strict=True)]


def resample_areas(
    steps: ScoreSteps, resamples: int, rng: np.random.Generator
) -> tuple[Float64[np.ndarray, "resamples"], Float64[np.ndarray, "resamples"]]:
    """ROC AUC and average precision of resampled rows.

    Neighbouring scores of normal rows alone are drawn as one step, which changes neither area. Where more than
    `MOST_STEPS` remain (thousands of rows in both classes), neighbouring steps are drawn as if tied, and both areas are
    shifted by what the ties change in the observed rows.

    Args:
        steps: What was observed, with at least one row of each class.
        resamples: How many times to draw.
        rng: Where chance comes from.
    """
    anomalous, normal = _merge_steps(steps)
    drawn = []
    at_once = max(1, _CELLS_AT_ONCE // anomalous.size)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        sample = _draw(anomalous, count, rng), _draw(normal, count, rng)
        drawn.append((roc_areas(*sample), average_precisions(*sample)))
    areas, precisions = (np.concatenate(values) for values in zip(*drawn, strict=True))
    merged, exact = (anomalous[None], normal[None]), (steps.anomalous[None], steps.normal[None])
    return (
        np.clip(areas + roc_areas(*exact) - roc_areas(*merged), 0, 1),
        np.clip(precisions + average_precisions(*exact) - average_precisions(*merged), 0, 1),
    )


def _merge_steps(steps: ScoreSteps) -> tuple[Int[np.ndarray, "merged"], Int[np.ndarray, "merged"]]:
    """Anomalous and normal rows of at most about `MOST_STEPS` steps."""
    has_anomalous = steps.anomalous > 0
    starts = np.flatnonzero(np.append(True, has_anomalous[1:] | has_anomalous[:-1]))
    anomalous, normal = (np.add.reduceat(counts, starts) for counts in (steps.anomalous, steps.normal))
    if starts.size <= MOST_STEPS:
        return anomalous, normal
    # Equal shares of both classes together, so that neither is seen through a few wide steps only.
    reached = np.cumsum(anomalous / anomalous.sum() + normal / normal.sum()) / 2
    block = np.minimum((reached * MOST_STEPS).astype(np.int64), MOST_STEPS)
    starts = np.flatnonzero(np.append(True, np.diff(block) > 0))
    return np.add.reduceat(anomalous, starts), np.add.reduceat(normal, starts)


def _draw(
    counts: Int[np.ndarray, "merged"], resamples: int, rng: np.random.Generator
) -> Int[np.ndarray, "resamples merged"]:
    """How many of the rows, drawn with replacement, fall on each step."""
    rows = int(counts.sum())
    # Measured: a row drawn and counted costs a quarter of a multinomial's step.
    if rows > 4 * counts.size:
        return rng.multinomial(rows, counts / rows, size=resamples)
    step_of_row = np.repeat(np.arange(counts.size), counts)
    drawn = step_of_row[rng.integers(0, rows, size=(resamples, rows))]
    drawn += counts.size * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * counts.size).reshape(resamples, counts.size)
