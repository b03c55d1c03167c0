"""A threshold that the user states as a number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from offbeat.errors import SettingsError
from offbeat.thresholds.rule import AbstractRule, Basis, Evidence


@dataclass(frozen=True)
class StatedValue(AbstractRule):
    """Flags rows that score above the number given."""

    grammar: ClassVar[str] = "a number"
    example: ClassVar[str] = "0.05"
    needs_scores: ClassVar[bool] = False

    value: float

    @classmethod
    def parse(cls, text: str) -> StatedValue | None:
        """Reads any number in Python's notation."""
        try:
            value = float(text)
        except ValueError:
            return None
        if not math.isfinite(value):
            raise SettingsError(f"The threshold is {value}; a finite number was expected.")
        return cls(value)

    def cut_off(self, evidence: Evidence) -> float:
        """The number, whatever the scores."""
        return self.value

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return "rows that score above the number given"
