"""Bootstrap intervals: against the naive twin, for big tables, and by their coverage."""

from __future__ import annotations

import numpy as np
import pytest

from naive import evaluation_bootstrap as naive_bootstrap
from naive import evaluation_metrics as naive
from offbeat.evaluation import bootstrap, evaluate
from offbeat.evaluation.bootstrap import resample_areas, resample_confusion
from offbeat.evaluation.classification import accuracy, confusion
from offbeat.evaluation.report import Report
from offbeat.evaluation.score_steps import score_steps
from offbeat.randomness import Purpose, host_randomness

# Ends of intervals from two different streams of 2,000 draws differ by chance.
_CHANCE = 0.02


def table(rows: int, share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.arange(rows) < share * rows
    scores = random.normal(size=rows) + 1.5 * labels
    return scores, scores > 1.0, labels


def report(rows: int, share: float, *, seed: int = 0, resamples: int = 2000) -> Report:
    return evaluate(*table(rows, share), seed=seed, resamples=resamples)


@pytest.mark.parametrize("tied", [False, True])
def test_intervals_are_those_of_the_naive_twin(tied: bool) -> None:
    scores, flags, labels = table(60, 0.4)
    if tied:
        scores = np.round(scores)
    ours = evaluate(scores, flags, labels, resamples=2000).intervals
    rows, known = scores.tolist(), labels.tolist()
    metrics = {
        "roc_auc": lambda s, y: naive.roc_auc(s, y) or 0.0,
        "average_precision": naive.average_precision,
    }
    for name, metric in metrics.items():
        assert ours[name] == pytest.approx(
            naive_bootstrap.interval(rows, known, metric, resamples=400), abs=2 * _CHANCE
        )
    # Flags instead of scores, so that the twin draws them with the rows.
    of_flags = {
        "accuracy": lambda f, y: sum(a == b for a, b in zip(f, y, strict=True)) / len(y),
        "anomalous.precision": lambda f, y: naive.precision_recall_f1(f, y)[0],
        "normal.f1": lambda f, y: naive.precision_recall_f1([not a for a in f], [not b for b in y])[2],
    }
    for name, metric in of_flags.items():
        assert ours[name] == pytest.approx(
            naive_bootstrap.interval(flags.tolist(), known, metric, resamples=2000), abs=2 * _CHANCE
        )


def test_every_metric_has_an_interval_around_it() -> None:
    found = report(400, 0.3)
    assert list(found.intervals) == [
        "accuracy",
        "roc_auc",
        "average_precision",
        "anomalous.precision",
        "anomalous.recall",
        "anomalous.f1",
        "normal.precision",
        "normal.recall",
        "normal.f1",
    ]
    for name, (low, high) in found.intervals.items():
        kind, _, metric = name.rpartition(".")
        value = getattr(getattr(found, kind) if kind else found, metric)
        assert 0 <= low < value < high <= 1, name
        assert high - low < 0.2, name


def test_a_seed_repeats_the_intervals_and_another_gives_others() -> None:
    assert report(200, 0.3, seed=4, resamples=50) == report(200, 0.3, seed=4, resamples=50)
    assert report(200, 0.3, seed=4, resamples=50) != report(200, 0.3, seed=5, resamples=50)


def test_the_resamples_are_drawn_for_them_alone() -> None:
    scores, flags, labels = table(200, 0.3)
    drawn = resample_confusion(confusion(flags, labels), 50, host_randomness(4, Purpose.RESAMPLES))
    low, high = np.quantile([accuracy(sample) for sample in drawn], [0.025, 0.975])
    assert evaluate(scores, flags, labels, seed=4, resamples=50).intervals["accuracy"] == (low, high)


@pytest.mark.parametrize("share", [0.5, 0.02])
def test_merging_steps_of_a_big_table_hardly_changes_its_intervals(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores, flags, labels = table(3000, share)
    merged = evaluate(scores, flags, labels).intervals
    monkeypatch.setattr(bootstrap, "MOST_STEPS", 10_000)
    exact = evaluate(scores, flags, labels).intervals
    for name in ("roc_auc", "average_precision"):
        width = exact[name][1] - exact[name][0]
        assert merged[name] == pytest.approx(exact[name], abs=0.15 * width)


def test_merging_few_steps_still_centres_on_the_exact_areas(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, _, labels = table(2000, 0.3)
    steps = score_steps(scores, labels)
    exact = resample_areas(steps, 500, np.random.default_rng(0))
    monkeypatch.setattr(bootstrap, "MOST_STEPS", 30)
    coarse = resample_areas(steps, 500, np.random.default_rng(0))
    for fine, rough in zip(exact, coarse, strict=True):
        assert np.mean(rough) == pytest.approx(np.mean(fine), abs=0.003)
        assert np.std(rough) == pytest.approx(np.std(fine), rel=0.15)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Normal scores 1.5 apart have ROC AUC Phi(1.5 / sqrt 2) = 0.8556."""
    covered = 0
    for seed in range(100):
        steps = score_steps(*table(200, 0.3, seed)[::2])
        areas, _ = resample_areas(steps, 300, np.random.default_rng(seed))
        low, high = np.quantile(areas, [0.025, 0.975])
        covered += low <= 0.8556 <= high
    assert 0.89 <= covered / 100 <= 0.99


def test_one_class_has_intervals_without_ranking_metrics() -> None:
    found = evaluate(np.arange(4.0), np.array([True, False, False, False]), np.zeros(4, dtype=np.bool_))
    assert "roc_auc" not in found.intervals
    assert "average_precision" not in found.intervals
    assert found.intervals["anomalous.recall"] == (0.0, 0.0)
    assert found.intervals["normal.recall"] == (0.25, 1.0)


def test_a_perfect_ranking_is_perfect_in_every_resample() -> None:
    labels = np.arange(30) >= 25
    found = evaluate(np.arange(30.0), labels, labels)
    for name, interval in found.intervals.items():
        assert interval == pytest.approx((1.0, 1.0)), name


def test_no_resamples_give_no_intervals() -> None:
    assert report(50, 0.3, resamples=0).intervals == {}
