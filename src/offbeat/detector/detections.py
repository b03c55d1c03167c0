"""`Detections`: what a detector found in one table."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float, Int

from offbeat.data.table import Table
from offbeat.detector.chosen_rows import AskedRows, require_most, row_numbers
from offbeat.detector.detector import Detector
from offbeat.detector.doubt import doubt_about_normal_rows, none_stands_out
from offbeat.detector.missing_cells import note_on_missing_cells
from offbeat.detector.provenance import Provenance
from offbeat.detector.row_counts import note_on_row_counts
from offbeat.detector.strange_words import note_on_strange_words
from offbeat.detector.table_scores import score_table
from offbeat.detector.truth import known_labels_and_doubt, label_column, required_labels_and_doubt, without_label
from offbeat.evaluation.comparison import Comparison
from offbeat.evaluation.report import Report, evaluate
from offbeat.explanation.contributions import column_contributions, top_columns
from offbeat.explanation.explanation import Explanation
from offbeat.networks.blocks import ReconstructedRows, measure_in_blocks
from offbeat.plotting.drawing import Painter, paint
from offbeat.thresholds.rule import Decision

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Detections:
    """Scores, p-values and flags of a table's rows; rows count from 0.

    Attributes:
        detector: Who found them.
        table: The rows, aligned with the detector's columns.
        scores: One a row, higher = more anomalous.
        decision: Flags, p-values, and the score above which rows of this table are flagged.
        labels: The truth where it is known: True = anomalous.
        baselines: Plain detectors of the same rows, where `with_baselines` was asked for them.
        label_note: Why labels that the table holds are not among these, or what speaks against them; else empty.
    """

    detector: Detector
    table: Table
    scores: Float[np.ndarray, "rows"]
    decision: Decision
    labels: Bool[np.ndarray, "rows"] | None = None
    baselines: tuple[Comparison, ...] = ()
    label_note: str = ""

    def __repr__(self) -> str:
        """How many of how many."""
        rule = "no threshold in reach" if self.threshold == sys.float_info.max else f"score > {self.threshold:.6g}"
        return f"Detections({len(self.rows)} of {len(self.scores)} rows anomalous, {rule})"

    def _repr_html_(self) -> str:
        """The first anomalies with their reasons, as a notebook shows them."""
        from offbeat.detector.notebook import html_of

        return html_of(self)

    def __len__(self) -> int:
        """How many rows are anomalous."""
        return len(self.rows)

    @property
    def flags(self) -> Bool[np.ndarray, "rows"]:
        """True for every anomalous row."""
        return self.decision.flags

    @property
    def p_values(self) -> Float[np.ndarray, "rows"]:
        """How likely a normal row is to score at least as high."""
        return self.decision.p_values

    @property
    def threshold(self) -> float:
        """Rows of this table are anomalous when they score above this."""
        return self.decision.value

    @cached_property
    def note(self) -> str:
        """What one should know about the threshold and the cells; empty when there is nothing."""
        none = none_stands_out(self.detector.threshold, self.scores, self.decision)
        parts = (self.decision.note, none, doubt_about_normal_rows(self.detector), self.table_note)
        return " ".join(part for part in parts if part)

    @cached_property
    def table_note(self) -> str:
        """What missing cells count as where training had none, which columns number the rows, and which are strange.

        Empty where there is nothing of that.
        """
        notes = (note_on_missing_cells, note_on_row_counts, note_on_strange_words)
        return " ".join(part for note in notes if (part := note(self.detector, self.table)))

    @cached_property
    def ranking(self) -> Int[np.ndarray, "rows"]:
        """All row numbers, the most anomalous first; equal scores in table order."""
        return np.argsort(-self.scores, kind="stable")

    @cached_property
    def rows(self) -> Int[np.ndarray, "anomalous"]:
        """The numbers of the anomalous rows, the most anomalous first."""
        return self.ranking[self.flags[self.ranking]]

    def contributions(self, rows: AskedRows) -> Float[np.ndarray, "chosen columns"]:
        """What each column adds to the score of the chosen rows.

        Args:
            rows: A row number from 0, a list of these, or one mark a row such as `flags`; so for all methods.

        Raises:
            SettingsError: It is something else.
            DataError: The table has no such row, or not as many rows as there are marks.
        """
        return _by_column(self.detector, feature_contributions(self.detector, self._features(rows)))

    def observed(self, rows: AskedRows) -> dict[str, np.ndarray]:
        """The values of the chosen rows by column: numbers (NaN = missing) or words (None = missing).

        Words that training showed are spelled as there: 1 is the level "1.0".
        """
        chosen = self.table.take(row_numbers(rows, self.table))
        categorical = {column.name: column for column in self.detector.preprocessor.categorical}
        return {
            name: np.array(categorical[name].spelled(chosen.words(name)).to_list(), dtype=object)
            if name in categorical
            else chosen.numbers([name])[:, 0]
            for name in self.detector.preprocessor.columns
        }

    def expected(self, rows: AskedRows) -> dict[str, np.ndarray]:
        """What the score compares the chosen rows with, by column and in the column's own unit.

        That is the network's reconstruction, and for distances to training rows the mean of the nearest ones: for the
        default score of the nearest twentieth of those that were kept.
        """
        expected = _of_rows(self.detector, self._features(rows), self.detector.scorer.expected)[0]
        return self.detector.preprocessor.expected(expected)

    def top(self, row: int, most: int = 3) -> list[tuple[str, float]]:
        """The columns that add most to a row's score, each with its share of the score."""
        require_most(most, "columns to name")
        return self._tops([row], most)[0]

    def explain(self, rows: AskedRows | None = None) -> tuple[Explanation, ...]:
        """Why rows score as they do; the anomalous ones unless rows are given."""
        from offbeat.detector.explaining import explain_rows

        return explain_rows(self, self.rows if rows is None else row_numbers(rows, self.table))

    def to_frame(self) -> pl.DataFrame:
        """One row for each row of the table, in table order: row, score, p_value, anomalous.

        Where the labels are known, also label_anomalous: whether the label says so.
        """
        columns = {"row": np.arange(len(self.scores)), "score": self.scores, "p_value": self.p_values}
        frame = pl.DataFrame({**columns, "anomalous": self.flags})
        return frame if self.labels is None else frame.with_columns(pl.Series("label_anomalous", self.labels))

    @cached_property
    def metrics(self) -> Report | None:
        """How well the flags and the ranking agree with the labels; None where there are none."""
        if self.labels is None:
            return None
        return evaluate(self.scores, self.flags, self.labels, seed=self.detector.settings.seed)

    @property
    def threshold_record(self) -> dict[str, Any]:
        """The threshold as plain values: rule, value, note."""
        return {"rule": str(self.detector.threshold.rule), "value": self.threshold, "note": self.note}

    def anomalies(self, most: int | None = None) -> list[dict[str, Any]]:
        """The anomalous rows as plain values, the most anomalous first, each with the columns that add most.

        Args:
            most: List at most so many.
        """
        if most is not None:
            require_most(most, "anomalies to list")
        listed = self.rows[:most]
        return [
            {
                "row": int(row),
                "score": float(self.scores[row]),
                "p_value": float(self.p_values[row]),
                "top": [{"column": column, "share": share} for column, share in top],
            }
            for row, top in zip(listed, self._tops(listed, 3), strict=True)
        ]

    def to_dict(self, most: int | None = None) -> dict[str, Any]:
        """The result as plain values: rows, threshold, anomalies by score; metrics and baselines where there are any.

        Args:
            most: List at most so many anomalies.
        """
        anomalies = self.anomalies(most)
        found = {"rows": len(self.scores), "threshold": self.threshold_record, "anomalies": anomalies}
        metrics = {} if self.metrics is None else {"metrics": self.metrics.to_dict()}
        baselines = {"baselines": [asdict(baseline) for baseline in self.baselines]} if self.baselines else {}
        return {**found, **metrics, **baselines}

    def with_baselines(self, training: object) -> Detections:
        """The same detections with `baselines`: the same rows as plain detectors see them.

        These are the untrained network, PCA, the five nearest neighbours and an isolation forest. They learn from the
        rows that the detector learned from. A result that is no better than theirs did not need a network.

        Args:
            training: The table that the detector was fitted on: a path, URL, data frame, array or `Table`.

        Raises:
            DataError: The table is not that one, by its number of rows.
            SettingsError: The detector was imported.
        """
        from offbeat.detector.baselines import compare_with_baselines

        return replace(self, baselines=compare_with_baselines(self, training))

    def plot(self, most: int = 5) -> Figure:
        """The picture that suits the data: curves with the anomalous ones drawn over them, else the scores.

        Args:
            most: Draw at most so many anomalous curves, from 0.

        Raises:
            SettingsError: `most` is no such number.
        """
        from offbeat.detector.pictures import main_drawing

        require_most(most, "curves to draw")
        return main_drawing(self, most).figure()

    def plot_reconstructions(self, rows: AskedRows | None = None) -> Figure:
        """Input, reconstruction and the error between them; the most anomalous rows unless rows are given.

        Of curves, the lines. Columns of a table differ in unit and meaning and make no line: of its rows, the values
        observed and expected in the columns that add most to the score.

        Args:
            rows: Row numbers in the order to show them, or one mark a row; at most five curves or four rows are drawn,
                and the title says so.
        """
        from offbeat.detector.pictures import drawing_of_reconstructions, drawing_of_shares

        draw = drawing_of_reconstructions if self.detector.facts.curves else drawing_of_shares
        return draw(self, self.rows if rows is None else row_numbers(rows, self.table)).figure()

    def plot_scores(self) -> Figure:
        """Histogram of the scores with the threshold, by class where the truth is known."""
        from offbeat.detector.pictures import drawing_of_histogram

        return drawing_of_histogram(self).figure()

    def report(
        self,
        path: str | os.PathLike[str],
        *,
        seconds: Mapping[str, float] | None = None,
        painter: Painter = paint,
        provenance: Provenance | None = None,
    ) -> Path:
        """Write the self-contained HTML report.

        Args:
            path: Where to write.
            seconds: How long each step took, to be listed among the facts.
            painter: Draws the pictures; an `offbeat.plotting.PaintingProcess` does so beside this process.
            provenance: Where the rows came from, to be listed beside them.

        Raises:
            SettingsError: The provenance is about another number of rows.
        """
        from offbeat.detector.reporting import write_detections

        return write_detections(self, Path(path), seconds or {}, painter, provenance or Provenance())

    def _features(self, rows: AskedRows) -> Float[np.ndarray, "chosen features"]:
        return self.detector.preprocessor.transform(self.table.take(row_numbers(rows, self.table)))

    def _tops(self, rows: Sequence[int] | np.ndarray, most: int) -> list[list[tuple[str, float]]]:
        if len(rows) == 0:
            return []
        names = self.detector.preprocessor.columns
        return [top_columns(row, names, most) for row in self.contributions(rows)]


