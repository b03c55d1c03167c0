"""What a detector can be asked: scores, p-values, reconstructions, codes, contributions."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest
from small_detectors import NAMES, fitted, framed, new_readings, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import MixedRows
from offbeat.errors import SettingsError

SUM_ROUNDING = 1e-5
"""Contributions of float32 features, added in another order than the score."""

RECONSTRUCTION_ROUNDING = 1e-6
"""float32 features back in float64 units."""


def test_scores_are_one_number_a_row_higher_for_what_does_not_fit(quick: offbeat.Detector) -> None:
    scores = quick.score(new_readings())

    assert scores.shape == (16,) and scores.dtype == np.float64
    assert sorted(np.argsort(scores)[-2:].tolist()) == [3, 11]


def test_a_row_scores_the_same_bits_alone(
    quick: offbeat.Detector, pumps: offbeat.Detector, new_pumps: MixedRows
) -> None:
    together = quick.score(new_readings())
    assert same_bits(np.concatenate([quick.score(row[None]) for row in new_readings()]), together)

    together = pumps.score(new_pumps.table)
    for row in (0, 60, 119):
        assert same_bits(pumps.score(new_pumps.table.take([row])), together[[row]])


def test_p_values_fall_as_scores_rise(quick: offbeat.Detector) -> None:
    scores, p_values = quick.score(new_readings()), quick.p_values(new_readings())

    assert ((p_values > 0) & (p_values <= 1)).all()
    assert (np.diff(p_values[np.argsort(scores)]) <= 0).all()
    assert p_values[3] < 0.01 < p_values[0]


def test_detect_flags_what_scores_above_the_threshold(quick: offbeat.Detector) -> None:
    found = quick.detect(new_readings())

    assert found.rows[:2].tolist() == sorted([3, 11], key=lambda row: -found.scores[row])
    assert same_bits(found.flags, found.scores > quick.threshold.value)
    assert same_bits(found.scores, quick.score(new_readings()))
    assert same_bits(found.p_values, quick.p_values(new_readings()))
    assert found.threshold == quick.threshold.value


def test_reconstructions_are_in_the_columns_own_units(quick: offbeat.Detector) -> None:
    expected = quick.reconstruct(framed(readings()))

    assert tuple(expected) == NAMES
    for name, column in zip(NAMES, readings().T, strict=True):
        assert expected[name].mean() == pytest.approx(column.mean(), rel=0.05)
    errors = np.stack([expected[name] for name in NAMES], axis=1) - readings()
    scaled = errors / readings().std(axis=0)
    np.testing.assert_allclose(
        (scaled**2).mean(axis=1), quick.score(readings()), rtol=1e-3, atol=RECONSTRUCTION_ROUNDING
    )


def test_reconstructed_words_are_levels(pumps: offbeat.Detector, new_pumps: MixedRows) -> None:
    expected = pumps.reconstruct(new_pumps.table)

    assert set(expected["mode"]) <= {"boost", "idle", "run"}
    agree = np.mean(expected["machine"] == new_pumps.table.words("machine").to_numpy())
    assert agree > 0.9


def test_codes_are_as_wide_as_the_narrowest_layer(quick: offbeat.Detector) -> None:
    codes = quick.encode(new_readings())

    assert codes.shape == (16, 2)
    assert (np.abs(codes) <= 1).all(), "tanh"


def test_feature_errors_sum_to_the_score(pumps: offbeat.Detector, new_pumps: MixedRows) -> None:
    errors = pumps.feature_errors(new_pumps.table)

    assert errors.shape == (120, pumps.preprocessor.features)
    assert (errors >= 0).all()
    np.testing.assert_allclose(errors.sum(axis=1), pumps.score(new_pumps.table), rtol=SUM_ROUNDING)


def test_explain_names_the_anomalous_rows_most_anomalous_first(quick: offbeat.Detector) -> None:
    explained = quick.explain(new_readings())

    assert [why.row for why in explained] == quick.detect(new_readings()).rows.tolist()
    assert [why.row for why in quick.explain(new_readings(), most=1)] == [explained[0].row]


def test_fewer_rows_than_none_are_not_explained(quick: offbeat.Detector) -> None:
    assert quick.explain(new_readings(), most=0) == ()
    with pytest.raises(SettingsError, match="most is -1; how many rows to explain at most was expected, 0 or more"):
        quick.explain(new_readings(), most=-1)


def test_a_single_row_is_explained_flagged_or_not(quick: offbeat.Detector) -> None:
    (why,) = quick.explain(new_readings()[:1])

    assert why.row == 0 and why.score < quick.threshold.value
    assert "below the threshold" in why.sentence


def test_evaluate_compares_with_labels(with_label: offbeat.Detector) -> None:
    table = framed(new_readings()).with_columns(
        state=pl.Series(["bad" if row in (3, 11) else "good" for row in range(16)])
    )

    report = with_label.evaluate(table)

    assert (report.rows, report.accuracy, report.roc_auc) == (16, 1.0, 1.0)
    assert report.anomalous.recall == report.normal.precision == 1.0
    low, high = report.intervals["accuracy"]
    assert low <= 1.0 == high


def test_evaluate_without_labels_asks_for_them(quick: offbeat.Detector) -> None:
    with pytest.raises(SettingsError) as error:
        quick.evaluate(new_readings())

    assert str(error.value) == (
        "Which column holds the labels? Say so with label=... and normal=... (--label, --normal)."
    )


def test_a_detector_is_frozen_and_says_what_it_is(quick: offbeat.Detector) -> None:
    assert repr(quick) == "Detector(dense, 4 columns, trained on 60 rows of the table)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        quick.threshold = None  # type: ignore[misc, assignment]


def test_scores_are_those_of_the_loss_in_use() -> None:
    detector = fitted(loss="absolute")
    expected = detector.reconstruct(readings())
    errors = np.stack([expected[name] for name in detector.schema.names], axis=1) - readings()

    mean_absolute = np.abs(errors / readings().std(axis=0)).mean(axis=1)
    np.testing.assert_allclose(detector.score(readings()), mean_absolute, rtol=1e-3, atol=RECONSTRUCTION_ROUNDING)
