"""Ensembles: the mean of their members, which are networks like any other."""

from __future__ import annotations

import functools

import jax
import numpy as np
import pytest

from offbeat.networks.blocks import encode, reconstruct, reconstruct_views
from offbeat.networks.build import BUILDERS, build_network, parameter_count
from offbeat.networks.ensemble import Ensemble
from offbeat.networks.settings import NetworkSettings

KINDS = sorted(BUILDERS)
FEATURES = 6
ROWS = np.random.default_rng(5).normal(size=(7, FEATURES)).astype(np.float32)
ROUNDING = 2e-6


def _settings(kind: str, members: int) -> NetworkSettings:
    return NetworkSettings.model_validate({"network": kind, "hidden": (4,), "ensemble": members})


@functools.cache
def _ensemble(kind: str) -> Ensemble:
    made = build_network(_settings(kind, 3), FEATURES, np.random.default_rng(1), probabilities=(2,))
    assert isinstance(made, Ensemble)
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_expected_to_be_the_mean_of_what_the_members_expect(kind: str) -> None:
    members = [_ensemble(kind).member(number) for number in range(3)]
    for measure in (reconstruct, reconstruct_views):
        expected = np.mean([measure(member, ROWS) for member in members], axis=0)
        np.testing.assert_allclose(measure(_ensemble(kind), ROWS), expected, rtol=0, atol=ROUNDING)
    called = jax.jit(jax.vmap(lambda row: _ensemble(kind)(row).values))(ROWS)
    np.testing.assert_allclose(called, reconstruct(_ensemble(kind), ROWS), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
def test_the_latent_code_is_that_of_one_member_after_the_other(kind: str) -> None:
    codes = [encode(_ensemble(kind).member(number), ROWS) for number in range(3)]
    np.testing.assert_allclose(encode(_ensemble(kind), ROWS), np.concatenate(codes, axis=1), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("kind", KINDS)
def test_members_start_unlike_one_another_and_the_first_as_a_single_network_does(kind: str) -> None:
    alone = build_network(_settings(kind, 1), FEATURES, np.random.default_rng(1), probabilities=(2,))
    first, second = (jax.tree.leaves(_ensemble(kind).member(number)) for number in (0, 1))
    assert all(np.array_equal(one, other) for one, other in zip(jax.tree.leaves(alone), first, strict=True))
    weights = [(one, other) for one, other in zip(first, second, strict=True) if one.ndim > 1]
    assert not any(np.array_equal(one, other) for one, other in weights)


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_those_of_all_members(kind: str) -> None:
    made = sum(leaf.size for leaf in jax.tree.leaves(_ensemble(kind)))
    assert parameter_count(_settings(kind, 3), FEATURES) == made == 3 * parameter_count(_settings(kind, 1), FEATURES)
