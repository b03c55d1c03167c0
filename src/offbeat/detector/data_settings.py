"""What a user can say about the data."""

from __future__ import annotations

from collections.abc import Sized
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from offbeat.errors import SettingsError

ColumnReference = str | int


def _own_type(value: Any) -> Any:
    # True of NumPy's would be taken for the number 1.
    return value.item() if isinstance(value, np.generic) else value


def _no_labels(value: Any) -> Any:
    value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if isinstance(value, str) or not isinstance(value, Sized):
        return value
    raise SettingsError(
        "The setting 'label' names a column; several values were given. Labels that are held apart go into the table "
        "as a column: numpy.column_stack([X, y]) with label=-1."
    )


class DataSettings(BaseModel):
    """How a table is read, and which of its columns and rows are learned from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: bool | None = Field(default=None, description="Whether a text file's first row names the columns.")
    delimiter: str | None = Field(default=None, description="What stands between the cells of a text file.")
    decimal: Literal[".", ","] | None = Field(default=None, description="The decimal mark of a text file.")
    missing: tuple[str, ...] = Field(
        default=(), description="Words that mean a missing cell, besides the usual ones (NA, NaN, null, ...)."
    )
    label: Annotated[ColumnReference | None, BeforeValidator(_no_labels)] = Field(
        default=None, description="Column that tells normal rows from anomalous ones: a name or an index, -1 = last."
    )
    normal: Annotated[str | int | float | bool | None, BeforeValidator(_own_type)] = Field(
        default=None, description="The label's value for normal rows; training uses only these."
    )
    ignore: tuple[ColumnReference, ...] = Field(default=(), description="Columns to leave out, by name or index.")
    categorical: tuple[ColumnReference, ...] = Field(default=(), description="Columns whose numbers are codes.")
    numeric: tuple[ColumnReference, ...] = Field(default=(), description="Columns that must be numbers.")
    contamination: Literal["auto", "none", "unknown"] | Annotated[float, Field(gt=0, lt=0.5)] = Field(
        default="auto",
        description="Anomalies among the training rows: their share, unknown, or none; auto looks for crowds of rows "
        "far from the others. Where there are some, the default detector scores by neighbourhood; with a share the "
        "threshold is the quantile of the calibration scores above which as many lie, with unknown median+3mad; a "
        "named network stops by entropy, and with a share trims as much; unless these are given.",
    )
    kind: Literal["auto", "rows", "curves"] = Field(
        default="auto",
        description="Whether columns are unlike one another (rows) or the steps of one series (curves). Pictures and "
        "sentences differ; the default detector scales curves as a whole, with more noise; only curves move in time.",
    )
