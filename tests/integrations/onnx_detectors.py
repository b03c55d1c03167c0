"""Detectors to export, untrained but for their scores and thresholds; and a graph run as onnxruntime's users do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import offbeat
from offbeat.data.heartbeats import heartbeats
from offbeat.data.mixed_rows import mixed_rows
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.integrations.onnx.graph import Graph, Value
from offbeat.integrations.onnx.same_scores import known_scores, settle
from offbeat.integrations.onnx.scorer import OnnxScorer, open_session
from offbeat.integrations.onnx.verification import inputs_of_table

FEW_ROWS = 320
"""Enough to hold some out for the threshold: with fewer, folds would be fitted."""

ROWS_LOOKED_AT = 100


@cache
def beats() -> Table:
    """Curves: numbers only, some of them bad."""
    return offbeat.read(heartbeats(FEW_ROWS, samples=40, anomalies=8).curves)


@cache
def pumps() -> Table:
    """Numbers with missing cells, and words; some rows odd."""
    return mixed_rows(FEW_ROWS, anomalies=8).table


def untrained(table: Table, **settings: Any) -> Detector:
    """A detector with the network's first, random weights: what it learned matters to no export."""
    return offbeat.fit(table, progress="none", **{"epochs": 0, "max_levels": 2, **settings})


def require_equal(detector: Detector, path: Path, whole: Table) -> None:
    """The file answers for a table's first rows as the detector does."""
    table = whole.take(slice(0, ROWS_LOOKED_AT))
    rows = {name: table.column(name).to_list() for name in detector.schema.names}
    scorer, found = OnnxScorer(path, threads=1), detector.detect(table)
    answered = scorer.detect(rows)
    np.testing.assert_allclose(answered.scores, found.scores, rtol=1e-5)
    meant = settle(known_scores(detector.threshold), answered.scores)
    np.testing.assert_allclose(answered.p_values, detector.threshold.p_values(meant), rtol=1e-9)
    assert answered.flags.tolist() == detector.threshold.decide(meant).flags.tolist()
    in_one_call = _in_one_call(detector, path, table)
    assert in_one_call["is_anomaly"].tolist() == answered.flags.tolist()
    errors = scorer.feature_errors(rows)
    np.testing.assert_allclose(errors.sum(axis=1), answered.scores, rtol=1e-12)
    np.testing.assert_allclose(errors, detector.feature_errors(table), rtol=1e-5, atol=1e-5 * found.scores.min())
    reconstructed = scorer.reconstruct(rows)
    for name, expected in detector.reconstruct(table).items():
        values = reconstructed[name]
        if expected.dtype == object:
            assert values.tolist() == ["" if word is None else word for word in expected]
        else:
            np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-5 * np.ptp(expected))


def _in_one_call(detector: Detector, path: Path, table: Table) -> dict[str, np.ndarray]:
    session = open_session(path.read_bytes(), str(path), threads=1)
    names = [output.name for output in session.get_outputs()]
    inputs = inputs_of_table(detector.preprocessor, detector.schema.align(table))
    return dict(zip(names, session.run(names, inputs), strict=True))


def answer(nodes: Callable[..., Value], *arrays: np.ndarray, axes: tuple[str, ...] = ("rows",)) -> np.ndarray:
    """What a part of a graph makes of arrays, each an input of its own."""
    graph = Graph()
    inputs = [graph.input(f"input_{at}", array.dtype, ("rows", *array.shape[1:])) for at, array in enumerate(arrays)]
    value = nodes(*inputs)
    graph.output("answer", value, axes)
    session = open_session(graph.to_model().SerializeToString(), "a part", threads=1)
    (found,) = session.run(["answer"], {f"input_{at}": array for at, array in enumerate(arrays)})
    return found
