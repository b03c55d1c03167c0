"""What a user may say about how columns become features."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ScalingWord = Literal["standard", "robust", "standard-global", "minmax", "minmax-global", "normalize", "none"]


class PreprocessingSettings(BaseModel):
    """How columns become features. Everything is fitted on training rows only.

    Example:
        >>> PreprocessingSettings(scaling="robust").max_levels
        100
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scaling: ScalingWord = Field(
        default="standard",
        description="How numeric columns are scaled: standard (mean 0, standard deviation 1), robust (median and "
        "interquartile range), standard-global (mean 0 per column, one standard deviation for all: curves keep their "
        "shape), minmax (0 to 1 per column), minmax-global (0 to 1 over the whole table), normalize (mean 0, range 1, "
        "as H2O does), none.",
    )
    clip: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="The largest absolute value of a scaled numeric feature; beyond it a value counts as the bound. "
        "Unbounded unless given.",
    )
    missing_indicator: bool | Literal["auto"] = Field(
        default="auto",
        description="Whether a missing cell of a numeric column is also a feature: auto (for the columns with missing "
        "cells in training), true (for every numeric column), false (for none).",
    )
    rare_level_share: float = Field(
        default=0.001,
        ge=0,
        lt=1,
        description="Levels of a categorical column with a smaller share of the training rows count as one, 'other'.",
    )
    max_levels: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description="The most levels of a categorical column that get a feature each; the rarest others are 'other'.",
    )
