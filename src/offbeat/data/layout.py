"""How a text file is laid out: delimiter, decimal sign, header and column names."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from offbeat.data.dialect import count_numbers, find_decimal, find_delimiter, split_rows
from offbeat.data.header import first_row_is_header, header_names
from offbeat.data.missing_words import MISSING_WORDS
from offbeat.data.names import made_up_names
from offbeat.errors import DataError, SettingsError, name_some

_LONGEST_NAME = 1000


@dataclass(frozen=True)
class Layout:
    """How a text file is laid out.

    Attributes:
        delimiter: The character between cells.
        decimal: The character before decimals.
        names: The column names, made up where there is no header.
        header: Whether the first row holds the names.
    """

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    header: bool


def find_layout(
    sample: str,
    source: str,
    *,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    missing: Sequence[str] = MISSING_WORDS,
    columns: Sequence[str] = (),
) -> Layout:
    """How a text file is laid out; what is None is worked out from the sample.

    Args:
        sample: The first lines of the file.
        source: What errors call the file.
        header: Whether the first row holds names.
        delimiter: The character between cells; "tab" and "space" are understood.
        decimal: "." or ",".
        missing: All words for a missing cell.
        columns: Those that the table should have, if that is known: a first row that names all of them is the header.

    Raises:
        SettingsError: `delimiter` is no single character, `decimal` is neither "." nor ",", or both are points.
        DataError: The header names two columns alike, no row follows it, or a quote never closes.

    Example:
        >>> find_layout("1;1,5\\n2;2,5\\n", "pumps.csv")
        Layout(delimiter=';', decimal=',', names=('C1', 'C2'), header=False)
    """
    if delimiter is not None:
        delimiter = one_character(delimiter)
    if decimal not in (None, ".", ",") or decimal == delimiter == ".":
        raise SettingsError(f"decimal={decimal!r} does not go with delimiter={delimiter!r}; '.' or ',' was expected.")
    delimiter = delimiter or find_delimiter(sample, decimal)
    rows = split_rows(sample, delimiter)
    if not rows and len(sample) <= csv.field_size_limit():
        raise DataError(f"{source} has no cell with anything in it. Give a file with one row per example.")
    if not rows:
        raise endless_cell(source)
    if max(len(cell) for cell in rows[0]) > _LONGEST_NAME:
        raise DataError(
            f'{source}: a cell in the first line goes on for over 1,000 characters. Does a quote (") never close?'
        )
    decimal = decimal or find_decimal(rows, delimiter)
    if header is None:
        header = _names_all(rows[0], columns) or first_row_is_header(rows, decimal=decimal, missing=missing)
    names = header_names(rows[0], source) if header else made_up_names(len(rows[0]))
    if header and len(rows) == 1:
        raise DataError(
            f"{source} has a header and no rows (the columns are {name_some(names)}). Give at least one row; if the "
            "first row is data, say header=False (--no-header)."
        )
    return Layout(delimiter, decimal, names, header)


def endless_cell(source: str) -> DataError:
    """The error for a cell among the first lines that is longer than the standard library reads.

    Args:
        source: What errors call the file.
    """
    return DataError(
        f'{source}: a cell goes on for over {csv.field_size_limit():,} characters. Does a quote (") never close? '
        "A column of texts as long as that is nothing to learn from: leave it out of the file."
    )


def _names_all(first: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether all columns that are expected, if any are, stand in a row of different cells; blanks do not count.

    Where all of them are numbers they stand in their order: rows of data may hold the same ones in another.
    """
    cells = [cell or made_up for cell, made_up in zip(first, made_up_names(len(first)), strict=True)]
    names = [column.strip() for column in columns]
    if not names or len({*cells}) < len(cells) or not {*names} <= {*cells}:
        return False
    return count_numbers(names) < len(names) or [cell for cell in cells if cell in names] == names


def one_character(delimiter: str) -> str:
    """The character that is meant by a delimiter as a user gives it: "tab" and "space" are understood.

    Args:
        delimiter: What the user gave.

    Raises:
        SettingsError: It is no single character.

    Example:
        >>> one_character("tab"), one_character(";")
        ('\\t', ';')
    """
    delimiter = {"tab": "\t", "\\t": "\t", "space": " "}.get(delimiter, delimiter)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n':
        raise SettingsError(
            f"delimiter={delimiter!r}: one character was expected, such as ',' or ';', or the word tab."
        )
    return delimiter
