"""Bodies as the clients of other services send them -> `Table`: MLflow's `/invocations`, Azure's `/score`."""

from __future__ import annotations

from typing import Any

from offbeat.data.table import Table
from offbeat.integrations.azureml.scoring import rows_and_columns
from offbeat.server.json_rows import table_of_rows
from offbeat.server.refusal import Refusal

MLFLOW_KEYS = ("dataframe_split", "dataframe_records", "instances", "inputs")


def mlflow_table(value: Any) -> Table:
    """The table in a JSON body of MLflow's scoring protocol.

    Args:
        value: An object with one of `MLFLOW_KEYS`; "params", which MLflow allows beside it, is not looked at.

    Raises:
        Refusal: 400, there is none of them, or more than one.
        DataError: As `table_of_rows`.

    Example:
        >>> mlflow_table({"inputs": {"flow": [1.5, 2.5], "rpm": [1200, 1300]}}).names
        ('flow', 'rpm')
    """
    found = [key for key in MLFLOW_KEYS if isinstance(value, dict) and key in value]
    if len(found) != 1:
        raise Refusal("request", f"A JSON object with one of {', '.join(MLFLOW_KEYS)} was expected.")
    content = value[found[0]]
    if found[0] == "dataframe_split":
        if not isinstance(content, dict) or "data" not in content:
            raise Refusal("request", "'dataframe_split' was expected to hold 'columns' and 'data'.")
        return table_of_rows(content["data"], content.get("columns"))
    if found[0] == "inputs" and isinstance(content, dict):
        return _by_column(content)
    return table_of_rows(content)


def azure_table(value: Any) -> Table:
    """The table in a JSON body of an Azure Machine Learning endpoint.

    Args:
        value: An object with "input_data", a list of rows or a frame split into "columns", "index" and "data"; or with
            such a list under "data", as older scoring scripts have it.

    Raises:
        Refusal: 400, it is something else.
        DataError: As `table_of_rows`.

    Example:
        >>> azure_table({"input_data": {"columns": ["flow"], "index": [0], "data": [[1.5]]}})
        Table(the request: 1 rows x 1 columns)
    """
    rows, columns = rows_and_columns(value)
    if rows is None:
        raise Refusal("request", "A JSON object with 'input_data' was expected: rows, or 'columns' and 'data'.")
    return table_of_rows(rows, columns)


def _by_column(content: dict[str, Any]) -> Table:
    """Columns of cells, or of lists of one cell, as tensors of one column are written."""
    columns = list(content.values())
    if not columns or not all(isinstance(cells, list) for cells in columns):
        raise Refusal("request", "'inputs' was expected to hold a list of cells for each column.")
    if len({len(cells) for cells in columns}) > 1:
        raise Refusal("request", "The columns of 'inputs' are of different lengths; one cell a row was expected.")
    flat = [[_single(cell) for cell in cells] for cells in columns]
    return table_of_rows([list(cells) for cells in zip(*flat, strict=True)], list(content))


def _single(cell: Any) -> Any:
    return cell[0] if isinstance(cell, list) and len(cell) == 1 else cell
