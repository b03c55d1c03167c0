"""The manifest of a detector file, key by key: what is lacking, unknown or of another type is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from offbeat.detector.detector import Facts
from offbeat.errors import DetectorFileError
from offbeat.training.history import History
from offbeat.wrong_values import first_wrong


class OdderRecord(BaseModel):
    """See `offbeat.scoring.combine.Odder`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    weight: float = Field(gt=0, le=1)
    spreads: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    filled: tuple[float, ...]


class DetectorRecord(BaseModel):
    """Everything of a detector but its arrays. `format`, versions and checksums are the archive's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    content: Literal["detector"] = "detector"
    settings: dict[str, Any]
    resolved: dict[str, Any]
    table_schema: dict[str, Any]
    preprocessor: dict[str, Any]
    weights: list[Annotated[float, Field(gt=0)]] = Field(min_length=1, max_length=16)
    exponents: list[Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=list, max_length=16)
    odder: OdderRecord | None = None
    threshold: dict[str, Any]
    history: History
    facts: Facts
    beside: dict[str, Any] = Field(default_factory=dict)
    """What a face keeps on top, such as `offbeat.h2o`; the detector itself does not look at it."""

    @model_validator(mode="after")
    def _history_fits(self) -> DetectorRecord:
        epochs, validated = len(self.history.loss), len(self.history.validation_loss)
        if not 0 <= self.history.best_epoch <= epochs or validated not in (0, epochs):
            raise ValueError(f"the history of {epochs} epochs contradicts itself")
        return self


def read_record(manifest: dict[str, Any], path: str) -> DetectorRecord:
    """The record that a manifest holds.

    Raises:
        DetectorFileError: A key is lacking, unknown or of another type.
    """
    try:
        return DetectorRecord.model_validate(manifest)
    except ValidationError as problem:
        place, reason = first_wrong(problem)
        raise DetectorFileError(
            f"{path}: the manifest's '{place or 'detector'}' is not as a detector file has it ({reason.lower()}). "
            "The file is damaged, or was not written by offbeat; fit and save the detector again."
        ) from None
