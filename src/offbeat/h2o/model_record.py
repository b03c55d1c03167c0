"""What a file holds of an H2O model beside its detector: plain values, checked before anything is built from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from offbeat.errors import DetectorFileError
from offbeat.h2o.estimators.encoding import (
    CommonLevels,
    Encoding,
    EncodingStep,
    FilledNumbers,
    LevelsAsNumbers,
    LevelsThatAreNumbers,
)
from offbeat.h2o.model import TrainedModel
from offbeat.h2o.model_names import EXPECTED, is_model_name
from offbeat.h2o.training_run import given_parameters
from offbeat.persistence.format import DAMAGED
from offbeat.wrong_values import first_wrong

STEPS: Mapping[str, type] = MappingProxyType(
    {
        "levels_as_numbers": LevelsAsNumbers,
        "levels_that_are_numbers": LevelsThatAreNumbers,
        "common_levels": CommonLevels,
        "filled_numbers": FilledNumbers,
    }
)
"""What may replace a column, by the word in the file."""

LATEST = 253_402_300_799.0
"""The last second of the year 9999, behind which Python has no times."""

NOT_OF_FILES = ("checkpoint", "export_checkpoints_dir")
"""Parameters that no file hands on: one names a model of another process, the other a folder to write to."""


class ModelRecord(BaseModel):
    """Everything of an H2O model but its arrays."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    face: Literal["h2o"] = "h2o"
    model_id: str
    parameters: dict[str, Any]
    source: str
    h2o_version: str
    categorical: list[str]
    levels: list[list[str]]
    numeric: list[str]
    times: list[str] = Field(default_factory=list)
    standardized: bool
    activation: Literal["tanh", "relu", "elu"]
    dropout: list[float] = Field(min_length=1)
    encoding: list[dict[str, Any]]
    samples: int = Field(ge=0)
    rows: int = Field(ge=1)
    scored_rows: int = Field(ge=1)
    scored_held: int = Field(ge=0)
    held_out: bool
    training_frame: str
    validation_frame: str | None
    columns: list[str]
    began: float = Field(ge=0, le=LATEST)
    ended: float = Field(ge=0, le=LATEST)
    seed: int = -1


def record_of(model: TrainedModel) -> ModelRecord:
    """What a file says of a model.

    Args:
        model: To be saved.
    """
    descent, network, run = model.descent, model.network, model.run
    return ModelRecord(
        model_id=model.model_id,
        parameters=_plain(given_parameters(model.parameters)),
        source=network.source,
        h2o_version=network.h2o_version,
        categorical=list(network.levels),
        levels=[list(levels) for levels in network.levels.values()],
        numeric=list(network.numeric),
        times=list(network.times),
        standardized=network.standardized,
        activation=cast(Literal["tanh", "relu", "elu"], network.activation),
        dropout=[float(layer.dropout) for layer in network.layers],
        encoding=[_step_values(step) for step in descent.encoding.steps],
        samples=int(descent.state.samples),
        rows=model.rows,
        scored_rows=descent.scored_rows,
        scored_held=descent.scored_held,
        held_out=model.normal_scores[1],
        training_frame=run.training_frame,
        validation_frame=run.validation_frame,
        columns=list(run.columns),
        began=run.began,
        ended=run.ended,
        seed=run.seed,
    )


def read_model_record(values: object, path: str) -> ModelRecord:
    """Check what a file claims to be an H2O model.

    Args:
        values: From the manifest.
        path: Of the file, for the error.

    Raises:
        DetectorFileError: A key is lacking, unknown or of another type; names the first one. Or the model's name would
            lead to another folder where it is saved.
    """
    try:
        record = ModelRecord.model_validate(values)
    except ValidationError as problem:
        raise _refusal(problem, path) from None
    if not is_model_name(record.model_id):
        raise DetectorFileError(f"{path}: the H2O model's 'model_id' is {record.model_id!r}; {EXPECTED}.")
    return record


def encoding_of(record: ModelRecord, path: str) -> Encoding:
    """What replaces columns before the model sees a frame.

    Args:
        record: From `read_model_record`.
        path: Of the file, for the error.

    Raises:
        DetectorFileError: A step is unknown or has other parts.
    """
    steps: list[EncodingStep] = []
    for values in record.encoding:
        kind = STEPS.get(str(values.get("kind")))
        if kind is None:
            raise DetectorFileError(f"{path}: the H2O model replaces a column in an unknown way. {DAMAGED}")
        try:
            steps.append(TypeAdapter(kind).validate_python({k: v for k, v in values.items() if k != "kind"}))
        except ValidationError as problem:
            raise _refusal(problem, path) from None
    return Encoding(tuple(steps))


def _step_values(step: EncodingStep) -> dict[str, Any]:
    word = next(word for word, kind in STEPS.items() if type(step) is kind)
    return {"kind": word, **asdict(step)}  # type: ignore[call-overload]


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that JSON has words for; frames and models are left out, for they are not in the file."""
    plain = (bool, int, str, type(None))
    kept = {}
    for name, value in given.items():
        each = value if isinstance(value, list) else [value]
        if all(isinstance(one, plain) or (isinstance(one, float) and abs(one) < float("inf")) for one in each):
            kept[name] = value
    return {name: value for name, value in kept.items() if name not in NOT_OF_FILES}


def _refusal(problem: ValidationError, path: str) -> DetectorFileError:
    place, reason = first_wrong(problem)
    return DetectorFileError(
        f"{path}: the H2O model's '{place or 'the whole'}' is not as it should be ({reason}). {DAMAGED}"
    )
