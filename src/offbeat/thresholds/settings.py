"""What a user may say about the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from offbeat.thresholds.rules import parse_rule


class ThresholdSettings(BaseModel):
    """From which score on a row is anomalous.

    Example:
        >>> ThresholdSettings(threshold="mean+1std").fdr
        0.05
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: str | float = Field(
        default="conformal",
        description="From which score on a row is anomalous: conformal (p-values from held-out normal rows, selected "
        "at the false discovery rate fdr), tail (the same with a fitted tail), mean+1std, median+3mad, quantile:0.99, "
        "best-f1 (needs labels), a number, or none (no row is flagged).",
    )
    fdr: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="Share of the flagged rows that may be false alarms, on average; read by conformal and tail.",
    )
    calibration: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="Share of the training rows that the network does not train on, whose scores set the threshold; "
        "where it is 0.2, 10,000 rows at most.",
    )

    @field_validator("threshold", mode="before")
    @classmethod
    def _is_no_truth_value(cls, threshold: Any) -> Any:
        # It would be taken for the number 1 or 0.
        if isinstance(threshold, bool | np.bool_):
            raise ValueError("be a rule, such as quantile:0.99, or a number")
        return threshold

    @field_validator("threshold")
    @classmethod
    def _is_a_rule(cls, threshold: str | float) -> str | float:
        parse_rule(threshold)
        return threshold
