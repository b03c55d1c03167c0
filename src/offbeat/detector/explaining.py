"""Why rows score as they do: contributions, observed and expected values, one sentence a row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from offbeat.data.times import date_of
from offbeat.detector.detections import Detections, contributions_and_expected
from offbeat.explanation.cells import Cell, row_cells
from offbeat.explanation.explanation import Explanation, ScoredRow, explain_curve, explain_row


def explain_rows(found: Detections, rows: np.ndarray) -> tuple[Explanation, ...]:
    """An explanation for each of the rows, in their order."""
    if len(rows) == 0:
        return ()
    contributions, made = contributions_and_expected(found, rows)
    observed, expected = cells_as_told(found, found.observed(rows)), cells_as_told(found, made)
    # Of an imported detector without calibration rows nothing is known; a p-value of 1 would read as if it were.
    has_p_values = found.detector.threshold.rows > 0
    scored = [
        ScoredRow(
            row=int(row),
            score=float(found.scores[row]),
            threshold=found.threshold,
            contributions=contributions[index],
            observed=observed[index],
            expected=expected[index],
            p_value=float(found.p_values[row]) if has_p_values else None,
        )
        for index, row in enumerate(rows)
    ]
    if found.detector.facts.curves:
        return tuple(explain_curve(curve) for curve in scored)
    known = {column.name: {*column.levels, *column.rare} for column in found.detector.preprocessor.categorical}
    return tuple(explain_row(row, unseen=_unseen(row.observed, known)) for row in scored)


def rows_to_explain(found: Detections, most: int) -> Int[np.ndarray, "chosen"]:
    """The rows to explain where none are named: the most anomalous; of a table of one row that one, flagged or not.

    Args:
        found: Of the table.
        most: Not more than so many.
    """
    return (found.rows if len(found.scores) > 1 else found.ranking)[:most]


def cells_as_told(found: Detections, columns: Mapping[str, np.ndarray]) -> list[dict[str, Cell]]:
    """Rows of some columns as they are told: None where a cell is missing, under columns of times the dates.

    Args:
        found: Of the table.
        columns: What was observed or expected in some rows, by column.
    """
    times = {column.name for column in found.detector.schema.columns if column.time}
    rows = (row_cells(columns, row) for row in range(len(next(iter(columns.values())))))
    return [
        {
            name: (date_of(cell) or cell) if name in times and isinstance(cell, int | float) else cell
            for name, cell in cells.items()
        }
        for cells in rows
    ]


def _unseen(observed: Mapping[str, Cell], known: Mapping[str, set[str]]) -> list[str]:
    """The columns that hold a category which training did not show."""
    return [name for name, words in known.items() if observed[name] is not None and observed[name] not in words]
