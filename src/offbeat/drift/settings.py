"""How often drift may be called out where there is none, and how many rows are compared at a time."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offbeat.errors import SettingsError
from offbeat.wrong_values import should


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


def drift_settings(**values: float | int) -> DriftSettings:
    """Settings from names and values.

    Raises:
        SettingsError: A value is out of range.

    Example:
        >>> drift_settings(window=200).window
        200
    """
    try:
        return DriftSettings.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise SettingsError(
            f"'{first['loc'][0]}' of drift cannot be {first['input']}: it should {should(DriftSettings, first)}."
        ) from None
