"""From settings and training rows to the components of a score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

import numpy as np
from jaxtyping import Float, Float32, Int

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows, reconstruct_in_blocks
from offbeat.networks.softmax import category_widths
from offbeat.scoring.aligned import AlignedNeighbourDistance, fit_aligned
from offbeat.scoring.hypersphere import HypersphereDistance, fit_hypersphere
from offbeat.scoring.mahalanobis import MahalanobisDistance, fit_mahalanobis, refuse_wide, rows_for_covariance
from offbeat.scoring.neighbours import NeighbourDistance, fit_neighbourhood, fit_neighbours, neighbourhood_size
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
    "mahalanobis": ("mahalanobis",),
    "neighbours": ("neighbours",),
    "svdd": ("svdd",),
    "neighbourhood": ("neighbourhood",),
    "aligned-neighbours": ("aligned-neighbours",),
    "combined": ("whitened", "neighbours", "neighbourhood"),
}
"""From the settings word to the components that are combined; earlier files may have the first two of three."""

_SHARES: dict[str, float] = {"neighbours": 2.0}
_CROWD_PROOF = "neighbourhood"
"""The component that does not take anomalies among the training rows for normal."""


def shares_of(score: str, crowds: float = 0.0) -> tuple[float, ...]:
    """What share each component of a score has in the geometric mean, 1 in all.

    The near neighbours count twice. The more of the training rows stand in crowds, the less is left of all components
    but the nearest twentieth, and the whole becomes that one by and by.

    Args:
        score: With "auto" resolved.
        crowds: How sure it is that the training rows hold crowds of anomalies, from 0 to 1.

    Example:
        >>> shares_of("combined"), shares_of("combined", crowds=1.0)
        ((0.25, 0.5, 0.25), (0.0, 0.0, 1.0))
    """
    words = COMPONENTS[score]
    shares = [_SHARES.get(word, 1.0) * (1.0 if word == _CROWD_PROOF else 1.0 - crowds) for word in words]
    return tuple(share / sum(shares) for share in shares) if len(shares) > 1 else (1.0,)


def fit_components(
    settings: ScoringSettings,
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    train_rows: Int[np.ndarray, "train"],
    *,
    reference_rows: Int[np.ndarray, "reference"] | None = None,
    columns: tuple[int, ...] = (),
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
        columns: For each feature the number of the column that it came from; each its own unless given.
        huber_delta: For the Huber error.
        seed: For the choice of reference rows, where there are too many.
    """

    normal = train_rows if reference_rows is None else reference_rows
    numbers = _numbers_of(network, features)

    def fit_one(word: str) -> AbstractScore:
        if word == "whitened":
            pieces = _reconstructed(network, features, train_rows, MOST_WHITENING_ROWS)
            whitened = fit_whitening(pieces, numbers)
            return replace(whitened, variance=whitened.variance * _damping(columns, network))
        if word == "mahalanobis":
            most = rows_for_covariance(features.shape[1])
            pieces = _reconstructed(network, features, train_rows, most)
            return fit_mahalanobis(pieces, _damping(columns, network), numbers)
        if word == "neighbours":
            return fit_neighbours(features, normal, settings.neighbours, seed)
        if word == "aligned-neighbours":
            k, alignment = settings.neighbours, settings.alignment
            return fit_aligned(features, normal, neighbours=k, alignment=alignment, columns=columns, seed=seed)
        if word == "neighbourhood":
            return fit_neighbourhood(features, normal, settings.neighbours, seed)
        if word == "svdd":
            return fit_hypersphere(network, features, train_rows)
        return ReconstructionError(cast(ErrorMeasure, word), huber_delta)

    return tuple(fit_one(word) for word in COMPONENTS[settings.score])


def refuse_unfit(settings: ScoringSettings, features: int) -> None:
    """Refuse a score that so many features are too many for, before anything is trained.

    Raises:
        SettingsError: They are.
    """
    if "mahalanobis" in COMPONENTS[settings.score]:
        refuse_wide(features)


def _reconstructed(
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "train"],
    most: int,
) -> Iterator[ReconstructedRows]:
    """At most so many of the rows, from all over the table, with their reconstruction."""
    step = -(-len(rows) // most)
    return reconstruct_in_blocks(network, features[rows[::step]])


def _numbers_of(network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]) -> int | None:
    """How many features are numbers, where the others are probabilities; these may be near certain in every row."""
    widths = category_widths(network)
    return features.shape[1] - sum(widths) if widths else None


def _damping(columns: tuple[int, ...], network: AbstractAutoencoder) -> Float32[np.ndarray, "features"] | np.float32:
    """What the variances of features are multiplied by, lest a category of 40 levels has the say of 40 numbers.

    The root of how many features the column has: with the number itself a wrong category would hardly count. It does
    where levels are probabilities, which come so near to 0 and 1 that their usual residuals are small.
    """
    if not columns:
        return np.float32(1.0)
    features = np.bincount(columns)[list(columns)]
    return (features if category_widths(network) else np.sqrt(features)).astype(np.float32)


def restore_components(
    settings: ScoringSettings,
    arrays: Mapping[str, Mapping[str, np.ndarray]],
    *,
    network: AbstractAutoencoder,
    huber_delta: float,
    count: int | None = None,
) -> tuple[AbstractScore, ...]:
    """The components from the arrays that a detector file holds for them.

    Args:
        settings: With `score` resolved.
        arrays: By name, for each component by its word.
        network: The detector's.
        huber_delta: For the Huber error.
        count: How many components the score has, where that is fewer than scores of this name have by now.

    Raises:
        KeyError: An array is lacking.
    """

    def restore_one(word: str) -> AbstractScore:
        own = arrays.get(word, {})
        if word == "whitened":
            return WhitenedError(own["variance"].reshape(-1, own["variance"].shape[-1]))
        if word == "mahalanobis":
            return MahalanobisDistance(own["root"])
        if word == "neighbours":
            return NeighbourDistance(own["reference"], settings.neighbours)
        if word == "aligned-neighbours":
            return AlignedNeighbourDistance(own["reference"], own["moves"], settings.neighbours, settings.alignment)
        if word == "neighbourhood":
            reference = own["reference"]
            return NeighbourDistance(reference, neighbourhood_size(len(reference), settings.neighbours))
        if word == "svdd":
            return HypersphereDistance(network, own["centre"], own["start"])
        return ReconstructionError(cast(ErrorMeasure, word), huber_delta)

    return tuple(restore_one(word) for word in COMPONENTS[settings.score][:count])
