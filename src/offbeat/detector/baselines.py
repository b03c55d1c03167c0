"""Plain detectors beside a detector: they learn from the same rows, and score the same rows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from offbeat.data.table import Table
from offbeat.detector.config import Settings
from offbeat.detector.detections import Detections
from offbeat.detector.detector import Detector
from offbeat.detector.fit import fit_with
from offbeat.detector.labels import rows_by_label
from offbeat.detector.rows import assign_roles, separates_classes
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
    settings = _settings_of_fit(detector, table)
    untrained = fit_with(settings.with_changes(epochs=0), table, progress="none")
    learned_from = _rows_learned_from(settings, table)
    scores = {UNTRAINED: untrained.score(found.table), **_plain_scores(detector, table, learned_from, found.table)}
    return tuple(compare(name, theirs, found.scores, found.flags, found.labels) for name, theirs in scores.items())


def _plain_scores(
    detector: Detector, training: Table, learned_from: Int[np.ndarray, "train"], rows: Table
) -> dict[str, np.ndarray]:
    aligned = detector.schema.align(training)
    settings = detector.resolved.part(PreprocessingSettings).model_copy(update={"scaling": "standard"})
    preprocessor = fit_preprocessor(aligned, detector.schema, settings, learned_from)
    train = preprocessor.transform(aligned, learned_from)
    return baseline_scores(train, preprocessor.transform(rows), detector.settings.seed)


def _settings_of_fit(detector: Detector, table: Table) -> Settings:
    """Settings by which as many rows change weights as did at the fit.

    The threshold may have been changed since, to one by which a fit would hold back other rows, that needs labels which
    the training table lacks, or that does not look at all that was given. What it cuts off is not asked here.
    """
    own = "conformal" if separates_classes(detector.settings) else detector.settings.threshold
    given = detector.settings
    if given.network == "auto" and given.hidden is None:
        # What the default detector sees, also where the one of today would see it otherwise.
        given = given.with_changes(kind=detector.resolved.kind, scaling=detector.resolved.scaling)
    ways = [without_unused_by_threshold(given.with_changes(threshold=rule)) for rule in (own, "conformal", "mean+3std")]
    trained_on = detector.facts.trained_on
    return next((settings for settings in ways if len(_rows_learned_from(settings, table)) == trained_on), ways[0])


def _rows_learned_from(settings: Settings, table: Table) -> Int[np.ndarray, "train"]:
    """The rows that change weights: neither those held back for the threshold nor those labelled anomalous."""
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
