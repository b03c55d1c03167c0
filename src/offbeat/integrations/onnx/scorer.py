"""Scores with an exported detector, where there is neither JAX nor polars: NumPy and onnxruntime are all it needs.

So that an image that only scores holds no more, this file and what it imports leave jaxtyping alone as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from offbeat.errors import DataError, DetectorFileError, MissingDependencyError
from offbeat.integrations.onnx.cells import MATRICES, Rows, inputs_of

ROUNDING: Final = 1 + 1e-12
"""Levels and p-values are fractions of whole numbers: 3/100 must not miss 0.1 * 3/10 by a last bit."""

LARGEST_LEVEL: Final = 0.499999
"""No row is selected that half of the normal rows would exceed."""

FEWEST_FOR_A_SHARE: Final = 20
"""Of fewer rows no share of normal ones is estimated."""

FEWEST_CALIBRATION_ROWS: Final = 6
"""Fewer have no tail, and select nothing."""

FACTS: Final = "offbeat"
"""The name under which the file's metadata hold all facts of the detector, as one JSON object."""

FORMAT: Final = 1
"""Of the facts and the names of inputs and outputs; another one is refused."""


@dataclass(frozen=True, eq=False)
class Detected:
    """What was found in the rows of one call.

    Attributes:
        scores: float64, one a row; higher is more anomalous.
        p_values: How likely a normal row is to score at least as high.
        flags: True for each anomalous row.
    """

    scores: np.ndarray
    p_values: np.ndarray
    flags: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """The numbers of the anomalous rows, the most anomalous first."""
        ranking = np.argsort(-self.scores, kind="stable")
        return ranking[self.flags[ranking]]


class OnnxScorer:
    """A detector that `offbeat.integrations.export_onnx` wrote.

    Rows go through the graph some at a time, so that memory does not grow with the table; a row's score and p-value
    depend on that row alone. With thresholds that select rows together (conformal, tail), flags look at all of them.

    Attributes:
        facts: What the file says of the detector, such as its columns, score and threshold.

    Example:
        >>> import offbeat
        >>> from offbeat.data.heartbeats import heartbeats
        >>> from offbeat.integrations import export_onnx
        >>> curves = heartbeats(60, samples=35).curves
        >>> detector = offbeat.fit(curves, hidden=[4], epochs=5, threshold="mean+3std", progress="none")
        >>> scorer = OnnxScorer(export_onnx(detector, "beats.onnx"))
        >>> bool(np.allclose(scorer.score(curves), detector.score(curves), rtol=1e-5))
        True
    """

    facts: dict[str, Any]

    def __init__(self, path: str | os.PathLike[str], *, threads: int = 0) -> None:
        """Open the file.

        Args:
            path: What `export_onnx` wrote.
            threads: That one call computes with; 0 takes all cores.

        Raises:
            DetectorFileError: There is no such file, or it is none of offbeat's.
            MissingDependencyError: onnxruntime is not installed.
        """
        if not Path(path).is_file():
            raise DetectorFileError(f"{path}: there is no such file. Check the name, or export the detector first.")
        self._session = open_session(Path(path).read_bytes(), str(path), threads)
        self.facts = _facts(self._session, str(path))
        columns = self.facts["columns"]
        self._kinds = {column["name"]: column["kind"] for column in columns}
        # Older files have neither of these two: without the first, words are taken as they are spelled.
        self._as_spelled = {column["name"]: column.get("as_spelled") for column in columns}
        self._times = {column["name"] for column in columns if column.get("time")}

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the detector's columns, in order."""
        return tuple(self._kinds)

    def score(self, rows: Rows) -> np.ndarray:
        """One score a row, higher = more anomalous.

        Args:
            rows: An array in the order of `columns`, or the columns by name; NaN, None or empty text where a cell is
                missing.

        Raises:
            SchemaError: Columns are lacking, or their number is wrong.
            DataError: A cell is no number where numbers are expected, or infinite.
        """
        return self._run(rows, ["score"])[0]

    def detect(self, rows: Rows) -> Detected:
        """Scores, p-values and flags.

        Args:
            rows: As for `score`. Thresholds such as "conformal" select the rows of one call together.

        Raises:
            SchemaError: As for `score`.
            DataError: As for `score`.
        """
        scores, p_values, flags = self._run(rows, ["score", "p_value", "is_anomaly"])
        threshold = self.facts["threshold"]
        if threshold["selects_together"]:
            flags = select(scores, p_values, threshold["fdr"], threshold["rows"])
        return Detected(scores, p_values, flags)

    def feature_errors(self, rows: Rows) -> np.ndarray:
        """What each feature adds to its row's score, (rows, features); each row sums to its score.

        Args:
            rows: As for `score`.
        """
        return self._run(rows, ["errors"])[0]

    def reconstruct(self, rows: Rows) -> dict[str, np.ndarray]:
        """What the network makes of rows: for each column its values, in the column's own unit.

        Args:
            rows: As for `score`.
        """
        present = [kind for kind in MATRICES if kind in self._kinds.values()]
        found = self._run(rows, [RECONSTRUCTIONS[kind] for kind in present])
        columns = {kind: iter(matrix.T) for kind, matrix in zip(present, found, strict=True)}
        return {name: next(columns[kind]) for name, kind in self._kinds.items()}

    def _run(self, rows: Rows, answers: Sequence[str]) -> list[np.ndarray]:
        """Some outputs of the graph for all rows, which go through it some at a time."""
        inputs = inputs_of(rows, self._kinds, as_spelled=self._as_spelled, times=self._times)
        height, size = len(next(iter(inputs.values()))), self.facts["rows_at_a_time"]
        pieces = [
            self._session.run(list(answers), {name: cells[first : first + size] for name, cells in inputs.items()})
            for first in range(0, max(height, 1), size)
        ]
        found = [np.concatenate(parts) for parts in zip(*pieces, strict=True)]
        if answers[0] == "score" and np.isnan(found[0]).any():
            raise DataError(
                f"The score of row {int(np.isnan(found[0]).argmax())} is NaN; a number was expected. The row's values "
                "are too large for the network."
            )
        return found


