"""Rows as users hold them to the two matrices that the graph takes. Imports NumPy only, for the scorer's sake."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from offbeat.errors import DataError, SchemaError, name_some
from offbeat.plain_words import number_in_words, plain_word

Rows = np.ndarray | Mapping[str, Any]
"""An array with a column for each of the detector's, in their order; or the columns by name."""

ColumnKind = Literal["numeric", "categorical"]

MATRICES: Final[Mapping[ColumnKind, str]] = {"numeric": "numbers", "categorical": "words"}
"""Which input of the graph the columns of a kind are in."""

MISSING_WORD: Final = ""
"""A missing cell of a column of words: ONNX's text has no other way to say so."""

_NUMBERS: Final = "fiub"
_MOMENTS: Final = "mM"
_TIMES: Final = (date, timedelta, np.datetime64, np.timedelta64)


def inputs_of(
    rows: Rows,
    kinds: Mapping[str, ColumnKind],
    *,
    as_spelled: Mapping[str, Collection[str] | None] = MappingProxyType({}),
    times: Collection[str] = (),
) -> dict[str, np.ndarray]:
    """The rows as the graph takes them: "numbers", float64 with NaN for missing, and "words", empty for missing.

    Args:
        rows: NaN, None or empty text where a cell is missing. Text that parses as a number is one in a numeric column;
            in a categorical one, 1, 1.0 and "1" are the same word, and so are "01" and "1.0", as to the detector.
        kinds: Of each of the detector's columns, in their order.
        as_spelled: Of columns of words, the levels that their spelling alone tells apart, such as "1" and "01";
            None where that is not known, and words are taken as they are spelled.
        times: The columns of which the numbers are milliseconds since 1970.

    Returns:
        An entry for each kind of column that there is, (rows, columns of that kind).

    Raises:
        SchemaError: Columns are lacking, or their number is wrong.
        DataError: A cell is no number where numbers are expected, or infinite; it is bytes, or half a character, where
            words are; columns differ in length; or the rows are something else.

    Example:
        >>> rows = {"flow": [1.5, None], "valve": [" open", 2.0]}
        >>> inputs = inputs_of(rows, {"flow": "numeric", "valve": "categorical"})
        >>> inputs["numbers"].tolist(), inputs["words"].tolist()
        ([[1.5], [nan]], [['open'], ['2']])
    """
    if isinstance(rows, np.ndarray):
        _require_width(rows, kinds)
        if rows.dtype.kind in _NUMBERS and "categorical" not in kinds.values():
            return {"numbers": _finite(np.ascontiguousarray(rows, np.float64), tuple(kinds))}
        rows = dict(zip(kinds, rows.T, strict=True))
    elif not isinstance(rows, Mapping):
        raise DataError(
            f"The rows are a {type(rows).__name__}; an array of rows and columns, or a dict of columns, was expected."
        )
    elif lacking := [name for name in kinds if name not in rows]:
        raise SchemaError(
            f"The rows lack {len(lacking)} of the {len(kinds)} columns that the detector was fitted on: "
            f"{name_some(lacking)}."
        )
    cells = {name: _cells(rows[name]) for name in kinds}
    _require_one_length(cells)
    inputs = {}
    for kind, matrix in MATRICES.items():
        if names := tuple(name for name in kinds if kinds[name] == kind):
            read = partial(_numbers, times=times) if kind == "numeric" else partial(_words, as_spelled=as_spelled)
            columns = np.stack([read(name, cells[name]) for name in names], axis=1)
            inputs[matrix] = _finite(columns, names) if kind == "numeric" else columns
    return inputs


def _require_width(rows: np.ndarray, kinds: Mapping[str, ColumnKind]) -> None:
    if rows.ndim != 2 or rows.shape[1] != len(kinds):
        raise SchemaError(
            f"The array has the shape {rows.shape}; rows and {len(kinds)} columns were expected: "
            f"{name_some(list(kinds))}."
        )


