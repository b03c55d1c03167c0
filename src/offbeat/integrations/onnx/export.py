"""From a detector to an ONNX file, which is written only if it answers as the detector does."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np

from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.errors import DetectorFileError, MissingDependencyError
from offbeat.integrations.onnx.detector_graph import facts_of, graph_of
from offbeat.integrations.onnx.example_rows import example_rows
from offbeat.integrations.onnx.scorer import FACTS
from offbeat.integrations.onnx.verification import TOLERANCES, differences, expect
from offbeat.persistence.replacing import replace_file

LARGEST_FILE: Final = 2**31 - 2**20
"""Protocol buffers, which ONNX files are, end at 2 GiB; nodes and metadata need a little of that."""

MOST_ROWS_COMPARED: Final = 2000


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A graph and how far its answers are from the detector's, by output."""

    model: Any
    precision: np.dtype
    differences: dict[str, float]

    @property
    def wrong(self) -> dict[str, float]:
        """The differences that are too large; NaN is."""
        return {name: found for name, found in self.differences.items() if not found <= TOLERANCES[name]}


def export_onnx(detector: Detector, path: str | os.PathLike[str], *, table: object = None) -> Path:
    """Write a detector as one ONNX graph: raw columns in; score, p-value, flag, errors and reconstruction out.

    Before it is written, onnxruntime runs the graph on rows that `example_rows` makes, and on those of a table if
    given, and it must answer as the detector does: scores to 1e-5 of their size. Where float32 leaves the detector
    itself fewer digits than that, the graph computes in float64, and is compared with the detector computed so.

    Args:
        detector: Fitted, loaded or imported.
        path: Where to write.
        table: Real rows to compare on as well: a path, URL, data frame, array or `Table`; at most its first 2000.

    Raises:
        DetectorFileError: ONNX cannot express a part of the detector, or the graph does not agree. Nothing is written
            then, and an older file is untouched.
        FileError: The file cannot be written; an older one is untouched.
        MissingDependencyError: onnx or onnxruntime is not installed.
        DataError: The table cannot be read or used.

    Example:
        >>> import offbeat
        >>> rows = np.random.default_rng(0).normal(size=(64, 3))
        >>> detector = offbeat.fit(rows, hidden=[2], epochs=5, threshold="mean+3std", progress="none")
        >>> export_onnx(detector, "rows.onnx", table=rows).name
        'rows.onnx'
    """
    _require_packages()
    tables = [example_rows(detector)]
    if table is not None:
        tables.append(detector.schema.align(detector.read(table)).take(slice(0, MOST_ROWS_COMPARED)))
    candidate = _agreeing(detector, tables)
    facts = facts_of(detector, candidate.precision)
    compared = {"rows": sum(rows.height for rows in tables), "largest_difference": candidate.differences["score"]}
    _describe(candidate.model, {**facts, "compared": compared}, detector.describe())
    replace_file(Path(path), [candidate.model.SerializeToString()])
    return Path(path)


def _agreeing(detector: Detector, tables: list[Table]) -> _Candidate:
    """The graph in the first precision in which it answers as the detector does."""
    is_double = any(leaf.dtype == np.float64 for leaf in jax.tree.leaves(detector.network))
    for precision in [np.float64] if is_double else [np.float32, np.float64]:
        candidate = _candidate(detector, tables, np.dtype(precision))
        if not candidate.wrong:
            return candidate
    name, found = max(candidate.wrong.items(), key=lambda item: item[1])
    raise DetectorFileError(
        f"The ONNX graph of this detector does not answer as the detector does: '{name}' differs by {found:.1e}, where "
        f"{TOLERANCES[name]:.0e} was allowed, over {sum(rows.height for rows in tables)} rows. Nothing was written. "
        "Please report it, with the detector file and the versions of offbeat, jax and onnxruntime."
    )


def _candidate(detector: Detector, tables: list[Table], precision: np.dtype) -> _Candidate:
    graph = graph_of(detector, precision)
    if graph.bytes_of_constants > LARGEST_FILE:
        raise DetectorFileError(
            f"ONNX cannot express this detector: its numbers take {graph.bytes_of_constants / 2**30:.1f} GiB, and an "
            "ONNX file holds 2 GiB at most. Fit with smaller hidden layers."
        )
    model = graph.to_model()
    content = model.SerializeToString()
    found: dict[str, float] = {}
    for rows in tables:
        for name, largest in differences(detector, content, expect(detector, rows, precision)).items():
            found[name] = float(np.maximum(found.get(name, 0.0), largest))  # keeps NaN
    return _Candidate(model, precision, found)


def _describe(model: Any, facts: dict[str, Any], description: str) -> None:
    from onnx import helper

    helper.set_model_props(model, {FACTS: json.dumps(facts, ensure_ascii=False), "description": description})


def _require_packages() -> None:
    """Before anything is computed for nothing."""
    for name in ("onnx", "onnxruntime"):
        try:
            import_module(name)
        except ImportError as error:
            raise MissingDependencyError(
                f"The export to ONNX needs the package {name}, which is not installed: pip install 'offbeat[onnx]'."
            ) from error
