"""The distance of latent codes: against its naive twin, and what its contributions promise."""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
import pytest
from scored_rows import FEATURES, network, reconstructed, rows

from naive import networks_forward as forward
from naive import scoring_hypersphere as naive
from offbeat.networks.blocks import encode
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.scoring.hypersphere import HypersphereDistance, fit_hypersphere

LEARNED = rows(300, seed=1)
NEW = rows(40, seed=2)


@pytest.fixture(scope="module")
def fitted() -> HypersphereDistance:
    return fit_hypersphere(network(), LEARNED, np.arange(0, 300, 2))


def _naive_code() -> Callable[[list[float]], list[float]]:
    layers = [(np.asarray(layer.weight).tolist(), np.asarray(layer.bias).tolist()) for layer in network().layers]  # type: ignore[attr-defined]
    return lambda x: forward.dense(layers, ["tanh"], "linear", x)[1]


def test_centre_and_start_are_the_means_of_the_training_rows(fitted: HypersphereDistance) -> None:
    learned = LEARNED[::2].tolist()
    np.testing.assert_allclose(fitted.start, naive.mean(learned), atol=1e-6)
    np.testing.assert_allclose(fitted.centre, naive.mean([_naive_code()(row) for row in learned]), atol=1e-6)


def test_scores_are_the_naive_twins(fitted: HypersphereDistance) -> None:
    expected = [naive.distance(_naive_code(), fitted.centre.tolist(), row.tolist()) for row in NEW]
    np.testing.assert_allclose(fitted.scores(reconstructed(NEW, NEW)), expected, rtol=1e-4)


def test_shares_are_the_naive_twins(fitted: HypersphereDistance) -> None:
    piece = reconstructed(NEW[:5], NEW[:5])
    found = fitted.contributions(piece) / fitted.scores(piece)[:, None]
    centre, start = fitted.centre.tolist(), fitted.start.tolist()
    expected = [naive.shares(_naive_code(), centre, start, row.tolist()) for row in NEW[:5]]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_contributions_sum_to_the_score_whatever_the_row(fitted: HypersphereDistance) -> None:
    absurd = np.concatenate([NEW, fitted.start[None], np.full((1, FEATURES), 1e15, np.float32)])
    piece = reconstructed(absurd, absurd)
    added = fitted.contributions(piece)
    assert (added >= 0).all() and np.isfinite(added).all()
    np.testing.assert_allclose(added.sum(axis=1), fitted.scores(piece), rtol=1e-9)


def test_gradients_that_are_no_float32_share_the_score() -> None:
    settings = NetworkSettings(network="dense", hidden=(4, 4, 3, 4, 4), activation="relu")
    steep = build_network(settings, 3, np.random.default_rng(0))
    steep = jax.tree.map(lambda leaf: np.full_like(leaf, 100.0), steep)
    score = HypersphereDistance(steep, np.zeros(3, np.float32), np.zeros(3, np.float32))
    piece = reconstructed(np.full((1, 3), 1e15, np.float32), np.zeros((1, 3), np.float32))
    total = score.scores(piece)[0]
    assert 1e40 < total < 1e60
    np.testing.assert_allclose(score.contributions(piece), np.full((1, 3), total / 3))


def test_a_row_contributes_the_same_bits_whatever_stands_beside_it(fitted: HypersphereDistance) -> None:
    many = rows(600, seed=3)
    whole = fitted.contributions(reconstructed(many, many))
    part = many[250:300]
    assert fitted.contributions(reconstructed(part, part)).tobytes() == whole[250:300].tobytes()


def test_a_feature_that_moves_the_code_has_most_of_the_score(fitted: HypersphereDistance) -> None:
    for feature in range(FEATURES):
        moved = fitted.start[None].copy()
        moved[0, feature] += 3.0
        assert fitted.contributions(reconstructed(moved, moved))[0].argmax() == feature


def test_the_score_does_not_look_at_the_reconstruction(fitted: HypersphereDistance) -> None:
    assert np.array_equal(fitted.scores(reconstructed(NEW, NEW)), fitted.scores(reconstructed(NEW, 0 * NEW)))
    expected = np.square(encode(network(), NEW) - fitted.centre).mean(axis=1)
    np.testing.assert_allclose(fitted.scores(reconstructed(NEW, NEW)), expected, rtol=1e-5)
