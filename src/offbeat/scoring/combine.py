"""Several scores as one: each in units of its typical value on normal rows, then their mean or the odder of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Bool, Float, Int

from offbeat.blas import one_blas_thread
from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows, measure_in_blocks, measure_pieces
from offbeat.scoring.linked import has_filled
from offbeat.scoring.score import AbstractScore

FLOOR = 0.01
"""Added to every component, whose typical value is 1: a row that equals a training row keeps a finite logarithm."""
NEXT_TO_NOTHING = 1e-12
LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Odder:
    """How far the odder of two sides, the first component and the others, takes the place of their mean.

    Sides are compared by how far they usually spread: a sensor that breaks raises a residual that hardly ever varies by
    little, which the mean with a distance that varies by much would not show.

    A cell that was missing does not follow from the others of its row, as what stands in for it is the column's usual
    value: rows with such keep to the mean.

    Attributes:
        weight: From 0, the mean alone, to 1.
        spreads: Of the logarithm of either side, over normal rows.
        filled: What stands in for a missing number, for each feature that is a number.

    Example:
        >>> odder = Odder(1.0, (0.1, 0.5), (0.0, 0.0))
        >>> odder.shares(np.log([[2.0, 2.0]]), (0.25, 0.75), np.array([False])).round(2)
        array([[1., 0.]])
    """

    weight: float
    spreads: tuple[float, float]
    filled: tuple[float, ...]

    def has_gaps(self, features: Float[np.ndarray, "rows features"]) -> Bool[np.ndarray, "rows"]:
        """Which rows have numbers that stand in for missing ones."""
        return has_filled(features, np.asarray(self.filled, np.float32))

    def mean(
        self,
        logarithms: Float[np.ndarray, "rows components"],
        exponents: tuple[float, ...],
        gaps: Bool[np.ndarray, "rows"],
    ) -> Float[np.ndarray, "rows"]:
        """The logarithm of the score: of the geometric mean, and of what is near the larger side, by the weight."""
        usual, sides = logarithms @ np.asarray(exponents), self._sides(logarithms, exponents)
        odder = np.mean(self.spreads) * (np.logaddexp(sides[:, 0], sides[:, 1]) - np.log(2.0))
        return np.asarray(np.where(gaps, usual, (1 - self.weight) * usual + self.weight * odder))

    def shares(
        self,
        logarithms: Float[np.ndarray, "rows components"],
        exponents: tuple[float, ...],
        gaps: Bool[np.ndarray, "rows"],
    ) -> Float[np.ndarray, "rows components"]:
        """What share each component has in the score of a row, 1 in all."""
        sides, usual = self._sides(logarithms, exponents), np.asarray(exponents)
        first = np.exp(-np.logaddexp(0.0, sides[:, 1] - sides[:, 0]))[:, None]
        of_sides = np.concatenate([first, (1 - first) * _among_others(exponents)], axis=1)
        return np.asarray(np.where(gaps[:, None], usual, (1 - self.weight) * usual + self.weight * of_sides))

    def _sides(
        self, logarithms: Float[np.ndarray, "rows components"], exponents: tuple[float, ...]
    ) -> Float[np.ndarray, "rows 2"]:
        return sides_of(logarithms, exponents) / np.asarray(self.spreads)


def sides_of(
    logarithms: Float[np.ndarray, "rows components"], exponents: tuple[float, ...]
) -> Float[np.ndarray, "rows 2"]:
    """Of the components' logarithms the first, and the mean of the others by their shares."""
    return np.stack([logarithms[:, 0], logarithms[:, 1:] @ _among_others(exponents)], axis=1)


def _among_others(exponents: tuple[float, ...]) -> Float[np.ndarray, "others"]:
    others = np.asarray(exponents[1:])
    return np.asarray(others / others.sum())


