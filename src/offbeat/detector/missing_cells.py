"""What a table's missing cells count as, where a reader of the scores would not guess it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.errors import name_some
from offbeat.networks.blocks import rows_in_one_call
from offbeat.preprocessing.preprocessor import Preprocessor


def note_on_missing_cells(detector: Detector, table: Table) -> str:
    """Which cells are normal for being missing; nothing where none are.

    A missing number counts as the column's mean. Where training had missing cells in that column, a mark beside it says
    so, and a row is as normal as such rows were; where it had none, nothing tells the row from an average one.

    Args:
        detector: Whose scores they are.
        table: Aligned with the detector's columns.
    """
    size = rows_in_one_call(detector.preprocessor.features)
    empty = gaps = 0
    columns = np.zeros(len(detector.preprocessor.numeric.names), bool)
    for first in range(0, table.height, size):
        numbers, all_missing = _missing_cells(detector.preprocessor, table.take(slice(first, first + size)))
        numbers &= ~detector.preprocessor.numeric.marked
        empty, gaps = empty + int(all_missing.sum()), gaps + int(numbers.any(axis=1).sum())
        columns |= numbers.any(axis=0)
    return " ".join(part for part in (_of_empty_rows(empty), _of_columns(detector, columns, gaps)) if part)


def _missing_cells(
    preprocessor: Preprocessor, table: Table
) -> tuple[Bool[np.ndarray, "rows numbers"], Bool[np.ndarray, "rows"]]:
    """Which numbers are missing, and which rows have no value at all."""
    names = preprocessor.numeric.names
    numbers = np.isnan(table.numbers(names)) if names else np.zeros((table.height, 0), bool)
    empty = np.asarray(numbers.all(axis=1))
    for column in preprocessor.categorical:
        empty &= table.words(column.name).is_null().to_numpy()
    return numbers, empty


def _of_empty_rows(rows: int) -> str:
    if rows == 0:
        return ""
    return (
        f"{rows:,} row{' has' if rows == 1 else 's have'} no value at all: what is scored is what stands in for the "
        "missing cells, which may be as normal as can be."
    )


def _of_columns(detector: Detector, columns: Bool[np.ndarray, "numbers"], rows: int) -> str:
    if rows == 0:
        return ""
    names = [name for name, chosen in zip(detector.preprocessor.numeric.names, columns, strict=True) if chosen]
    gaps = f"Missing cells of {name_some(names)} (in {rows:,} row{'s' if rows > 1 else ''}) count as"
    if detector.facts.origin:
        return f"{gaps} a usual value of the column: nothing tells such a gap from one."
    stands_in = "median" if detector.resolved.scaling == "robust" else "mean"
    return (
        f"{gaps} the column's {stands_in}: nothing tells such a gap from an average value. Where gaps should count, "
        "fit with missing_indicator=True (--missing-indicator true)."
    )
