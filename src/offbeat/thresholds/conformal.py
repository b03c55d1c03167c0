"""The threshold "conformal": conformal p-values, selected at a stated false discovery rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from offbeat.thresholds.calibration import Calibration
from offbeat.thresholds.rule import Basis
from offbeat.thresholds.selection import CutOffs
from offbeat.thresholds.together import AbstractSelection


@dataclass(frozen=True)
class Conformal(AbstractSelection):
    """Flags rows so that about a stated share of the flagged ones are false alarms.

    P-values are exact up to the largest calibration score; above it a fitted tail takes over (`Calibration.p_values`).
    """

    grammar: ClassVar[str] = "conformal"
    example: ClassVar[str] = "conformal"
    selects_together: ClassVar[bool] = True

    @classmethod
    def parse(cls, text: str) -> Conformal | None:
        """Reads "conformal"."""
        return cls() if text == "conformal" else None

    def cut_offs(self, calibration: Calibration) -> CutOffs:
        """By the conformal p-values."""
        return calibration.cut_offs

    def describe(self, basis: Basis, fdr: float) -> str:
        """Names the rule in words."""
        return (
            "rows that score too high for a normal row, by conformal p-values of all rows scored together: about "
            f"{100 * fdr:g} % of the flagged rows are expected to be false alarms"
        )

    def note(self, calibration: Calibration, *, fdr: float, level: float, rows: int) -> str:
        """Says where the tail decided."""
        # Conformal p-values reach down to 1 / (rows + 1). At a level above that, the tail decides about no row.
        return _tail_took_over(calibration, fdr, rows) if level < 1 / (calibration.rows + 1) else ""


def _tail_took_over(calibration: Calibration, fdr: float, rows: int) -> str:
    have = f"Only {calibration.rows:,} calibration row{'' if calibration.rows == 1 else 's'}"
    need = f"too few for p-values at a false discovery rate of {fdr:g} over {rows:,} row{'s' if rows > 1 else ''}"
    peaks = calibration.tail.peaks
    if not peaks:
        return f"{have}: {need}, and for a fitted tail, so no row can be flagged."
    highest = f"the {peaks:,} highest of their scores" if peaks > 1 else "the highest of their scores"
    return f"{have}: {need}, so a generalised Pareto tail fitted to {highest} took over."
