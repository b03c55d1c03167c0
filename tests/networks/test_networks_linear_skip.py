"""The linear path beside a network: principal components at first, and never worse."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest
from sklearn.decomposition import PCA

import offbeat
from offbeat.errors import SettingsError
from offbeat.networks.build import build_network, parameter_count
from offbeat.networks.linear_skip import LinearSkip, started_at_components
from offbeat.networks.settings import NetworkSettings

RNG = np.random.default_rng(0)
ROWS = (RNG.normal(size=(300, 3)) @ RNG.normal(size=(3, 8)) + 0.3 * np.sin(3 * RNG.normal(size=(300, 8)))).astype(
    np.float32
)
QUICK = {"hidden": [6, 2, 6], "scaling": "none", "calibration": 0, "threshold": "none", "progress": "none"}


def _errors_of_components(rank: int) -> np.ndarray:
    fitted = PCA(rank).fit(ROWS.astype(np.float64))
    return np.square(fitted.inverse_transform(fitted.transform(ROWS)) - ROWS).mean(axis=1)


@pytest.mark.parametrize("rank", [1, 2, 7])
def test_untrained_it_is_principal_components(rank: int) -> None:
    detector = offbeat.fit(ROWS, epochs=0, linear_skip=rank, **QUICK)
    np.testing.assert_allclose(detector.score(ROWS), _errors_of_components(rank), rtol=1e-3, atol=1e-6)


def test_trained_it_is_better_than_they_are() -> None:
    detector = offbeat.fit(ROWS, epochs=60, learning_rate=0.005, linear_skip=2, **QUICK)
    assert detector.score(ROWS).mean() < 0.95 * _errors_of_components(2).mean()
    assert detector.history.best_epoch == 60


def test_what_training_made_worse_is_not_kept() -> None:
    detector = offbeat.fit(ROWS, epochs=1, learning_rate=3.0, optimizer="sgd", linear_skip=2, clip_norm=1.0, **QUICK)
    np.testing.assert_allclose(detector.score(ROWS), _errors_of_components(2), rtol=1e-3, atol=1e-6)
    assert detector.history.best_epoch == 0
    assert "made the loss larger, so the principal components it began with were kept" in detector.describe()


def test_the_members_of_an_ensemble_start_from_the_same_components() -> None:
    detector = offbeat.fit(ROWS, epochs=0, linear_skip=2, ensemble=2, **QUICK)
    np.testing.assert_allclose(detector.score(ROWS), _errors_of_components(2), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("ensemble", [1, 3])
def test_parameters_are_counted_with_the_path(ensemble: int) -> None:
    settings = NetworkSettings(network="dense", hidden=(4,), linear_skip=3, ensemble=ensemble)
    network = build_network(settings, 8, np.random.default_rng(0))
    assert parameter_count(settings, 8) == sum(leaf.size for leaf in jax.tree.leaves(network))
    assert parameter_count(settings, 8) == ensemble * (9 * 4 + 5 * 8 + 9 * 3 + 4 * 8)


def test_a_network_without_the_path_starts_as_it_is() -> None:
    network = build_network(NetworkSettings(network="dense", hidden=(4,)), 8, np.random.default_rng(0))
    assert started_at_components(network, ROWS, np.arange(300)) is network


def test_a_file_and_a_graph_score_as_the_detector(tmp_path: Path) -> None:
    detector = offbeat.fit(ROWS, epochs=5, linear_skip=2, **QUICK)
    assert isinstance(detector.network, LinearSkip)
    again = offbeat.load(detector.save(tmp_path / "skip.offbeat"))
    np.testing.assert_array_equal(again.score(ROWS), detector.score(ROWS))
    assert "beside a linear path of 2 components" in again.describe()
    counted = sum(leaf.size for leaf in jax.tree.leaves(again.network))
    assert again.inspect()["network"]["parameters"] == counted == 142 + 42

    pytest.importorskip("onnxruntime")
    from offbeat.integrations import export_onnx
    from offbeat.integrations.onnx.scorer import OnnxScorer

    graph = OnnxScorer(export_onnx(detector, tmp_path / "skip.onnx"))
    np.testing.assert_allclose(graph.score(ROWS), detector.score(ROWS), rtol=1e-5)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"linear_skip": 9}, "linear_skip=9 asks for more components than there are features, 8. Give fewer"),
        ({"linear_skip": 2, "output_activation": "sigmoid"}, "would bound what linear_skip adds to. Leave one"),
        ({"linear_skip": 2, "network": "memory"}, "'linear_skip' does not apply to network='memory'"),
    ],
)
def test_words_for_what_cannot_be(settings: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        offbeat.fit(ROWS, epochs=0, **{**QUICK, **settings})


def test_too_wide_a_table_is_refused_before_training() -> None:
    wide = np.random.default_rng(0).normal(size=(10, 2001))
    with pytest.raises(SettingsError, match=r"components among 2,001 features; at most 2,000 were expected"):
        offbeat.fit(wide, hidden=[2], linear_skip=2, epochs=1e9, progress="none")
