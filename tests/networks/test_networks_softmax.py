"""Networks whose categories are probabilities: the contract of every network holds, with a softmax around it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from naive.training_losses import softmax
from offbeat.errors import SettingsError
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import encode, reconstruct, reconstruct_views
from offbeat.networks.build import BUILDERS, build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.networks.softmax import CategoryProbabilities, with_probabilities
from offbeat.networks.wrapper import innermost

KINDS = sorted(BUILDERS)
WIDTHS = (2, 3, 3)
FEATURES = 2 + sum(WIDTHS)
ROWS = np.random.default_rng(5).normal(size=(7, FEATURES)).astype(np.float32)


def _pair(kind: str) -> tuple[AbstractAutoencoder, AbstractAutoencoder]:
    """A network, and the same with probabilities."""
    settings = NetworkSettings.model_validate({"network": kind, "hidden": (4,)})
    plain = build_network(settings, FEATURES, np.random.default_rng(1))
    return plain, build_network(settings, FEATURES, np.random.default_rng(1), probabilities=WIDTHS)


def _naive(logits: list[float]) -> list[float]:
    return [*logits[:2], *softmax(logits[2:4]), *softmax(logits[4:7]), *softmax(logits[7:10])]


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_stay_as_they_are_and_levels_become_the_naive_softmax(kind: str) -> None:
    plain, wrapped = _pair(kind)
    views, expected = reconstruct_views(wrapped, ROWS), reconstruct_views(plain, ROWS)
    naive = [[_naive(view.tolist()) for view in row] for row in expected]
    np.testing.assert_allclose(views, naive, rtol=0, atol=2e-6)
    assert np.array_equal(views[:, :, :2], expected[:, :, :2])
    assert np.array_equal(encode(wrapped, ROWS), encode(plain, ROWS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_gives_the_mean_of_the_views(kind: str) -> None:
    _, wrapped = _pair(kind)
    called = jax.jit(jax.vmap(lambda row: wrapped(row).values))(ROWS)
    np.testing.assert_allclose(called, reconstruct(wrapped, ROWS), rtol=0, atol=1e-6)
    assert (wrapped.view_count, wrapped.draws) == (innermost(wrapped).view_count, innermost(wrapped).draws)


def test_probabilities_of_absurd_logits_are_numbers_that_sum_to_one() -> None:
    logits = jnp.asarray([[1e30, -1e30, 1e4, -1e4, 0.0]], jnp.float32)
    np.testing.assert_allclose(with_probabilities(logits, (2, 3)), [[1.0, 0.0, 1.0, 0.0, 0.0]])


def test_a_table_without_numbers_has_probabilities_only() -> None:
    made = with_probabilities(jnp.zeros((2, 5), jnp.float32), (2, 3))
    np.testing.assert_allclose(made, [[0.5, 0.5, 1 / 3, 1 / 3, 1 / 3]] * 2, rtol=1e-6)


def test_no_categories_no_wrapper() -> None:
    plain, wrapped = _pair("dense")
    assert isinstance(wrapped, CategoryProbabilities)
    assert not isinstance(plain, CategoryProbabilities)
    assert innermost(plain) is plain


def test_words_for_an_output_that_is_bounded_already() -> None:
    settings = NetworkSettings(network="dense", output_activation="sigmoid")
    with pytest.raises(SettingsError) as problem:
        build_network(settings, 5, np.random.default_rng(0), probabilities=(3,))
    assert str(problem.value) == (
        "output_activation='sigmoid' would bound what category_loss='cross-entropy' makes probabilities of. Leave one "
        "of them out."
    )
