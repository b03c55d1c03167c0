"""Whether a graph answers as its detector does, output by output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import jax
import numpy as np
from jaxtyping import Float, Float32, Float64

from offbeat.data.table import Table
from offbeat.detector.detections import feature_contributions
from offbeat.detector.detector import Detector
from offbeat.integrations.onnx.cells import MATRICES, MISSING_WORD
from offbeat.integrations.onnx.equally_near import has_equally_near
from offbeat.integrations.onnx.example_rows import WITH_ROWS
from offbeat.integrations.onnx.same_scores import known_scores, settle
from offbeat.integrations.onnx.scorer import RECONSTRUCTIONS, open_session
from offbeat.networks.blocks import ReconstructedRows, reconstruct, reconstruct_views
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.scoring.score import AbstractScore

SAME_TO_FIVE_DIGITS: Final = 1e-5
TOLERANCES: Final[Mapping[str, float]] = {
    "score": SAME_TO_FIVE_DIGITS,
    "errors": SAME_TO_FIVE_DIGITS,
    # Of equal scores, computed in float64 on both sides, but by other logarithms.
    "p_value": 1e-9,
    "is_anomaly": 0.0,
    RECONSTRUCTIONS["numeric"]: SAME_TO_FIVE_DIGITS,
    RECONSTRUCTIONS["categorical"]: 0.0,
}
"""The largest difference of each output, in the units of `differences`."""

SMALLEST_SCORE: Final = 1e-20
"""A score below this is rounding: each feature is reconstructed to ten digits."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What a detector makes of some rows.

    Attributes:
        inputs: The rows as a graph takes them.
        features: Of the rows.
        values: Their reconstruction, in the scaled space.
        contributions: What each feature adds to its row's score.
        own_scores: As the detector gives them, in whatever precision it is compared.
    """

    inputs: dict[str, np.ndarray]
    features: Float32[np.ndarray, "rows features"]
    values: Float[np.ndarray, "rows features"]
    contributions: Float[np.ndarray, "rows features"]
    own_scores: Float64[np.ndarray, "rows"]


def expect(detector: Detector, table: Table, precision: np.dtype) -> Expected:
    """What a graph should answer for a table's rows.

    Args:
        detector: Any.
        table: Aligned with the detector's columns.
        precision: float64 asks JAX to compute in float64 too. Where rows fit so well that float32 leaves few digits of
            their error, nothing else tells whether a graph is right.
    """
    features = detector.preprocessor.transform(table)
    if precision == np.float64:
        values, contributions = _in_float64(detector, features)
    else:
        values, contributions = reconstruct(detector.network, features), feature_contributions(detector, features)
    own_scores = detector.scorer.scores(detector.network, features)
    return Expected(inputs_of_table(detector.preprocessor, table), features, values, contributions, own_scores)


def inputs_of_table(preprocessor: Preprocessor, table: Table) -> dict[str, np.ndarray]:
    """A table's rows as a graph takes them.

    Args:
        preprocessor: Of the detector that the graph was made from.
        table: Aligned with the detector's columns.
    """
    inputs = {}
    if names := preprocessor.numeric.names:
        inputs[MATRICES["numeric"]] = table.numbers(names).astype(np.float64)
    if columns := [table.words(column.name).fill_null(MISSING_WORD).to_list() for column in preprocessor.categorical]:
        inputs[MATRICES["categorical"]] = np.array(columns, dtype=object).T
    return inputs


def differences(detector: Detector, model: bytes, expected: Expected) -> dict[str, float]:
    """The largest difference of each output: relative, or the number of cells for flags and words.

    P-values and flags are compared with what the detector's threshold makes of the graph's own scores: between two
    calibration scores, the last bit of a score decides. Where a row shares one of the `known_scores`, they are compared
    with the detector's own.

    Args:
        detector: What the graph was made from.
        model: The content of its file.
        expected: What `expect` gave.
    """
    session = open_session(model, "the exported graph", threads=1)
    names = [output.name for output in session.get_outputs()]
    answers = dict(zip(names, session.run(names, expected.inputs), strict=True))
    scores = np.maximum(expected.contributions.sum(axis=1), SMALLEST_SCORE)
    known = known_scores(detector.threshold)
    decision = detector.threshold.decide(_meant(known, answers["score"], expected.own_scores))
    found = {
        "score": np.abs(answers["score"] - expected.contributions.sum(axis=1)) / scores,
        "errors": _of_errors(detector, answers["errors"], expected),
        "p_value": np.abs(answers["p_value"] / decision.p_values - 1.0),
        "is_anomaly": (answers["is_anomaly"] != decision.flags).sum(),
        **_of_reconstruction(detector.preprocessor, answers, expected),
    }
    return {name: float(np.max(found[name], initial=0.0)) for name in names}


def _meant(
    known: Float64[np.ndarray, "known"], scores: Float64[np.ndarray, "rows"], own: Float64[np.ndarray, "rows"]
) -> Float64[np.ndarray, "rows"]:
    """The scores that p-values and flags should rest on: the detector's where it is clear which known one is meant.

    Args:
        known: Of `known_scores`.
        scores: The graph's.
        own: The detector's.
    """
    if not len(known):
        return scores
    allowed = SAME_TO_FIVE_DIGITS * np.abs(own)
    place = np.searchsorted(known, own).clip(max=len(known) - 1)
    apart = np.diff(known, prepend=-np.inf, append=np.inf)
    is_clear = np.minimum(apart[place], apart[place + 1]) > 2 * allowed
    is_own = (known[place] == own) & is_clear & (np.abs(scores - own) <= allowed)
    return np.where(is_own, own, settle(known, scores))


def _of_errors(
    detector: Detector, errors: Float[np.ndarray, "rows features"], expected: Expected
) -> Float[np.ndarray, "rows"]:
    """Relative to the row's score, leaving out rows to which other training rows are as near but for rounding."""
    scores = np.maximum(expected.contributions.sum(axis=1), SMALLEST_SCORE)
    found = np.abs(errors - expected.contributions).max(axis=1, initial=0.0) / scores
    for row in np.flatnonzero(~(found <= SAME_TO_FIVE_DIGITS)):
        if has_equally_near(detector.scorer.components, expected.features[row], SAME_TO_FIVE_DIGITS):
            found[row] = 0.0
    return found


