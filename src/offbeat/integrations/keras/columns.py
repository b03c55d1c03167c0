"""The columns of a table as a Keras model takes them: their names, how they are scaled, what missing cells count as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from jaxtyping import Float64

from offbeat.data.names import made_up_names
from offbeat.data.schema import Column, Schema
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.errors import SettingsError, name_some
from offbeat.preprocessing.numeric import LARGEST_FEATURE, NumericColumns
from offbeat.preprocessing.preprocessor import Preprocessor
from offbeat.preprocessing.scaling import Scale

MISSING_IS_MEAN: Final = "A missing cell counts as its column's mean."
MISSING_IS_MOVING_MEAN: Final = (
    "A missing cell counts as the moving mean that BatchNormalization kept of its column, which is far from the mean "
    "after few steps of training: open the model with a table of normal rows where cells are missing."
)


def schema_of(width: int, names: Sequence[str] | None) -> Schema:
    """The columns that tables must have, all of them numbers.

    Args:
        width: How many the model takes.
        names: Of the columns; without them they are called C1, C2, ... and tables are aligned by position.

    Raises:
        SettingsError: There are more or fewer names, or one twice.
    """
    chosen = made_up_names(width) if names is None else tuple(names)
    if len(chosen) != width or len(set(chosen)) != width:
        raise SettingsError(
            f"The model has {width} inputs; {len(chosen)} names were given ({name_some(chosen)}). Give one name for "
            "each, all different."
        )
    return Schema(tuple(Column(name, "numeric") for name in chosen), named=names is not None, all_names=chosen)


def preprocessor_of(
    width: int,
    names: Sequence[str] | None,
    minimum: int | float | None,
    maximum: int | float | None,
    means: Float64[np.ndarray, "inputs"] | None,
) -> Preprocessor:
    """(x - minimum) / (maximum - minimum), or the numbers as they are.

    Args:
        width: How many columns there are.
        names: Of the columns.
        minimum: Of the training rows; None where tables come scaled.
        maximum: Likewise.
        means: Of the scaled columns, which missing cells count as. Where none are known, they count as the middle of
            the range, or as 0 of tables that come scaled.
    """
    low, high = (0.0, 1.0) if minimum is None or maximum is None else (float(minimum), float(maximum))
    if means is not None:
        centre = low + means * (high - low)
    else:
        centre = np.full(width, 0.0 if minimum is None else low + (high - low) / 2)
    scale = Scale(np.full(width, low), np.full(width, high - low), centre)
    columns = schema_of(width, names).names
    return Preprocessor(columns, NumericColumns(columns, scale, np.zeros(width, dtype=bool), LARGEST_FEATURE), ())


def with_names(detector: Detector, names: Sequence[str]) -> Detector:
    """The same detector with names of its columns, by which tables with names are then aligned.

    Args:
        detector: From `open_keras`.
        names: One for each column, all different.
    """
    schema = schema_of(len(detector.schema.columns), names)
    preprocessor = detector.preprocessor
    numeric = replace(preprocessor.numeric, names=schema.names)
    return replace(detector, schema=schema, preprocessor=replace(preprocessor, columns=schema.names, numeric=numeric))


def with_means_of(detector: Detector, rows: Table) -> Detector:
    """The same detector, for which a missing cell counts as its column's mean over these rows.

    Args:
        detector: From `open_keras`.
        rows: Normal ones, as `detector.schema.align` gives them. Columns without a number keep what they had.
    """
    numeric = detector.preprocessor.numeric
    numbers = rows.numbers(numeric.names).astype(np.float64)
    present = ~np.isnan(numbers)
    with np.errstate(invalid="ignore"):
        means = np.where(present, numbers, 0.0).sum(axis=0) / present.sum(axis=0)
    centre = np.where(present.any(axis=0), means, numeric.scale.centre)
    scaled = replace(detector.preprocessor, numeric=replace(numeric, scale=replace(numeric.scale, centre=centre)))
    origin = detector.facts.origin.removesuffix(f" {MISSING_IS_MEAN}").removesuffix(f" {MISSING_IS_MOVING_MEAN}")
    facts = replace(detector.facts, origin=f"{origin} {MISSING_IS_MEAN}")
    return replace(detector, preprocessor=scaled, facts=facts)
