"""The threshold "mean+1std": the mean of the scores plus a multiple of their standard deviation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from offbeat.thresholds.rule import AbstractRule, Basis, Evidence, number_in


@dataclass(frozen=True)
class MeanPlusStd(AbstractRule):
    """Flags rows that score above mean + multiple * standard deviation.

    The standard deviation is the population's (divided by n, not n - 1), as NumPy's and the Keras tutorial's is. Over
    the training scores when the caller has them, which is the tutorial's rule.
    """

    grammar: ClassVar[str] = "mean+<number>std"
    example: ClassVar[str] = "mean+1std"
    reads_training_scores: ClassVar[bool] = True

    multiple: float

    @classmethod
    def parse(cls, text: str) -> MeanPlusStd | None:
        """Reads "mean+std", "mean+2.5std" or "mean+2.5*std"."""
        found = re.fullmatch(r"mean\+(?:(\d+\.?\d*|\.\d+)\*?)?std", text)
        return cls(number_in(text, found[1] or "1")) if found else None

    def cut_off(self, evidence: Evidence) -> float:
        """The mean plus the multiple of the standard deviation."""
        return float(evidence.scores.mean() + self.multiple * evidence.scores.std())

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        deviations = "standard deviation" if self.multiple == 1 else "standard deviations"
        return f"rows that score above the mean plus {self.multiple:g} {deviations} of the {basis} scores"
