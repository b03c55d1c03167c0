"""A small network and few rows, in the same shapes for many tests, so that few programs are compiled."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.training.history import History
from offbeat.training.loop import train
from offbeat.training.settings import TrainingSettings

FEATURES = 6


def rows(count: int = 20, features: int = FEATURES, seed: int = 0) -> np.ndarray:
    """Independent normal numbers."""
    return np.random.default_rng(seed).normal(size=(count, features)).astype(np.float32)


def network(features: int = FEATURES, **settings: object) -> AbstractAutoencoder:
    """A dense network with one hidden layer of 4 unless said otherwise; the same first weights every time."""
    chosen = NetworkSettings.model_validate({"network": "dense", "hidden": (4,), **settings})
    return build_network(chosen, features, np.random.default_rng(42))


def settings(**values: object) -> TrainingSettings:
    """Three epochs of batches of 8 rows unless said otherwise."""
    return TrainingSettings.model_validate({"epochs": 3, "batch_size": 8, **values})


def trained(
    features: np.ndarray, /, call: dict[str, Any] | None = None, **values: object
) -> tuple[list[np.ndarray], History]:
    """The small network's arrays after training on the rows, and the history."""
    made, history = train(network(features.shape[1]), features, settings(**values), **(call or {}))
    return arrays(made), history


def arrays(made: AbstractAutoencoder) -> list[np.ndarray]:
    """The network's arrays, layer by layer: weight, bias."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(made)]


def same_bits(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    """Whether all arrays are the same to the last bit."""
    return len(one) == len(other) and all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


def distance(one: list[np.ndarray], other: list[np.ndarray]) -> float:
    """The largest difference between two numbers at the same place."""
    return max(float(np.max(np.abs(a - b))) for a, b in zip(one, other, strict=True))
