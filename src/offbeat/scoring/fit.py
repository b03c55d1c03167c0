"""From settings and training rows to the components of a score."""

from __future__ import annotations

from typing import cast

import numpy as np
from jaxtyping import Float, Int

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import reconstruct_in_blocks
from offbeat.scoring.neighbours import NeighbourDistance, fit_neighbours
from offbeat.scoring.reconstruction import ErrorMeasure, ReconstructionError
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.settings import ScoringSettings
from offbeat.scoring.whitening import WhitenedError, fit_whitening

# Residual variances settle long before this many rows, if these come from the whole table.
MOST_WHITENING_ROWS = 20_000

COMPONENTS: dict[str, tuple[str, ...]] = {
    "squared": ("squared",),
    "absolute": ("absolute",),
    "huber": ("huber",),
    "whitened": ("whitened",),
    "neighbours": ("neighbours",),
    "combined": ("whitened", "neighbours"),
}
"""From the settings word to the components that are summed."""


def fit_components(
    settings: ScoringSettings,
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    train_rows: Int[np.ndarray, "train"],
    *,
    reference_rows: Int[np.ndarray, "reference"] | None = None,
    huber_delta: float,
    seed: int,
) -> tuple[AbstractScore, ...]:
    """The components of a score, fitted on the rows that the network was trained on.

    Args:
        settings: With `score` resolved, no longer "auto".
        network: The trained network.
        features: Scaled rows, those that were not trained on included.
        train_rows: Which rows to fit on.
        reference_rows: Which rows are normal, for neighbours to be found among; those to fit on unless given.
        huber_delta: For the Huber error.
        seed: For the choice of reference rows, where there are too many.
    """

    def fit_one(word: str) -> AbstractScore:
        if word == "whitened":
            step = -(-len(train_rows) // MOST_WHITENING_ROWS)
            return fit_whitening(reconstruct_in_blocks(network, features[train_rows[::step]]))
        if word == "neighbours":
            normal = train_rows if reference_rows is None else reference_rows
            return fit_neighbours(features, normal, settings.neighbours, seed)
        return ReconstructionError(cast(ErrorMeasure, word), huber_delta)

    return tuple(fit_one(word) for word in COMPONENTS[settings.score])


def restore_components(
    settings: ScoringSettings, arrays: dict[str, np.ndarray], *, huber_delta: float
) -> tuple[AbstractScore, ...]:
    """The components from the arrays that a detector file holds for them.

    Raises:
        KeyError: An array is lacking.
    """

    def restore_one(word: str) -> AbstractScore:
        if word == "whitened":
            return WhitenedError(arrays["variance"].reshape(-1, arrays["variance"].shape[-1]))
        if word == "neighbours":
            return NeighbourDistance(arrays["reference"], settings.neighbours)
        return ReconstructionError(cast(ErrorMeasure, word), huber_delta)

    return tuple(restore_one(word) for word in COMPONENTS[settings.score])
