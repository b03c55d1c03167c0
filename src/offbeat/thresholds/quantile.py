"""The threshold "quantile:0.99": a quantile of the scores."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from offbeat.errors import SettingsError
from offbeat.thresholds.rule import AbstractRule, Basis, Evidence


@dataclass(frozen=True)
class Quantile(AbstractRule):
    """Flags rows that score above a quantile of the scores, interpolated linearly as NumPy's default is."""

    grammar: ClassVar[str] = "quantile:<share>"
    example: ClassVar[str] = "quantile:0.99"
    reads_training_scores: ClassVar[bool] = True

    share: float

    @classmethod
    def parse(cls, text: str) -> Quantile | None:
        """Reads "quantile:0.99" or "q0.99"."""
        found = re.fullmatch(r"(?:quantile:?|q:?)(\d+\.?\d*|\.\d+)", text)
        if not found:
            return None
        share = float(found[1])
        if share > 1:
            raise SettingsError(
                f"The threshold '{text}' asks for the quantile {share:g}; a share from 0 to 1 was expected, "
                "such as quantile:0.99."
            )
        return cls(share)

    def cut_off(self, evidence: Evidence) -> float:
        """The quantile."""
        return float(np.quantile(evidence.scores, self.share))

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return f"rows that score above the {self.share:g} quantile of the {basis} scores"
