"""What was found: flags, ranking, reasons, plain values, and the report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_detectors import framed, labelled, new_readings

import offbeat
from offbeat.data.mixed_rows import MixedRows
from offbeat.detector.chosen_rows import require_most, row_numbers
from offbeat.detector.provenance import Provenance
from offbeat.errors import DataError, SettingsError
from offbeat.evaluation.report import evaluate
from offbeat.training.history import History

SUM_ROUNDING = 1e-5
"""Contributions of float32 features, added in another order than the score."""

LEAST_EXPLAINED = 0.9
"""Share of the injected anomalies whose column must be among the three that are named."""


def _is_anomalous(rows: MixedRows) -> np.ndarray:
    return np.array([kind != "normal" for kind in rows.kinds])


def test_the_injected_anomalies_are_found(found: offbeat.Detections, new_pumps: MixedRows) -> None:
    kinds = np.array(new_pumps.kinds)

    # A word that contradicts the numbers is no rarer than some good rows among 400; its row only ranks high.
    assert found.flags[np.isin(kinds, ["spike", "unit-error"])].all()
    assert found.flags[kinds == "normal"].mean() <= 0.05
    assert (np.isin(np.flatnonzero(kinds != "normal"), found.ranking[:40])).all()


def test_the_injected_column_is_among_the_three_that_are_named(found: offbeat.Detections, new_pumps: MixedRows) -> None:
    anomalous = np.flatnonzero(_is_anomalous(new_pumps))
    named = [{column for column, _ in found.top(int(row))} for row in anomalous]
    explained = [bool(named[place] & set(new_pumps.changed[row])) for place, row in enumerate(anomalous)]

    assert np.mean(explained) >= LEAST_EXPLAINED
    for why in found.explain(anomalous):
        if new_pumps.kinds[why.row] == "unit-error":
            (column,) = new_pumps.changed[why.row]
            assert f"{column} is " in why.sentence and "was expected" in why.sentence


def test_rows_are_ranked_by_score(found: offbeat.Detections) -> None:
    scores = found.scores[found.ranking]

    assert sorted(found.ranking.tolist()) == list(range(120))
    assert (np.diff(scores) <= 0).all()
    assert found.rows.tolist() == found.ranking[: len(found)].tolist(), "the flagged ones come first"
    assert (found.scores[found.rows] > found.threshold).all()


def test_equal_scores_keep_the_order_of_the_table(quick: offbeat.Detector) -> None:
    found = quick.detect(np.repeat(new_readings()[[3]], 4, axis=0))

    assert found.ranking.tolist() == found.rows.tolist() == [0, 1, 2, 3]


def test_a_detection_says_how_many_of_how_many(quick: offbeat.Detector) -> None:
    found = quick.with_threshold(5.0).detect(new_readings())

    assert repr(found) == "Detections(2 of 16 rows anomalous, score > 5)"
    assert len(found) == 2


def test_the_frame_has_a_row_for_each_row_of_the_table(found: offbeat.Detections) -> None:
    frame = found.to_frame()

    assert frame.schema == {"row": pl.Int64, "score": pl.Float64, "p_value": pl.Float64, "anomalous": pl.Boolean}
    assert frame["row"].to_list() == list(range(120))
    assert frame["score"].to_numpy().tobytes() == found.scores.tobytes()
    assert frame.filter("anomalous")["row"].to_list() == sorted(found.rows.tolist())


def test_contributions_of_columns_sum_to_the_score(found: offbeat.Detections) -> None:
    rows = [5, 0, 119]
    contributions = found.contributions(rows)

    assert contributions.shape == (3, 10)
    np.testing.assert_allclose(contributions.sum(axis=1), found.scores[rows], rtol=SUM_ROUNDING)


def test_explanations_hold_the_same_numbers(found: offbeat.Detections) -> None:
    (why,) = found.explain(found.rows[:1])

    assert why.row == found.rows[0]
    assert why.score == found.scores[why.row] and why.p_value == found.p_values[why.row]
    assert why.threshold == found.threshold
    assert list(why.contributions.values()) == found.contributions([why.row])[0].tolist()
    assert why.top() == found.top(why.row)
    assert sum(why.shares.values()) == pytest.approx(1)
    assert why.sentence.startswith(f"Row {why.row} scores ")


def test_observed_and_expected_values_are_the_columns_own(found: offbeat.Detections, new_pumps: MixedRows) -> None:
    observed, expected = found.observed([4, 2]), found.expected([4, 2])

    assert list(observed) == list(expected) == list(found.detector.schema.names)
    assert observed["machine"].tolist() == new_pumps.table.words("machine").gather([4, 2]).to_list()
    flow = new_pumps.table.numbers(["flow"])[[4, 2], 0]
    np.testing.assert_array_equal(observed["flow"], flow)
    assert expected["flow"].dtype == np.float64


def test_what_is_expected_of_a_row_far_from_all_others_is_what_training_showed() -> None:
    """A denoiser reconstructs nearly what it is shown there; nobody would call that expected."""
    normal = np.random.default_rng(0).normal(size=(400, 2))
    detector = offbeat.fit(normal, progress="none")
    far = np.array([[9.0, 0.0], [0.0, -30.0]])
    found = detector.detect(far)
    expected = np.stack(list(found.expected([0, 1]).values()), axis=1)
    assert (np.abs(expected) < np.abs(normal).max(axis=0)).all()
    assert (np.abs(np.stack(list(detector.reconstruct(far).values()), axis=1)) > 4).any(axis=1).all()
    named = offbeat.fit(normal, hidden=[1], epochs=2, progress="none")
    again = np.stack(list(named.detect(far).expected([0, 1]).values()), axis=1)
    np.testing.assert_array_equal(again, np.stack(list(named.reconstruct(far).values()), axis=1))


def test_without_rows_to_explain_there_is_no_explanation(quick: offbeat.Detector) -> None:
    found = quick.with_threshold(1e9).detect(new_readings())

    assert found.explain() == () and found.rows.tolist() == []
    assert [len(values) for values in found.expected([]).values()] == [0] * len(found.detector.schema.names)
    assert found.to_dict()["anomalies"] == []


@pytest.mark.parametrize("row", [16, -1])
def test_a_row_that_there_is_not_is_refused(row: int, quick: offbeat.Detector) -> None:
    found = quick.detect(new_readings())

    for ask in (found.contributions, found.explain, found.observed, found.expected):
        with pytest.raises(DataError, match=f"there are 16 rows, from 0 on; row {row} was asked for"):
            ask([row])


def test_the_result_as_plain_values(found: offbeat.Detections) -> None:
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))

    assert set(record) == {"rows", "threshold", "anomalies"}
    assert record["rows"] == 120
    assert record["threshold"] == {"rule": "conformal", "value": found.threshold, "note": found.note}
    assert [anomaly["row"] for anomaly in record["anomalies"]] == found.rows.tolist()
    scores = [anomaly["score"] for anomaly in record["anomalies"]]
    assert scores == sorted(scores, reverse=True)
    for anomaly in record["anomalies"]:
        assert set(anomaly) == {"row", "score", "p_value", "top"}
        assert 1 <= len(anomaly["top"]) <= 3
        assert [part["share"] for part in anomaly["top"]] == sorted((p["share"] for p in anomaly["top"]), reverse=True)


def test_at_most_so_many_anomalies_are_listed(found: offbeat.Detections) -> None:
    assert len(found.to_dict(most=2)["anomalies"]) == 2
    assert found.to_dict(most=0)["anomalies"] == []


def test_metrics_where_labels_are_known(with_label: offbeat.Detector, quick: offbeat.Detector) -> None:
    table, is_bad = labelled()
    found = with_label.detect(table)
    report = found.metrics

    assert report is not None and report.roc_auc == 1.0
    assert report.confusion.anomalous_flagged == (found.flags & is_bad).sum()
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["metrics"]["rows"] == 65
    assert found.to_frame()["label_anomalous"].to_list() == is_bad.tolist()
    assert quick.detect(new_readings()).metrics is None


def test_absurd_values_are_found_explained_and_told_in_json(quick: offbeat.Detector) -> None:
    rows = new_readings()
    rows[5, 0], rows[6, 3] = 1e300, -1e300

    found = quick.detect(rows)

    assert np.isfinite(found.scores).all()
    assert set(found.rows[:2].tolist()) == {5, 6}
    assert [found.top(row)[0][0] for row in (5, 6)] == ["flow", "load"]
    json.dumps(found.to_dict(), allow_nan=False)
    assert "flow is 1e300" in found.explain([5])[0].sentence


def test_missing_cells_are_told_as_missing(pumps: offbeat.Detector, new_pumps: MixedRows) -> None:
    assert isinstance(new_pumps.table.cells, pl.DataFrame)
    gappy = new_pumps.table.cells.with_columns(vibration=pl.lit(None, pl.Float64), mode=pl.lit(None, pl.String))

    (why,) = pumps.explain(gappy.head(1))

    assert why.observed["vibration"] is None and why.observed["mode"] is None
    assert "mode is missing" in why.sentence
    json.dumps(why.to_dict(), allow_nan=False)


@pytest.mark.parametrize("kind", ["rows", "curves", "labelled"])
def test_the_report_is_one_file_that_needs_no_other(
    kind: str, found: offbeat.Detections, quick: offbeat.Detector, with_label: offbeat.Detector, tmp_path: Path
) -> None:
    told = {
        "rows": lambda: found,
        "curves": lambda: quick.with_threshold(5.0).detect(framed(new_readings())),
        "labelled": lambda: with_label.detect(labelled()[0]),
    }[kind]()

    path = told.report(tmp_path / "report.html", seconds={"fit": 1.5})

    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    page = path.read_text(encoding="utf-8")
    assert page.lower().startswith("<!doctype html>")
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page), "nothing is fetched"
    assert not re.search(r"@import|url\((?!['\"]?data:)", page)
    for why in told.explain(told.rows[:3]):
        assert str(why.row) in page
    assert f"{len(told.scores)}" in page and "Trained on" in page
    assert ("ROC AUC" in page) == (kind == "labelled")


def test_the_report_says_where_rows_came_from(quick: offbeat.Detector, tmp_path: Path) -> None:
    found = quick.detect(new_readings())
    rows = len(found.scores)
    provenance = Provenance(np.arange(rows) + 1000, ["odd"] * rows, {"split_seed": 77})
    page = found.report(tmp_path / "page.html", provenance=provenance).read_text()
    assert re.search(rf'data-label="source row"[^>]*>{found.rows[0] + 1000}</td>', page)
    assert ">odd</td>" in page and "split_seed" in page and ">77<" in page
    for wrong in (Provenance(source_rows=[1, 2]), Provenance(kinds=["odd"])):
        with pytest.raises(SettingsError, match=rf"is about [12] rows; the {rows} rows looked at were expected"):
            found.report(tmp_path / "other.html", provenance=wrong)
    assert not (tmp_path / "other.html").exists()


def test_nothing_found_can_be_reported_too(quick: offbeat.Detector, tmp_path: Path) -> None:
    found = quick.with_threshold(1e9).detect(new_readings())

    page = found.report(tmp_path / "report.html").read_text(encoding="utf-8")

    assert page.lower().startswith("<!doctype html>")


def test_rows_are_asked_for_by_number_by_several_or_by_marks(found: offbeat.Detections) -> None:
    flagged = np.flatnonzero(found.flags)

    assert [why.row for why in found.explain(found.flags)] == flagged.tolist()
    assert [why.row for why in found.explain(7)] == [7]
    assert found.explain(np.zeros(120, bool)) == found.explain([]) == ()
    np.testing.assert_array_equal(found.contributions(found.flags), found.contributions(flagged))
    for values in (found.observed, found.expected):
        by_marks, by_number = values(found.flags), values(flagged)
        assert list(by_marks) == list(by_number)
        for name in by_number:
            np.testing.assert_array_equal(by_marks[name], by_number[name])


@pytest.mark.parametrize("rows", [[1.5], 5.0, "a", ["a"], True, [[1, 2]], [[1], [2, 3]], [1, None], slice(3)])
def test_what_names_no_rows_is_refused(rows: object, found: offbeat.Detections) -> None:
    with pytest.raises(SettingsError) as error:
        row_numbers(rows, found.table)
    assert str(error.value) == (
        f"rows={rows!r}: row numbers from 0, as in 3 or [3, 5], or one mark a row (found.flags) were expected."
    )


def test_scores_are_no_rows(found: offbeat.Detections) -> None:
    for method in (found.explain, found.contributions, found.observed, found.expected, found.plot_reconstructions):
        with pytest.raises(SettingsError, match=r"^rows=array\(\[.*\.\.\.: row numbers from 0, as in 3 or \[3, 5\]"):
            method(found.scores)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (99999, "there are 120 rows, from 0 on; row 99999 was asked for."),
        ([3, -1], "there are 120 rows, from 0 on; row -1 was asked for."),
        ([True, False], "one mark a row was expected, 120 in all; 2 came."),
    ],
)
def test_rows_that_there_are_not_are_refused(rows: list[int], words: str, found: offbeat.Detections) -> None:
    for method in (found.explain, found.contributions, found.observed, found.expected, found.plot_reconstructions):
        with pytest.raises(DataError, match=re.escape(words)):
            method(rows)


@pytest.mark.parametrize("most", [-1, 2.5, "a", True, None])
def test_at_most_how_many_is_a_whole_number(most: object) -> None:
    with pytest.raises(SettingsError) as error:
        require_most(most, "curves to draw")
    assert str(error.value) == f"most is {most!r}; how many curves to draw at most was expected, 0 or more."


def test_no_method_takes_less_than_none(found: offbeat.Detections) -> None:
    asked: dict[str, Callable[[int], object]] = {
        "anomalies to list": found.to_dict,
        "curves to draw": found.plot,
        "columns to name": lambda most: found.top(3, most),
        "rows to explain": lambda most: found.detector.explain(found.table, most=most),
    }
    for what, method in asked.items():
        with pytest.raises(SettingsError, match=f"most is -1; how many {what} at most was expected, 0 or more."):
            method(-1)


def test_what_a_notebook_shows_is_words_not_arrays(found: offbeat.Detections) -> None:
    (why,) = found.explain(7)
    threshold, history = found.detector.threshold, found.detector.history

    assert repr(why) == f"Explanation({why.sentence!r})"
    assert repr(threshold) == f"Threshold(conformal, score > {threshold.value:.6g}, {threshold.rows} calibration rows)"
    assert repr(history) == f"History({len(history)} epochs, last loss {history.loss[-1]:.5g})"
    assert repr(History()) == "History(0 epochs)"
    assert repr(History((2.0,), (3.0,))) == "History(1 epoch, last loss 2, last validation loss 3)"
    assert repr(found.detector.with_threshold("none").threshold).startswith("Threshold(none, out of reach, ")
    report = evaluate(found.scores, found.flags, found.flags)
    assert repr(report) == report.to_text()
