"""Rows, a network that was never trained, and what it makes of them: enough to score."""

from __future__ import annotations

import functools

import numpy as np

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows
from offbeat.networks.build import build_network
from offbeat.networks.settings import NetworkSettings
from offbeat.scoring.combine import Scorer, combine_components, component_scores
from offbeat.scoring.fit import fit_components, shares_of
from offbeat.scoring.settings import ScoringSettings

FEATURES = 6


def rows(count: int = 20, features: int = FEATURES, seed: int = 0) -> np.ndarray:
    """Independent normal numbers."""
    return np.random.default_rng(seed).normal(size=(count, features)).astype(np.float32)


def reconstructed(features: np.ndarray, values: np.ndarray) -> ReconstructedRows:
    """Rows beside what some network of one view made of them."""
    return ReconstructedRows(features=features, views=values[:, None])


@functools.cache
def network(features: int = FEATURES) -> AbstractAutoencoder:
    """A dense network with random weights."""
    return build_network(NetworkSettings(network="dense", hidden=(4,)), features, np.random.default_rng(2))


@functools.cache
def scorer(word: str, features: int = FEATURES) -> Scorer:
    """The score of that name, fitted to 300 rows of which every third is held back for the weights."""
    made, learned = network(features), rows(300, features, seed=1)
    held = np.arange(300) % 3 == 0
    settings = ScoringSettings.model_validate({"score": word})
    components = fit_components(settings, made, learned, np.flatnonzero(~held), huber_delta=0.5, seed=0)
    return combine_components(components, component_scores(components, made, learned[held]), shares_of(word))
