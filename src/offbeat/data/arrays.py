"""NumPy arrays, in memory and in NPY and NPZ files -> `Table`."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Shaped

from offbeat.data.names import made_up_names, subject_of
from offbeat.data.table import Table
from offbeat.data.text_file import Content
from offbeat.data.whole_numbers import holds_inexact, of_integers, of_numbers
from offbeat.data.zipped import MOST_BYTES, too_large
from offbeat.errors import DataError, name_some

_OBJECTS_AND_TEXT = "OUT"
"""NumPy's letters for its kinds: objects, text of one length, text of any length."""


def table_from_array(array: Shaped[np.ndarray, "..."], source: str) -> Table:
    """A table whose rows are the rows of a two-dimensional array.

    Args:
        array: float32 and float64 are kept without copying; other numbers become float64, float16 float32, but columns
            of whole numbers beyond 2**53 stay as they are; arrays of text or objects become columns of their own types;
            the fields of a structured array become columns.
        source: What errors call it.

    Raises:
        DataError: The array has not two axes, or holds complex numbers, dates or nested objects.

    Example:
        >>> table_from_array(np.array([[1, 2], [3, 4]]), "the table").numbers(["C2"])
        array([[2.],
               [4.]])
    """
    if array.dtype.names is not None and array.ndim == 1:
        fields = {name: polars_times(of_64_bits(array[name])) for name in array.dtype.names}
        return Table(pl.DataFrame(fields), source=source)
    _require_two_axes(array, source)
    if isinstance(array, np.ma.MaskedArray) and array.dtype.kind in "fiub":
        array = np.ma.filled(array.astype(np.float64), np.nan)
    if array.dtype.kind in _OBJECTS_AND_TEXT:
        return Table(_columns_of_objects(array, source), source=source, named=False)
    if array.dtype.kind not in "fiub":
        raise DataError(f"{subject_of(source)} is an array of {array.dtype}; numbers or text were expected.")
    if array.dtype.kind in "iu" and holds_inexact(array):
        columns = [
            of_integers(name, column) for name, column in zip(made_up_names(array.shape[1]), array.T, strict=True)
        ]
        return Table(pl.DataFrame(columns), source=source, named=False)
    return Table(np.asarray(array, dtype=_float_type(array.dtype)), source=source, named=False)


