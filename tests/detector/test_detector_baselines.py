"""Plain detectors beside a detector: the same training rows, the same test rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_detectors import QUICK, fitted, framed, labelled, new_readings, readings

import offbeat
from offbeat.detector.config import Settings
from offbeat.errors import DataError, SettingsError
from offbeat.evaluation.baselines import neighbour_distances

NAMES = ["untrained network", "PCA", "5 nearest neighbours", "isolation forest"]


def _standardised(train: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return (rows - train.mean(axis=0)) / train.std(axis=0)


def test_baselines_learn_from_the_training_rows_and_score_the_rows_of_the_detections() -> None:
    train, rows = readings(), new_readings()
    for scaling in ("standard", "minmax"):
        found = fitted(train, scaling=scaling).detect(rows).with_baselines(train)
        assert [baseline.name for baseline in found.baselines] == NAMES
        distances = neighbour_distances(_standardised(train, train), _standardised(train, rows))
        expected = np.corrcoef(*(np.argsort(np.argsort(scores)) for scores in (distances, found.scores)))[0, 1]
        assert found.baselines[2].rank_correlation == pytest.approx(expected, abs=1e-3)
        assert found.baselines[2].overlap == pytest.approx(
            np.isin(np.argsort(-distances)[: len(found)], found.rows).mean()
        )


def test_the_untrained_network_is_the_same_fit_without_an_epoch() -> None:
    train, rows = readings(), new_readings()
    untrained = fitted(train, epochs=0).detect(rows).with_baselines(train)
    assert untrained.baselines[0].rank_correlation == pytest.approx(1.0)
    assert fitted(train).detect(rows).with_baselines(train).baselines[0].rank_correlation != pytest.approx(1.0)


@pytest.mark.parametrize(("fitted_by", "changed_to"), [("conformal", "mean+3std"), ("mean+3std", "quantile:0.9")])
def test_another_threshold_later_leaves_the_rows_that_baselines_learn_from(fitted_by: str, changed_to: str) -> None:
    train, rows = readings(300), new_readings()
    share = {"calibration": 0.3} if fitted_by == "conformal" else {}
    detector = fitted(train, threshold=fitted_by, epochs=2, **share)
    before = detector.detect(rows).with_baselines(train).baselines
    after = detector.with_threshold(changed_to).detect(rows).with_baselines(train).baselines
    assert [one.rank_correlation for one in after] == [one.rank_correlation for one in before]


def test_a_threshold_set_later_on_labelled_rows_needs_no_labels_in_the_training_table() -> None:
    train, (table, _) = framed(readings()), labelled()
    detector = fitted(train).with_threshold("best-f1", table=table, label="state", normal="good")
    found = detector.detect(table, label="state", normal="good").with_baselines(train)
    assert [baseline.name for baseline in found.baselines] == NAMES


def test_only_normal_rows_are_learned_from_and_labels_give_areas(with_label: offbeat.Detector) -> None:
    table, is_bad = labelled()
    found = with_label.detect(table).with_baselines(table)
    numbers = table.drop("state").to_numpy()
    train = numbers[~is_bad]
    distances = neighbour_distances(_standardised(train, train), _standardised(train, numbers))
    assert distances[is_bad].min() > distances[~is_bad].max()
    assert found.baselines[2].roc_auc == found.baselines[2].average_precision == 1.0
    record = found.to_dict()["baselines"]
    assert [entry["name"] for entry in record] == NAMES
    assert set(record[0]) == {"name", "roc_auc", "average_precision", "rank_correlation", "overlap"}


def test_the_default_detector_of_numbers_and_words_has_baselines(found: offbeat.Detections, new_pumps: object) -> None:
    from offbeat.data.mixed_rows import mixed_rows

    beside = found.with_baselines(mixed_rows(400, seed=1).table)
    assert all(-1 <= (baseline.rank_correlation or 0) <= 1 for baseline in beside.baselines)
    assert found.baselines == ()
    assert "baselines" not in found.to_dict(most=0)


def test_the_report_shows_them_beside_the_detector(with_label: offbeat.Detector, tmp_path: Path) -> None:
    table, _ = labelled()
    found = with_label.detect(table)
    # Imported before the report does so beside its painter: two threads that compile at once upset Python 3.11.
    found.explain([0])
    plain = found.report(tmp_path / "plain.html").read_text()
    beside = found.with_baselines(table).report(tmp_path / "beside.html").read_text()
    assert "isolation forest" not in plain
    part = beside[beside.index("Beside plain detectors") :]
    for words in ("this detector", *NAMES, "ROC AUC", "average precision", "rank correlation", "flags in common"):
        assert words in part


def test_another_table_is_refused() -> None:
    detector = fitted(framed(readings()))
    with pytest.raises(DataError, match=r"has 16 rows; the detector was fitted on 60 of .* give that table"):
        detector.detect(new_readings()).with_baselines(framed(new_readings()))


def test_an_imported_detector_has_none() -> None:
    from dataclasses import replace

    detector = fitted()
    imported = replace(detector, facts=replace(detector.facts, origin="Imported from elsewhere."))
    with pytest.raises(SettingsError, match="this detector was imported: Imported from elsewhere"):
        imported.detect(readings()).with_baselines(readings())


def test_curves_have_baselines_too() -> None:
    curves = np.sin(np.arange(24) / 4 + np.random.default_rng(0).normal(0, 0.2, (60, 1)))
    detector = offbeat.fit(curves, kind="curves", **QUICK)
    found = detector.detect(pl.DataFrame(curves[:20] + 0.0)).with_baselines(curves)
    assert [baseline.name for baseline in found.baselines] == NAMES


def test_the_untrained_network_sees_what_the_detector_sees_also_of_older_files() -> None:
    pixels = np.random.default_rng(0).integers(0, 17, size=(60, 12)).astype(float)
    pixels[0], pixels[1] = 0.0, 16.0
    detector = offbeat.fit(pixels, scaling="standard", epochs=1, progress="none")
    older = replace(detector, settings=Settings(epochs=1))  # as of a build that gave each column its own scale

    alike = [found.detect(pixels).with_baselines(pixels).baselines[0].rank_correlation for found in (detector, older)]
    assert alike[0] == alike[1]
