"""From settings and training rows to the components of a score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.scoring.mahalanobis import refuse_wide
from offbeat.scoring.parts import PARTS, Known, Learned
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.settings import ScoringSettings

COMPONENTS: dict[str, tuple[str, ...]] = {
    **{word: (word,) for word in PARTS},
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
    normal_rows = train_rows if reference_rows is None else reference_rows
    learned = Learned(settings, network, huber_delta, features, train_rows, normal_rows, columns, seed)
    return tuple(PARTS[word].fit(learned) for word in COMPONENTS[settings.score])


def refuse_unfit(settings: ScoringSettings, features: int) -> None:
    """Refuse a score that so many features are too many for, before anything is trained.

    Raises:
        SettingsError: They are.
    """
    if "mahalanobis" in COMPONENTS[settings.score]:
        refuse_wide(features)


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
    known = Known(settings, network, huber_delta)
    return tuple(PARTS[word].restore(arrays.get(word, {}), known) for word in COMPONENTS[settings.score][:count])
