"""How often drift may be called out where there is none, and how many rows are compared at a time."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DriftSettings(BaseModel):
    """Settings of a `DriftMonitor`.

    Example:
        >>> DriftSettings(window=200).rate
        0.01
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(
        default=0.01, gt=0, lt=0.5, description="Chance of ever raising a false alarm, however long one watches."
    )
    window: int = Field(default=500, ge=50, le=1_000_000, description="Rows whose columns are compared at a time.")
    anomalies: float = Field(
        default=0.05, ge=0, lt=0.5, description="Share of anomalous rows that is no drift of the scores."
    )
    seed: int = Field(default=0, ge=0, description="Of the random numbers that part equal scores.")
