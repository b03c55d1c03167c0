"""Labelled sets of rows, how they are split, and how well scores rank them; needs NumPy only, for the peers too."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

PROTOCOLS = ("one-class", "contaminated")


@dataclass(frozen=True)
class Split:
    """Rows to learn from, rows to score, and the truth of the latter (1 = anomaly)."""

    train: np.ndarray
    test: np.ndarray
    labels: np.ndarray


def sets_in(folder: Path) -> dict[str, Path]:
    """Return the sets of a folder: files with arrays X (rows, columns) and y (1 = anomaly), by name."""
    return {path.stem: path for path in sorted(folder.glob("*.npz"))}


def split(path: Path, seed: int, protocol: str, most_rows: int) -> Split:
    """Return one split of a set.

    Args:
        path: the set.
        seed: chooses rows.
        protocol: "one-class" trains on half of the normal rows and tests on the others and all anomalies;
            "contaminated" trains and tests on everything.
        most_rows: larger sets are cut down to so many rows, chosen at random.
    """
    with np.load(path) as arrays:
        rows, labels = np.asarray(arrays["X"], np.float64), np.asarray(arrays["y"]).ravel().astype(int)
    randomness = np.random.default_rng(seed)
    if len(rows) > most_rows:
        chosen = randomness.permutation(len(rows))[:most_rows]
        rows, labels = rows[chosen], labels[chosen]
    if protocol == "contaminated":
        return Split(rows, rows, labels)
    normal = randomness.permutation(np.flatnonzero(labels == 0))
    train, held = np.array_split(normal, 2)
    test = np.concatenate([held, np.flatnonzero(labels == 1)])
    return Split(rows[train], rows[test], labels[test])


def roc_auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the probability that an anomaly scores above a normal row; ties count half."""
    order = np.argsort(scores, kind="stable")
    _, first, counts = np.unique(scores[order], return_index=True, return_counts=True)
    ranks = np.empty(len(scores))
    ranks[order] = np.repeat(first + (counts + 1) / 2, counts)
    anomalies = int(labels.sum())
    above = ranks[labels == 1].sum() - anomalies * (anomalies + 1) / 2
    return float(above / (anomalies * (len(labels) - anomalies)))


def average_precision(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean precision over the recalls that the distinct scores reach."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(labels[order])
    last_of_equal = np.append(np.diff(scores[order]) != 0, True)
    precision, recall = (found / np.arange(1, len(found) + 1))[last_of_equal], found[last_of_equal] / labels.sum()
    return float((np.diff(recall, prepend=0.0) * precision).sum())
