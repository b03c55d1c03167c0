"""Crowds: rows far from most others but close to one another, as anomalies among the training rows often are."""

from __future__ import annotations

import numpy as np
import pytest
from scored_rows import rows

from offbeat.scoring.crowds import largest_crowd, share_in_crowds
from offbeat.scoring.neighbours import fit_neighbourhood, neighbourhood_size


def _share(features: np.ndarray, seed: int = 0) -> float:
    return share_in_crowds(features, np.arange(len(features)), seed)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_normal_rows_have_no_crowds(seed: int) -> None:
    assert _share(rows(1000, 4, seed)) == 0.0


def test_scattered_anomalies_are_no_crowd() -> None:
    assert _share(np.concatenate([rows(1000, 4), 6.0 * rows(50, 4, seed=1)])) <= 0.02


@pytest.mark.parametrize("count", [20, 40])
def test_anomalies_of_one_kind_are_a_crowd(count: int) -> None:
    """All of them are among the tenth of the rows that are farthest from most."""
    crowd = 0.05 * rows(count, 4, seed=1) + np.float32(6.0)

    assert _share(np.concatenate([rows(1000, 4), crowd])) == pytest.approx(count / (0.1 * (1000 + count)), abs=0.02)


def test_two_kinds_of_normal_rows_are_no_crowds() -> None:
    assert _share(np.concatenate([rows(500, 4), rows(500, 4, seed=1) + np.float32(6.0)])) <= 0.02


@pytest.mark.parametrize("height", [1000, 3000])
@pytest.mark.parametrize("groups", [10, 20, 40])
def test_normal_rows_that_stand_in_groups_are_no_crowds(groups: int, height: int) -> None:
    """As products do, each with a weight of its own: one group is as far from the others as the next."""
    randomness = np.random.default_rng(groups)
    products = randomness.integers(0, groups, height)
    weights = 3 * randomness.normal(size=groups)[products] + 0.3 * randomness.normal(size=height)
    features = np.column_stack([np.eye(groups)[products], weights, 0.3 * randomness.normal(size=height)])

    assert _share(features.astype(np.float32)) == 0.0


@pytest.mark.parametrize("clusters", [8, 14, 20, 30])
def test_many_kinds_of_normal_rows_are_no_crowds(clusters: int) -> None:
    randomness = np.random.default_rng(clusters)
    middles = 4 * randomness.normal(size=(clusters, 5))
    features = middles[randomness.integers(0, clusters, 2000)] + 0.5 * randomness.normal(size=(2000, 5))

    assert _share(features.astype(np.float32)) == 0.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_combinations_of_a_few_levels_are_no_crowds(seed: int) -> None:
    """Each row is as near to its nearest as any: those at the edge are among usual rows."""
    levels = np.stack(np.meshgrid(*map(np.arange, (4, 4, 4, 3, 3, 3)), indexing="ij"), axis=-1).reshape(-1, 6)
    grid = np.random.default_rng(seed).permutation(levels)[:830].astype(np.float32)

    assert _share((grid - grid.mean(axis=0)) / grid.std(axis=0)) <= 0.02


def test_a_crowd_is_found_in_two_dimensions_too() -> None:
    crowd = 0.05 * rows(40, 2, seed=1) + np.float32(8.0)

    assert _share(np.concatenate([rows(1000, 2), crowd])) == pytest.approx(40 / 104, abs=0.02)


def test_few_rows_and_equal_rows_have_no_crowds() -> None:
    assert _share(np.concatenate([rows(150, 4), 0.05 * rows(20, 4) + np.float32(6.0)])) == 0.0
    assert _share(np.ones((300, 3), np.float32)) == 0.0


def test_of_many_rows_a_sample_by_the_seed_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("offbeat.scoring.crowds.MOST_ROWS", 500)
    features = np.concatenate([rows(2000, 4), 0.05 * rows(100, 4, seed=1) + np.float32(6.0)])

    assert _share(features, seed=3) == _share(features, seed=3) > 0.2
    assert _share(features, seed=3) != _share(features, seed=4)


def _largest(features: np.ndarray, *shares: float) -> float:
    return largest_crowd(features, np.arange(len(features)), shares, seed=0)


@pytest.mark.parametrize("share", [0.06, 0.1, 0.2, 0.3, 0.45])
def test_a_crowd_larger_than_a_neighbourhood_is_found_by_its_share(share: float) -> None:
    """A share that is stated a fifth too low finds it as well, one of twice the crowd does not."""
    count = round(1000 * share)
    features = np.concatenate([rows(1000 - count, 4), 0.3 * rows(count, 4, seed=1) + np.float32(6.0)])

    assert _largest(features, share) == share
    assert _largest(features, 0.8 * share) == 0.8 * share
    assert _largest(features, min(2 * share, 0.49)) == (0.0 if share < 0.3 else 0.49)
    assert _largest(features, 0.01, share) == share


def test_scattered_or_few_rows_are_no_large_crowd() -> None:
    scattered = np.concatenate([rows(800, 4), 6.0 * rows(200, 4, seed=1)])

    assert _largest(scattered, 0.05, 0.1, 0.2, 0.3) == 0.0
    assert _largest(rows(1000, 4), 0.05, 0.1, 0.2, 0.3) == 0.0
    assert _largest(rows(3, 4), 0.1, 0.5) == 0.0
    assert _largest(np.ones((300, 3), np.float32), 0.1, 0.5) == 0.0


@pytest.mark.parametrize(("reference", "least", "expected"), [(1000, 2, 50), (1001, 2, 51), (20, 2, 2), (20, 5, 5)])
def test_a_neighbourhood_is_a_twentieth(reference: int, least: int, expected: int) -> None:
    assert neighbourhood_size(reference, least) == expected


def test_a_neighbourhood_of_many_rows_is_that_of_a_sample() -> None:
    features = rows(3000, 3)

    fitted = fit_neighbourhood(features, np.arange(3000), 2, seed=0)

    assert (len(fitted.reference), fitted.neighbours) == (500, 25)
