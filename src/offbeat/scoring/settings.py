"""What a user can say about the score."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ScoringSettings(BaseModel):
    """What a row's score measures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: Literal[
        "auto",
        "squared",
        "absolute",
        "huber",
        "whitened",
        "mahalanobis",
        "neighbours",
        "neighbourhood",
        "aligned-neighbours",
        "svdd",
        "combined",
    ] = Field(
        default="auto",
        description="What the score measures: mean squared, absolute or huber error; whitened (squared error in units "
        "of each feature's training residual); mahalanobis (the same with their correlations); neighbours (squared "
        "distance to the nearest training rows); neighbourhood (the same to the nearest twentieth of them, for "
        "training rows that are not all normal); aligned-neighbours (neighbours, each shifted in time to fit best, for "
        "curves); svdd (squared distance of the latent code to the mean code of the training rows, over the code's "
        "width); combined (geometric mean of whitened, neighbours and neighbourhood); auto takes the loss in "
        "use for a named network, else combined, or neighbourhood where the training rows hold anomalies.",
    )
    alignment: float = Field(
        default=0.05,
        gt=0,
        le=0.5,
        description="Largest shift of a training curve, as a share of its length, in score aligned-neighbours.",
    )
    neighbours: int = Field(default=5, ge=1, description="How many nearest training rows the neighbour distance uses.")
