"""Data frames of other libraries -> `Table`: polars, pandas, and whatever speaks Arrow's C stream."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from offbeat.data.arrays import of_64_bits, polars_times
from offbeat.data.names import made_up_names, repeated
from offbeat.data.polars_faults import POLARS_FAULTS, first_line
from offbeat.data.table import Table
from offbeat.errors import DataError, name_some

_PLAIN = {"arrow.bool8": pl.Boolean, "arrow.json": pl.String}
"""Extensions of Arrow's that are what plain columns are."""


def is_frame(source: object) -> bool:
    """Whether `table_from_frame` can read it.

    Args:
        source: Anything; pandas is recognised without importing it.
    """
    return (
        isinstance(source, pl.DataFrame | pl.LazyFrame)
        or _is_pandas(source)
        or _is_pandas(source, "Series")
        # xarray's streams have a row for each cell.
        or (hasattr(source, "__arrow_c_stream__") and not type(source).__module__.startswith("xarray."))
    )


def collected(source: Any) -> Any:
    """The rows of a LazyFrame; anything else as it is.

    Args:
        source: Anything.

    Raises:
        DataError: polars cannot collect it.
    """
    if not isinstance(source, pl.LazyFrame):
        return source
    try:
        return source.collect()
    except (*POLARS_FAULTS, OSError) as error:
        raise DataError(f"The LazyFrame given cannot be collected: {first_line(error)}") from error


def table_from_frame(frame: Any, source: str) -> Table:
    """A table with the columns of a data frame; its index, if it has one, is not a column.

    Args:
        frame: polars, pandas, or any object with `__arrow_c_stream__` (pyarrow, DuckDB, Ibis, ...).
        source: What errors call it.

    Raises:
        DataError: Two columns have the same name, or it is no table.
    """
    frame = collected(frame)
    if isinstance(frame, pl.DataFrame):
        return Table(with_plain_types(frame), source=source)
    if _is_pandas(frame):
        return _from_pandas(frame, source)
    if _is_pandas(frame, "Series"):
        raise DataError(
            "The Series given is one column or one row, not a table. Give series.to_frame() for a table of one column, "
            "or series.to_frame().T for a table of one row."
        )
    try:
        found = pl.DataFrame(frame)
    except (TypeError, ValueError, *POLARS_FAULTS) as error:
        raise DataError(
            f"The {type(frame).__name__} given is no table of columns that polars takes: {first_line(error)}"
        ) from error
    return Table(with_plain_types(found), source=source)


def with_plain_types(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with truth values and text where it has Arrow's extensions that are stored otherwise, or as text.

    Args:
        frame: Its other columns stay as they are.
    """
    kinds = {column.name: column.dtype for column in frame.get_columns() if isinstance(column.dtype, pl.BaseExtension)}
    plain = {name: _PLAIN[kind.ext_name()] for name, kind in kinds.items() if kind.ext_name() in _PLAIN}
    return frame.with_columns([frame[name].ext.storage().cast(kind) for name, kind in plain.items()])


def _is_pandas(source: object, name: str = "DataFrame") -> bool:
    kind = type(source)
    return kind.__name__ == name and kind.__module__.partition(".")[0] == "pandas"


def _from_pandas(frame: Any, source: str) -> Table:
    """The columns of a pandas frame, without pyarrow, which pandas does not always bring along."""
    numbered = list(frame.columns) == list(range(frame.shape[1]))  # as pandas numbers them where there are no names
    names = made_up_names(frame.shape[1]) if numbered else tuple(str(name) for name in frame.columns)
    if twice := sorted(repeated(names)):
        raise DataError(f"The data frame has columns of the same name: {name_some(twice)}. Give each its own name.")
    kinds = set(frame.dtypes)
    if len(kinds) == 1 and kinds <= {np.dtype(np.float32), np.dtype(np.float64)}:
        return Table(frame.to_numpy(), source=source, named=not numbered, matrix_names=names)
    columns = [_column(name, frame.iloc[:, at]) for at, name in enumerate(names)]
    return Table(pl.DataFrame(columns), source=source, named=not numbered)


def _column(name: str, column: Any) -> pl.Series:
    """One column, with missing cells null."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiubmM":
        return pl.Series(name, polars_times(of_64_bits(column.to_numpy())), nan_to_null=True)
    cells = [None if missing else cell for cell, missing in zip(column.tolist(), column.isna().tolist(), strict=True)]
    if str(column.dtype) == "category":
        return pl.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=pl.Categorical)
    try:
        return pl.Series(name, cells)
    except OverflowError as error:
        raise DataError(
            f"The data frame's column '{name}' holds whole numbers of more than 128 bits, which no column takes. Make "
            "them floats (frame[column].astype(float)), or words where they are names of something."
        ) from error
    except UnicodeError:
        row = next(at for at, cell in enumerate(cells) if isinstance(cell, str) and not _is_text(cell))
        raise DataError(
            f"The data frame's column '{name}' holds text with half a character (a lone surrogate) at row {row}, which "
            "no file of UTF-8 has. Decode the text anew, or drop such halves: "
            'frame[column].str.encode("utf-8", "ignore").str.decode("utf-8").'
        ) from None
    except TypeError:  # different types in one column
        return pl.Series(name, [None if cell is None else str(cell) for cell in cells])


def _is_text(cell: str) -> bool:
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