def _of_reconstruction(
    preprocessor: Preprocessor, answers: Mapping[str, np.ndarray], expected: Expected
) -> dict[str, np.ndarray]:
    """Of numbers: relative to the row's largest feature, in the unit that the column was scaled by."""
    columns = preprocessor.expected(expected.values)
    found = {}
    if names := preprocessor.numeric.names:
        wanted = np.stack([columns[name] for name in names], axis=1)
        unit = np.maximum(preprocessor.numeric.scale.divisor, np.abs(preprocessor.numeric.scale.offset))
        largest = np.maximum(np.abs(expected.features), np.abs(expected.values)).max(axis=1, initial=1.0)
        found[RECONSTRUCTIONS["numeric"]] = np.abs(answers["reconstruction"] - wanted) / unit / largest[:, None]
    if preprocessor.categorical:
        found[RECONSTRUCTIONS["categorical"]] = _other_words(preprocessor, answers["reconstruction_words"], expected)
    return found


def _other_words(preprocessor: Preprocessor, words: np.ndarray, expected: Expected) -> np.ndarray:
    """How many cells hold another word, leaving out those whose two likeliest slots are equal but for rounding."""
    columns = preprocessor.expected(expected.values)
    first = len(preprocessor.numeric.feature_names)
    others = 0
    for at, column in enumerate(preprocessor.categorical):
        slots = np.sort(expected.values[:, first : first + max(1, len(column.slots) - 1)], axis=1)
        first += len(column.slots)
        size = np.maximum(np.abs(slots).max(axis=1), 1.0)
        clear = slots[:, -1] - slots[:, max(-2, -slots.shape[1])] > SAME_TO_FIVE_DIGITS * size
        wanted = np.array([MISSING_WORD if word is None else word for word in columns[column.name]], object)
        others += int((clear & (words[:, at] != wanted)).sum())
    return np.array(others)


def _in_float64(
    detector: Detector, features: Float32[np.ndarray, "rows features"]
) -> tuple[Float[np.ndarray, "rows features"], Float[np.ndarray, "rows features"]]:
    """Reconstruction and contributions, of the same weights."""
    network = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), detector.network)
    views = reconstruct_views(network, features)
    scorer = replace(detector.scorer, components=tuple(map(_with_float64, detector.scorer.components)))
    with jax.enable_x64(True):
        return views.mean(axis=1), scorer.contributions(ReconstructedRows(features, views))


def _with_float64(component: AbstractScore) -> AbstractScore:
    """The same component, which computes in the precision of the rows that it keeps."""
    if isinstance(component, WITH_ROWS):
        return replace(component, reference=component.reference.astype(np.float64))
    return component
