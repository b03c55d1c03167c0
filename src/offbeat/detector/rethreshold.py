"""The scores that a changed threshold is set by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from offbeat.detector.labels import anomalous_rows

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


def scores_and_labels(
    detector: Detector, source: object, label: str | int | None, normal: object
) -> tuple[Float[np.ndarray, "calibration"], Bool[np.ndarray, "calibration"] | None]:
    """Scores of the table's rows, with their labels where there are any; the calibration scores without a table."""
    if source is None:
        return detector.threshold.calibration.scores, None
    table = detector.read(source)
    scores = detector.score(table)
    if label is None:
        return scores, None
    return scores, anomalous_rows(table, label, normal)