RECONSTRUCTIONS: Final = {"numeric": "reconstruction", "categorical": "reconstruction_words"}
"""Which output of the graph the reconstruction of the columns of a kind is in."""


def select(scores: np.ndarray, p_values: np.ndarray, fdr: float, calibration_rows: int) -> np.ndarray:
    """Which rows to flag so that about a share of `fdr` of the flagged ones are false alarms.

    The rule that the graph has for the rows of one call, for rows that went through it in several.

    Args:
        scores: One a row; an infinite one is always flagged.
        p_values: One a row.
        fdr: The stated false discovery rate.
        calibration_rows: How many scores the p-values rest on.

    Example:
        >>> select(np.zeros(4), np.array([0.01, 0.02, 0.9, 0.8]), fdr=0.05, calibration_rows=99).tolist()
        [True, True, False, False]

    Reference:
        `offbeat.thresholds.selection.selection_level`, which is repeated here because importing it would bring in
        pydantic and jaxtyping.
    """
    rows = max(len(p_values), 1)
    share_of_normal = 2 * (1 + int((p_values > LARGEST_LEVEL).sum())) / rows if rows >= FEWEST_FOR_A_SHARE else 1.0
    level = fdr / share_of_normal
    ranks = np.arange(1, len(p_values) + 1)
    within = np.sort(p_values) <= level * ranks / rows * ROUNDING
    selected = int(ranks[within].max(initial=1))
    level = min(level * selected / rows, largest_level(calibration_rows))
    flags: np.ndarray = (p_values <= level * ROUNDING) | np.isinf(scores)
    return flags


def largest_level(calibration_rows: int) -> float:
    """The largest p-value that a selected row can have (`offbeat.thresholds.selection.largest_level`)."""
    return LARGEST_LEVEL if calibration_rows >= FEWEST_CALIBRATION_ROWS else 0.999998 / (calibration_rows + 1)


def open_session(content: bytes, path: str, threads: int = 0) -> Any:
    """A graph, ready to run.

    Args:
        content: Of the file.
        path: What errors call it.
        threads: That one call computes with; 0 takes all cores.

    Raises:
        DetectorFileError: onnxruntime does not read it.
        MissingDependencyError: onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingDependencyError(
            "ONNX files are run by onnxruntime, which is not installed: pip install 'offbeat[onnx]', or pip install "
            "onnxruntime."
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what it has to say comes as an exception
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise DetectorFileError(
            f"{path}: a detector that offbeat exported to ONNX was expected; onnxruntime says: {first_line}"
        ) from error


def _facts(session: Any, path: str) -> dict[str, Any]:
    text = session.get_modelmeta().custom_metadata_map.get(FACTS)
    try:
        facts = json.loads(text or "null")
    except ValueError:
        facts = None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise DetectorFileError(
            f"{path}: a detector that offbeat exported to ONNX was expected; this graph has no facts of format "
            f"{FORMAT} under '{FACTS}' in its metadata."
        )
    return facts
