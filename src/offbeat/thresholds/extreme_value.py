"""The threshold "tail": p-values from a tail fitted to the highest calibration scores, selected at a stated rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from offbeat.thresholds.calibration import Calibration
from offbeat.thresholds.rule import Basis
from offbeat.thresholds.selection import CutOffs
from offbeat.thresholds.together import AbstractSelection


@dataclass(frozen=True)
class Tail(AbstractSelection):
    """As "conformal", with smooth p-values: the fitted tail already takes over at its base, not at the largest score
    (`Calibration.smooth_p_values`).

    P-values of rows among the highest calibration scores then vary with the score rather than in steps of
    1 / (rows + 1), and one extreme calibration row matters less; in exchange they rest on the tail's shape.
    """

    grammar: ClassVar[str] = "tail"
    example: ClassVar[str] = "tail"
    selects_together: ClassVar[bool] = True

    @classmethod
    def parse(cls, text: str) -> Tail | None:
        """Reads "tail"."""
        return cls() if text == "tail" else None

    def cut_offs(self, calibration: Calibration) -> CutOffs:
        """By the smooth p-values."""
        return calibration.smooth_cut_offs

    def p_values(self, calibration: Calibration, scores: Float64[np.ndarray, "rows"]) -> Float64[np.ndarray, "rows"]:
        """The smooth ones."""
        return calibration.smooth_p_values(scores)

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return (
            "rows that score too high for a normal row, by a generalised Pareto tail of the calibration scores and all "
            f"rows scored together: about {100 * fdr:g} % of the flagged rows are expected to be false alarms"
        )

    def note(self, calibration: Calibration, *, fdr: float, level: float, rows: int) -> str:
        """Says where there is no tail."""
        if calibration.tail.peaks:
            return ""
        have = f"Only {calibration.rows} calibration row{'' if calibration.rows == 1 else 's'}"
        return f"{have}: too few to fit a tail to, so no row can be flagged."
