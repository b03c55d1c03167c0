"""A detector whose categories are probabilities: levels as expected values, contributions, the file, the words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_detectors import fitted, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import MixedRows, mixed_rows
from offbeat.errors import SettingsError
from offbeat.networks.blocks import reconstruct
from offbeat.networks.softmax import CategoryProbabilities

MIXED = mixed_rows(150, seed=3).table
CROSS = {"category_loss": "cross-entropy"}


@pytest.fixture(scope="module")
def cross() -> offbeat.Detector:
    return fitted(MIXED, **CROSS)


def test_the_default_detector_reconstructs_probabilities(pumps: offbeat.Detector, new_pumps: MixedRows) -> None:
    assert isinstance(pumps.network, CategoryProbabilities)
    assert pumps.network.widths == (4, 4, 4)  # three levels each, and the slot of those that training did not show
    assert pumps.resolved.category_loss == "cross-entropy"
    expected = pumps.reconstruct(new_pumps.table)
    assert set(expected["mode"]) <= {"boost", "idle", "run"}


@pytest.mark.parametrize("score", ["auto", "absolute", "huber", "whitened", "combined", "svdd"])
def test_contributions_sum_to_the_score(score: str) -> None:
    detector = fitted(MIXED, score=score, **CROSS)
    scores = detector.score(MIXED)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(detector.feature_errors(MIXED).sum(axis=1), scores, rtol=1e-6)


def test_a_named_network_scores_by_the_squared_difference_to_the_probabilities(cross: offbeat.Detector) -> None:
    features, network = cross.features(MIXED), cross.network
    assert isinstance(network, CategoryProbabilities)
    made = reconstruct(network, features)
    np.testing.assert_allclose(made[:, -4:].sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(cross.score(MIXED), np.square(made - features).mean(axis=1), rtol=1e-5)


def test_the_file_brings_the_same_bits_back(cross: offbeat.Detector, pumps: offbeat.Detector, tmp_path: Path) -> None:
    for detector in (cross, pumps):
        again = offbeat.load(detector.save(tmp_path / "a.offbeat"))
        assert same_bits(again.score(MIXED), detector.score(MIXED))
        assert again.resolved.category_loss == "cross-entropy"


def test_a_numeric_table_has_nothing_to_choose() -> None:
    one, other = fitted(), fitted(category_loss="error")
    assert not isinstance(other.network, CategoryProbabilities)
    assert same_bits(one.score(readings()), other.score(readings()))
    assert one.resolved.category_loss == "error"
    with pytest.raises(SettingsError, match="'category_loss' does not apply to a table without categories"):
        fitted(**CROSS)


def test_a_named_network_learns_levels_as_features_unless_told() -> None:
    plain, told = fitted(MIXED), fitted(MIXED, category_loss="error")
    assert not isinstance(plain.network, CategoryProbabilities)
    assert same_bits(plain.score(MIXED), told.score(MIXED))


def test_words_only() -> None:
    words = pl.DataFrame({"a": ["x", "y"] * 40, "b": ["u", "v"] * 40})
    detector = fitted(words, **CROSS)
    odd = detector.score(pl.DataFrame({"a": ["x", "x"], "b": ["u", "v"]}))
    assert odd[1] > 5 * odd[0]


def test_it_is_said(cross: offbeat.Detector) -> None:
    line = "Categories: reconstructed as the probabilities of their levels, learned by cross-entropy."
    assert line in cross.describe()
    assert "Categories:" not in fitted(MIXED).describe()
    assert [layer["units"] for layer in cross.inspect()["network"]["layers"]] == [2, cross.preprocessor.features]


def test_words_for_a_bounded_output() -> None:
    with pytest.raises(SettingsError, match="output_activation='sigmoid' would bound what category_loss"):
        fitted(MIXED, output_activation="sigmoid", **CROSS)


def test_truth_values_score_alike_as_numbers_and_in_a_matrix() -> None:
    table = pl.DataFrame({"open": [True, False, True] * 20, "flow": readings()[:, 0]})
    detector = fitted(table)
    numbers = table.with_columns(pl.col("open").cast(pl.Int64))
    assert detector.schema.columns[0].kind == "categorical"
    assert same_bits(detector.score(table), detector.score(numbers))
    assert same_bits(detector.score(table), detector.score(numbers.to_numpy()))


@pytest.mark.parametrize(("score", "flagged"), [("mahalanobis", (190, 200)), ("squared", (0, 10))])
def test_an_unseen_level_of_a_constant_category_drowns_in_a_plain_error(score: str, flagged: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(600, 20)) @ (np.eye(20) + 0.5 * rng.normal(size=(20, 20)))
    frame = pl.DataFrame(rows, schema=[f"c{column}" for column in range(20)])
    normal, new = frame[200:].with_columns(mode=pl.lit("a")), frame[:200].with_columns(mode=pl.lit("b"))
    detector = offbeat.fit(normal, hidden=[8], epochs=30, score=score, progress="none")
    least, most = flagged
    assert least <= detector.detect(new).flags.sum() <= most
    assert detector.detect(new.with_columns(mode=pl.lit("a"))).flags.sum() <= 10
