"""What H2O measured on its training rows, from the description that it packs beside a model."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

_METRICS = re.compile(rb'"training_metrics"\s*:\s*\{')
_ERROR = re.compile(rb'"MSE"\s*:\s*([-+.\dEe]{1,30})\s*[,}]')
_ROWS = re.compile(rb'"nobs"\s*:\s*(\d{1,18})\s*[,}]')


class TrainingError(NamedTuple):
    """Mean squared error of the reconstruction, in the scaled space, and on how many rows it was measured."""

    error: float
    rows: int


def read_training_error(details: bytes) -> TrainingError | None:
    """H2O's error on its training rows; None where the description does not tell it.

    Args:
        details: From `read_details`.
    """
    if (metrics := _METRICS.search(details)) is None:
        return None
    end = details.find(b'"validation_metrics"', metrics.end())
    stop = end if end > 0 else len(details)
    error, rows = _ERROR.search(details, metrics.end(), stop), _ROWS.search(details, metrics.end(), stop)
    try:
        value = float(error[1]) if error else math.nan
    except ValueError:
        return None
    if not (math.isfinite(value) and value > 0):
        return None
    return TrainingError(value, int(rows[1]) if rows else 0)
