"""Plain detectors beside a detector: they learn from the same rows, and score the same rows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from offbeat.data.table import Table
from offbeat.detector.detections import Detections
from offbeat.detector.detector import Detector
from offbeat.detector.fit import fit_with
from offbeat.detector.labels import rows_by_label
from offbeat.detector.rows import assign_roles
from offbeat.detector.unused import without_unused_by_threshold
from offbeat.errors import DataError, SettingsError
from offbeat.evaluation.baselines import baseline_scores
from offbeat.evaluation.comparison import Comparison, compare
from offbeat.preprocessing.preprocessor import fit_preprocessor
from offbeat.preprocessing.settings import PreprocessingSettings

UNTRAINED = "untrained network"


def compare_with_baselines(found: Detections, training: object) -> tuple[Comparison, ...]:
    """The same rows as other detectors see them: the untrained network, PCA, nearest neighbours, isolation forest.

    The untrained network is the detector's own fit with no epoch: what it finds, training did not add. The others see
    standardised columns, whatever the detector's scaling.

    Args:
        found: What the detector found.
        training: The table that the detector was fitted on.

    Raises:
        DataError: The table is not that one, by its number of rows.
        SettingsError: The detector was imported, and nobody knows from which rows it learned.
    """
    detector = found.detector
    table = detector.read(training)
    _require_training_table(detector, table)
    # The threshold may have been changed since the fit, by settings that the new one does not look at.
    settings = without_unused_by_threshold(detector.settings).with_changes(epochs=0)
    untrained = fit_with(settings, table, progress="none")
    scores = {UNTRAINED: untrained.score(found.table), **_plain_scores(detector, table, found.table)}
    return tuple(compare(name, theirs, found.scores, found.flags, found.labels) for name, theirs in scores.items())


def _plain_scores(detector: Detector, training: Table, rows: Table) -> dict[str, np.ndarray]:
    learned_from = _rows_learned_from(detector, training)
    aligned = detector.schema.align(training)
    settings = detector.resolved.part(PreprocessingSettings).model_copy(update={"scaling": "standard"})
    preprocessor = fit_preprocessor(aligned, detector.schema, settings, learned_from)
    train = preprocessor.transform(aligned, learned_from)
    return baseline_scores(train, preprocessor.transform(rows), detector.settings.seed)


def _rows_learned_from(detector: Detector, table: Table) -> Int[np.ndarray, "train"]:
    """The rows that changed weights: neither those held back for the threshold nor those labelled anomalous."""
    settings = detector.settings
    return assign_roles(*rows_by_label(table, settings.label, settings.normal), settings).train


def _require_training_table(detector: Detector, table: Table) -> None:
    if detector.facts.origin:
        raise SettingsError(
            "Baselines learn from the rows that the detector learned from, and this detector was imported: "
            f"{detector.facts.origin} Fit one with offbeat to compare it."
        )
    if table.height != detector.facts.rows:
        raise DataError(
            f"{table.subject} has {table.height:,} rows; the detector was fitted on {detector.facts.rows:,} of "
            f"{detector.facts.source}. Baselines must learn from the same rows: give that table."
        )
