"""Why rows score as they do: contributions, observed and expected values, one sentence a row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from offbeat.data.times import date_of
from offbeat.detector.detections import Detections
from offbeat.explanation.cells import Cell, row_cells
from offbeat.explanation.explanation import Explanation, explain_curve, explain_row


def explain_rows(found: Detections, rows: np.ndarray) -> tuple[Explanation, ...]:
    """An explanation for each of the rows, in their order."""
    if len(rows) == 0:
        return ()
    contributions = found.contributions(rows)
    observed, expected = found.observed(rows), found.expected(rows)
    return tuple(
        _explain(
            found,
            int(row),
            contributions[index],
            cells_as_told(found, observed, index),
            cells_as_told(found, expected, index),
        )
        for index, row in enumerate(rows)
    )


def rows_to_explain(found: Detections, most: int) -> Int[np.ndarray, "chosen"]:
    """The rows to explain where none are named: the most anomalous; of a table of one row that one, flagged or not.

    Args:
        found: Of the table.
        most: Not more than so many.
    """
    return (found.rows if len(found.scores) > 1 else found.ranking)[:most]


def cells_as_told(found: Detections, columns: Mapping[str, np.ndarray], row: int) -> dict[str, Cell]:
    """One row of some columns as it is told: None where it is missing, under columns of times the dates.

    Args:
        found: Of the table.
        columns: What was observed or expected in some rows, by column.
        row: Which of these rows, from 0.
    """
    cells = row_cells(columns, row)
    times = {column.name for column in found.detector.schema.columns if column.time}
    return {
        name: (date_of(cell) or cell) if name in times and isinstance(cell, int | float) else cell
        for name, cell in cells.items()
    }


def _explain(
    found: Detections, row: int, contributions: np.ndarray, observed: dict[str, Cell], expected: dict[str, Cell]
) -> Explanation:
    score = float(found.scores[row])
    # Of an imported detector without calibration rows nothing is known; a p-value of 1 would read as if it were.
    p_value = float(found.p_values[row]) if found.detector.threshold.rows else None
    if found.detector.facts.curves:
        return explain_curve(row, score, found.threshold, contributions, observed, expected, p_value=p_value)
    unseen = _unseen(found, observed)
    return explain_row(row, score, found.threshold, contributions, observed, expected, p_value=p_value, unseen=unseen)


def _unseen(found: Detections, observed: dict[str, Cell]) -> list[str]:
    """The columns that hold a category which training did not show."""
    return [
        column.name
        for column in found.detector.preprocessor.categorical
        if observed[column.name] is not None and observed[column.name] not in {*column.levels, *column.rare}
    ]
