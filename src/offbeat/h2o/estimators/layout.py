"""H2O's layout of a table: which columns become which inputs of the network, and how they are scaled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import Mojo


def layout_of(frame: H2OFrame, names: list[str], parameters: Mapping[str, Any]) -> Mojo:
    """A model without layers that says how H2O sees a training frame.

    Categorical columns come first, those with more levels before others; then numeric ones in the frame's order, less
    their mean, by their range.

    Args:
        frame: The training rows.
        names: Columns to use.
        parameters: From `checked_parameters`.

    Raises:
        DataError: No column is left to train on.
    """
    used = [name for name in frame.names if name in names and not _is_left_out(frame, name, parameters)]
    if not used:
        raise DataError("There is no column to train on: all are constant, empty, text or ignored.")
    enums = [name for name in used if frame.types[name] == "enum"]
    levels = {name: _levels(frame.cells[name]) for name in enums}
    numeric = tuple(name for name in used if name not in levels)
    numbers = frame.to_table().numbers(numeric).astype(np.float64) if numeric else np.empty((frame.nrows, 0))
    subtracted, spread = np.zeros(len(numeric)), np.ones(len(numeric))
    if parameters["standardize"] and numeric:
        masked = np.ma.masked_invalid(numbers)
        subtracted = masked.mean(axis=0).filled(0.0)
        spread = np.where((found := np.ma.filled(np.ma.ptp(masked, axis=0), 0.0)) > 0, found, 1.0)
    activation = {"tanh": "tanh", "rectifier": "relu", "exp": "elu"}[parameters["activation"].split("_")[0]]
    return Mojo(
        source="the training frame",
        h2o_version="3.46, as offbeat follows it",
        levels=dict(sorted(levels.items(), key=lambda column: -len(column[1]))),
        numeric=numeric,
        subtracted=subtracted,
        multiplied=1.0 / spread,
        standardized=parameters["standardize"],
        activation=activation,
        layers=(),
    )


def rows_without_missing_cells(frame: H2OFrame, layout: Mojo) -> np.ndarray:
    """The numbers of the rows that missing_values_handling="skip" trains on.

    Args:
        frame: The training rows.
        layout: Which columns count.
    """
    complete = frame.cells.select(pl.all_horizontal(pl.col(*layout.columns).is_not_null()))
    return np.flatnonzero(complete.to_series().to_numpy())


def _levels(cells: pl.Series) -> tuple[str, ...]:
    if isinstance(cells.dtype, pl.Enum):
        return tuple(cells.dtype.categories)
    return tuple(sorted(cells.cast(pl.String).drop_nulls().unique()))


def _is_left_out(frame: H2OFrame, name: str, parameters: Mapping[str, Any]) -> bool:
    if name in (parameters["ignored_columns"] or ()) or frame.types[name] in {"string", "uuid"}:
        return True
    return bool(parameters["ignore_const_cols"] and frame.cells[name].drop_nulls().n_unique() < 2)
