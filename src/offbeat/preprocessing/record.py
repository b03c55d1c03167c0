"""What a file holds of a preprocessor: plain lists, numbers and texts, checked before anything is built from them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from offbeat.errors import DataError
from offbeat.preprocessing.numeric import LARGEST_FEATURE
from offbeat.wrong_values import first_wrong

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
PositiveFloat = Annotated[float, Field(allow_inf_nan=False, gt=0)]


class NumericRecord(BaseModel):
    """The numeric columns: one entry a column in each list."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    names: list[str]
    offset: list[FiniteFloat]
    divisor: list[PositiveFloat]
    centre: list[FiniteFloat]
    marked: list[bool]

    @model_validator(mode="after")
    def _one_entry_a_column(self) -> NumericRecord:
        lengths = {len(self.names), len(self.offset), len(self.divisor), len(self.centre), len(self.marked)}
        if len(lengths) > 1:
            raise ValueError(f"lists of equal length, one entry a column, were expected, not of {sorted(lengths)}")
        return self


class CategoricalRecord(BaseModel):
    """One categorical column."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    levels: list[str]
    rare: list[str]
    missing: bool

    @model_validator(mode="after")
    def _no_level_twice(self) -> CategoricalRecord:
        if len({*self.levels, *self.rare}) < len(self.levels) + len(self.rare):
            raise ValueError("a level is listed twice")
        return self


class PreprocessorRecord(BaseModel):
    """A whole preprocessor; every column is either numeric or categorical."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    columns: list[str] = Field(min_length=1)
    bound: float = Field(allow_inf_nan=False, gt=0, le=LARGEST_FEATURE)
    numeric: NumericRecord
    categorical: list[CategoricalRecord]

    @model_validator(mode="after")
    def _every_column_once(self) -> PreprocessorRecord:
        described = self.numeric.names + [column.name for column in self.categorical]
        if len(set(self.columns)) < len(self.columns) or sorted(described) != sorted(self.columns):
            raise ValueError("the columns are not exactly the numeric and the categorical ones, each once")
        return self


def read_record(values: object) -> PreprocessorRecord:
    """Check values that a file claims to be a preprocessor.

    Args:
        values: What `Preprocessor.to_dict` gave, after JSON or not.

    Raises:
        DataError: A key is missing or unknown, a type or length is wrong, a number is not finite, or a column is
            described twice or not at all; names the first place that is wrong.
    """
    try:
        return PreprocessorRecord.model_validate(values)
    except ValidationError as problem:
        place, reason = first_wrong(problem)
        raise DataError(
            f"This is not a preprocessor as offbeat writes it: at {place or 'the whole'}: {reason} "
            f"({problem.error_count()} such places). The file is damaged or was changed; fit and save it again."
        ) from None
