"""Lists, dicts, arrays and data frames -> columns, and these -> the cells of a frame, as H2O would parse them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import polars as pl

from offbeat.data.arrays import plain_cell, table_from_array
from offbeat.data.frames import is_frame, table_from_frame
from offbeat.data.missing_words import MISSING_WORDS, frame_with_missing
from offbeat.data.names import made_up_names
from offbeat.data.table import Table
from offbeat.errors import DataError, name_some
from offbeat.h2o.column_types import as_h2o_parses, as_type
from offbeat.h2o.text_columns import with_numbers

_KEY = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]*")


def cells_of(python_obj: Any, header: int = 0) -> pl.DataFrame:
    """The columns of a Python object, before `parsed_text`.

    Args:
        python_obj: A dict of columns (shorter ones end in missing cells), a list of rows, a flat list (one column), a
            NumPy array, a sparse matrix of SciPy, a data frame or a series of pandas or polars. Columns of pandas that
            have only numbers for names are called by these: '0', '1', ...
        header: 1 where the first row of a list of rows holds the names; else they are C1, C2, ...

    Raises:
        DataError: It is none of these, rows differ in length, or a dict's key is no name.

    Example:
        >>> cells_of([["flow", "kind"], [1.5, "a"], [2.5, "a"]], header=1).columns
        ['flow', 'kind']
    """
    if isinstance(python_obj, Mapping):
        return _from_columns(python_obj)
    if isinstance(python_obj, list | tuple):
        return _from_rows(python_obj, header)
    if _is_series(python_obj):
        python_obj = python_obj.to_frame("C1" if python_obj.name in (None, "") else python_obj.name)
    if is_frame(python_obj):
        table = table_from_frame(python_obj, "the frame")
        cells = frame_of(table)
        return cells if table.named else cells.rename({name: str(at) for at, name in enumerate(cells.columns)})
    if hasattr(python_obj, "toarray"):
        python_obj = python_obj.toarray()
    if isinstance(python_obj, np.ndarray):
        return _from_array(python_obj.reshape(-1, 1) if python_obj.ndim == 1 else python_obj)
    raise DataError(f"A {type(python_obj).__name__} is no frame; a dict, list, array or data frame was expected.")


def renamed(cells: pl.DataFrame, names: Sequence[Any] | None) -> pl.DataFrame:
    """The cells with other column names.

    Args:
        cells: The cells of a frame.
        names: One a column; None leaves them as they are.

    Raises:
        DataError: There is not one name a column, or one is empty, no word, or stands twice.
    """
    if names is None:
        return cells
    if len(names) != cells.width or len(set(names)) < len(names):
        raise DataError(f"{cells.width} different column names were expected; given were {name_some(names)}.")
    if odd := [name for name in names if not isinstance(name, str)]:
        raise DataError(f"Column names are words; {odd[0]!r} was given.")
    if not all(names):
        raise DataError(f"Column {[*map(bool, names)].index(False) + 1} would have an empty name; give it one.")
    return cells.rename(dict(zip(cells.columns, names, strict=True)))


def parsed(cells: pl.DataFrame, types: Sequence[str | None] | Mapping[str, str] | None = None) -> pl.DataFrame:
    """The cells with H2O's types, or with those that are asked for; words such as NA are missing, as in a file.

    Args:
        cells: Columns as a reader gave them.
        types: As for `retyped`; text that is to stay text or become categories is not read as times before.

    Raises:
        DataError: There is not one type a column, or a name is no column.
        SettingsError: A word is no type.
    """
    return _typed(frame_with_missing(cells, ()), type_words(cells, types))


def parsed_text(cells: pl.DataFrame, types: Sequence[str | None] | Mapping[str, str] | None = None) -> pl.DataFrame:
    """As `parsed`, for cells that went through text in H2O: words that mostly are numbers become numbers.

    Args:
        cells: Columns of a text file or of Python's objects.
        types: As for `parsed`.
    """
    wanted = type_words(cells, types)
    return _typed(with_numbers(cells, [name for name, word in wanted.items() if word != "unknown"]), wanted)


def _typed(cells: pl.DataFrame, wanted: Mapping[str, str]) -> pl.DataFrame:
    """Columns without words for missing cells, with the types that H2O gives them or that are asked for."""
    columns = [
        column
        if column.dtype == pl.String and wanted.get(column.name, "unknown") != "unknown"
        else as_h2o_parses(column)
        for column in cells.get_columns()
    ]
    return retyped(pl.DataFrame(columns), wanted)


def retyped(cells: pl.DataFrame, types: Sequence[str | None] | Mapping[str, str] | None) -> pl.DataFrame:
    """The cells with other column types.

    Args:
        cells: The cells of a frame.
        types: One of H2O's words a column (None leaves it), or a dict from names to words.

    Raises:
        DataError: There is not one type a column, or a name is no column.
        SettingsError: A word is no type.
    """
    return cells.with_columns([as_type(cells[name], word) for name, word in type_words(cells, types).items()])


def type_words(cells: pl.DataFrame, types: Sequence[str | None] | Mapping[str, str] | None) -> Mapping[str, str]:
    """The type that is asked for, by the column's name.

    Args:
        cells: The cells of a frame.
        types: As for `retyped`.

    Raises:
        DataError: There is not one type a column, or a name is no column.
    """
    if types is None:
        return {}
    if not isinstance(types, Mapping):
        if len(types) != cells.width:
            raise DataError(f"{cells.width} column types were expected, one a column; {len(types)} were given.")
        return {name: word for name, word in zip(cells.columns, types, strict=True) if word is not None}
    unknown = [name for name in types if name not in cells.columns]
    if unknown:
        raise DataError(f"Types are given for {name_some(unknown)}; the columns are {name_some(cells.columns)}.")
    return types


def _from_array(matrix: np.ndarray) -> pl.DataFrame:
    """The columns of an array; truth values, and whole numbers that 64 bits hold, as such."""
    is_plain = matrix.ndim == 2 and matrix.dtype.kind in "bi" and not isinstance(matrix, np.ma.MaskedArray)
    if is_plain:
        return pl.DataFrame(matrix, schema=list(made_up_names(matrix.shape[1])), orient="row")
    return frame_of(table_from_array(matrix, "the array"))


def _from_columns(columns: Mapping[Any, Any]) -> pl.DataFrame:
    wrong = [key for key in columns if not isinstance(key, str) or not _KEY.fullmatch(key)]
    if wrong:
        raise DataError(f"{name_some(wrong)} is no column name; letters, digits, '_' and '.' were expected.")
    listed = {name: _listed(cells) for name, cells in columns.items()}
    most = max(map(len, listed.values()), default=0)
    return pl.DataFrame([_column(name, cells + [None] * (most - len(cells))) for name, cells in listed.items()])


def _from_rows(rows: Sequence[Any], header: int) -> pl.DataFrame:
    listed = [list(row) if isinstance(row, list | tuple | np.ndarray) else [row] for row in rows]
    names = [str(name) for name in listed.pop(0)] if header == 1 and listed else None
    if not listed:
        raise DataError("The list holds no rows; at least one is needed.")
    lengths = {len(row) for row in listed}
    if len(lengths) > 1:
        raise DataError(f"The rows of the list differ in length: {sorted(lengths)}. Give each as many cells.")
    made_up = made_up_names(len(listed[0]))
    columns = zip(made_up, zip(*listed, strict=True), strict=True)
    return renamed(pl.DataFrame([_column(name, list(cells)) for name, cells in columns]), names)


def _listed(cells: Any) -> list[Any]:
    if isinstance(cells, np.ndarray) and cells.dtype.kind not in "mM":
        return list(cells.tolist())
    return list(cells) if isinstance(cells, list | tuple | np.ndarray) or _is_series(cells) else [cells]


def _is_series(python_obj: Any) -> bool:
    """Whether it is one column of pandas or polars."""
    return hasattr(python_obj, "to_frame") and hasattr(python_obj, "name")


def _column(name: str, cells: list[Any]) -> pl.Series:
    """A column of Python values: words where one of them is a word, a time of day or a duration, which H2O writes."""
    if any(isinstance(cell, list | tuple | dict | np.ndarray) for cell in cells):
        raise DataError(f"Column '{name}' holds a list in a cell; flat rows were expected.")
    cells = [plain_cell(cell) for cell in cells]
    if not any(isinstance(cell, str | dt.time | dt.timedelta) for cell in cells):
        return _of_numbers_or_times(name, cells)
    words = pl.Series(name, [None if cell is None else str(cell) for cell in cells], dtype=pl.String)
    are_missing = words.is_null() | words.str.strip_chars().is_in(MISSING_WORDS)
    return pl.Series(name, [None] * len(words), dtype=pl.Float64) if are_missing.all() else words


def _of_numbers_or_times(name: str, cells: list[Any]) -> pl.Series:
    """A column of the type that holds every cell: whole numbers become real ones rather than be cut."""
    kinds = {type(cell) for cell in cells if cell is not None} or {float}
    are_times = {issubclass(kind, dt.date | np.datetime64) for kind in kinds}
    if are_times == {True, False}:
        odd = name_some(sorted(kind.__name__ for kind in kinds))
        raise DataError(f"Column '{name}' holds times and numbers ({odd}); give it only one of them.")
    if are_times == {True}:
        times = [None if cell is None else np.datetime64(_without_zone(cell), "ms") for cell in cells]
        return pl.Series(name, np.array(times, "datetime64[ms]"))
    fits = kinds <= {int} and all(cell is None or -(2**63) <= cell < 2**63 for cell in cells)
    try:
        if kinds != {bool} and all(issubclass(kind, Real | Decimal) for kind in kinds):
            return pl.Series(name, cells if fits else _as_floats(cells), dtype=pl.Int64 if fits else pl.Float64)
        return pl.Series(name, cells)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        odd = name_some(sorted(kind.__name__ for kind in kinds))
        raise DataError(
            f"Column '{name}' holds {odd}; numbers that fit a float, words or times of one kind were expected."
        ) from error


def _as_floats(cells: list[Any]) -> list[float | None]:
    return [None if cell is None else float(cell) for cell in cells]


def _without_zone(time: Any) -> Any:
    """A time in UTC, without saying so, as NumPy's are."""
    has_zone = getattr(time, "tzinfo", None) is not None
    return time.astimezone(dt.UTC).replace(tzinfo=None) if has_zone else time


def _are_plain_numbers(words: pl.DataFrame) -> dict[str, bool]:
    fit = words.select(pl.all().str.strip_chars().str.contains(r"^[+-]?[0-9]*\.?[0-9]+$").all())
    return dict(zip(fit.columns, fit.row(0), strict=True)) if fit.columns else {}


def frame_of(table: Table, text: Collection[str] = ()) -> pl.DataFrame:
    """The cells of a table as columns; words stay words.

    Args:
        table: Any table.
        text: Columns of words that are no numbers, whatever they spell.
    """
    if isinstance(table.cells, pl.DataFrame):
        if table.decimal == ".":
            return table.cells
        # A column with points, among columns of decimal commas, is one of numbers all the same: nothing is left out.
        words = table.cells.select(pl.col(pl.String)).drop(text)
        numbers = [name for name, fits in _are_plain_numbers(words).items() if fits]
        return table.cells.with_columns(pl.col(numbers).str.strip_chars().cast(pl.Float64))
    return pl.DataFrame(table.cells, schema=list(table.names), orient="row")
