"""Scores of rows that the network did not train on, which the threshold is set by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Bool, Float, Int

from offbeat.cores import cores
from offbeat.detector.member import Member
from offbeat.randomness import Purpose, host_randomness
from offbeat.scoring.combine import component_scores

FitMember = Callable[[Float[np.ndarray, "kept features"]], Member]
ScaledBy = Callable[[Int[np.ndarray, "others"], Int[np.ndarray, "asked"]], Float[np.ndarray, "asked features"]]

FOLDS = 5
MOST_SCALES = 40
"""Of at most so many parts of the training rows each is scaled by all the others."""


def folds_apart(features: Float[np.ndarray, "train features"], seed: int) -> Int[np.ndarray, "train"]:
    """A fold for each training row, of about equal size, such that near rows are in different ones.

    A new row finds its like among the rows that were learned from; one that is held out together with the only other of
    its kind does not, and by chance that happens to some of 20 rows. The way goes from a random row to the nearest that
    is left, and so on; each in turn is given the next fold.

    Args:
        features: Scaled training rows.
        seed: Draws the first row.

    Example:
        >>> sorted(folds_apart(np.float32([[0], [0.1], [5], [5.1]]), seed=0).tolist())
        [0, 1, 2, 3]
    """
    height = len(features)
    centred = features - features.mean(axis=0, dtype=np.float64)
    squares = np.square(centred).sum(axis=1)
    distances = squares - 2 * centred @ centred.T  # but for what is the same along each row
    place = int(host_randomness(seed, Purpose.FOLDS).integers(height))
    folds = np.empty(height, np.int64)
    for number in range(height):
        folds[place] = number % FOLDS
        distances[:, place] = np.inf
        place = int(np.argmin(distances[place]))
    return folds


def score_by_folds(
    fit_member: FitMember,
    scaled_by: ScaledBy,
    folds: Int[np.ndarray, "train"],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Float[np.ndarray, "train components"]:
    """Each training row's component scores by a member that was fitted without that row's fold.

    Nor does a row take part in its own scale, as a new row does not: where rows are few, one that helped to set means
    and units lies nearer to the others than new rows do, and hundreds of columns add that up. Its scale is that of
    nearly all others, as a new row's is, not of the other folds alone: without a fifth of 20 rows, some columns would
    hardly vary.

    The folds share one compiled program and are fitted side by side; their results do not depend on that.

    Args:
        fit_member: Fits a member to scaled rows.
        scaled_by: Gives training rows, the asked ones, in the units of others.
        folds: The fold of each training row.
        tell: Is told how many folds are done, and of how many.

    Reference:
        Cross-conformal prediction, Vovk 2015; valid up to a factor of 2, in practice close to exact.
    """
    numbers = np.unique(folds).tolist()
    everyone = np.arange(len(folds))
    together = -(-len(folds) // MOST_SCALES)

    def held_out_scores(fold: int) -> np.ndarray:
        kept, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        member = fit_member(scaled_by(kept, kept))
        parts = [held[start : start + together] for start in range(0, len(held), together)]
        features = np.concatenate([scaled_by(np.delete(everyone, part), part) for part in parts])
        return component_scores(member.components, member.network, features)

    with ThreadPoolExecutor(max_workers=min(len(numbers), cores())) as pool:
        measured: list[np.ndarray] = []
        tell(0, len(numbers))
        for scores_of_fold in pool.map(held_out_scores, numbers):
            measured.append(scores_of_fold)
            tell(len(measured), len(numbers))
    scores = np.empty((len(folds), measured[0].shape[1]))
    for fold, part in zip(numbers, measured, strict=True):
        scores[folds == fold] = part
    return scores


def with_a_twin(features: Float[np.ndarray, "rows features"]) -> Bool[np.ndarray, "rows"]:
    """Which rows have an equal one among the others; 0.0 and -0.0 are equal.

    Example:
        >>> with_a_twin(np.float32([[1, 0.0], [1, 3], [1, -0.0]])).tolist()
        [True, False, True]
    """
    rows = [row.tobytes() for row in features + 0.0]  # which makes 0.0 of -0.0
    times = Counter(rows)
    return np.array([times[row] > 1 for row in rows])
