"""`Detector`: everything that fitting learned, frozen; the verbs of offbeat are its methods."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from offbeat.data.schema import Schema
from offbeat.data.table import Table
from offbeat.detector.columns import read_as
from offbeat.detector.config import Settings
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import encode, reconstruct
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.reference import ColumnReference
from offbeat.scoring.combine import Scorer
from offbeat.thresholds.settings import ThresholdSettings
from offbeat.thresholds.threshold import Threshold, fit_threshold
from offbeat.training.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from offbeat.detector.detections import Detections
    from offbeat.evaluation.report import Report
    from offbeat.explanation.explanation import Explanation


@dataclass(frozen=True)
class Facts:
    """What is worth remembering of the fit.

    Attributes:
        source: What the training table was called.
        rows: How many rows it had, labelled anomalous ones included.
        trained_on: How many rows changed weights.
        validated_on: How many rows measured the loss of each epoch.
        curves: Whether each row is one series.
        seconds: How long the fit took; with reading, unless the table had been read before.
        origin: Where a detector comes from that was not fitted here, in sentences; else empty.
        labels: The values that the label column held, in order of the rows; None where there was none, too many to be
            classes, or a file from before they were kept.
        recalibrated: Whether the threshold was set on a table that was given later, not on the rows of the fit.
        decimal_commas: Whether decimals stood behind commas in the text of the training table.
    """

    source: str
    rows: int
    trained_on: int
    validated_on: int
    curves: bool
    seconds: float
    origin: str = ""
    labels: tuple[str, ...] | None = None
    recalibrated: bool = False
    decimal_commas: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Detector:
    """What normal looks like, and from which score on a row does not fit.

    Attributes:
        settings: As they were given.
        resolved: The same with every "auto" decided.
        schema: The columns that tables must have.
        preprocessor: How columns become features.
        network: The trained network.
        scorer: How a row's score is measured.
        threshold: From which score on a row is anomalous.
        history: The losses of training.
        facts: What is worth remembering of the fit.
        reference: How the columns of normal rows were distributed; None where that is not known.
    """

    settings: Settings
    resolved: Settings
    schema: Schema
    preprocessor: Preprocessor
    network: AbstractAutoencoder
    scorer: Scorer
    threshold: Threshold
    history: History
    facts: Facts
    reference: ColumnReference | None = None

    def __repr__(self) -> str:
        """Kind and size."""
        facts = self.facts
        whence = (
            f"imported from {facts.source}" if facts.origin else f"trained on {facts.trained_on} rows of {facts.source}"
        )
        return f"Detector({self.resolved.network}, {len(self.schema.columns)} columns, {whence})"

    def score(self, table: object) -> Float[np.ndarray, "rows"]:
        """One score a row, higher = more anomalous; a row's score does not depend on the other rows.

        Args:
            table: A path, URL, data frame, array or `Table` with the columns that the detector was fitted on.

        Raises:
            SchemaError: Columns are lacking.
            DataError: The table cannot be read, or holds what it should not.
        """
        from offbeat.detector.table_scores import score_table

        return score_table(self, self.schema.align(self.read(table)))

    def p_values(self, table: object) -> Float[np.ndarray, "rows"]:
        """How likely a normal row is to score at least as high as each row."""
        return self.threshold.p_values(self.score(table))

    def detect(self, table: object, *, label: object = None, normal: object = None) -> Detections:
        """Score the rows and say which are anomalous.

        Args:
            table: As for `score`.
            label: Name or index of the column that holds the truth, for pictures and metrics; the detector's own unless
                given. Where the table lacks it, nothing is known of the truth.
            normal: The label's value for normal rows.
        """
        from offbeat.detector.detections import detect

        return detect(self, self.read(table), label=label, normal=normal)

    def explain(self, table: object, *, most: int = 100) -> tuple[Explanation, ...]:
        """Why rows are anomalous: contributions, expected values, one sentence each; the most anomalous rows first.

        Args:
            table: As for `score`. A table of one row explains that row, flagged or not.
            most: Explain at most so many rows, from 0.

        Raises:
            SettingsError: `most` is no such number.
        """
        from offbeat.detector.chosen_rows import require_most
        from offbeat.detector.detections import detect
        from offbeat.detector.explaining import rows_to_explain

        require_most(most, "rows to explain")
        found = detect(self, self.read(table))
        return found.explain(rows_to_explain(found, most))

    def evaluate(self, table: object, *, label: object = None, normal: object = None) -> Report:
        """Metrics of the detections against labels, with bootstrap intervals.

        Args:
            table: As for `score`, with the label column.
            label: Name or index of the column that holds the truth; the detector's own unless given.
            normal: The label's value for normal rows; the detector's own unless given.
        """
        from offbeat.detector.detections import detect_labelled

        return detect_labelled(self, self.read(table), label=label, normal=normal)[1]

    def reconstruct(self, table: object) -> dict[str, np.ndarray]:
        """What the network makes of rows: for each column its values, in the column's own unit."""
        return self.preprocessor.expected(reconstruct(self.network, self.features(table)))

    def encode(self, table: object) -> Float[np.ndarray, "rows latent"]:
        """The latent code of every row."""
        return encode(self.network, self.features(table))

    def feature_errors(self, table: object) -> Float[np.ndarray, "rows features"]:
        """What each feature adds to its row's score; each row sums to the score."""
        from offbeat.detector.detections import feature_contributions

        return feature_contributions(self, self.features(table))

    def with_threshold(
        self,
        rule: str | float,
        *,
        fdr: float | None = None,
        table: object = None,
        label: object = None,
        normal: object = None,
    ) -> Detector:
        """The same detector with another threshold; nothing is trained.

        Args:
            rule: Any threshold rule, such as "quantile:0.99", or a number.
            fdr: The false discovery rate for rules that use one.
            table: Rows to set the threshold on, new ones; the detector's own calibration rows unless given. Where they
                are labelled, only "best-f1" looks at the anomalous ones.
            label: Name or index of the column of `table` that tells normal from anomalous rows; the detector's own
                unless given.
            normal: The label's value for normal rows; the detector's own unless given.

        Raises:
            SettingsError: There is no such rule, it needs labels and there are none, or it reads no `fdr`; or labels
                are named without a table.
            DataError: The table cannot be read or used.
        """
        from offbeat.detector.rethreshold import changes_of_threshold, scores_and_labels, scores_of_training_rows

        changes = changes_of_threshold(rule, fdr)
        settings = self.settings.with_changes(**changes)
        scores, labels = scores_and_labels(self, rule, table, label, normal)
        threshold = fit_threshold(
            settings.part(ThresholdSettings),
            scores,
            held_out=self.threshold.held_out if table is None else True,
            labels=labels,
            training_scores=scores_of_training_rows(self, table),
        )
        resolved = self.resolved.with_changes(**changes)
        facts = self.facts if table is None else replace(self.facts, recalibrated=True)
        return replace(self, settings=settings, resolved=resolved, threshold=threshold, facts=facts)

    def read(self, table: object) -> Table:
        """Read a source the way the training table was read; the names of that one are a header, if they come first."""
        return read_as(self.settings, table, self.schema.own_names)

    def features(self, table: object) -> Float[np.ndarray, "rows features"]:
        """The scaled features that the network sees."""
        return self.preprocessor.transform(self.schema.align(self.read(table)))

    def inspect(self) -> dict[str, Any]:
        """All there is to know about the detector, as plain values; `print(detector.describe())` shows it."""
        from offbeat.detector.describe import inspect

        return inspect(self)

    def describe(self) -> str:
        """The detector in words and a small table, as `offbeat inspect` prints it."""
        from offbeat.detector.describe import describe

        return describe(self)

    def plot_loss(self) -> Figure:
        """The training and validation loss of every epoch."""
        from offbeat.detector.pictures import drawing_of_loss

        return drawing_of_loss(self).figure()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the detector to one file that executes nothing when it is loaded.

        Raises:
            FileError: It cannot be written; an older file is untouched.
        """
        from offbeat.detector.archive import save

        return save(self, path)
