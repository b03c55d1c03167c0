"""Metrics against the naive twins and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as oracle
from hypothesis import given
from hypothesis import strategies as st

from naive import evaluation_metrics as naive
from offbeat.errors import DataError
from offbeat.evaluation import average_precision, evaluate, precision_recall_curve, roc_auc, roc_curve

_RANDOM = np.random.default_rng(0)
TABLES = {
    "random": (_RANDOM.normal(size=200), _RANDOM.random(200) < 0.3),
    "tied": (_RANDOM.integers(0, 5, size=200).astype(np.float64), _RANDOM.random(200) < 0.3),
    "constant": (np.ones(20), np.arange(20) < 7),
    "perfect": (np.arange(20.0), np.arange(20) >= 15),
    "reversed": (-np.arange(20.0), np.arange(20) >= 15),
    "infinite": (np.array([np.inf, np.inf, 1.0, -np.inf]), np.array([True, False, True, False])),
    "two rows": (np.array([1.0, 2.0]), np.array([False, True])),
}
every_table = pytest.mark.parametrize("name", TABLES)
rows_of_scores = st.lists(
    st.tuples(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0]), st.booleans(), st.booleans()), min_size=1, max_size=40
)


@every_table
def test_areas_are_those_of_the_naive_twin_and_scikit_learn(name: str) -> None:
    scores, labels = TABLES[name]
    assert roc_auc(scores, labels) == pytest.approx(naive.roc_auc(scores.tolist(), labels.tolist()))
    assert average_precision(scores, labels) == pytest.approx(naive.average_precision(scores.tolist(), labels.tolist()))
    # scikit-learn refuses infinite scores.
    finite = np.nan_to_num(scores, posinf=1e9, neginf=-1e9)
    assert roc_auc(scores, labels) == pytest.approx(oracle.roc_auc_score(labels, finite))
    assert average_precision(scores, labels) == pytest.approx(oracle.average_precision_score(labels, finite))


@every_table
def test_curves_are_scikit_learns(name: str) -> None:
    scores, labels = TABLES[name]
    finite = np.nan_to_num(scores, posinf=1e9, neginf=-1e9)
    roc = roc_curve(finite, labels)
    expected = oracle.roc_curve(labels, finite, drop_intermediate=False)
    for ours, theirs in zip((roc.false_positive_rate, roc.true_positive_rate, roc.scores), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)
    curve = precision_recall_curve(finite, labels)
    precision, recall, thresholds = oracle.precision_recall_curve(labels, finite)
    # scikit-learn lists the points by rising score.
    np.testing.assert_allclose(curve.precision, precision[::-1])
    np.testing.assert_allclose(curve.recall, recall[::-1])
    np.testing.assert_allclose(curve.scores[1:], thresholds[::-1])


def test_no_rows_have_no_areas() -> None:
    nothing, no_labels = np.empty(0), np.empty(0, bool)
    assert roc_auc(nothing, no_labels) is None
    assert average_precision(nothing, no_labels) == 0.0
    with pytest.raises(DataError, match="A ROC curve needs normal and anomalous rows"):
        roc_curve(nothing, no_labels)
    with pytest.raises(DataError, match="A precision-recall curve needs anomalous rows"):
        precision_recall_curve(nothing, no_labels)


@given(rows=rows_of_scores)
def test_every_metric_of_a_report_is_the_naive_twins(rows: list[tuple[float, bool, bool]]) -> None:
    scores, flags, labels = (list(values) for values in zip(*rows, strict=True))
    report = evaluate(np.array(scores), np.array(flags), np.array(labels), resamples=0)
    assert report.roc_auc == pytest.approx(naive.roc_auc(scores, labels))
    assert report.average_precision == pytest.approx(naive.average_precision(scores, labels))
    assert report.accuracy == pytest.approx(sum(f == y for f, y in zip(flags, labels, strict=True)) / len(rows))
    found = (report.anomalous.precision, report.anomalous.recall, report.anomalous.f1)
    assert found == pytest.approx(naive.precision_recall_f1(flags, labels))
    passed = (report.normal.precision, report.normal.recall, report.normal.f1)
    assert passed == pytest.approx(naive.precision_recall_f1([not f for f in flags], [not y for y in labels]))


@given(rows=rows_of_scores)
def test_class_metrics_are_scikit_learns_with_zero_for_a_share_of_nothing(rows: list[tuple[float, bool, bool]]) -> None:
    scores, flags, labels = (np.array(values) for values in zip(*rows, strict=True))
    report = evaluate(scores.astype(np.float64), flags, labels, resamples=0)
    expected = oracle.precision_recall_fscore_support(labels, flags, labels=[False, True], zero_division=0.0)
    for row, ours in enumerate((report.normal, report.anomalous)):
        assert (ours.precision, ours.recall, ours.f1) == pytest.approx([column[row] for column in expected[:3]])
    table = report.confusion
    counted = [[table.normal_passed, table.normal_flagged], [table.anomalous_missed, table.anomalous_flagged]]
    assert counted == oracle.confusion_matrix(labels, flags, labels=[False, True]).tolist()


@given(rows=rows_of_scores)
def test_only_the_order_of_scores_counts(rows: list[tuple[float, bool, bool]]) -> None:
    scores, _, labels = (np.array(values) for values in zip(*rows, strict=True))
    ranks = np.unique(scores, return_inverse=True)[1].astype(np.float64)
    assert roc_auc(ranks, labels) == roc_auc(scores.astype(np.float64), labels)
    assert average_precision(ranks, labels) == average_precision(scores.astype(np.float64), labels)


def test_without_both_classes_there_is_no_roc_auc_and_no_curve() -> None:
    scores = np.array([1.0, 2.0])
    assert roc_auc(scores, np.array([False, False])) is None
    assert roc_auc(scores, np.array([True, True])) is None
    assert average_precision(scores, np.array([False, False])) == 0.0
    assert average_precision(scores, np.array([True, True])) == 1.0
    with pytest.raises(DataError, match="A ROC curve needs normal and anomalous rows; all 2 rows are anomalous"):
        roc_curve(scores, np.array([True, True]))
    with pytest.raises(DataError, match="A ROC curve needs normal and anomalous rows; all 2 rows are normal"):
        roc_curve(scores, np.array([False, False]))
    with pytest.raises(DataError, match="A precision-recall curve needs anomalous rows; all 2 rows are normal"):
        precision_recall_curve(scores, np.array([False, False]))
