"""Several scores as one: each in units of its typical value on normal rows, then their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from offbeat.networks.autoencoder import AbstractAutoencoder
from offbeat.networks.blocks import ReconstructedRows, measure_in_blocks
from offbeat.scoring.score import AbstractScore


@dataclass(frozen=True, eq=False)
class Scorer:
    """The score of a detector: one component as it is, or a weighted sum of several.

    Attributes:
        components: What is measured.
        weights: What each component is multiplied by before the sum; 1 for a single one.
    """

    components: tuple[AbstractScore, ...]
    weights: tuple[float, ...]

    def scores(
        self, network: AbstractAutoencoder, features: Float[np.ndarray, "rows features"]
    ) -> Float[np.ndarray, "rows"]:
        """One score a row, float64; a row's score depends on that row alone."""
        return self.weigh(component_scores(self.components, network, features))

    def weigh(self, measured: Float[np.ndarray, "rows components"]) -> Float[np.ndarray, "rows"]:
        """The weighted sum of component scores."""
        return (measured * np.asarray(self.weights)).sum(axis=1)

    def contributions(self, rows: ReconstructedRows) -> Float[np.ndarray, "rows features"]:
        """What each feature adds to its row's score, float64."""
        parts = zip(self.components, self.weights, strict=True)
        weighed = [component.contributions(rows).astype(np.float64) * weight for component, weight in parts]
        return np.sum(weighed, axis=0)


def component_scores(
    components: Sequence[AbstractScore],
    network: AbstractAutoencoder,
    features: Float[np.ndarray, "rows features"],
    rows: Int[np.ndarray, "chosen"] | None = None,
) -> Float[np.ndarray, "chosen components"]:
    """Every component's score of every row, or of the chosen ones, each as it is."""

    def measure(piece: ReconstructedRows) -> Float[np.ndarray, "piece components"]:
        return np.stack([component.scores(piece).astype(np.float64) for component in components], axis=1)

    measured = list(measure_in_blocks(network, features, measure, rows))
    return np.concatenate(measured) if measured else np.empty((0, len(components)))


def weigh_components(measured: Float[np.ndarray, "calibration components"]) -> tuple[float, ...]:
    """The weights that give each component the same typical size on normal rows; a single component keeps its unit.

    Args:
        measured: Component scores of rows that nothing was fitted on.
    """
    if measured.shape[1] == 1:
        return (1.0,)
    typical = np.median(measured, axis=0)
    # Where more than half of the rows score 0 (many equal rows), the mean still tells the size.
    typical = np.where(typical > 0, typical, measured.mean(axis=0))
    typical = np.where(typical > 0, typical, 1.0)
    return tuple(float(weight) for weight in 1.0 / (typical * measured.shape[1]))
