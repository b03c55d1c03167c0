"""What Azure's inference server calls: `init` once, `run` for each request. An exported `score.py` imports both."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from offbeat.data.table import Table
from offbeat.errors import DataError, DetectorFileError, OffbeatError, SettingsError

if TYPE_CHECKING:
    import polars as pl

    from offbeat.detector.detector import Detector

DETECTOR: Final = "detector.offbeat"
MODEL_FOLDER: Final = "AZUREML_MODEL_DIR"
"""The variable in which Azure says where the registered model lies."""

_SHAPES: Final = (
    'a JSON object {"input_data": {"columns": [names], "data": [rows]}} was expected, or {"input_data": rows}, where '
    "each row is a list of cells in the detector's order, or an object of cells by column"
)
_served: dict[str, Detector] = {}


def init() -> None:
    """Open the detector of the folder that AZUREML_MODEL_DIR names.

    Raises:
        SettingsError: The variable is not set.
        DetectorFileError: There is no detector file in the folder, or it cannot be opened.
    """
    from offbeat.detector.archive import load

    if not (named := os.environ.get(MODEL_FOLDER)):
        raise SettingsError(f"{MODEL_FOLDER} is not set: the folder that holds {DETECTOR} was expected.")
    found = sorted(Path(named).rglob(DETECTOR))
    if len(found) != 1:
        raise DetectorFileError(f"{named}: one file {DETECTOR} was expected in this folder; there are {len(found)}.")
    _served["detector"] = load(found[0])


def run(raw_data: str | bytes) -> Any:
    """Detect in the rows of a request.

    Args:
        raw_data: The body, as the server passes it on.

    Returns:
        "scores", higher = more anomalous, "p_values" and "anomalous", one a row, and the "threshold" that holds for
        them; or a response of status 400 with the kind and the words of what is wrong with the request.
    """
    try:
        found = _served["detector"].detect(table_of(raw_data))
    except OffbeatError as error:
        return _refusal(error)
    return {
        "scores": found.scores.tolist(),
        "p_values": found.p_values.tolist(),
        "anomalous": found.flags.tolist(),
        "threshold": found.threshold,
    }


def table_of(raw_data: str | bytes) -> Table:
    """The rows of a request; lists without names are columns in the detector's order.

    Raises:
        DataError: It is not JSON, or of another shape.

    Example:
        >>> table_of('{"input_data": {"columns": ["flow", "rpm"], "data": [[1.5, null], [2, 7]]}}').cells.rows()
        [(1.5, None), (2.0, 7)]
        >>> table_of('{"input_data": [{"flow": 1.5}]}').names
        ('flow',)
    """
    try:
        body = json.loads(raw_data)
    except (ValueError, RecursionError) as problem:
        raise DataError(f"The request is no JSON ({problem}): {_SHAPES}.") from problem
    rows = body.get("input_data", body.get("data")) if isinstance(body, dict) else None
    columns = None
    if isinstance(rows, dict):
        columns, rows = rows.get("columns"), rows.get("data")
    if not isinstance(rows, list) or not rows:
        raise DataError(f"The request holds no rows: {_SHAPES}.")
    if columns is not None and not (isinstance(columns, list) and all(isinstance(name, str) for name in columns)):
        raise DataError(f"The request's columns are no list of names: {_SHAPES}.")
    return Table(_frame(rows, columns), source="the request", named=columns is not None or isinstance(rows[0], dict))


def _frame(rows: list[Any], columns: list[str] | None) -> pl.DataFrame:
    import polars as pl

    kind: Any = dict if isinstance(rows[0], dict) else list
    width = len(rows[0] if columns is None else columns) if isinstance(rows[0], kind) else 0
    for number, row in enumerate(rows):
        if not isinstance(row, kind) or (kind is list and len(row) != width):
            raise DataError(f"Row {number} of the request is not like the others, {width} cells long: {_SHAPES}.")
        for cell in row.values() if isinstance(row, dict) else row:
            if cell is not None and not isinstance(cell, str | int | float):
                raise DataError(f"Row {number} of the request holds a {type(cell).__name__} as a cell: {_SHAPES}.")
    try:
        if kind is dict:
            return pl.from_dicts(rows, infer_schema_length=None, strict=False)
        names = columns or [f"C{position + 1}" for position in range(width)]
        return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None, strict=False)
    except (pl.exceptions.PolarsError, OverflowError, TypeError, ValueError) as problem:
        raise DataError(f"The request is no table ({problem}): {_SHAPES}.") from problem


def _refusal(error: OffbeatError) -> Any:
    """A response of status 400 under Azure's server."""
    from azureml_inference_server_http.api.aml_response import AMLResponse

    return AMLResponse({"error": {"kind": error.kind, "message": str(error)}}, 400, json_str=True)
