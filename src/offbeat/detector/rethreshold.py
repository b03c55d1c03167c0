"""The scores that a changed threshold is set by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from offbeat.detector.truth import known_labels, without_label
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.rules import parse_rule

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


def scores_and_labels(
    detector: Detector, rule: str | float, source: object, label: str | int | None, normal: object
) -> tuple[Float[np.ndarray, "calibration"], Bool[np.ndarray, "calibration"] | None]:
    """Scores of the table's normal rows; without a table, of the rows that the threshold was set on before.

    Only a rule that separates two classes gets the scores of anomalous rows as well, and the labels.
    """
    if source is None:
        return detector.threshold.calibration.scores, None
    table = detector.read(source)
    scores = detector.score(without_label(detector, table, label))
    labels = known_labels(detector, table, label, normal)
    if labels is None or isinstance(parse_rule(rule), BestF):
        return scores, labels
    return scores[~labels], None
