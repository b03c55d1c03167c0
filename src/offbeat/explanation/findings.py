"""What there is to say about one row: columns, or stretches of neighbouring columns, that carry its score."""

from __future__ import annotations

from dataclasses import dataclass

from offbeat.explanation.cells import Cell


@dataclass(frozen=True)
class ColumnFinding:
    """One column that carries a part of a row's score.

    Attributes:
        name: The column.
        observed: What the row holds there; None where the value is missing.
        expected: What the detector expected, in the column's own unit; None where that is not known.
        share: Which fraction of the score it carries.
        is_unseen: Whether the observed category did not occur in training.
    """

    name: str
    observed: Cell
    expected: Cell
    share: float
    is_unseen: bool = False


@dataclass(frozen=True)
class RunFinding:
    """One stretch of a curve that carries a part of the row's score.

    Attributes:
        first: The stretch's first column.
        last: Its last column, itself included.
        share: Which fraction of the score the stretch carries.
        peak: The column that carries most within it, with its own share.
    """

    first: str
    last: str
    share: float
    peak: ColumnFinding
