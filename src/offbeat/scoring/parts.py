"""The parts that a score is made of: how each is fitted, and restored from what a detector file holds of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import get_args

import numpy as np
from jaxtyping import Float, Float32, Int

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows, reconstruct_in_blocks
from offbeat.networks.softmax import category_widths
from offbeat.scoring.aligned import AlignedNeighbourDistance, fit_aligned
from offbeat.scoring.hypersphere import HypersphereDistance, fit_hypersphere
from offbeat.scoring.mahalanobis import MahalanobisDistance, fit_mahalanobis, rows_for_covariance
from offbeat.scoring.neighbours import NeighbourDistance, fit_neighbourhood, fit_neighbours, neighbourhood_size
from offbeat.scoring.reconstruction import ErrorMeasure, ReconstructionError
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.settings import ScoringSettings
from offbeat.scoring.whitening import WhitenedError, fit_whitening

# Residual variances settle long before this many rows, if these come from the whole table.
MOST_WHITENING_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Known:
    """What is known when a part is restored, besides its own arrays.

    Attributes:
        settings: With `score` resolved.
        network: The detector's.
        huber_delta: For the Huber error.
    """

    settings: ScoringSettings
    network: AbstractAutoencoder
    huber_delta: float


@dataclass(frozen=True, eq=False)
class Learned:
    """What is known when a part is fitted.

    Attributes:
        settings: With `score` resolved.
        network: The trained one.
        huber_delta: For the Huber error.
        features: All scaled rows.
        train_rows: Which of them to fit on.
        normal_rows: Which of them are normal, for neighbours to be found among.
        columns: For each feature the number of the column that it came from; each its own where there are none.
        seed: For the choice of reference rows, where there are too many.
    """

    settings: ScoringSettings
    network: AbstractAutoencoder
    huber_delta: float
    features: Float[np.ndarray, "rows features"]
    train_rows: Int[np.ndarray, "train"]
    normal_rows: Int[np.ndarray, "normal"]
    columns: tuple[int, ...]
    seed: int

    def reconstructed(self, most: int) -> Iterator[ReconstructedRows]:
        """At most so many of the rows to fit on, from all over the table, with their reconstruction."""
        step = -(-len(self.train_rows) // most)
        return reconstruct_in_blocks(self.network, self.features[self.train_rows[::step]])

    @property
    def numbers(self) -> int | None:
        """How many features are numbers, where the others are probabilities; these may be near certain in every row."""
        widths = category_widths(self.network)
        return self.features.shape[1] - sum(widths) if widths else None

    @property
    def damping(self) -> Float32[np.ndarray, "features"] | np.float32:
        """What the variances of features are multiplied by, lest a category of 40 levels has the say of 40 numbers.

        The root of how many features the column has: with the number itself a wrong category would hardly count. It
        does where levels are probabilities, which come so near to 0 and 1 that their usual residuals are small.
        """
        if not self.columns:
            return np.float32(1.0)
        features = np.bincount(self.columns)[list(self.columns)]
        return (features if category_widths(self.network) else np.sqrt(features)).astype(np.float32)


@dataclass(frozen=True)
class Part:
    """One kind of part.

    Attributes:
        fit: Makes it from the rows.
        restore: Makes it from its arrays, by name.
    """

    fit: Callable[[Learned], AbstractScore]
    restore: Callable[[Mapping[str, np.ndarray], Known], AbstractScore]


def _error(measure: ErrorMeasure) -> Part:
    return Part(
        lambda learned: ReconstructionError(measure, learned.huber_delta),
        lambda arrays, known: ReconstructionError(measure, known.huber_delta),
    )


def _fit_whitened(learned: Learned) -> AbstractScore:
    whitened = fit_whitening(learned.reconstructed(MOST_WHITENING_ROWS), learned.numbers)
    return replace(whitened, variance=whitened.variance * learned.damping)


def _restore_whitened(arrays: Mapping[str, np.ndarray], _: Known) -> AbstractScore:
    return WhitenedError(arrays["variance"].reshape(-1, arrays["variance"].shape[-1]))


def _fit_mahalanobis(learned: Learned) -> AbstractScore:
    pieces = learned.reconstructed(rows_for_covariance(learned.features.shape[1]))
    return fit_mahalanobis(pieces, learned.damping, learned.numbers)


def _restore_mahalanobis(arrays: Mapping[str, np.ndarray], _: Known) -> AbstractScore:
    return MahalanobisDistance(arrays["root"])


def _fit_neighbours(learned: Learned) -> AbstractScore:
    return fit_neighbours(learned.features, learned.normal_rows, learned.settings.neighbours, learned.seed)


def _restore_neighbours(arrays: Mapping[str, np.ndarray], known: Known) -> AbstractScore:
    return NeighbourDistance(arrays["reference"], known.settings.neighbours)


def _fit_svdd(learned: Learned) -> AbstractScore:
    return fit_hypersphere(learned.network, learned.features, learned.train_rows)


def _restore_svdd(arrays: Mapping[str, np.ndarray], known: Known) -> AbstractScore:
    return HypersphereDistance(known.network, arrays["centre"], arrays["start"])


def _fit_neighbourhood(learned: Learned) -> AbstractScore:
    return fit_neighbourhood(learned.features, learned.normal_rows, learned.settings.neighbours, learned.seed)


def _restore_neighbourhood(arrays: Mapping[str, np.ndarray], known: Known) -> AbstractScore:
    reference = arrays["reference"]
    return NeighbourDistance(reference, neighbourhood_size(len(reference), known.settings.neighbours))


def _fit_aligned(learned: Learned) -> AbstractScore:
    return fit_aligned(
        learned.features,
        learned.normal_rows,
        neighbours=learned.settings.neighbours,
        alignment=learned.settings.alignment,
        columns=learned.columns,
        seed=learned.seed,
    )


def _restore_aligned(arrays: Mapping[str, np.ndarray], known: Known) -> AbstractScore:
    settings = known.settings
    return AlignedNeighbourDistance(arrays["reference"], arrays["moves"], settings.neighbours, settings.alignment)


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        **{measure: _error(measure) for measure in get_args(ErrorMeasure)},
        "whitened": Part(_fit_whitened, _restore_whitened),
        "mahalanobis": Part(_fit_mahalanobis, _restore_mahalanobis),
        "neighbours": Part(_fit_neighbours, _restore_neighbours),
        "svdd": Part(_fit_svdd, _restore_svdd),
        "neighbourhood": Part(_fit_neighbourhood, _restore_neighbourhood),
        "aligned-neighbours": Part(_fit_aligned, _restore_aligned),
    }
)
"""From the word of a part to its kind; each is a score by itself, too."""