def detect(detector: Detector, table: Table, *, label: object = None, normal: object = None) -> Detections:
    """Score a table's rows, flag them, and note the truth where the table holds it.

    Raises:
        SettingsError: What is given names no column.
    """
    column = label_column(label)
    labels, label_note = known_labels_and_doubt(detector, table, column, normal)
    return _found(detector, without_label(detector, table, column), labels, label_note)


def detect_labelled(
    detector: Detector, table: Table, *, label: object = None, normal: object = None
) -> tuple[Detections, Report]:
    """As `detect`, of rows whose truth must be known; and how well flags and ranking agree with it.

    Raises:
        DataError: The table has no such column.
        SettingsError: No column was named, or what is given names none.
    """
    column = label_column(label)
    labels, label_note = required_labels_and_doubt(detector, table, column, normal)
    found = _found(detector, without_label(detector, table, column), labels, label_note)
    assert found.metrics is not None
    return found, found.metrics


def _found(detector: Detector, table: Table, labels: Bool[np.ndarray, "rows"] | None, label_note: str) -> Detections:
    aligned = detector.schema.align(table)
    scores = score_table(detector, aligned)
    return Detections(detector, aligned, scores, detector.threshold.decide(scores), labels, label_note=label_note)


def feature_contributions(
    detector: Detector, features: Float[np.ndarray, "rows features"]
) -> Float[np.ndarray, "rows features"]:
    """What each feature adds to its row's score."""
    return _of_rows(detector, features, detector.scorer.contributions)[0]