def _require_one_length(columns: Mapping[str, np.ndarray]) -> None:
    first, *others = columns
    for name in others:
        if len(columns[name]) != len(columns[first]):
            raise DataError(
                f"Column '{name}' has {len(columns[name])} cells, and '{first}' {len(columns[first])}; one a row was "
                "expected in each."
            )


def _cells(column: Any) -> np.ndarray:
    # Of a list with words and numbers NumPy would make words: 2.0 is the word 2, and "2.0" may be a level.
    return column if isinstance(column, np.ndarray) else np.array([*column], dtype=object)


def _finite(numbers: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    infinite = np.isinf(numbers)
    if infinite.any():
        row, column = (int(place) for place in np.argwhere(infinite)[0])
        raise DataError(
            f"Column '{names[column]}' holds {numbers[row, column]} at row {row}; finite numbers were expected, or NaN "
            "where a cell is missing."
        )
    return numbers


def _numbers(name: str, cells: np.ndarray, times: Collection[str]) -> np.ndarray:
    kind = cells.dtype.kind
    has_times = kind in _MOMENTS or (kind == "O" and any(issubclass(one, _TIMES) for one in set(map(type, cells))))
    if not has_times:  # of these NumPy would make numbers, too, of any unit
        with suppress(TypeError, ValueError, OverflowError):  # empty text, or something to be named
            return cells.astype(np.float64)  # None becomes NaN, text is parsed
    listed = [*cells] if kind in _MOMENTS else cells.tolist()
    return np.array([_number(name, row, cell, name in times) for row, cell in enumerate(listed)], np.float64)


def _number(name: str, row: int, cell: Any, is_time: bool) -> float:
    is_moment = isinstance(cell, _TIMES)
    if not is_moment and (_is_missing(cell) or cell == MISSING_WORD):
        return np.nan
    try:
        if is_moment:
            raise TypeError
        return float(cell)
    except OverflowError:  # a whole number of over 308 digits; text of as many is infinite, too
        return np.inf if cell > 0 else -np.inf
    except (TypeError, ValueError):
        expected = "milliseconds since 1970-01-01 00:00 UTC" if is_time else "numbers"
        raise DataError(
            f"Column '{name}' holds {cell!r} at row {row}; {expected} were expected, or NaN where a cell is missing."
        ) from None


def _words(name: str, cells: np.ndarray, as_spelled: Mapping[str, Collection[str] | None]) -> np.ndarray:
    # As Python's floats, short ones would have other digits.
    listed = [*cells] if cells.dtype.kind == "f" else cells.tolist()
    texts = [_require_text(name, row, cell) for row, cell in enumerate(listed)]
    known = as_spelled.get(name, ())
    meant = {text: text if known is None else _meant(text, known) for text in set(texts)}
    words = np.empty(len(cells), object)
    words[:] = [meant[text] for text in texts]
    return words


def _meant(word: str, as_spelled: Collection[str]) -> str:
    """The plain spelling, which the graph knows all levels by; the word's own where that could be several levels'."""
    plain = plain_word(word)
    return word if word in as_spelled or plain in as_spelled else plain


def _require_text(name: str, row: int, cell: Any) -> str:
    """The word of a cell, if the graph can take it: it takes text as UTF-8."""
    if isinstance(cell, bytes | bytearray):
        raise DataError(f"Column '{name}' holds bytes at row {row}; text was expected. Decode them: cell.decode().")
    try:
        word = _word(cell)
        word.encode()
    except UnicodeEncodeError:
        raise DataError(
            f"Column '{name}' holds {cell!r} at row {row}, half of a surrogate pair; whole characters were expected."
        ) from None
    except ValueError:  # Python writes no number of so many digits
        raise DataError(
            f"Column '{name}' holds a number of thousands of digits at row {row}; a word was expected."
        ) from None
    return word


def _is_missing(cell: Any) -> bool:
    return cell is None or type(cell).__name__ == "NAType" or bool(cell != cell)  # pandas' NA is neither true nor false


def _word(cell: Any) -> str:
    if _is_missing(cell):
        return MISSING_WORD
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, np.floating):
        cell = float(str(cell))
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else number_in_words(cell)
    return str(cell).strip()
