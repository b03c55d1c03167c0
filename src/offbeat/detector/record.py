"""The manifest of a detector file, as strict types: what is not exactly as expected is refused."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offbeat.detector.detector import Facts
from offbeat.errors import DetectorFileError
from offbeat.training.history import History


class DetectorRecord(BaseModel):
    """Everything of a detector but its arrays. `format`, versions and checksums are the archive's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    content: Literal["detector"] = "detector"
    settings: dict[str, Any]
    resolved: dict[str, Any]
    table_schema: dict[str, Any]
    preprocessor: dict[str, Any]
    weights: list[float] = Field(min_length=1, max_length=16)
    threshold: dict[str, Any]
    history: History
    facts: Facts


def read_record(manifest: dict[str, Any], path: str) -> DetectorRecord:
    """The record that a manifest holds.

    Raises:
        DetectorFileError: A key is lacking, unknown or of another type.
    """
    known = {name: value for name, value in manifest.items() if name in DetectorRecord.model_fields}
    try:
        return DetectorRecord.model_validate(known)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DetectorFileError(
            f"{path}: the manifest's '{where}' is not as a detector file has it ({first['msg'].lower()}). "
            "The file is damaged, or was not written by offbeat; fit and save the detector again."
        ) from None