@dataclass(frozen=True, eq=False)
class Scorer:
    """The score of a detector: one component as it is, or the weighted geometric mean of several.

    Without exponents the components are summed: detectors written before there were any did so.

    A geometric mean, because components differ in how far their scores spread: in the arithmetic one the component with
    the longest tail decides alone.

    Attributes:
        components: What is measured.
        weights: What each component is multiplied by; 1 for a single one, else one over its typical value.
        exponents: The component's share in the mean, 1 in all; none for a single component.
        odder: How far the odder of the first component and the others takes the place of the mean; None for not at all.
    """

    components: tuple[AbstractScore, ...]
    weights: tuple[float, ...]
    exponents: tuple[float, ...] = ()
    odder: Odder | None = None

    def scores(
        self, network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
    ) -> Float[np.ndarray, "rows"]:
        """One score a row, float64; a row's score depends on that row alone."""
        return self.scores_of_pieces(network, features.shape[1], len(features), features.__getitem__)

    def scores_of_pieces(
        self,
        network: AbstractAutoencoder,
        width: int,
        height: int,
        piece_of: Callable[[slice], Float[np.ndarray, "piece features"]],
    ) -> Float[np.ndarray, "height"]:
        """As `scores`, of rows that need not all be in memory: see `offbeat.networks.blocks.measure_pieces`."""
        with threads_for(self.components):
            pieces = list(measure_pieces(_read(network, self.components), width, height, piece_of, self._of_piece))
        return np.concatenate(pieces) if pieces else np.empty(0)

    def _of_piece(self, piece: ReconstructedRows) -> Float[np.ndarray, "piece"]:
        return self.weigh(_scores_of_piece(self.components, piece), piece.features)

    def weigh(
        self,
        measured: Float[np.ndarray, "measured components"],
        features: Float[np.ndarray, "rows features"],
        rows: Int[np.ndarray, "measured"] | None = None,
    ) -> Float[np.ndarray, "measured"]:
        """The component scores as one.

        Args:
            measured: Of some rows, by each component.
            features: Of the same rows, or of more.
            rows: Which of the features' rows were measured; all unless given.
        """
        scaled = measured * np.asarray(self.weights)
        if not self.exponents:
            return scaled.sum(axis=1)
        return self._mean(scaled, features, rows)

    def _mean(
        self,
        scaled: Float[np.ndarray, "measured components"],
        features: Float[np.ndarray, "rows features"],
        rows: Int[np.ndarray, "measured"] | None = None,
    ) -> Float[np.ndarray, "measured"]:
        logarithms = np.log(scaled + FLOOR)
        if self.odder is None:
            return np.asarray(np.exp((logarithms * np.asarray(self.exponents)).sum(axis=1)))
        gaps = self.odder.has_gaps(features if rows is None else features[rows])
        return np.asarray(np.exp(self.odder.mean(logarithms, self.exponents, gaps)))

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """What each feature adds to its row's score, float64.

        Of several components, a feature gets the mean of its shares in them, by what each has in the row's score.
        """
        parts = zip(self.components, self.weights, strict=True)
        weighed = [component.contributions(rows).astype(np.float64) * weight for component, weight in parts]
        if not self.exponents:
            return np.asarray(np.sum(weighed, axis=0))
        totals = np.stack([part.sum(axis=1) for part in weighed], axis=1)
        score, width = self._mean(totals, rows.features), weighed[0].shape[1]
        exponents = np.broadcast_to(self.exponents, totals.shape)
        if self.odder is not None:
            gaps = self.odder.has_gaps(rows.features)
            exponents = self.odder.shares(np.log(totals + FLOOR), self.exponents, gaps)
        shares = [
            exponent[:, None] * (part + NEXT_TO_NOTHING) / (part.sum(axis=1, keepdims=True) + width * NEXT_TO_NOTHING)
            for part, exponent in zip(weighed, exponents.T, strict=True)
        ]
        return np.asarray(score[:, None] * np.sum(shares, axis=0))

    def expected(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """What rows are compared with; of several components, what the last one compares with most rows.

        A denoiser far from all rows expects nearly what it is shown. Where one number of a normal row was changed, the
        mean of the nearest twentieth came nearest to what had been there.
        """
        return self.components[-1].expected(rows)


def component_scores(
    components: Sequence[AbstractScore],
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"] | None = None,
) -> Float[np.ndarray, "chosen components"]:
    """Every component's score of every row, or of the chosen ones, each as it is."""
    measure = partial(_scores_of_piece, components)
    with threads_for(components):
        pieces = list(measure_in_blocks(_read(network, components), features, measure, rows))
    return _stacked(components, pieces)


def _scores_of_piece(
    components: Sequence[AbstractScore], piece: ReconstructedRows
) -> Float[np.ndarray, "piece components"]:
    return np.stack([component.scores(piece).astype(np.float64) for component in components], axis=1)


def _read(network: AbstractAutoencoder, components: Sequence[AbstractScore]) -> AbstractAutoencoder | None:
    """The network where a score reads what it makes of the rows: a distance to training rows takes half the time."""
    return network if any(component.reads_views for component in components) else None


def _stacked(
    components: Sequence[AbstractScore], pieces: Sequence[Float[np.ndarray, "_ components"]]
) -> Float[np.ndarray, "rows components"]:
    return np.concatenate(pieces) if pieces else np.empty((0, len(components)))


def threads_for(components: Sequence[AbstractScore]) -> AbstractContextManager[None]:
    """To score many pieces in, side by side: products of NumPy's keep to one core meanwhile, if there are any."""
    return one_blas_thread() if any(component.multiplies for component in components) else nullcontext()


def combine_components(
    components: tuple[AbstractScore, ...],
    measured: Float[np.ndarray, "calibration components"],
    shares: tuple[float, ...],
    links: float = 0.0,
    filled: tuple[float, ...] = (),
) -> Scorer:
    """The scorer of some components: their mean or the odder of them, each in units of its typical value.

    Args:
        components: What is measured; a single one keeps its unit.
        measured: Component scores of normal rows that nothing was fitted on.
        shares: Of each component in the mean, 1 in all.
        links: How far the odder side takes the place of the mean, from 0 to 1.
        filled: What stands in for a missing number, for each feature that is a number.
    """
    if measured.shape[1] == 1:
        return Scorer(components, (1.0,))
    typical = np.median(measured, axis=0)
    # Where more than half of the rows score 0 (many equal rows), the mean still tells the size.
    typical = np.where(typical > 0, typical, measured.mean(axis=0))
    typical = np.where(typical > 0, typical, 1.0)
    weights = 1.0 / typical
    if links == 0.0:
        return Scorer(components, tuple(weights.tolist()), shares)
    spreads = np.maximum(sides_of(np.log(measured * weights + FLOOR), shares).std(axis=0), LEAST_SPREAD)
    odder = Odder(links, (float(spreads[0]), float(spreads[1])), filled)
    return Scorer(components, tuple(weights.tolist()), shares, odder)
