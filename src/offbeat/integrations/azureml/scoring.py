"""What Azure's inference server calls: `init` once, `run` for each request. An exported `score.py` imports both."""

from __future__ import annotations

import json
import os
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from offbeat.data.json_cells import table_of_cells
from offbeat.data.names import repeated
from offbeat.data.table import Table
from offbeat.errors import DataError, DetectorFileError, OffbeatError, SettingsError, name_some

if TYPE_CHECKING:
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
        >>> table_of('{"input_data": {"columns": ["flow", "rpm"], "data": [[1.5, null], [2, 7]]}}').numbers(["rpm"])
        array([[nan],
               [ 7.]])
        >>> table_of('{"input_data": [{"flow": 1.5}]}').names
        ('flow',)
    """
    try:
        body = json.loads(raw_data)
    except (ValueError, RecursionError) as problem:
        raise DataError(f"The request is no JSON ({problem}): {_SHAPES}.") from problem
    rows, columns = rows_and_columns(body)
    if not isinstance(rows, list) or not rows:
        raise DataError(f"The request holds no rows: {_SHAPES}.")
    if columns is not None and not (isinstance(columns, list) and all(isinstance(name, str) for name in columns)):
        raise DataError(f"The request's columns are no list of names: {_SHAPES}.")
    if columns is not None and (twice := repeated(columns)):
        raise DataError(f"The request names columns twice ({name_some(twice)}): {_SHAPES}.")
    _require_rows_alike(rows, columns)
    if isinstance(rows[0], dict):
        columns = list(dict.fromkeys(chain.from_iterable(rows)))
        rows = [[row.get(name) for name in columns] for row in rows]
    try:
        return table_of_cells(rows, columns)
    except (OverflowError, UnicodeEncodeError) as problem:
        raise DataError(f"The request is no table ({problem}): {_SHAPES}.") from problem


def rows_and_columns(body: Any) -> tuple[Any, Any]:
    """What a body for Azure's endpoints has in the places of its rows and of the names of their cells, unchecked.

    Args:
        body: "input_data", or "data" as older scoring scripts have it, holds a list of rows, or an object of "columns"
            and "data".

    Returns:
        Each of them None where there is nothing.

    Example:
        >>> rows_and_columns({"input_data": {"columns": ["flow"], "index": [0], "data": [[1.5]]}})
        ([[1.5]], ['flow'])
        >>> rows_and_columns({"data": [{"flow": 1.5}]})
        ([{'flow': 1.5}], None)
    """
    content = body.get("input_data", body.get("data")) if isinstance(body, dict) else None
    return (content.get("data"), content.get("columns")) if isinstance(content, dict) else (content, None)


def _require_rows_alike(rows: list[Any], columns: list[str] | None) -> None:
    kind: Any = dict if isinstance(rows[0], dict) else list
    width = len(rows[0] if columns is None else columns) if isinstance(rows[0], kind) else 0
    for number, row in enumerate(rows):
        if not isinstance(row, kind) or (kind is list and len(row) != width):
            raise DataError(f"Row {number} of the request is not like the others, {width} cells long: {_SHAPES}.")
        for cell in row.values() if isinstance(row, dict) else row:
            if cell is not None and not isinstance(cell, str | int | float):
                raise DataError(f"Row {number} of the request holds a {type(cell).__name__} as a cell: {_SHAPES}.")


def _refusal(error: OffbeatError) -> Any:
    """A response of status 400 under Azure's server."""
    from azureml_inference_server_http.api.aml_response import AMLResponse

    return AMLResponse({"error": {"kind": error.kind, "message": str(error)}}, 400, json_str=True)
