"""What a notebook asks for in one call is the picture of the values at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import offbeat
from offbeat import Detections
from offbeat.explanation.number_formatting import format_number


@pytest.fixture(scope="module")
def found_waves() -> Detections:
    """Fifty sine waves to learn from, and of six others the last one upside down."""
    phases = np.random.default_rng(0).uniform(0, 0.3, size=(56, 1))
    waves = np.sin(np.linspace(0, 6, 40) + phases)
    waves[-1] *= -1
    detector = offbeat.fit(waves[:50], hidden=[3], epochs=20, validation=0.2, threshold="mean+3std", progress="none")
    return detector.detect(waves[50:])


def test_reconstructions_are_those_of_the_anomalous_rows_unless_rows_are_given(found_waves: Detections) -> None:
    assert found_waves.rows.tolist() == [5]
    assert [panel.get_title("right") for panel in found_waves.plot_reconstructions().axes] == [
        f"row 5, score {format_number(found_waves.scores[5])}"
    ]
    titles = [panel.get_title("right") for panel in found_waves.plot_reconstructions([2, 5]).axes]
    assert [title.split(",")[0] for title in titles] == ["row 2", "row 5"]


def test_reconstructions_are_drawn_in_the_columns_own_unit(found_waves: Detections) -> None:
    (panel,) = found_waves.plot_reconstructions([5]).axes
    shown = dict(zip(("input", "reconstruction"), panel.lines, strict=True))
    np.testing.assert_allclose(
        shown["input"].get_ydata(), np.stack(list(found_waves.observed([5]).values()), axis=1)[0]
    )
    np.testing.assert_allclose(
        shown["reconstruction"].get_ydata(),
        [values[5] for values in found_waves.detector.reconstruct(found_waves.table).values()],
    )


def test_where_nothing_was_found_the_picture_says_so(found_waves: Detections) -> None:
    nothing = found_waves.detector.with_threshold("none").detect(found_waves.table).plot_reconstructions()
    assert nothing.texts[0].get_text() == "Input, reconstruction and error of 0 rows"


def test_columns_that_differ_in_unit_are_not_joined_to_a_line(found: Detections) -> None:
    figure = found.plot_reconstructions([3, 7])
    assert figure.texts[0].get_text() == "Columns behind the scores of 2 rows"
    for panel, row in zip(figure.axes, (3, 7), strict=True):
        words = [text.get_text() for text in panel.texts]
        assert words[0].startswith(f"row {row}, score") and words[2:4] == ["observed", "expected"]
        assert {column for column, _ in found.top(row)} <= set(words)
        assert not panel.lines
    nothing = found.detector.with_threshold("none").detect(found.table).plot_reconstructions()
    assert nothing.texts[0].get_text() == "Columns behind the scores of 0 rows"


def test_a_missing_number_is_shown_as_the_sentence_says_it() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 3))
    rows[::7, 1] = np.nan
    found = offbeat.fit(rows, hidden=[2], epochs=5, threshold="mean+3std", progress="none").detect(rows)
    (panel,) = found.plot_reconstructions([7]).axes
    words = [text.get_text() for text in panel.texts]
    assert "missing" in words and "nan" not in words


def test_scores_are_shown_with_the_threshold(found_waves: Detections) -> None:
    legend = [text.get_text() for text in found_waves.plot_scores().legends[0].get_texts()]
    assert legend == ["not flagged (5)", "flagged (1)", f"threshold {found_waves.threshold:.4g}"]


def test_where_labels_are_known_pictures_tell_the_flagged_from_the_anomalous(found_waves: Detections) -> None:
    labelled = replace(found_waves, labels=np.arange(6) >= 4)
    legend = [text.get_text() for text in labelled.plot_scores().legends[0].get_texts()]
    assert legend[:2] == ["normal by label (4)", "anomalous by label (2)"]
    assert labelled.plot().texts[0].get_text() == "1 flagged curve over 5 not flagged ones"
    assert found_waves.plot().texts[0].get_text() == "1 anomalous curve over 5 normal ones"


def test_the_unit_of_the_combined_score_is_said_as_it_is() -> None:
    draw = np.random.default_rng(0)
    words = pl.DataFrame({"state": draw.choice(["on", "off"], 400), "place": draw.choice(list("abcde"), 400)})
    detector = offbeat.fit(words, epochs=2, progress="none")
    median = np.median(detector.threshold.calibration.scores)
    assert detector.resolved.score == "combined" and median < 0.5, "the median of equal rows is no unit"
    for figure in (detector.detect(words).plot_scores(), detector.detect(words).plot()):
        labels = {figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()}
        assert f"anomaly score (median of normal rows: {median:.2g})" in labels


@pytest.mark.parametrize(
    "settings",
    [{"stopping": "entropy"}, {"contamination": 0.1}, {"patience": 3}, {}],
    ids=["entropy", "entropy by contamination", "loss", "last epoch"],
)
def test_the_epoch_whose_weights_were_kept_is_marked_where_training_chose_one(settings: dict[str, Any]) -> None:
    waves = np.sin(np.linspace(0, 6, 40) + np.random.default_rng(0).uniform(0, 0.3, size=(50, 1)))
    detector = offbeat.fit(waves, hidden=[3], epochs=20, threshold="mean+3std", progress="none", **settings)

    marks = [line for line in detector.plot_loss().axes[0].lines if str(line.get_label()).startswith("best epoch")]

    kept = [detector.history.best_epoch] if settings else []
    assert [mark.get_label() for mark in marks] == [f"best epoch: {epoch}" for epoch in kept]


def test_the_loss_is_shown_for_training_and_validation(found_waves: Detections) -> None:
    history = found_waves.detector.history
    training, validation = found_waves.detector.plot_loss().axes[0].lines[:2]
    np.testing.assert_allclose(np.asarray(training.get_ydata(), np.float64), history.loss)
    np.testing.assert_allclose(np.asarray(validation.get_ydata(), np.float64), history.validation_loss)


@pytest.mark.parametrize(
    ("rows", "caption", "alternative"),
    [
        (
            [0, 1, 5],
            "filled; the last panel is an ordinary row.",
            "of the most anomalous rows and of one ordinary row.",
        ),
        ([5, 5], "filled; all rows are flagged.", "of the most anomalous rows."),
        ([0, 1], "filled.", "of one ordinary row."),
    ],
)
def test_the_report_promises_an_ordinary_row_only_where_there_is_one(
    found_waves: Detections, tmp_path: Path, rows: list[int], caption: str, alternative: str
) -> None:
    found = found_waves.detector.detect(found_waves.table.take(np.array(rows)))
    page = found.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"and the difference {caption}</figcaption>" in page
    assert f'alt="Input and reconstruction {alternative}"' in page
    assert ("<figcaption>The rows that fit.</figcaption>" in page) == (len(found) == 0)


def test_a_threshold_that_is_not_set_is_nowhere_a_number(found_waves: Detections, tmp_path: Path) -> None:
    found = found_waves.detector.with_threshold("none").detect(found_waves.table)
    assert repr(found) == "Detections(0 of 6 rows anomalous, no threshold in reach)"
    page = found.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "e+308" not in page and "above the threshold" not in page
    assert "<dd>none is set<p" in page and "Histogram; 0 of 6 rows are flagged." in page
    (why,) = found.explain([5])
    assert "no threshold is set that a score could reach" in why.sentence
