"""Scores of plain detectors, to hold a result against: what cannot beat them was not worth a network."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

from offbeat.randomness import Purpose, host_randomness

EXPLAINED_SHARE = 0.9
NEIGHBOURS = 5
TREES = 100
# Beyond this many the ranking hardly changes, and the distances to all of them would take minutes.
MOST_TRAINING_ROWS = 20_000
_ROWS_AT_A_TIME = 2**16


def baseline_scores(
    train: Float[np.ndarray, "train features"], rows: Float[np.ndarray, "rows features"], seed: int
) -> dict[str, Float64[np.ndarray, "rows"]]:
    """What each plain detector says of the rows, by its name; higher = more anomalous.

    Args:
        train: Standardised rows to learn from; of more than 20,000 a sample by the seed.
        rows: To score, scaled alike.
        seed: Of the sample, and of the isolation forest.
    """
    if len(train) > MOST_TRAINING_ROWS:
        chosen = host_randomness(seed, Purpose.BASELINES).choice(len(train), MOST_TRAINING_ROWS, replace=False)
        train = train[np.sort(chosen)]
    return {
        "PCA": principal_component_errors(train, rows),
        f"{NEIGHBOURS} nearest neighbours": neighbour_distances(train, rows),
        "isolation forest": isolation_scores(train, rows, seed),
    }


def principal_component_errors(
    train: Float[np.ndarray, "train features"], rows: Float[np.ndarray, "rows features"]
) -> Float64[np.ndarray, "rows"]:
    """The mean squared error of each row's projection on the first principal components of the training rows.

    As many components as explain 90 % of the training rows' variance, but never all of them: these would leave no
    error.

    Example:
        >>> line = np.linspace(-1, 1, 11)[:, None] * np.ones((1, 3))
        >>> principal_component_errors(line, np.array([[2.0, 2.0, 2.0], [1.0, 1.0, -2.0]])).round(6).tolist()
        [0.0, 2.0]
    """
    mean = train.mean(axis=0, dtype=np.float64)
    centred = train - mean
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(train))
    falling, width = np.maximum(variances[::-1], 0.0), len(variances)
    total = falling.sum()
    needed = int(np.searchsorted(np.cumsum(falling), EXPLAINED_SHARE * total)) + 1 if total > 0 else 0
    principal = vectors[:, ::-1][:, : min(needed, width - 1)]
    errors = []
    for first in range(0, len(rows), _ROWS_AT_A_TIME):
        piece = rows[first : first + _ROWS_AT_A_TIME] - mean
        errors.append(np.square(piece - (piece @ principal) @ principal.T).mean(axis=1))
    return np.concatenate(errors) if errors else np.empty(0)


def neighbour_distances(
    train: Float[np.ndarray, "train features"], rows: Float[np.ndarray, "rows features"]
) -> Float64[np.ndarray, "rows"]:
    """The mean Euclidean distance to the five nearest training rows, or to all where there are fewer.

    Example:
        >>> neighbour_distances(np.array([[0.0], [1.0]]), np.array([[3.0]])).tolist()
        [2.5]
    """
    from sklearn.neighbors import NearestNeighbors

    if len(rows) == 0:
        return np.empty(0)
    index = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(train))).fit(train.astype(np.float64))
    return np.asarray(index.kneighbors(rows.astype(np.float64))[0].mean(axis=1))


def isolation_scores(
    train: Float[np.ndarray, "train features"], rows: Float[np.ndarray, "rows features"], seed: int
) -> Float64[np.ndarray, "rows"]:
    """The scores of scikit-learn's isolation forest with its default settings, from 0 to 1.

    Reference:
        Liu, Ting & Zhou 2008, equation 2.
    """
    from sklearn.ensemble import IsolationForest

    if len(rows) == 0:
        return np.empty(0)
    randomness = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([seed, Purpose.BASELINES])))
    forest = IsolationForest(n_estimators=TREES, random_state=randomness).fit(train)
    return -np.asarray(forest.score_samples(rows), np.float64)
