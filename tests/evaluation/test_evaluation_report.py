"""A report as JSON, as text, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest

from offbeat.errors import DataError
from offbeat.evaluation import evaluate

LABELS = np.array([False, False, True, True])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])
FLAGS = np.array([False, False, False, True])


def test_the_report_as_json() -> None:
    found = json.loads(json.dumps(evaluate(SCORES, FLAGS, LABELS, resamples=0).to_dict(), allow_nan=False))
    assert found == {
        "rows": 4,
        "accuracy": 0.75,
        "roc_auc": 0.75,
        "average_precision": pytest.approx(5 / 6),
        "anomalous": {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)},
        "normal": {"precision": pytest.approx(2 / 3), "recall": 1.0, "f1": pytest.approx(0.8)},
        "confusion": {"anomalous_flagged": 1, "anomalous_missed": 1, "normal_flagged": 0, "normal_passed": 2},
        "intervals": {},
    }


def test_intervals_are_pairs_in_json() -> None:
    intervals = evaluate(SCORES, FLAGS, LABELS, resamples=100).to_dict()["intervals"]
    low, high = json.loads(json.dumps(intervals, allow_nan=False))["anomalous.recall"]
    assert (low, high) == (0.0, 1.0)


def test_an_undefined_roc_auc_is_null() -> None:
    found = evaluate(SCORES, FLAGS, np.zeros(4, dtype=np.bool_)).to_dict()
    assert found["roc_auc"] is None
    assert found["accuracy"] == 0.75
    assert found["anomalous"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_the_report_as_text() -> None:
    report = evaluate(SCORES, FLAGS, LABELS, resamples=0)
    assert str(report) == report.to_text()
    assert [line.rstrip() for line in report.to_text().splitlines()] == [
        "4 rows",
        "",
        "                        value       95 % interval",
        "accuracy               0.7500",
        "ROC AUC                0.7500",
        "average precision      0.8333",
        "anomalous precision    1.0000",
        "anomalous recall       0.5000",
        "anomalous F1           0.6667",
        "normal precision       0.6667",
        "normal recall          1.0000",
        "normal F1              0.8000",
        "",
        "                        flagged   not flagged",
        "anomalous rows                1             1",
        "normal rows                   0             2",
    ]


def test_the_text_shows_intervals_and_what_is_undefined() -> None:
    lines = evaluate(np.arange(4.0), FLAGS, np.zeros(4, dtype=np.bool_), resamples=100).to_text().splitlines()
    assert lines[4] == "ROC AUC                   n/a"
    assert lines[3] == "accuracy               0.7500    0.2500 to 1.0000"
    assert lines[-1] == (
        "No row is anomalous by its label: average precision, and recall and F1 of anomalous rows, are undefined and "
        "stand as 0."
    )
    only_anomalous = evaluate(np.arange(4.0), FLAGS, np.ones(4, dtype=np.bool_), resamples=0)
    assert only_anomalous.average_precision == 1.0
    assert only_anomalous.to_text().endswith(
        "\n\nNo row is normal by its label: recall and F1 of normal rows are undefined and stand as 0; average "
        "precision is 1 in any case."
    )


def test_the_precision_of_flags_that_there_are_none_of_is_no_measurement() -> None:
    for flags, named, words in (
        (~np.ones(4, dtype=np.bool_), "anomalous", "No row was flagged: the precision of anomalous rows"),
        (np.ones(4, dtype=np.bool_), "normal", "Every row was flagged: the precision of normal rows"),
    ):
        report = evaluate(SCORES, flags, LABELS, resamples=50)
        assert f"{named}.precision" not in report.intervals and f"{named}.recall" in report.intervals
        assert f"\n{named} precision".ljust(23) + " 0.0000\n" in report.to_text()
        assert report.to_text().endswith(f"\n\n{words} is undefined and stands as 0.")
    none = evaluate(SCORES, ~np.ones(4, dtype=np.bool_), np.zeros(4, dtype=np.bool_), resamples=0).to_text()
    assert none.endswith(
        "\n\nNo row is anomalous by its label: average precision, and recall and F1 of anomalous rows, are undefined "
        "and stand as 0.\n\nNo row was flagged: the precision of anomalous rows is undefined and stands as 0."
    )


def test_different_lengths_are_refused() -> None:
    with pytest.raises(DataError, match="There are 4 scores, 3 flags and 2 labels; one of each a row was expected"):
        evaluate(SCORES, FLAGS[:3], LABELS[:2])


def test_no_rows_and_nan_scores_are_refused() -> None:
    nothing = np.zeros(0, dtype=np.bool_)
    with pytest.raises(DataError, match="There are no rows to evaluate"):
        evaluate(np.zeros(0), nothing, nothing)
    with pytest.raises(DataError, match="The score of row 1 is NaN; a number was expected"):
        evaluate(np.array([1.0, np.nan, 2.0, 3.0]), FLAGS, LABELS)


def test_what_is_undefined_is_told_in_one_line_for_pages() -> None:
    report = evaluate(np.arange(4.0), np.zeros(4, bool), np.array([False, True, False, True]))
    assert report.undefined == "No row was flagged: the precision of anomalous rows is undefined and stands as 0."
