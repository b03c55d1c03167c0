"""A detector of several networks: in the file, in words, in scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_detectors import fitted, new_readings, readings, same_bits

import offbeat
from offbeat.data.mixed_rows import mixed_rows
from offbeat.networks.ensemble import Ensemble


@pytest.fixture(scope="module")
def three() -> offbeat.Detector:
    return fitted(ensemble=3)


def test_an_ensemble_finds_what_a_single_network_finds(three: offbeat.Detector) -> None:
    assert isinstance(three.network, Ensemble)
    assert set(np.argsort(three.score(new_readings()))[-2:]) == {3, 11}
    np.testing.assert_allclose(three.feature_errors(new_readings()).sum(axis=1), three.score(new_readings()), rtol=1e-6)
    assert three.encode(new_readings()).shape == (16, 3 * 2)


@pytest.mark.parametrize("score", ["squared", "whitened", "svdd", "combined"])
def test_the_file_brings_the_same_bits_back(score: str, tmp_path: Path) -> None:
    detector = fitted(ensemble=2, score=score, epochs=3)
    again = offbeat.load(detector.save(tmp_path / "a.offbeat"))
    assert same_bits(again.score(new_readings()), detector.score(new_readings()))
    assert same_bits(again.encode(new_readings()), detector.encode(new_readings()))


def test_it_is_said(three: offbeat.Detector) -> None:
    assert "Network: dense, 66 parameters, in an ensemble of 3" in three.describe()
    assert "ensemble" not in fitted().describe()
    network = three.inspect()["network"]
    assert (network["ensemble"], network["parameters"]) == (3, 66)
    assert [layer["units"] for layer in network["layers"]] == [2, 4]


def test_the_default_detector_of_several_denoisers_with_probabilities() -> None:
    table = mixed_rows(310, seed=1).table
    detector = offbeat.fit(table, ensemble=2, hidden=None, epochs=2, progress="none")
    single = offbeat.fit(table, epochs=2, progress="none")
    assert detector.resolved.network == "denoiser" and detector.network.view_count == single.network.view_count
    made = detector.reconstruct(table)
    assert set(made["mode"]) <= {"boost", "idle", "run"}


def test_the_rows_of_a_few_are_calibrated_by_folds_of_ensembles() -> None:
    detector = fitted(ensemble=2, threshold="conformal", epochs=3)
    assert detector.threshold.rows == len(readings())
