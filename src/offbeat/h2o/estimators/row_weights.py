"""`weights_column`: rows that count more or less than others, as H2O documents it (there, it fails on autoencoders)."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int

from offbeat.data.numerals import such_rows
from offbeat.errors import DataError
from offbeat.h2o.estimators.seeds import generator, shuffled_rows
from offbeat.h2o.frame import H2OFrame


def weights_of(frame: H2OFrame, column: str | None) -> Float64[np.ndarray, "rows"]:
    """How much each row counts; 1 where no column says otherwise.

    A weight of 0 leaves a row out, one of 2 is as good as the row twice.

    Args:
        frame: The training rows.
        column: The column of weights.

    Raises:
        DataError: The column is not there, or holds missing cells, words, negative numbers or nothing but 0.
    """
    if column is None:
        return np.ones(frame.nrows)
    if column not in frame.names:
        raise DataError(f"The training frame has no column '{column}' to take as weights_column.")
    cells = frame.cells[column]
    if not cells.dtype.is_numeric():
        raise DataError(f"weights_column '{column}' holds {frame.types[column]}; numbers of at least 0 were expected.")
    weights = cells.cast(float).to_numpy()
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise DataError(
            f"weights_column '{column}' holds {cells[int(wrong[0])]} at row {wrong[0]} {such_rows(len(wrong))}; "
            "numbers of at least 0 were expected."
        )
    if not weights.any():
        raise DataError(f"weights_column '{column}' holds nothing but 0; no row is left to train on.")
    return weights


def one_epoch(
    weights: Float64[np.ndarray, "rows"], seed: int, seen: int, learnt_from: Bool[np.ndarray, "rows"]
) -> Int[np.ndarray, "seen"]:
    """As many rows as are learnt from, in random order, each as often as its weight asks for; equal ones once each.

    Args:
        weights: How much each row counts.
        seed: H2O's parameter.
        seen: How many rows were seen before.
        learnt_from: Which rows are not skipped. As in H2O, the order is one of all rows, and some are passed over.

    Reference:
        Systematic sampling: a row that weighs w times the mean comes floor(w) or ceil(w) times.
    """
    places_of, count = np.flatnonzero(learnt_from), int(learnt_from.sum())
    order = shuffled_rows(seed, len(weights), seen // count + 1, seen)
    order = order[learnt_from[order]]
    if (weights == weights[0]).all():
        return order
    counted = weights[learnt_from]
    ends = np.cumsum(counted) / counted.sum() * count
    places = np.arange(count) + generator(seed, seen).random()
    drawn = np.minimum(np.searchsorted(ends, places, side="right"), np.flatnonzero(counted)[-1])
    return places_of[drawn[np.searchsorted(places_of, order)]]
