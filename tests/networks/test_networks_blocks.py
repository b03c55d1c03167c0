"""A row gets the same answer, to the last bit, whatever stands beside it and however many rows there are."""

from __future__ import annotations

import functools

import jax
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import encode, make_ready, measure_in_blocks, reconstruct, reconstruct_in_blocks
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.programs import Program

ROWS = 3000
# Widths on both sides of the vector widths of processors; the last ones need several calls for 3,000 rows.
SHAPES = [(1, (2,)), (3, (1,)), (7, (5, 2, 5)), (30, (33,)), (140, (32, 8, 32)), (513, (50,))]


@functools.cache
def _network(width: int, hidden: tuple[int, ...]) -> AbstractAutoencoder:
    chosen = NetworkSettings.model_validate({"network": "dense", "hidden": hidden, "activation": "tanh"})
    return build_network(chosen, width, np.random.default_rng(width))


@functools.cache
def _whole(width: int, hidden: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All rows with their reconstructions and codes."""
    features = np.random.default_rng(5).normal(size=(ROWS, width)).astype(np.float32)
    network = _network(width, hidden)
    return features, reconstruct(network, features), encode(network, features)


@given(shape=st.sampled_from(SHAPES), count=st.integers(1, ROWS), seed=st.integers(0, 2**16))
@example(shape=(513, (50,)), count=ROWS, seed=0)
@example(shape=(1, (2,)), count=1, seed=0)
@settings(max_examples=40)
def test_bits_of_a_row_depend_on_nothing_but_the_row(shape: tuple[int, tuple[int, ...]], count: int, seed: int) -> None:
    features, values, latent = _whole(*shape)
    some = np.random.default_rng(seed).permutation(ROWS)[:count]
    pieces = list(reconstruct_in_blocks(_network(*shape), features[some]))
    assert np.array_equal(np.concatenate([piece.values for piece in pieces]), values[some])
    assert np.array_equal(encode(_network(*shape), features[some]), latent[some])


@pytest.mark.parametrize("network", ["dense", "denoiser"])
def test_bits_of_one_row_alone_are_those_among_many(network: str) -> None:
    built = build_network(
        NetworkSettings.model_validate({"network": network, "hidden": (16, 16)}), 9, np.random.default_rng(0)
    )
    features = np.random.default_rng(6).normal(size=(600, 9)).astype(np.float32)
    together = reconstruct(built, features)
    for row in (0, 7, 255, 256, 599):
        assert np.array_equal(reconstruct(built, features[row : row + 1])[0], together[row])


def test_a_row_that_is_no_number_spoils_no_other() -> None:
    features, values, _ = _whole(7, (5, 2, 5))
    spoiled = features[:500].copy()
    spoiled[::3] = [[np.nan, np.inf, -np.inf, 3e38, 0, 0, 0]]
    found = reconstruct(_network(7, (5, 2, 5)), spoiled)
    untouched = np.arange(500) % 3 != 0
    assert np.array_equal(found[untouched], values[:500][untouched])
    assert np.isnan(found[~untouched]).any(axis=1).all()


def test_pieces_come_in_order_and_cover_every_row_once() -> None:
    features, values, _ = _whole(513, (50,))
    pieces = list(reconstruct_in_blocks(_network(513, (50,)), features))
    assert [len(piece.values) for piece in pieces] == [256] * 11 + [184]
    assert np.array_equal(np.concatenate([piece.features for piece in pieces]), features)
    assert np.array_equal(np.concatenate([piece.values for piece in pieces]), values)


@pytest.mark.parametrize(
    "chosen",
    [np.arange(100, 2900), np.arange(2900, 100, -1), np.arange(0, ROWS, 3), np.repeat(7, 600), np.array([7, 8, 8, 10])],
    ids=["one after another", "backwards", "every third", "one again and again", "with both ends as if in a row"],
)
def test_chosen_rows_are_those_that_were_asked_for(chosen: np.ndarray) -> None:
    features, values, _ = _whole(513, (50,))
    pieces = list(measure_in_blocks(_network(513, (50,)), features, lambda piece: piece, chosen))
    assert np.array_equal(np.concatenate([piece.numbers for piece in pieces if piece.numbers is not None]), chosen)
    assert np.array_equal(np.concatenate([piece.features for piece in pieces]), features[chosen])
    assert np.array_equal(np.concatenate([piece.values for piece in pieces]), values[chosen])


def test_weights_of_twice_the_precision_keep_it_in_every_piece() -> None:
    features, values, _ = _whole(513, (50,))
    double = jax.tree.map(lambda part: np.asarray(part, np.float64), _network(513, (50,)))
    found = reconstruct(double, features)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, values, rtol=1e-4, atol=1e-5)
    for row in (0, 700, ROWS - 1):
        assert np.array_equal(reconstruct(double, features[row : row + 1])[0], found[row])


def test_what_was_given_and_what_came_before_stay_as_they_were() -> None:
    features, values, _ = _whole(513, (50,))
    before = features.copy()
    kept = [piece.values for piece in reconstruct_in_blocks(_network(513, (50,)), features)]
    reconstruct(_network(513, (50,)), features[::-1].copy())
    assert np.array_equal(np.concatenate(kept), values)
    assert np.array_equal(features, before)


def test_rows_in_another_memory_order_or_precision_give_the_same_bits() -> None:
    features, values, _ = _whole(7, (5, 2, 5))
    network = _network(7, (5, 2, 5))
    assert np.array_equal(reconstruct(network, np.asfortranarray(features)), values)
    assert np.array_equal(reconstruct(network, features.astype(np.float64)), values)
    assert np.array_equal(reconstruct(network, np.repeat(features, 2, axis=0)[::2]), values)


def test_what_is_made_ready_is_not_prepared_again(monkeypatch: pytest.MonkeyPatch) -> None:
    network = build_network(NetworkSettings(network="dense", hidden=(3,)), 7, np.random.default_rng(0))
    make_ready(network, 7)
    monkeypatch.setattr(Program, "_prepared", lambda *_: pytest.fail("it was prepared twice"))

    assert reconstruct(network, np.ones((2, 7), np.float32)).shape == (2, 7)
