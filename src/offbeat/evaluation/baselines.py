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
# Principal components of so many rows or features take seconds, and much longer of more of both.
MOST_FEATURES_OR_ROWS = 2000
_NUMBERS_AT_A_TIME = 2**22


def baseline_scores(
    train: Float[np.ndarray, "train features"], rows: Float[np.ndarray, "rows features"], seed: int
) -> dict[str, Float64[np.ndarray, "rows"]]:
    """What each plain detector says of the rows, by its name; higher = more anomalous.

    Args:
        train: Standardised rows to learn from; of more than 20,000 a sample by the seed. Of more than 2,000 features
            the principal components are those of at most 2,000 rows.
        rows: To score, scaled alike.
        seed: Of the sample, and of the isolation forest.
    """
    train = _sample(train, MOST_TRAINING_ROWS, seed)
    few = train if train.shape[1] <= MOST_FEATURES_OR_ROWS else _sample(train, MOST_FEATURES_OR_ROWS, seed)
    return {
        "PCA": principal_component_errors(few, rows),
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
    principal = _principal_components(centred)
    errors, at_once = [], max(1, _NUMBERS_AT_A_TIME // max(1, train.shape[1]))
    for first in range(0, len(rows), at_once):
        piece = rows[first : first + at_once] - mean
        errors.append(np.square(piece - (piece @ principal) @ principal.T).mean(axis=1))
    return np.concatenate(errors) if errors else np.empty(0)


def _principal_components(centred: Float64[np.ndarray, "train features"]) -> Float64[np.ndarray, "features components"]:
    """Those that explain most: from the products of features, or of rows where there are fewer of these."""
    height, width = centred.shape
    is_wide = width > height
    squares, vectors = np.linalg.eigh(centred @ centred.T if is_wide else centred.T @ centred)
    falling = np.maximum(squares[::-1], 0.0)
    total = falling.sum()
    needed = int(np.searchsorted(np.cumsum(falling), EXPLAINED_SHARE * total)) + 1 if total > 0 else 0
    principal = vectors[:, ::-1][:, : min(needed, width - 1)]
    # Those of the rows are made ones of the features; none that is needed has a variance of 0.
    return centred.T @ (principal / np.sqrt(falling[: principal.shape[1]])) if is_wide else principal


def _sample(train: Float[np.ndarray, "train features"], most: int, seed: int) -> Float[np.ndarray, "some features"]:
    """All of the rows, or so many of them by the seed, in their order."""
    if len(train) <= most:
        return train
    chosen = host_randomness(seed, Purpose.BASELINES).choice(len(train), most, replace=False)
    return train[np.sort(chosen)]


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