def contributions_and_expected(
    found: Detections, rows: AskedRows
) -> tuple[Float[np.ndarray, "chosen columns"], dict[str, np.ndarray]]:
    """`found.contributions` and `found.expected` of the same rows, which the network sees once.

    Args:
        found: Of the table.
        rows: As for these.
    """
    detector, features = found.detector, found._features(rows)
    by_feature, expected = _of_rows(detector, features, detector.scorer.contributions, detector.scorer.expected)
    return _by_column(detector, by_feature), detector.preprocessor.expected(expected)


def _of_rows(
    detector: Detector,
    features: Float[np.ndarray, "rows features"],
    *measures: Callable[[ReconstructedRows], Float[np.ndarray, "piece features"]],
) -> list[Float[np.ndarray, "rows features"]]:
    """What each of the measures makes of the rows and their reconstruction."""

    def measured(piece: ReconstructedRows) -> list[Float[np.ndarray, "piece features"]]:
        return [measure(piece) for measure in measures]

    pieces = zip(*measure_in_blocks(detector.network, features, measured), strict=True)
    return [np.concatenate(parts) for parts in pieces] or [np.zeros((0, features.shape[1]))] * len(measures)


def _by_column(detector: Detector, by_feature: Float[np.ndarray, "rows features"]) -> Float[np.ndarray, "rows columns"]:
    preprocessor = detector.preprocessor
    return column_contributions(by_feature, preprocessor.feature_columns, len(preprocessor.columns))
