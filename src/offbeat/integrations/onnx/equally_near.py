"""Whether a row's neighbours could as well be other ones: then its errors may be shared out otherwise."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float, Float64

from offbeat.scoring.aligned import AlignedNeighbourDistance
from offbeat.scoring.neighbours import NeighbourDistance
from offbeat.scoring.score import AbstractScore


def has_equally_near(components: Iterable[AbstractScore], row: Float[np.ndarray, "features"], tolerance: float) -> bool:
    """Whether one more reference row is as near as the farthest that counts, or one more shift fits as well.

    Which of these is taken is a matter of rounding: the row's score is the same, but not what each feature adds to it.

    Args:
        components: Of the score; those without reference rows leave no choice.
        row: Scaled.
        tolerance: Up to which share of the larger one two squared distances are equal.
    """
    return any(
        _has_choice(_squares(component, row), component.neighbours, tolerance)
        for component in components
        if isinstance(component, NeighbourDistance | AlignedNeighbourDistance)
    )


def _squares(
    component: NeighbourDistance | AlignedNeighbourDistance, row: Float[np.ndarray, "features"]
) -> Float64[np.ndarray, "reference shifts"]:
    """Squared distances to the reference rows at each of their shifts, from the differences."""
    shifts = component.places if isinstance(component, AlignedNeighbourDistance) else np.arange(len(row))[np.newaxis]
    exact = row.astype(np.float64)
    by_shift = [np.square(component.reference[:, places] - exact).sum(axis=1) for places in shifts]
    return np.stack(by_shift, axis=1)


def _has_choice(squares: Float64[np.ndarray, "reference shifts"], neighbours: int, tolerance: float) -> bool:
    by_shift = np.sort(squares, axis=1)
    nearest_first = by_shift[np.argsort(by_shift[:, 0])]
    # The nearest does not count where it equals the row: the last that counts is then one place further on.
    last = nearest_first[neighbours - 1 : neighbours + 2, 0]
    best, *others = nearest_first[: neighbours + 1].T
    is_equal = [
        _are_equal(last[:-1], last[1:], tolerance),
        *(_are_equal(best, other, tolerance) for other in others[:1]),
    ]
    return bool(np.concatenate(is_equal).any())


def _are_equal(
    nearer: Float64[np.ndarray, "pairs"], farther: Float64[np.ndarray, "pairs"], tolerance: float
) -> Bool[np.ndarray, "pairs"]:
    """Rows that equal the asked one are equal to each other too, and leave no choice that shows."""
    return (farther > 0.0) & (nearer >= farther * (1.0 - tolerance))
