"""`Explanation`: why one row scores as it does, in numbers and in a sentence."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from offbeat.explanation.cells import Cell
from offbeat.explanation.contributions import shares, top_columns
from offbeat.explanation.findings import ColumnFinding, RunFinding
from offbeat.explanation.runs import Run, top_runs
from offbeat.explanation.wording import sentence


@dataclass(frozen=True, repr=False)
class Explanation:
    """Why one row scores as it does. All values are Python's own; columns are in the table's order.

    Attributes:
        row: Its number in the table, from 0.
        score: Higher = more anomalous.
        threshold: Rows that score above it are anomalous.
        p_value: How likely a normal row is to score at least as high; None where that is not known.
        contributions: What each column adds to the score; they sum to it.
        shares: Which fraction of the score each column carries.
        observed: What the row holds in each column; None where a value is missing.
        expected: What the detector expected there, in the column's own unit; None where that is not known.
        sentence: The same in words.
    """

    row: int
    score: float
    threshold: float
    p_value: float | None
    contributions: Mapping[str, float]
    shares: Mapping[str, float]
    observed: Mapping[str, Cell]
    expected: Mapping[str, Cell]
    sentence: str

    def __repr__(self) -> str:
        """The sentence; of curves, the arrays would fill many screens."""
        return f"Explanation({self.sentence!r})"

    def __str__(self) -> str:
        """The sentence."""
        return self.sentence

    def top(self, most: int = 3) -> list[tuple[str, float]]:
        """The columns that carry most of the score, each with its share of it."""
        return top_columns(np.array(list(self.contributions.values())), list(self.contributions), most)

    def to_dict(self) -> dict[str, Any]:
        """The fields under their names, for JSON: numbers that JSON has not (infinity, NaN) become None."""
        return {
            "row": self.row,
            "score": _finite(self.score),
            "threshold": _finite(self.threshold),
            "p_value": _finite(self.p_value),
            "contributions": {name: _finite(value) for name, value in self.contributions.items()},
            "shares": {name: _finite(value) for name, value in self.shares.items()},
            "observed": {name: _finite(value) for name, value in self.observed.items()},
            "expected": {name: _finite(value) for name, value in self.expected.items()},
            "sentence": self.sentence,
        }


@dataclass(frozen=True, eq=False)
class ScoredRow:
    """A row that is to be explained: what its score is, and what the score rests on, column by column.

    Attributes:
        row: Its number in the table, from 0.
        score: Higher = more anomalous.
        threshold: Rows that score above it are anomalous.
        contributions: What each column adds to the score, in the order of `observed`.
        observed: Column to what the row holds there, for every column (see `row_cells`); of a curve in the order of
            time.
        expected: Column to what the detector expected there; may lack columns of which that is not known.
        p_value: How likely a normal row is to score at least as high.
    """

    row: int
    score: float
    threshold: float
    contributions: Float[np.ndarray, "columns"]
    observed: Mapping[str, Cell]
    expected: Mapping[str, Cell]
    p_value: float | None = None


def explain_row(scored: ScoredRow, *, unseen: Collection[str] = ()) -> Explanation:
    """Why a row scores as it does, column by column.

    Args:
        scored: The row.
        unseen: The columns in which the row holds a category that did not occur in training.

    Example:
        >>> observed, expected = {"flow": 0.0, "rpm": 9.0}, {"flow": 7.0, "rpm": 8.0}
        >>> why = explain_row(ScoredRow(4, 6.0, 2.0, np.array([5.0, 1.0]), observed, expected))
        >>> print(why)  # doctest: +NORMALIZE_WHITESPACE
        Row 4 scores 6, 3 times the threshold 2: flow is 0 where 7 was expected (83 % of the score)
        and rpm is 9 where 8 was expected (17 %).
    """
    findings = [
        ColumnFinding(name, scored.observed[name], scored.expected.get(name), share, name in unseen)
        for name, share in top_columns(scored.contributions, list(scored.observed))
    ]
    return _explanation(scored, findings)


def explain_curve(scored: ScoredRow) -> Explanation:
    """Why a curve scores as it does, stretch by stretch: neighbouring columns are told together.

    Args:
        scored: The curve.

    Example:
        >>> curve, expected = {"C1": 0.0, "C2": 7.0, "C3": 6.0, "C4": 0.0}, {"C1": 0.0, "C2": 1.0, "C3": 1.0}
        >>> why = explain_curve(ScoredRow(4, 61.0, 5.0, np.array([0.0, 36.0, 25.0, 0.0]), curve, expected))
        >>> print(why)  # doctest: +NORMALIZE_WHITESPACE
        Row 4 scores 61, 12 times the threshold 5: columns C2 to C3 carry 100 % of the score
        (above all C2, which is 7 where 1 was expected).
    """
    names, fractions = list(scored.observed), shares(scored.contributions)

    def finding(run: Run) -> RunFinding:
        place = run.first + int(np.argmax(fractions[run.first : run.last + 1]))
        name = names[place]
        peak = ColumnFinding(name, scored.observed[name], scored.expected.get(name), float(fractions[place]))
        return RunFinding(names[run.first], names[run.last], run.share, peak)

    return _explanation(scored, [finding(run) for run in top_runs(scored.contributions)])


def _explanation(scored: ScoredRow, findings: Sequence[ColumnFinding | RunFinding]) -> Explanation:
    row, score, threshold, observed = scored.row, scored.score, scored.threshold, scored.observed
    return Explanation(
        row=row,
        score=score,
        threshold=threshold,
        p_value=scored.p_value,
        contributions=dict(zip(observed, scored.contributions.tolist(), strict=True)),
        shares=dict(zip(observed, shares(scored.contributions).tolist(), strict=True)),
        observed=dict(observed),
        expected={name: scored.expected.get(name) for name in observed},
        sentence=sentence(row, score, threshold, findings, p_value=scored.p_value, columns=observed),
    )


def _finite(value: Cell) -> Cell:
    return None if isinstance(value, float) and not math.isfinite(value) else value
