"""How another detector's scores of the same rows compare with ours, by labels and without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from offbeat.evaluation.score_steps import score_steps


@dataclass(frozen=True)
class Comparison:
    """Another detector beside ours, on the same rows.

    Attributes:
        name: Of the other one.
        roc_auc: Its ROC AUC; None where no labels are known, or only one class.
        average_precision: Its average precision; None where no labels are known.
        rank_correlation: Spearman's, of its scores with ours: 1 where both order the rows alike. None where one of them
            gives every row the same score.
        overlap: The share of the rows that we flag which are among as many of its highest; None where we flag none. Of
            rows whose score the last of these shares, each counts as often as it would be taken by lot.
    """

    name: str
    roc_auc: float | None
    average_precision: float | None
    rank_correlation: float | None
    overlap: float | None


def compare(
    name: str,
    scores: Float[np.ndarray, "rows"],
    ours: Float[np.ndarray, "rows"],
    flags: Bool[np.ndarray, "rows"],
    labels: Bool[np.ndarray, "rows"] | None = None,
) -> Comparison:
    """Set another detector's scores beside ours.

    Args:
        name: Of the other detector.
        scores: Its scores, higher = more anomalous, in whatever unit.
        ours: Our scores of the same rows.
        flags: The rows that we flag.
        labels: True where a row is anomalous, if that is known.

    Example:
        >>> ours, theirs = np.array([0.1, 0.2, 0.9, 0.3]), np.array([5.0, 7.0, 9.0, 8.0])
        >>> compare("other", theirs, ours, ours > 0.25).overlap
        1.0
    """
    steps = None if labels is None else score_steps(scores, labels)
    return Comparison(
        name=name,
        roc_auc=None if steps is None else steps.roc_auc(),
        average_precision=None if steps is None else steps.average_precision(),
        rank_correlation=rank_correlation(scores, ours),
        overlap=_overlap(scores, flags),
    )


def rank_correlation(one: Float[np.ndarray, "rows"], other: Float[np.ndarray, "rows"]) -> float | None:
    """Spearman's rank correlation, equal values sharing their mean rank; None where all values of one are equal.

    Example:
        >>> round(rank_correlation(np.array([1.0, 2.0, 30.0]), np.array([3.0, 2.0, 1.0])), 6)
        -1.0
    """
    ranks = [_mean_ranks(values) for values in (one, other)]
    centred = [rank - rank.mean() for rank in ranks if len(rank)]
    norms = [float(np.sqrt(np.square(rank).sum())) for rank in centred]
    if not all(norms) or not norms:
        return None
    return float(np.clip(np.dot(centred[0], centred[1]) / (norms[0] * norms[1]), -1.0, 1.0))


def _mean_ranks(values: Float[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[place])


def _overlap(scores: Float[np.ndarray, "rows"], flags: Bool[np.ndarray, "rows"]) -> float | None:
    flagged = int(flags.sum())
    if not flagged:
        return None
    last = np.partition(scores, len(scores) - flagged)[len(scores) - flagged]
    above, tied = scores > last, scores == last
    by_lot = (flagged - above.sum()) / tied.sum()
    return float(((flags & above).sum() + by_lot * (flags & tied).sum()) / flagged)
