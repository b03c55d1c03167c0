"""Scores of rows that the network did not train on, which the threshold is set by."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Float, Int

from offbeat.detector.member import Member
from offbeat.scoring.combine import component_scores

FitMember = Callable[[Int[np.ndarray, "train"]], Member]


def score_by_folds(
    fit_member: FitMember,
    features: Float[np.ndarray, "rows features"],
    train: Int[np.ndarray, "train"],
    folds: Int[np.ndarray, "train"],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Float[np.ndarray, "train components"]:
    """Each training row's component scores by a member that was fitted without that row's fold.

    The folds share one compiled program and are fitted side by side; their results do not depend on that.

    Args:
        fit_member: Fits a member to some rows.
        features: All scaled rows.
        train: The numbers of the training rows.
        folds: The fold of each of these.
        tell: Is told how many folds are done, and of how many.

    Reference:
        Cross-conformal prediction, Vovk 2015; valid up to a factor of 2, in practice close to exact.
    """
    numbers = np.unique(folds).tolist()

    def held_out_scores(fold: int) -> np.ndarray:
        member = fit_member(train[folds != fold])
        return component_scores(member.components, member.network, features[train[folds == fold]])

    with ThreadPoolExecutor(max_workers=min(len(numbers), os.cpu_count() or 1)) as pool:
        measured: list[np.ndarray] = []
        tell(0, len(numbers))
        for scores_of_fold in pool.map(held_out_scores, numbers):
            measured.append(scores_of_fold)
            tell(len(measured), len(numbers))
    scores = np.empty((len(train), measured[0].shape[1]))
    for fold, part in zip(numbers, measured, strict=True):
        scores[folds == fold] = part
    return scores
