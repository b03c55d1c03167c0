"""The threshold "conformal": conformal p-values, selected at a stated false discovery rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from offbeat.thresholds.calibration import Calibration
from offbeat.thresholds.rule import AbstractRule, Basis, Decision, Evidence
from offbeat.thresholds.selection import selection_level


@dataclass(frozen=True)
class Conformal(AbstractRule):
    """Flags rows so that about a stated share of the flagged ones are false alarms.

    P-values are exact up to the largest calibration score; above it a fitted tail takes over (`Calibration.p_values`).
    The rows of one call are selected together (`selection_level`): the more rows, the higher a lone anomaly must score,
    and the more anomalies, the lower each of them need score.
    """

    grammar: ClassVar[str] = "conformal"
    example: ClassVar[str] = "conformal"
    selects_together: ClassVar[bool] = True

    @classmethod
    def parse(cls, text: str) -> Conformal | None:
        """Reads "conformal"."""
        return cls() if text == "conformal" else None

    def cut_off(self, evidence: Evidence) -> float:
        """The score whose p-value is the stated rate: the cut-off of a call with one row."""
        return evidence.calibration.cut_offs.at(evidence.fdr)

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return (
            "rows that score too high for a normal row, by conformal p-values of all rows scored together: about "
            f"{100 * fdr:g} % of the flagged rows are expected to be false alarms"
        )

    def decide(
        self, scores: Float64[np.ndarray, "rows"], *, value: float, calibration: Calibration, fdr: float
    ) -> Decision:
        """Selects rows at the stated rate; `value` counts only where there are no rows."""
        p_values = calibration.p_values(scores)
        if not scores.size:
            return Decision(scores > value, value, p_values)
        level = selection_level(p_values, fdr, calibration.rows)
        cut = calibration.cut_offs.at(level)
        # Conformal p-values reach down to 1 / (rows + 1). At a level above that, the tail decides about no row.
        note = _tail_took_over(calibration, fdr, scores.size) if level < 1 / (calibration.rows + 1) else ""
        return Decision(scores > cut, cut, p_values, note)


def _tail_took_over(calibration: Calibration, fdr: float, rows: int) -> str:
    have = f"Only {calibration.rows:,} calibration row{'' if calibration.rows == 1 else 's'}"
    need = f"too few for p-values at a false discovery rate of {fdr:g} over {rows:,} row{'s' if rows > 1 else ''}"
    peaks = calibration.tail.peaks
    if not peaks:
        return f"{have}: {need}, and for a fitted tail, so no row can be flagged."
    highest = f"the {peaks:,} highest of their scores" if peaks > 1 else "the highest of their scores"
    return f"{have}: {need}, so a generalised Pareto tail fitted to {highest} took over."
