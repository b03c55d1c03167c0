"""The threshold "median+3mad": the median of the scores plus a multiple of their median absolute deviation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from offbeat.thresholds.calibration import MAD_TO_STD
from offbeat.thresholds.rule import AbstractRule, Basis, Evidence, number_in


@dataclass(frozen=True)
class MedianPlusMad(AbstractRule):
    """Flags rows that score above median + multiple * MAD; a few bad rows among the scores hardly move it.

    MAD is the median absolute deviation times 1.4826, so that on normally distributed scores "median+3mad" and
    "mean+3std" mean the same.
    """

    grammar: ClassVar[str] = "median+<number>mad"
    example: ClassVar[str] = "median+3mad"
    reads_training_scores: ClassVar[bool] = True

    multiple: float

    @classmethod
    def parse(cls, text: str) -> MedianPlusMad | None:
        """Reads "median+mad", "median+3mad" or "median+3*mad"."""
        found = re.fullmatch(r"median\+(?:(\d+\.?\d*|\.\d+)\*?)?mad", text)
        return cls(number_in(text, found[1] or "1")) if found else None

    def cut_off(self, evidence: Evidence) -> float:
        """The median plus the multiple of the normalised median absolute deviation."""
        median = np.median(evidence.scores)
        deviation = np.median(np.abs(evidence.scores - median))
        return float(median + self.multiple * MAD_TO_STD * deviation)

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return (
            f"rows that score above the median plus {self.multiple:g} x {MAD_TO_STD:.4f} median absolute deviations of "
            f"the {basis} scores"
        )
