"""The threshold "tail": p-values from a tail fitted to the highest calibration scores, selected at a stated rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from offbeat.thresholds.calibration import SMALLEST_P_VALUE, Calibration, conformal_p_values
from offbeat.thresholds.rule import AbstractRule, Basis, Decision, Evidence
from offbeat.thresholds.selection import score_at, selection_level


@dataclass(frozen=True)
class Tail(AbstractRule):
    """As "conformal", with smooth p-values: the fitted tail already takes over at its base, not at the largest score.

    P-values of rows among the highest calibration scores then vary with the score rather than in steps of
    1 / (rows + 1), and one extreme calibration row matters less; in exchange they rest on the tail's shape.

    Reference:
        Davison and Smith (1990), Models for exceedances over high thresholds.
    """

    grammar: ClassVar[str] = "tail"
    example: ClassVar[str] = "tail"
    selects_together: ClassVar[bool] = True

    @classmethod
    def parse(cls, text: str) -> Tail | None:
        """Reads "tail"."""
        return cls() if text == "tail" else None

    def cut_off(self, evidence: Evidence) -> float:
        """The score whose p-value is the stated rate: the cut-off of a call with one row."""
        return score_at(evidence.fdr, lambda scores: self.p_values(evidence.calibration, scores))

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return (
            "rows that score too high for a normal row, by a generalised Pareto tail of the calibration scores and all "
            f"rows scored together: about {100 * fdr:g} % of the flagged rows are expected to be false alarms"
        )

    def p_values(self, calibration: Calibration, scores: Float64[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
        """How likely a normal row is to score at least this high: conformal up to the tail's base, then by the tail."""
        tail = calibration.tail
        p_values = conformal_p_values(calibration, scores)
        beyond = scores > tail.base
        if beyond.any():
            above_base = (calibration.scores > tail.base).sum()
            reach = (1 + above_base) / (calibration.rows + 1)
            p_values[beyond] = reach * tail.chance_beyond_base(scores[beyond])
        return np.maximum(p_values, SMALLEST_P_VALUE)

    def decide(
        self, scores: Float64[np.ndarray, "rows"], *, value: float, calibration: Calibration, fdr: float
    ) -> Decision:
        """Selects rows at the stated rate; `value` counts only where there are no rows."""
        p_values = self.p_values(calibration, scores)
        if not scores.size:
            return Decision(scores > value, value, p_values)
        cut = score_at(
            selection_level(p_values, fdr, calibration.rows), lambda scores: self.p_values(calibration, scores)
        )
        note = ""
        if not calibration.tail.peaks:
            have = f"Only {calibration.rows} calibration row{'' if calibration.rows == 1 else 's'}"
            note = f"{have}: too few to fit a tail to, so no row can be flagged."
        return Decision(scores > cut, cut, p_values, note)
