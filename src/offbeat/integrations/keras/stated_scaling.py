"""Whether a table fits what was stated of how a Keras model's training rows were scaled: the file does not tell."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.detector.shape import MOST_ROWS_LOOKED_AT

MOST_OUTSIDE: Final = 0.1
"""Of the cells of normal rows: where they are scaled as was stated, about none is outside; of raw ones, often half."""

MARGIN: Final = 0.05
"""Of the range: a training row's 0.7 is a little less in float32, and new rows reach a little farther."""

_IF_STATED: Final = (
    "Scores mean nothing where tables are not scaled as the training rows were: give the smallest and the largest "
    "number of the training table (--minimum, --maximum)."
)
_IF_NOT_SCALED: Final = (
    "Where these rows are as the training rows were, leave it: the model cannot reach those numbers. Otherwise scale "
    "the table as the training rows were, or, if that was by one minimum and maximum, give them (--minimum, --maximum)."
)
_REACHED: Final[Mapping[str, tuple[float, float]]] = MappingProxyType({"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)})


def warn_of_scaling(detector: Detector, rows: Table) -> None:
    """Say so where many cells of normal rows are not what the stated scaling makes of training rows.

    Args:
        detector: From `open_keras`.
        rows: Normal ones, as `detector.schema.align` gives them.

    Warns:
        UserWarning: Many cells lie outside of the stated minimum and maximum, or beyond all that the output can reach.
    """
    scale, is_stated = detector.preprocessor.numeric.scale, detector.resolved.scaling != "none"
    output = detector.resolved.output_activation
    reach = (0.0, 1.0) if is_stated else _REACHED.get(str(output))
    numbers = rows.take(slice(0, MOST_ROWS_LOOKED_AT)).numbers(detector.preprocessor.numeric.names).astype(np.float64)
    scaled = ((numbers - scale.offset) / scale.divisor)[~np.isnan(numbers)]
    if reach is None or not scaled.size:
        return
    margin = MARGIN * (reach[1] - reach[0])
    outside = np.mean((scaled < reach[0] - margin) | (scaled > reach[1] + margin))
    if outside <= MOST_OUTSIDE:
        return
    low, high = (scale.offset[0] + end * scale.divisor[0] for end in reach)
    what = (
        "the minimum and maximum that were stated" if is_stated else f"all that the model's output ({output}) reaches"
    )
    warnings.warn(
        f"{rows.subject}: {outside:.0%} of the numbers lie outside of {low:g} to {high:g}, {what}, by more than a "
        f"twentieth of that range. {_IF_STATED if is_stated else _IF_NOT_SCALED}",
        stacklevel=3,
    )
