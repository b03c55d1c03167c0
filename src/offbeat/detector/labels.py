"""Which rows a label column calls normal."""

from __future__ import annotations

import numpy as np
import polars as pl
from jaxtyping import Bool

from offbeat.data.table import Table
from offbeat.errors import DataError, SettingsError, name_some


def anomalous_rows(table: Table, label: str | int, normal: object) -> Bool[np.ndarray, "rows"]:
    """True for each row whose label is another one than the normal value.

    Args:
        table: Holds the label column.
        label: Its name or index.
        normal: The value of normal rows; 1, 1.0 and "1" are the same.

    Raises:
        SettingsError: No normal value was given.
        DataError: There is no such column, no row has the normal value, or a label is missing.
    """
    words = table.words(label)
    if normal is None:
        values = words.unique(maintain_order=True).to_list()
        raise SettingsError(
            f"{table.subject}: which value of the label column '{table.names[table.position(label)]}' is normal? "
            f"It holds {name_some(values)}. Say so with normal=... (--normal ...)."
        )
    _refuse_missing(table, label, words)
    normal_word = _word(normal)
    is_normal = (words == normal_word).to_numpy()
    if not is_normal.any():
        values = words.unique(maintain_order=True).to_list()
        raise DataError(
            f"{table.subject}: no row of the label column '{table.names[table.position(label)]}' is '{normal_word}'. "
            f"It holds {name_some(values)}. Choose one of these as normal (--normal)."
        )
    return ~is_normal


def _word(value: object) -> str:
    """The value as the words of a column would say it."""
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return "true" if text == "True" else "false" if text == "False" else text
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else str(number)


def _refuse_missing(table: Table, label: str | int, words: pl.Series) -> None:
    missing = words.is_null()
    if missing.any():
        raise DataError(
            f"{table.subject}: the label column '{table.names[table.position(label)]}' is missing at row "
            f"{int(missing.arg_max() or 0)} ({missing.sum()} such rows). Fill these cells, or leave those rows out."
        )
