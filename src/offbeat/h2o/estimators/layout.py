"""H2O's layout of a table: which columns become which inputs of the network, and how they are scaled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Bool, Float64

from offbeat.errors import DataError, SettingsError
from offbeat.h2o.estimators.encoding import Encoding
from offbeat.h2o.frame import H2OFrame
from offbeat.integrations.h2o_mojo import Mojo

ACTIVATIONS = {"tanh": "tanh", "rectifier": "relu", "exp": "elu"}
"""offbeat's word by the first part of H2O's."""
_NARROW_ENCODINGS = ("enum_limited", "binary", "eigen")
"""Those that make fewer slots of many levels."""


def layout_of(
    frame: H2OFrame, encoding: Encoding, parameters: Mapping[str, Any], weights: Float64[np.ndarray, "rows"]
) -> Mojo:
    """A model without layers that says how H2O sees a training frame.

    Categorical columns come first, those with more levels before others; then numeric ones in the frame's order, less
    their mean, by their range.

    Args:
        frame: The training rows, encoded, with the columns to use only.
        encoding: What made them of the user's columns.
        parameters: From `checked_parameters`.
        weights: How much each row counts in the means.

    Raises:
        DataError: No column is left to train on.
        SettingsError: There are more slots of categories than max_categorical_features allows.
    """
    used = [name for name in frame.names if not is_left_out(frame.cells[name], parameters["ignore_const_cols"])]
    if not used:
        raise DataError("There is no column to train on: all are constant, empty, text or ignored.")
    levels = {name: tuple(kind.categories) for name in used if isinstance(kind := frame.cells[name].dtype, pl.Enum)}
    _check_width(levels, encoding, parameters)
    numeric = tuple(name for name in used if name not in levels)
    subtracted, spread = np.zeros(len(numeric)), np.ones(len(numeric))
    if parameters["standardize"] and numeric:
        subtracted, spread = _mean_and_range(frame, numeric, weights)
    return Mojo(
        source="the training frame",
        h2o_version="3.46, as offbeat follows it",
        levels=dict(sorted(levels.items(), key=lambda column: -len(column[1]))),
        numeric=numeric,
        subtracted=subtracted,
        multiplied=1.0 / spread,
        standardized=parameters["standardize"],
        activation=ACTIVATIONS[parameters["activation"].split("_")[0]],
        layers=(),
    )


def is_left_out(column: pl.Series, constant_ones: bool) -> bool:
    """Whether a column is text, or constant where those are left out; asked of numbers in the quickest way.

    Args:
        column: Of the training frame.
        constant_ones: Whether constant columns are left out.
    """
    if column.dtype == pl.String:
        return True
    return constant_ones and (
        column.min() == column.max() if column.dtype.is_numeric() else column.drop_nulls().n_unique() < 2
    )


def rows_without_missing_cells(frame: H2OFrame, layout: Mojo) -> Bool[np.ndarray, "rows"]:
    """Which rows missing_values_handling="skip" trains on.

    Args:
        frame: The training rows.
        layout: Which columns count.

    Raises:
        DataError: Every row has a missing cell.
    """
    complete = frame.cells.select(pl.all_horizontal(pl.col(*layout.columns).is_not_null())).to_series().to_numpy()
    if not complete.any():
        raise DataError("Every row has a missing cell. Train with missing_values_handling='mean_imputation'.")
    return complete


def _mean_and_range(
    frame: H2OFrame, numeric: tuple[str, ...], weights: Float64[np.ndarray, "rows"]
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each column over its known cells, and its range; 0 and 1 where there is nothing to tell."""
    numbers = np.ma.masked_invalid(frame.to_table().numbers(numeric).astype(np.float64))
    is_even = bool((weights == weights[0]).all())
    means = numbers.mean(axis=0) if is_even else np.ma.average(numbers, axis=0, weights=weights)
    spread = np.ma.filled(np.ma.ptp(numbers, axis=0), 0.0)
    return np.ma.filled(means, 0.0), np.where(spread > 0, spread, 1.0)


def _check_width(levels: Mapping[str, tuple[str, ...]], encoding: Encoding, parameters: Mapping[str, Any]) -> None:
    """H2O would hash the slots together, and then fails: it still has an output for each."""
    slots = sum(len(own) + 1 for own in levels.values())
    most, in_use = parameters["max_categorical_features"], parameters["categorical_encoding"]
    if slots > most:
        widest = max(levels, key=lambda name: len(levels[name]))
        *others, last = (f"'{word}'" for word in _NARROW_ENCODINGS if word != in_use)
        raise SettingsError(
            f"The categories have {slots} slots, {len(levels[widest])} levels of '{encoding.column_of(widest)}' among "
            f"them; max_categorical_features={most} allows fewer. Set max_categorical_features={slots}, or "
            f"categorical_encoding={', '.join(others)} or {last}, or leave the column out."
        )
