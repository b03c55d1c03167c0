"""What a changed threshold is set by: the rule, and the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float

from offbeat.detector.config import parse_settings
from offbeat.detector.truth import known_labels, label_column, without_label
from offbeat.detector.unused import refuse_unused_by_threshold
from offbeat.errors import SettingsError
from offbeat.thresholds.labelled import BestF
from offbeat.thresholds.rules import parse_rule

if TYPE_CHECKING:
    from offbeat.detector.detector import Detector


def changes_of_threshold(rule: str | float, fdr: float | None) -> dict[str, object]:
    """The settings to change, by name.

    Raises:
        SettingsError: There is no such rule, or it reads no false discovery rate and one is stated.
    """
    changes: dict[str, object] = {"threshold": rule} if fdr is None else {"threshold": rule, "fdr": fdr}
    refuse_unused_by_threshold(parse_settings(changes))
    return changes


def refuse_labels_of_no_table(label: object, normal: object) -> None:
    """Labels are about the rows of a table.

    Raises:
        SettingsError: Some are named.
    """
    if label is not None or normal is not None:
        raise SettingsError(
            "label=... and normal=... (--label, --normal) are about the rows of a table, and none is given to set the "
            "threshold on. Give it with table=... (--table), or leave them out."
        )


def scores_and_labels(
    detector: Detector, rule: str | float, source: object, label: object, normal: object
) -> tuple[Float[np.ndarray, "calibration"], Bool[np.ndarray, "calibration"] | None]:
    """Scores of the table's normal rows; without a table, of the rows that the threshold was set on before.

    Only a rule that separates two classes gets the scores of anomalous rows as well, and the labels.

    Raises:
        SettingsError: Labels are named, and there is no table that could hold them.
        DataError: The table cannot be read or used.
    """
    if source is None:
        refuse_labels_of_no_table(label, normal)
        return detector.threshold.calibration.scores, None
    column = label_column(label)
    table = detector.read(source)
    scores = detector.score(without_label(detector, table, column))
    labels = known_labels(detector, table, column, normal)
    if labels is None or isinstance(parse_rule(rule), BestF):
        return scores, labels
    return scores[~labels], None


def scores_of_training_rows(detector: Detector, source: object) -> Float[np.ndarray, "training"] | None:
    """The scores that the threshold was set on before, where these are of the rows that the network trained on.

    A detector that was not fitted here may have other scores of these rows, such as what they would have scored had
    the network not trained on them; of those nothing is said.
    """
    threshold = detector.threshold
    own = source is None and not threshold.held_out and not detector.facts.origin
    return threshold.calibration.scores if own else None
