"""The threshold "none": no row is flagged, because nothing is known of the scores of normal rows, or as was asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float64

from offbeat.thresholds.calibration import Calibration
from offbeat.thresholds.rule import AbstractRule, Basis, Decision, Evidence

NOTE = (
    "No threshold is set, so no row is flagged: set one with with_threshold('conformal') (offbeat threshold DETECTOR "
    "--threshold conformal), without training."
)
NOTE_WITHOUT_SCORES = "No threshold is set, so no row is flagged: set one on a table of normal rows."


@dataclass(frozen=True)
class Unset(AbstractRule):
    """Flags nothing that has a finite score: as asked, or for want of scores of normal rows."""

    grammar: ClassVar[str] = "none"
    example: ClassVar[str] = "none"
    needs_scores: ClassVar[bool] = False

    @classmethod
    def parse(cls, text: str) -> Unset | None:
        """Reads "none"."""
        return cls() if text == "none" else None

    def cut_off(self, evidence: Evidence) -> float:
        """The largest finite number."""
        return sys.float_info.max

    def describe(self, basis: Basis, fdr: float) -> str:
        """Says that there is none."""
        return "no rows, because no threshold is set"

    def decide(
        self, scores: Float64[np.ndarray, "rows"], *, value: float, calibration: Calibration, fdr: float
    ) -> Decision:
        """Flags infinite scores only, and says so."""
        return Decision(
            flags=scores > value,
            value=value,
            p_values=self.p_values(calibration, scores),
            note=NOTE_WITHOUT_SCORES if calibration.rows == 0 else NOTE,
        )
