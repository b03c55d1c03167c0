"""Columns as numbers: what parses, what is missing, and the error for everything else.

Rows in messages count from 0 over the data rows, the header not included: the same numbers that `Table.take` takes.
"""

from __future__ import annotations

import json

import numpy as np
import polars as pl
from jaxtyping import Float

from offbeat.data.names import as_option
from offbeat.data.spelled_amounts import IF_DECIMAL_COMMAS, doubts_about
from offbeat.errors import DataError

TEXT_TYPES = (pl.String, pl.Categorical, pl.Enum)
"""The column types that hold words."""

_INSTEAD_OF = {
    "Period": "dates (column.dt.to_timestamp()), which are left out, or to numbers, such as column.dt.month,",
    "Interval": "numbers, such as their middles (column.array.mid), or to text, which makes categories,",
    "complex": "real numbers, such as column.abs(),",
}
"""What to make of columns of pandas that hold Python's objects, by their type."""

_ANYTHING = "numbers, or to text, which makes categories,"

_MOST_WORDS = 5
"""More different words than this are no missing-value words; then the message names only the first."""

_LONGEST_WORD = 60
"""A message shows no more letters of a cell than this."""


def numbers_of(column: pl.Series, source: str, decimal: str = ".") -> pl.Series:
    """The column as floats with missing cells null, NaN counted as missing.

    Args:
        column: Numbers, booleans (false 0, true 1), or text and categories that parse as numbers.
        source: What the error calls the table.
        decimal: The sign before decimals in the text that it was read from, and in what the error advises.

    Returns:
        A Float32 column as Float32, any other as Float64.

    Raises:
        DataError: A cell is text, a date or infinite; names the column, the first such row, and how many there are.

    Example:
        >>> numbers_of(pl.Series("flow", ["1.5", None, " 2"]), "pumps.csv").to_list()
        [1.5, None, 2.0]
    """
    floats = _parsed(column, source)
    unread = column.is_not_null() & floats.is_null()
    if unread.any():
        raise _text_error(column, unread, source, decimal)
    floats = floats.fill_nan(None)
    infinite = floats.is_infinite()
    if infinite.any():
        raise _infinity_error(floats, infinite.fill_null(False), source)
    return floats


def are_no_numbers(column: pl.Series) -> pl.Series:
    """Which cells `numbers_of` refuses; a missing cell is none.

    Args:
        column: Numbers, booleans, text or categories.

    Example:
        >>> are_no_numbers(pl.Series("flow", ["1.5", None, "ERR", "inf"])).to_list()
        [False, False, True, True]
    """
    floats = _parsed(column, "the table")
    return column.is_not_null() & (floats.is_null() | floats.is_infinite()).fill_null(True)


def matrix_of(frame: pl.DataFrame, source: str, decimal: str = ".") -> Float[np.ndarray, "rows columns"]:
    """All columns as numbers, missing cells as NaN; infinite numbers are left to `require_finite`.

    Args:
        frame: Columns as for `numbers_of`.
        source: What the error calls the table.
        decimal: As for `numbers_of`.

    Returns:
        float32 where all columns are, otherwise float64, one row after the other in memory.

    Raises:
        DataError: As `numbers_of`.
    """
    odd = [column.name for column in frame.get_columns() if not column.dtype.is_numeric()]
    # Only text and the like goes column by column: for 210 columns of numbers that took a tenth of a second.
    frame = frame.with_columns([numbers_of(frame[name], source, decimal) for name in odd]) if odd else frame
    to_cast = [name for name, kind in frame.schema.items() if kind not in (pl.Float32, pl.Float64)]
    frame = frame.with_columns(pl.col(to_cast).cast(pl.Float64)) if to_cast else frame
    matrix = frame.to_numpy(order="c")
    return matrix if matrix.dtype == np.float32 else matrix.astype(np.float64, copy=False)


def as_text(column: pl.Series) -> pl.Series:
    """Text or categories as text, without blanks around.

    Args:
        column: A column of one of the `TEXT_TYPES`.
    """
    return column.cast(pl.String).str.strip_chars()


