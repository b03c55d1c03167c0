"""What the thresholds "conformal" and "tail" share: the rows of one call are selected together."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from jaxtyping import Float64

from offbeat.thresholds.calibration import Calibration
from offbeat.thresholds.rule import AbstractRule, Decision, Evidence
from offbeat.thresholds.selection import CutOffs, selection_level


class AbstractSelection(AbstractRule):
    """Flags rows by p-values, so that about a stated share of the flagged ones are false alarms.

    The rows of one call are selected together (`selection_level`): the more rows, the higher a lone anomaly must score,
    and the more anomalies, the lower each of them need score.
    """

    @abstractmethod
    def cut_offs(self, calibration: Calibration) -> CutOffs:
        """Which score has which of the rule's p-values."""

    @abstractmethod
    def note(self, calibration: Calibration, *, fdr: float, level: float, rows: int) -> str:
        """What the reader of a decision should know about its p-values.

        Args:
            calibration: Scores of normal rows.
            fdr: The stated rate.
            level: The largest p-value of a selected row.
            rows: How many rows there are in the call.
        """

    def cut_off(self, evidence: Evidence) -> float:
        """The score whose p-value is the stated rate: the cut-off of a call with one row."""
        return self.cut_offs(evidence.calibration).at(evidence.fdr)

    def decide(
        self, scores: Float64[np.ndarray, "rows"], *, value: float, calibration: Calibration, fdr: float
    ) -> Decision:
        """Selects rows at the stated rate; `value` counts only where there are no rows."""
        p_values = self.p_values(calibration, scores)
        if not scores.size:
            return Decision(scores > value, value, p_values)
        level = selection_level(p_values, fdr, calibration.rows)
        cut = self.cut_offs(calibration).at(level)
        return Decision(scores > cut, cut, p_values, self.note(calibration, fdr=fdr, level=level, rows=scores.size))
