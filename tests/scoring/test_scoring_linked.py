"""Whether columns follow from one another, and what the score makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import offbeat
from offbeat.evaluation.ranking import roc_auc
from offbeat.scoring.linked import share_of_links


def sensors(rows: int, columns: int = 20, hidden: int = 3, *, seed: int = 0, noise: str = "normal") -> np.ndarray:
    """Readings that follow from a few unknown ones, each with noise of its own."""
    mixed = np.random.default_rng(7).normal(size=(hidden, columns))
    rng = np.random.default_rng(seed)
    loose = rng.normal(size=(rows, columns)) if noise == "normal" else rng.standard_t(2, size=(rows, columns))
    return rng.normal(size=(rows, hidden)) @ mixed + 0.3 * loose


def all_rows(table: np.ndarray, seed: int = 0) -> float:
    return share_of_links(table, np.arange(len(table)), np.zeros(table.shape[1]), seed)


def test_columns_that_follow_from_a_few_are_linked() -> None:
    assert all_rows(sensors(1000)) == 1.0
    assert all_rows(1e-3 * sensors(1000) + 50.0) == 1.0
    assert all_rows(sensors(5000)) == 1.0


def test_columns_of_their_own_are_not() -> None:
    rng = np.random.default_rng(0)

    assert all_rows(rng.normal(size=(1000, 20))) == 0.0


def test_noise_that_jumps_or_differs_from_row_to_row_is_no_witness() -> None:
    rng = np.random.default_rng(0)
    loud = np.where(rng.random((1000, 1)) < 0.2, 10.0, 1.0)

    assert all_rows(sensors(1000, noise="jumps")) == 0.0
    assert all_rows(sensors(1000) + loud * rng.normal(size=(1000, 20)) * 0.3) == 0.0


def test_few_rows_or_columns_tell_nothing() -> None:
    assert all_rows(sensors(199)) == 0.0
    assert all_rows(sensors(1000)[:, :3]) == 0.0
    assert all_rows(np.ones((1000, 20))) == 0.0
    assert all_rows(np.empty((0, 20))) == 0.0
    assert all_rows(np.column_stack([sensors(1000), np.ones(1000)])) == 1.0


def test_columns_that_repeat_others_are_linked_and_tell_no_noise() -> None:
    rng = np.random.default_rng(0)

    assert all_rows(np.column_stack([sensors(1000)[:, :10], sensors(1000)[:, :4]])) == 1.0
    assert all_rows(np.outer(rng.normal(size=1000), np.ones(8))) == 0.0, "without any noise there is no measure of it"


def test_precise_readings_are_linked_as_well() -> None:
    exact = sensors(1000) - sensors(1000, noise="normal") * 0.999

    assert all_rows((exact + 1e-6 * sensors(1000, seed=1)).astype(np.float32)) == 1.0


def test_rows_that_were_written_twice_tell_nothing() -> None:
    assert all_rows(np.repeat(sensors(500), 2, axis=0)) == 0.0


def test_rows_with_missing_cells_and_features_of_words_do_not_count() -> None:
    rng = np.random.default_rng(0)
    readings, words = sensors(1000), np.eye(40)[rng.integers(0, 40, 1000)]
    gaps = rng.random(readings.shape) < 0.01
    table = np.concatenate([np.where(gaps, 0.0, readings), gaps, words], axis=1)

    assert share_of_links(table, np.arange(1000), np.zeros(20), 0) == 1.0


@pytest.fixture(scope="module")
def detector() -> offbeat.Detector:
    return offbeat.fit(sensors(1000), seed=0, progress="none")


def broken(rows: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """New readings; in the first of ten rows one sensor is off by eight times its noise."""
    rng = np.random.default_rng(seed)
    table, is_broken = sensors(rows, seed=seed), np.arange(rows) < rows // 10
    table[is_broken, rng.integers(0, 20, is_broken.sum())] += 2.4
    return table, is_broken


def test_one_sensor_that_breaks_is_found_where_columns_are_linked(detector: offbeat.Detector) -> None:
    table, is_broken = broken(600)
    odder = detector.scorer.odder
    assert odder is not None
    assert odder.weight == 1.0
    mean = replace(detector, scorer=replace(detector.scorer, odder=None))

    found, before = roc_auc(detector.score(table), is_broken), roc_auc(mean.score(table), is_broken)

    assert found > 0.94
    assert found > before + 0.02


def test_a_row_between_all_others_is_found_as_well() -> None:
    """It follows the links, so that the residual has nothing to say; only distances do."""
    mixed = np.random.default_rng(7).normal(size=(2, 12))
    rng = np.random.default_rng(0)

    def ring(rows: int, radius: float) -> np.ndarray:
        angle = rng.uniform(0, 2 * np.pi, rows)
        hidden = radius * np.column_stack([np.cos(angle), np.sin(angle)])
        return hidden @ mixed + 0.3 * rng.normal(size=(rows, 12))

    detector = offbeat.fit(ring(600, 2.0), seed=0, progress="none")
    assert detector.scorer.odder is not None

    scores = detector.score(np.concatenate([ring(300, 2.0), ring(30, 0.1)]))

    assert roc_auc(scores, np.arange(330) >= 300) > 0.97


def test_contributions_sum_to_the_score_and_name_the_sensor(detector: offbeat.Detector) -> None:
    table = sensors(50, seed=3)
    table[:, 4] += 4.0

    found = detector.detect(table)

    explanations = detector.explain(table)
    assert len(explanations) == 50
    for explanation in explanations:
        assert sum(explanation.contributions.values()) == pytest.approx(found.scores[explanation.row])
        assert max(explanation.contributions, key=lambda name: explanation.contributions[name]) == "C5"


def test_a_missing_cell_makes_a_row_no_odder_than_the_mean_does(detector: offbeat.Detector) -> None:
    """What stands in for it does not follow from the others, and the residual would say so."""
    rng = np.random.default_rng(5)
    table = sensors(600, seed=5)
    table[np.arange(600), rng.integers(0, 20, 600)] = np.nan
    mean = replace(detector, scorer=replace(detector.scorer, odder=None))

    np.testing.assert_array_equal(detector.score(table), mean.score(table))
    np.testing.assert_allclose(detector.feature_errors(table).sum(axis=1), detector.score(table), rtol=1e-6)


def test_nobody_looks_where_anomalies_are_stated() -> None:
    stated = offbeat.fit(sensors(300), score="combined", contamination=0.05, epochs=2, progress="none")

    assert stated.scorer.odder is None


def test_it_is_said_and_kept(detector: offbeat.Detector, tmp_path: Path) -> None:
    table, _ = broken(50)

    restored = offbeat.load(detector.save(tmp_path / "sensors.offbeat"))

    assert restored.scorer.odder == detector.scorer.odder
    np.testing.assert_array_equal(restored.score(table), detector.score(table))
    assert "the columns follow from one another, so the odder of the residual and the distances" in restored.describe()


def test_nobody_looks_where_a_score_is_named() -> None:
    named = offbeat.fit(sensors(300), score="whitened", epochs=2, progress="none")

    assert named.scorer.odder is None
