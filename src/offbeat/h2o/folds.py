"""Scores of training rows by models that were trained without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float64

from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.training_run import MOST_ROWS_KEPT, given_parameters

FOLDS = 5
FEWEST_ROWS = 3

MOST_SAMPLES = 50_000
"""How many rows further trainings may see, over all folds and epochs: some seconds, one row at a time."""


_AS_LONG = {
    "stopping_rounds": 0,
    "regression_stop": -1,
    "score_interval": 1e9,
    "reproducible": False,
    "score_each_iteration": False,
    "train_samples_per_iteration": MOST_SAMPLES,
}
"""A fold's model does not stop by itself, and is scored before and after training only: one program call trains it."""


def is_cheap(rows: int, epochs: float) -> bool:
    """Whether folds are worth their time.

    Args:
        rows: How many rows were trained on.
        epochs: How often each was seen.

    Example:
        >>> is_cheap(20, 100.0), is_cheap(300, 100.0), is_cheap(20_000, 1.0)
        (True, False, False)
    """
    return FEWEST_ROWS <= rows <= MOST_ROWS_KEPT and rows * epochs * (FOLDS - 1) <= MOST_SAMPLES


def scores_by_folds(
    cells: pl.DataFrame, columns: Sequence[str], parameters: Mapping[str, Any], epochs: float
) -> Float64[np.ndarray, "rows"]:
    """Each row's `Reconstruction.MSE` by a model that was trained without it, as long as the kept one; ascending.

    Args:
        cells: Those of the training frame's rows that were learnt from.
        columns: Which of its columns were used.
        parameters: With which the kept model was trained.
        epochs: For how long.

    Reference:
        Cross-conformal prediction, Vovk 2015.
    """
    from offbeat.h2o.estimators.deeplearning import H2OAutoEncoderEstimator

    count = min(FOLDS, cells.height)
    fold_of = np.random.default_rng(0).permutation(cells.height) % count
    alike = given_parameters(parameters) | {"epochs": epochs, "ignore_const_cols": False, **_AS_LONG}
    left_out = ["checkpoint", "model_id", "training_frame", "validation_frame", "ignored_columns", "max_runtime_secs"]
    left_out += ["export_checkpoints_dir"]  # or saving a model would train models that are saved, without end
    chosen = {name: value for name, value in alike.items() if name not in left_out}
    scores = np.empty(cells.height)
    for fold in range(count):
        learnt, held = (H2OFrame.of(cells.filter(mark)) for mark in (fold_of != fold, fold_of == fold))
        model = H2OAutoEncoderEstimator(**chosen).train(x=[*columns], training_frame=learnt)
        scores[fold_of == fold] = model.anomaly(held).cells.to_series().to_numpy()
    return np.sort(scores)
