"""A whole detector as one graph: raw columns in; score, p-value, flag, errors and reconstruction out."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from offbeat.detector.describe import score_in_words
from offbeat.detector.detector import Detector
from offbeat.integrations.onnx.cells import MATRICES
from offbeat.integrations.onnx.columns import numbers_of, words_of
from offbeat.integrations.onnx.graph import WORDS, Graph
from offbeat.integrations.onnx.network import mean_of, views_of
from offbeat.integrations.onnx.p_values import p_values_of
from offbeat.integrations.onnx.preprocessing import features_of
from offbeat.integrations.onnx.same_scores import known_scores, settled
from offbeat.integrations.onnx.scorer import FORMAT, RECONSTRUCTIONS
from offbeat.integrations.onnx.scoring import errors_of
from offbeat.integrations.onnx.selection import flags_of, selects_together
from offbeat.networks.convolutional import ConvolutionalAutoencoder
from offbeat.networks.wrapper import innermost
from offbeat.scoring.aligned import AlignedNeighbourDistance
from offbeat.scoring.neighbours import NeighbourDistance
from offbeat.thresholds.rules import parse_rule
from offbeat.version import __version__

_NUMBERS_AT_A_TIME = 2**23
"""The largest matrix that the scorer lets the graph make: 64 MB as float64."""


def graph_of(detector: Detector, precision: np.dtype) -> Graph:
    """The detector's nodes, in the order in which data flows through them.

    Args:
        detector: Any.
        precision: float32 or float64: of the network, and of the product that finds neighbours. Scaling, errors,
            scores and p-values are float64 in either.

    Raises:
        DetectorFileError: There are no nodes for a part of the detector; names it.
    """
    graph, preprocessor = Graph(), detector.preprocessor
    numeric, categorical = len(preprocessor.numeric.names), len(preprocessor.categorical)
    numbers = graph.input(MATRICES["numeric"], np.float64, ("rows", numeric)) if numeric else None
    words = graph.input(MATRICES["categorical"], WORDS, ("rows", categorical)) if categorical else None
    features = features_of(graph, preprocessor, numbers, words)
    views = views_of(detector.network, features.as_type(precision))
    reconstruction = mean_of(views)
    errors = errors_of(detector.scorer, preprocessor.features, features, views)
    scores = errors.sum(axis=1)
    compared = settled(known_scores(detector.threshold), scores)
    p_values = p_values_of(parse_rule(detector.threshold.rule), detector.threshold.calibration, compared)
    flags = flags_of(detector.threshold, compared, p_values)
    graph.output("score", scores, ("rows",))
    graph.output("p_value", p_values, ("rows",))
    graph.output("is_anomaly", flags, ("rows",))
    graph.output("errors", errors, ("rows", preprocessor.features))
    if numbers is not None:
        expected = numbers_of(preprocessor.numeric, reconstruction)
        graph.output(RECONSTRUCTIONS["numeric"], expected, ("rows", numeric))
    if words is not None:
        levels = words_of(preprocessor, reconstruction)
        graph.output(RECONSTRUCTIONS["categorical"], levels, ("rows", categorical))
    return graph


def facts_of(detector: Detector, precision: np.dtype) -> dict[str, Any]:
    """What the file says of the detector; JSON values.

    Args:
        detector: Any.
        precision: That of the graph.
    """
    threshold = detector.threshold
    return {
        "format": FORMAT,
        "offbeat_version": __version__,
        "columns": _columns_of(detector),
        "features": list(detector.preprocessor.feature_names),
        "network": detector.resolved.network,
        "scaling": detector.resolved.scaling,
        "score": detector.resolved.score,
        "threshold": {
            **threshold.to_dict(),
            "selects_together": selects_together(threshold),
            "description": threshold.describe(),
        },
        "units": {
            "score": score_in_words(detector),
            "errors": "what each feature adds to the score",
            "p_value": "how likely a normal row is to score at least as high",
            "reconstruction": "each column's own",
        },
        "precision": precision.name,
        "rows_at_a_time": _rows_at_a_time(detector),
    }


def _columns_of(detector: Detector) -> list[dict[str, Any]]:
    """Name and kind of each column, and what the scorer must know to read its cells as the detector does."""
    as_spelled = {column.name: column.known.told_apart_by_spelling for column in detector.preprocessor.categorical}
    return [
        {"name": column.name, "kind": column.kind}
        | ({"time": True} if column.time else {})
        | ({"as_spelled": list(as_spelled[column.name])} if column.name in as_spelled else {})
        for column in detector.schema.columns
    ]


def _rows_at_a_time(detector: Detector) -> int:
    """How many rows the scorer lets through the graph in one call."""
    widths = [detector.preprocessor.features, *(leaf.shape[-1] for leaf in jax.tree.leaves(detector.network))]
    if isinstance(network := innermost(detector.network), ConvolutionalAutoencoder):
        windows = [layer.weight.shape[0] * layer.weight.shape[1] for layer in network.layers]
        widths.append(network.steps * max(windows))
    for component in detector.scorer.components:
        if isinstance(component, NeighbourDistance):
            reference, features = component.reference.shape
            widths += [reference, min(component.neighbours, reference) * features]
        if isinstance(component, AlignedNeighbourDistance):
            curves, features = component.reference.shape
            widths += [curves * len(component.places), min(component.neighbours, curves) * features]
    return max(1, _NUMBERS_AT_A_TIME // max(widths))
