"""Features and reconstruction to what each feature adds to its row's score: one table from the class to its nodes."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from offbeat.errors import DetectorFileError
from offbeat.integrations.onnx.graph import Value
from offbeat.integrations.onnx.network import mean_of
from offbeat.scoring.aligned import AlignedNeighbourDistance
from offbeat.scoring.combine import FLOOR, NEXT_TO_NOTHING, Odder, Scorer
from offbeat.scoring.mahalanobis import MahalanobisDistance
from offbeat.scoring.neighbours import SAME_ROW, NeighbourDistance
from offbeat.scoring.reconstruction import LARGEST_RESIDUAL, ReconstructionError
from offbeat.scoring.score import AbstractScore
from offbeat.scoring.whitening import WhitenedError


def errors_of(scorer: Scorer, width: int, features: Value, views: Sequence[Value]) -> Value:
    """What each feature adds to its row's score, float64; a row's score is the sum.

    Args:
        scorer: The detector's.
        width: How many features there are.
        features: float32, as the preprocessor gives them.
        views: Of the network, in the precision that the graph computes in, which is also that of the neighbours'
            distances.

    Raises:
        DetectorFileError: The export knows no nodes for one of the score's components.
    """
    parts = []
    for component, weight in zip(scorer.components, scorer.weights, strict=True):
        nodes = SCORES.get(type(component))
        if nodes is None:
            raise DetectorFileError(
                f"ONNX cannot express this detector: a part of its score is {type(component).__name__}; the export "
                f"knows {', '.join(kind.__name__ for kind in SCORES)}. Fit with another score."
            )
        parts.append(nodes(component, features, views) * (weight / width))
    if scorer.exponents:
        return _combined(parts, scorer, width, features)
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _combined(parts: list[Value], scorer: Scorer, width: int, features: Value) -> Value:
    """Several components as one, shared out as `Scorer.contributions` does."""
    graph = parts[0].graph
    totals = [part.sum(axis=1).new_axis(1) for part in parts]
    logarithms = [graph.apply("Log", total + FLOOR) for total in totals]
    mean = _weighted(logarithms, scorer.exponents)
    shares = [
        (part + NEXT_TO_NOTHING) / (total + width * NEXT_TO_NOTHING) for part, total in zip(parts, totals, strict=True)
    ]
    if scorer.odder is None:
        return graph.apply("Exp", mean) * _weighted(shares, scorer.exponents)
    weight, (spread, other) = _without_gaps(scorer.odder, features) * scorer.odder.weight, scorer.odder.spreads
    among_others = tuple(np.asarray(scorer.exponents[1:]) / sum(scorer.exponents[1:]))
    first, second = logarithms[0] * (1 / spread), _weighted(logarithms[1:], among_others) * (1 / other)
    ahead = first - second
    less = graph.apply("Exp", graph.apply("Abs", ahead) * -1.0)
    larger = second + ahead.at_least(0.0)
    odder = (larger + graph.apply("Log", less + 1.0) - float(np.log(2.0))) * float(np.mean(scorer.odder.spreads))
    of_first = graph.apply("Sigmoid", ahead)
    of_others = _weighted(shares[1:], among_others)
    of_sides = of_others + of_first * (shares[0] - of_others)
    usual = _weighted(shares, scorer.exponents)
    score = graph.apply("Exp", mean + (odder - mean) * weight)
    return score * (usual + (of_sides - usual) * weight)


def _without_gaps(odder: Odder, features: Value) -> Value:
    """For each row 1, or 0 where one of its numbers stands in for a missing one."""
    filled = features.graph.constant(np.asarray(odder.filled, np.float32))
    is_filled = features.graph.apply("Equal", features.columns(0, len(odder.filled)), filled).as_type(np.float64)
    return (is_filled.sum(axis=1).new_axis(1).at_most(1.0) - 1.0) * -1.0


def _weighted(values: Sequence[Value], weights: Sequence[float]) -> Value:
    first, *others = (value * float(weight) for value, weight in zip(values, weights, strict=True))
    return functools.reduce(operator.add, others, first)


def _reconstruction_error(component: ReconstructionError, features: Value, views: Sequence[Value]) -> Value:
    residual = _residual(features, mean_of(views))
    size = residual.graph.apply("Abs", residual).at_most(float(LARGEST_RESIDUAL))
    if component.measure == "absolute":
        return size
    if component.measure == "squared":
        return size * size
    inner = size.at_most(component.huber_delta)
    return (size * 2.0 - inner) * inner


def _whitened_error(component: WhitenedError, features: Value, views: Sequence[Value]) -> Value:
    whitened = views if len(component.variance) > 1 else [mean_of(views)]
    residuals = [_residual(features, view) for view in whitened]
    variances = component.variance.astype(np.float64)
    return mean_of([residual * residual / row for residual, row in zip(residuals, variances, strict=True)])


def _mahalanobis_distance(component: MahalanobisDistance, features: Value, views: Sequence[Value]) -> Value:
    most = float(LARGEST_RESIDUAL)
    residual = _residual(features, mean_of(views)).at_most(most).at_least(-most)
    whitened = residual @ residual.graph.constant(component.root).as_type(np.float64)
    return whitened * whitened


def _neighbour_distance(component: NeighbourDistance, features: Value, views: Sequence[Value]) -> Value:
    """The mean squared difference to the nearest reference rows.

    As in the detector, a product with rows shifted to their centre finds who is near, and the differences themselves
    are taken afterwards. The shift is computed when the graph is loaded: the file holds the rows once.
    """
    graph, precision = features.graph, views[0].dtype
    rows = graph.constant(component.reference)
    centre = component.reference.mean(axis=0, dtype=np.float64, keepdims=True).astype(precision)
    shifted = rows.as_type(precision) - centre
    own = features.as_type(precision) - centre
    transposed = graph.apply("Transpose", shifted, attributes={"perm": [1, 0]})
    closeness = own @ (transposed * 2.0) - (shifted * shifted).sum(axis=1)
    count, looked_at = _neighbours_of(component)
    _, nearest = graph.top(closeness, graph.constant(np.array([looked_at])), largest=True)
    difference = (rows.take(nearest, 0) - features.new_axis(1)).as_type(np.float64)
    squares = difference * difference
    return _mean_squares(squares, squares.take(0, 1).sum(axis=1), features, count, looked_at)


def _aligned_neighbour_distance(component: AlignedNeighbourDistance, features: Value, views: Sequence[Value]) -> Value:
    """As `_neighbour_distance`, among the curves at all their shifts, which are made when the graph is loaded."""
    graph, precision = features.graph, views[0].dtype
    curves = graph.constant(component.reference).take(component.places, 1)
    shifts, width = component.places.shape
    shifted = graph.apply("Reshape", curves, np.array([-1, width]))
    centre = component.reference.mean(axis=0, dtype=np.float64, keepdims=True).astype(precision)
    away, own = shifted.as_type(precision) - centre, features.as_type(precision) - centre
    transposed = graph.apply("Transpose", away, attributes={"perm": [1, 0]})
    closeness = own @ (transposed * 2.0) - (away * away).sum(axis=1)
    by_curve = graph.apply("Reshape", closeness, np.array([0, -1, shifts]))
    largest, best = graph.top(by_curve, graph.constant(np.array([1])), largest=True)
    count, looked_at = _neighbours_of(component)
    _, nearest = graph.top(largest.take(0, 2), graph.constant(np.array([looked_at])), largest=True)
    at = graph.apply("GatherElements", best.take(0, 2), nearest, attributes={"axis": 1})
    difference = (shifted.take(nearest * np.array(shifts) + at, 0) - features.new_axis(1)).as_type(np.float64)
    unshifted = (graph.constant(component.reference).take(nearest.take(0, 1), 0) - features).as_type(np.float64)
    return _mean_squares(difference * difference, (unshifted * unshifted).sum(axis=1), features, count, looked_at)


def _neighbours_of(component: NeighbourDistance | AlignedNeighbourDistance) -> tuple[int, int]:
    """How many neighbours count, and how many have to be found: one more, as the nearest may equal the row."""
    count = min(component.neighbours, len(component.reference))
    return count, min(count + 1, len(component.reference))


def _mean_squares(squares: Value, to_nearest: Value, features: Value, count: int, found: int) -> Value:
    """The mean over the neighbours that count.

    Args:
        squares: Of the differences to the neighbours found, the nearest first.
        to_nearest: Squared distance to the nearest, which does not count where it equals the row.
        features: Of the rows.
        count: How many neighbours count.
        found: How many there are: as many, or one more.
    """
    nearest_ones = squares.columns(0, count).sum(axis=1)
    if found > count:
        own = features.as_type(np.float64)
        is_same = to_nearest.up_to((own * own + 1.0).sum(axis=1) * SAME_ROW).new_axis(1)
        nearest_ones = squares.graph.where(is_same, squares.columns(1, found).sum(axis=1), nearest_ones)
    return nearest_ones / float(count)


def _residual(features: Value, reconstruction: Value) -> Value:
    return reconstruction.as_type(np.float64) - features.as_type(np.float64)


SCORES: Mapping[type[AbstractScore], Callable[[Any, Value, Sequence[Value]], Value]] = MappingProxyType(
    {
        ReconstructionError: _reconstruction_error,
        WhitenedError: _whitened_error,
        MahalanobisDistance: _mahalanobis_distance,
        NeighbourDistance: _neighbour_distance,
        AlignedNeighbourDistance: _aligned_neighbour_distance,
    }
)
"""From the class of a component to its nodes, which give the error of each feature before it is shared out by width."""