def of_64_bits(values: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """Floats of more bits (longdouble), which polars would take for objects, as float64; anything else as it is.

    Args:
        values: One column.
    """
    if values.dtype.kind != "f" or values.dtype.itemsize <= np.dtype(np.float64).itemsize:
        return values
    with np.errstate(over="ignore"):  # what is too large is told as infinite
        return values.astype(np.float64)


def polars_times(values: Shaped[np.ndarray, "..."]) -> Shaped[np.ndarray, "..."]:
    """Dates, times and durations in a unit that polars has; anything else as it is.

    Args:
        values: One column.
    """
    kind = values.dtype
    if kind.kind not in "mM" or np.datetime_data(kind)[0] in ("ns", "us", "ms"):
        return values
    return values.astype("datetime64[us]" if kind.kind == "M" else "timedelta64[us]")


def read_npy(content: Content, source: str) -> Table:
    """A table from a NumPy file of one array.

    Args:
        content: The file, or what is in it.
        source: What errors call it.

    Raises:
        DataError: The file is damaged, or holds pickled objects, which could run code and are never loaded.
    """
    return table_from_array(_load(content, source), source)


def read_npz(content: Content, source: str) -> Table:
    """A table from a NumPy file of several arrays.

    Args:
        content: The file, or what is in it. With an array X and an array y of as many values, y becomes the last
            column and is called y; otherwise X, or the only array with two axes, is the table.
        source: What errors call it.

    Raises:
        DataError: As `read_npy`; or it is not clear which array is meant, or it unpacks to over 4 GiB and over four
            times the file.
    """
    with _load(content, source) as arrays:
        name = _table_among(arrays, source)
        chosen = [name, "y"] if "X" in arrays and "y" in arrays else [name]
        _require_room(arrays, chosen, content, source)
        matrix = _member(arrays, name, source)
        table = table_from_array(matrix, source)
        if "X" not in arrays or "y" not in arrays:
            return table
        labels = _member(arrays, "y", source)
    if labels.size != table.height:
        raise DataError(f"{source}: X has {table.height} rows, y {labels.size} values; one label a row was expected.")
    return _with_labels(table, labels.reshape(-1))


def _require_two_axes(array: Shaped[np.ndarray, "..."], source: str) -> None:
    if array.ndim == 2:
        return
    if array.ndim == 1:
        advice = "Use array.reshape(1, -1) for one row, or array.reshape(-1, 1) for one column."
    else:
        advice = "Use array.reshape(len(array), -1) if the first axis counts the rows."
    raise DataError(
        f"{subject_of(source)} is an array of shape {array.shape}; two axes, rows and columns, were expected. {advice}"
    )


def _float_type(kind: np.dtype) -> type[np.floating]:
    """float32 for what fits into it as it is, else float64."""
    return np.float32 if kind.kind == "f" and kind.itemsize <= 4 else np.float64


def _columns_of_objects(array: Shaped[np.ndarray, "..."], source: str) -> pl.DataFrame:
    """Each column with the type of what it holds: numbers where all are, text where not."""
    columns = []
    # A masked cell is None in the list of a masked array.
    for name, column in zip(made_up_names(array.shape[1]), array.T.tolist(), strict=True):
        cells = [plain_cell(cell) for cell in column]
        kinds = {type(cell) for cell in cells if cell is not None}
        if kinds <= {int, float}:
            columns.append(of_numbers(name, cells))
        elif kinds <= {bool, int, float, str}:
            same = len(kinds) == 1
            columns.append(pl.Series(name, cells if same else [None if c is None else str(c) for c in cells]))
        else:
            odd = sorted(kind.__name__ for kind in kinds - {bool, int, float, str})
            raise DataError(
                f"{subject_of(source)}: column '{name}' holds {name_some(odd)}; numbers or text were expected."
            )
    return pl.DataFrame(columns)


def plain_cell(cell: Any) -> Any:
    """A cell as Python has it, None where it is missing; NumPy's dates stay as they are.

    Args:
        cell: A number, word, truth value or time, of Python, NumPy or pandas.
    """
    plain = cell.item() if isinstance(cell, np.generic) and cell.dtype.kind not in "mM" else cell
    if isinstance(plain, Decimal):
        return None if plain.is_nan() else float(plain)  # one that signals raises where it is compared
    if hasattr(plain, "__array__") and not isinstance(plain, np.generic):
        return plain  # an array or a series, which is compared cell by cell
    # pandas says NA, which equals nothing and is no truth value either.
    return None if plain is None or type(plain).__name__ == "NAType" or plain != plain else plain


def _load(content: Content, source: str) -> Any:
    """What np.load makes of the file, without ever unpickling."""
    try:
        return np.load(io.BytesIO(content) if isinstance(content, bytes) else content, allow_pickle=False)
    except Exception as error:
        raise _unreadable(source, error) from error


def _member(arrays: Any, name: str, source: str) -> Shaped[np.ndarray, "..."]:
    try:
        return np.asarray(arrays[name])
    except Exception as error:
        raise _unreadable(source, error) from error


def _axes(arrays: Any, name: str, source: str) -> int:
    """How many axes an array has, told by its head: the array itself may be large, and not the one that is meant."""
    try:
        with arrays.zip.open(f"{name}.npy") as file:
            version = np.lib.format.read_magic(file)
            if version == (1, 0):
                return len(np.lib.format.read_array_header_1_0(file)[0])
            return len(np.lib.format.read_array_header_2_0(file)[0])
    except Exception as error:
        raise _unreadable(source, error) from error


def _require_room(arrays: Any, names: list[str], content: Content, source: str) -> None:
    """Nothing where the arrays do not unpack to much more than the file: zeros pack to a thousandth."""
    unpacked = sum(arrays.zip.getinfo(f"{name}.npy").file_size for name in names)
    most = max(MOST_BYTES, 4 * (len(content) if isinstance(content, bytes) else content.stat().st_size))
    if unpacked > most:
        raise too_large(source, f"{unpacked:,}", most)


def _unreadable(source: str, error: Exception) -> DataError:
    """The error for a damaged file, and for one that only unpickling, which runs code, could read."""
    if "allow_pickle" in str(error):
        return DataError(
            f"{source} holds pickled Python objects, which could run code and are never loaded. Save the array with a "
            "number type: numpy.save(file, array.astype(float))."
        )
    return DataError(f"{source} is a damaged NumPy file ({type(error).__name__}: {error}). Fetch or write it again.")


def _table_among(arrays: Any, source: str) -> str:
    """The name of the array that is the table."""
    names = list(arrays.files)
    if "X" in names:
        return "X"
    if len(names) == 1:
        return str(names[0])
    flat = [name for name in names if _axes(arrays, name, source) == 2]
    if len(flat) == 1:
        return str(flat[0])
    raise DataError(
        f"{source} holds the arrays {name_some(names)}; one called X, or a single one with rows and columns, was "
        "expected. Save the table on its own: numpy.save(file, array)."
    )


def _with_labels(table: Table, labels: Shaped[np.ndarray, "rows"]) -> Table:
    """The table with a last column y."""
    names = (*table.names, "y")
    if isinstance(table.cells, np.ndarray) and labels.dtype.kind in "fiub":
        if labels.dtype.itemsize > 8:
            labels = labels.astype(np.float64)
        alike = labels.astype(table.cells.dtype)
        is_other = (alike != labels) & (labels == labels)  # but for missing ones
        if not is_other.any() and (labels.dtype.kind not in "iu" or not holds_inexact(labels)):
            matrix = np.column_stack([table.cells, alike])
            return Table(matrix, source=table.source, named=False, matrix_names=names)
    frame = table.cells if isinstance(table.cells, pl.DataFrame) else pl.DataFrame(table.cells, schema=table.names)
    return Table(frame.with_columns(pl.Series("y", labels)), source=table.source, named=False)
