"""What H2O measured on its training rows, from the description that it packs beside a model."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from offbeat.integrations.foreign_zip import ForeignZip

DETAILS: Final = "experimental/modelDetails.json"
# That of a model with some 20,000 columns. The description of a wider one is left alone; the model does not need it.
MAX_DETAILS_BYTES: Final = 8 * 1024**2

_METRICS = re.compile(rb'"training_metrics"\s*:\s*\{')
_ERROR = re.compile(rb'"MSE"\s*:\s*([-+.\dEe]{1,30})\s*[,}]')
_ROWS = re.compile(rb'"nobs"\s*:\s*(\d{1,18})\s*[,}]')


class TrainingError(NamedTuple):
    """Mean squared error of the reconstruction, in the scaled space, and on how many rows it was measured."""

    error: float
    rows: int


def read_training_error(archive: ForeignZip) -> TrainingError | None:
    """H2O's error on its training rows; None where the file does not tell it.

    The description is looked at as text: H2O writes JSON with keys that occur twice.

    Raises:
        DetectorFileError: The entry is damaged.
    """
    entry = archive.entries.get(DETAILS)
    if entry is None or entry.file_size > MAX_DETAILS_BYTES:
        return None
    text = archive.read(DETAILS, MAX_DETAILS_BYTES)
    if (metrics := _METRICS.search(text)) is None:
        return None
    end = text.find(b'"validation_metrics"', metrics.end())
    stop = end if end > 0 else len(text)
    error, rows = _ERROR.search(text, metrics.end(), stop), _ROWS.search(text, metrics.end(), stop)
    try:
        value = float(error[1]) if error else math.nan
    except ValueError:
        return None
    if not (math.isfinite(value) and value > 0):
        return None
    return TrainingError(value, int(rows[1]) if rows else 0)