def require_finite(matrix: Float[np.ndarray, "rows columns"], names: tuple[str, ...], source: str) -> None:
    """Nothing where no number is infinite; NaN is fine, it means missing.

    Args:
        matrix: The numbers, one column a name.
        names: What the error calls the columns.
        source: What the error calls the table.

    Raises:
        DataError: As `numbers_of`.
    """
    # One sum, without a temporary array as large as the data, clears nearly every matrix; one that overflows does not.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(matrix.sum()):
            return
    for position, name in enumerate(names):
        numbers_of(pl.Series(name, np.ascontiguousarray(matrix[:, position])), source)


def _parsed(column: pl.Series, source: str) -> pl.Series:
    """Floats, with null where text is no number."""
    kind = column.dtype
    if kind.is_float() and kind != pl.Float16:
        return column
    if kind.is_temporal() or kind.is_nested() or kind in (pl.Binary, pl.Object) or isinstance(kind, pl.BaseExtension):
        raise kind_error(column, source, "numbers")
    if kind in TEXT_TYPES:
        return as_text(column).cast(pl.Float64, strict=False)
    return column.cast(pl.Float64)


def kind_error(column: pl.Series, source: str, expected: str) -> DataError:
    """The error for a column of a type that nothing is made of.

    Args:
        column: The column.
        source: What the error calls the table.
        expected: "numbers" or "words".
    """
    what, other = str(column.dtype), "numbers first,"
    if column.dtype == pl.Object or isinstance(column.dtype, pl.BaseExtension):
        what, other = _kind_of_objects(column)
    return DataError(
        f"{source}: column '{column.name}' holds {what}; {expected} were expected. "
        f"Convert it to {other} or leave the column out of the fit (--ignore {as_option([column.name])})."
    )


def _kind_of_objects(column: pl.Series) -> tuple[str, str]:
    """What objects of Python, or of a library's own type in a file, are in a column, and what to make of them."""
    if isinstance(column.dtype, pl.BaseExtension):
        name = column.dtype.ext_name()
        kind = name.removeprefix("pandas.").capitalize()
        return f"objects of the type {name}", _INSTEAD_OF.get(kind, _ANYTHING)
    kind = next((type(cell).__name__ for cell in column if cell is not None), "nothing")
    return f"objects of the type {kind}", _INSTEAD_OF.get(kind, _ANYTHING)


def _text_error(column: pl.Series, unread: pl.Series, source: str, decimal: str) -> DataError:
    """The error for words where numbers belong."""
    bad = as_text(column.filter(unread))
    words = bad.str.head(_LONGEST_WORD).unique(maintain_order=True).to_list()
    if len(words) > _MOST_WORDS:
        words = words[:1]
    advice = _declare(words, column.name)
    for doubt in reversed(doubts_about(pl.Series(words), decimal)):
        remedy = 'Say decimal="," (--decimal ,) if these are decimal commas'
        advice = f"{remedy if doubt == IF_DECIMAL_COMMAS else doubt[0].upper() + doubt[1:]}. {advice}"
    return DataError(
        f"{source}: column '{column.name}' holds text '{words[0]}' at row {unread.arg_true()[0]} "
        f"{such_rows(len(bad))}; numbers were expected. {advice}"
    )


def _infinity_error(floats: pl.Series, infinite: pl.Series, source: str) -> DataError:
    """The error for infinite numbers."""
    words = floats.filter(infinite).cast(pl.String).unique(maintain_order=True).to_list()
    return DataError(
        f"{source}: column '{floats.name}' holds {words[0]} at row {infinite.arg_true()[0]} "
        f"{such_rows(int(infinite.sum()))}; finite numbers were expected. {_declare(words, floats.name)}"
    )


def such_rows(count: int) -> str:
    """How many rows there are of the kind that was told, in brackets."""
    return "(1 such row)" if count == 1 else f"({count} such rows)"


def _declare(words: list[str], name: str) -> str:
    """How to call the words missing, in Python and on the command line."""
    return (
        f"Declare it with missing={json.dumps(words, ensure_ascii=False)} "
        f"(--missing {as_option(words)}), or leave the column out of the fit (--ignore {as_option([name])})."
    )
