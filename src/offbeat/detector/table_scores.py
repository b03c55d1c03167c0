"""The scores of a table's rows, from cells to scores slice by slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Float32

from offbeat.data.table import Table
from offbeat.errors import DataError

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


def score_table(detector: Detector, table: Table) -> Float[np.ndarray, "rows"]:
    """One score a row.

    Scaling takes a third of the time that a network of two hidden layers does, so slices are scaled and scored side by
    side; and the features of a large table are never all in memory.

    Args:
        detector: Whose score.
        table: Aligned with the detector's columns.
    """

    def features_of(part: slice) -> Float32[np.ndarray, "piece features"]:
        return detector.preprocessor.transform(table.take(part))

    width = detector.preprocessor.features
    try:
        return detector.scorer.scores_of_pieces(detector.network, width, table.height, features_of)
    except DataError:
        # A slice numbers its rows from 0; the whole table tells the row that is meant.
        detector.preprocessor.transform(table)
        raise
