"""Which rows a label column calls normal."""

from __future__ import annotations

import numpy as np
import polars as pl
from jaxtyping import Bool, Int

from offbeat.data.numerals import such_rows
from offbeat.data.spelling import Levels, plain
from offbeat.data.table import Table
from offbeat.errors import DataError, SettingsError, name_some

MOST_LABELS = 100
"""A column of more values than these names the rows rather than classes of them; a detector does not keep them."""


def anomalous_rows(table: Table, label: str | int, normal: object) -> Bool[np.ndarray, "rows"]:
    """True for each row whose label is another one than the normal value.

    Args:
        table: Holds the label column.
        label: Its name or index.
        normal: The value of normal rows; 1, 1.0 and "1" are the same, as are True and TRUE, and True and 1 in a column
            of nothing but truth values or of 1 and 0, where the column does not hold it as it is given.

    Raises:
        SettingsError: No normal value was given.
        DataError: There is no such column, no row has the normal value, or a label is missing.
    """
    anomalous = rows_unlike(table, label, normal)
    if anomalous.all():
        raise DataError(f"{no_row_is_normal(table, label, normal)} Choose one of these as normal (--normal).")
    return anomalous


def no_row_is_normal(table: Table, label: str | int, normal: object) -> str:
    """That no row has the normal label, and which labels there are instead."""
    return (
        f"{table.subject}: no row of the label column '{table.names[table.position(label)]}' is "
        f"'{str(normal).strip()}'. It holds {_values(table, label)}."
    )


def values_of_label(table: Table, label: str | int | None) -> tuple[str, ...] | None:
    """The different labels, in order of the rows; None without a label column, or where they are no classes."""
    if label is None:
        return None
    values = table.words(label).drop_nulls().unique(maintain_order=True).to_list()
    return tuple(values) if len(values) <= MOST_LABELS else None


def rows_by_label(
    table: Table, label: str | int | None, normal: object
) -> tuple[Int[np.ndarray, "normal"], Int[np.ndarray, "anomalous"]]:
    """The numbers of the normal rows and those of the anomalous ones; without a label column all rows count as normal.

    Args:
        table: As it was read.
        label: Its column of labels, if there is one.
        normal: The value of normal rows.

    Raises:
        SettingsError: No normal value was given, or one without a label.
        DataError: There is no such column, no row has the normal value, or a label is missing.
    """
    if label is None:
        if normal is not None:
            raise SettingsError("normal=... needs label=... (--label): the column that holds the labels.")
        return np.arange(table.height), np.arange(0)
    anomalous = anomalous_rows(table, label, normal)
    return np.flatnonzero(~anomalous), np.flatnonzero(anomalous)


def rows_unlike(table: Table, label: str | int, normal: object) -> Bool[np.ndarray, "rows"]:
    """As `anomalous_rows`, for rows of which all may be anomalous.

    Raises:
        SettingsError: No normal value was given.
        DataError: There is no such column, or a label is missing.
    """
    words = table.words(label)
    if normal is None:
        raise SettingsError(
            f"{table.subject}: which value of the label column '{table.names[table.position(label)]}' is normal? "
            f"It holds {_values(table, label)}. Say so with normal=... (--normal ...)."
        )
    _refuse_missing(table, label, words)
    return ~words.is_in(_spellings(normal, words)).to_numpy()


def _values(table: Table, label: str | int) -> str:
    return name_some(table.words(label).drop_nulls().unique(maintain_order=True).to_list()) or "no value"


def _spellings(normal: object, words: pl.Series) -> list[str]:
    """Which of the words mean the normal value: it itself where it occurs, else those of the same plain spelling.

    Where the words are 1 and 0, or truth values, the one kind means the other too, as for categories.
    """
    given, held = str(normal).strip(), words.drop_nulls().unique().to_list()
    if given in held:
        return [given]
    meant, *spellings = plain([given, *held])
    alike = [word for word, spelling in zip(held, spellings, strict=True) if spelling == meant]
    place = None if alike else Levels(tuple(held)).by_plain_spelling.get(meant)
    return alike if place is None else [held[place]]


def _refuse_missing(table: Table, label: str | int, words: pl.Series) -> None:
    missing = words.is_null()
    if missing.any():
        raise DataError(
            f"{table.subject}: the label column '{table.names[table.position(label)]}' is missing at row "
            f"{int(missing.arg_max() or 0)} {such_rows(int(missing.sum()))}. Fill these cells, or leave those rows out."
        )
