"""Explanation takes errors per feature; gives contributions per column, expected values and sentences."""

from offbeat.explanation.cells import Cell, plain_cell, row_cells
from offbeat.explanation.contributions import column_contributions, shares, top_columns
from offbeat.explanation.explanation import Explanation, ScoredRow, explain_curve, explain_row
from offbeat.explanation.findings import ColumnFinding, RunFinding
from offbeat.explanation.runs import Run, top_runs
from offbeat.explanation.wording import sentence

__all__ = [
    "Cell",
    "ColumnFinding",
    "Explanation",
    "Run",
    "RunFinding",
    "ScoredRow",
    "column_contributions",
    "explain_curve",
    "explain_row",
    "plain_cell",
    "row_cells",
    "sentence",
    "shares",
    "top_columns",
    "top_runs",
]
