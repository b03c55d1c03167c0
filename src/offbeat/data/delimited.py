"""CSV, TSV and their kin -> `Table`: polars does the reading, this module what polars leaves to its caller.

polars always takes the first row as a header, guesses column types from the first rows and stops at the first cell that
does not fit, fills short lines with missing cells, and keeps blank lines. Here the header is worked out, a column that
starts with whole numbers may go on with decimals or text, which changes no other column, short lines are errors, and
blank lines are no rows. What polars does not read at all, the standard library reads or says in which line it cannot.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Sequence
from typing import Any

import polars as pl

from offbeat.data.dialect import told_delimiter
from offbeat.data.layout import Layout, endless_cell, find_layout
from offbeat.data.missing_words import MISSING_WORDS, frame_with_missing
from offbeat.data.numerals import as_text
from offbeat.data.polars_faults import POLARS_FAULTS
from offbeat.data.table import Table
from offbeat.data.text_file import (
    Content,
    blank_rows,
    has_full_lines,
    plain_rows,
    sample_text,
    with_line_feeds,
    with_single_blanks,
)
from offbeat.data.whole_numbers import are_inexact, exact, narrowed

_ROWS_TO_GUESS_TYPES = 1000


def read_delimited(
    content: Content,
    source: str,
    *,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    missing: Sequence[str] = (),
    booleans: bool = True,
    text: Collection[str] = (),
    columns: Sequence[str] = (),
    check: Callable[[int, str], None] = lambda columns, delimiter: None,
) -> Table:
    """A table from a text file with one row per line.

    Args:
        content: The file, or what is in it.
        source: What errors call it.
        header: Whether the first row holds names; worked out where None, as are the next two.
        delimiter: The character between cells.
        decimal: "." or ","; "," also between commas, where cells with decimals are in quotes.
        missing: Words for a missing cell, beside `MISSING_WORDS`.
        booleans: Whether true and false become truth values; else they stay the words that they are.
        text: Columns that stay words as they are written, also where all of them spell numbers.
        columns: Those that the table should have, if that is known: a first row that names all of them is the header.
        check: Told how many columns there are, and what is between cells, before the rows are read; may refuse them.

    Raises:
        SettingsError: `delimiter` or `decimal` is no single character, or both are points.
        DataError: The file cannot be read; says which line and why.

    Example:
        >>> read_delimited(b"flow;rpm\\n1,5;1200\\n?;1300\\n", "pumps.csv").numbers(["flow"])
        array([[1.5],
               [nan]])
    """
    sample = sample_text(content, source)
    if (unified := with_line_feeds(content, sample, delimiter)) is not content:
        content, sample = unified, sample_text(unified, source)
    words = (*MISSING_WORDS, *missing)
    told, sample = told_delimiter(sample)
    layout = find_layout(
        sample, source, header=header, delimiter=delimiter or told, decimal=decimal, missing=words, columns=columns
    )
    check(len(layout.names), layout.delimiter)
    if layout.delimiter == " ":
        content = with_single_blanks(content)
    skip = (told is not None) + _records_before_rows(sample, layout, source)
    frame = _read_cells(content, layout, skip, words, booleans, text)
    if frame is not None:
        frame = _without_blank_lines(frame, content, layout, skip, source)
    else:
        frame = _read_plainly(content, layout, skip, source)
    frame = _with_numbers(frame_with_missing(frame, missing), layout.decimal, booleans, text)
    # Once more: numbers count by value, also those that polars read as words.
    return Table(frame_with_missing(frame, missing), source=source, named=layout.header, decimal=layout.decimal)


def _records_before_rows(sample: str, layout: Layout, source: str) -> int:
    """How many blank lines and headers stand before the first row; a blank line in a single column is a row."""
    count, header_to_come = 0, layout.header
    records = csv.reader(io.StringIO(sample, newline=""), delimiter=layout.delimiter)
    while True:
        try:
            record = next(records, None)
        except csv.Error:  # the layout was found with single blanks between cells, and few of them within one
            raise endless_cell(source) from None
        if record is None:
            break
        # Not a wider strip: to polars, form feeds and the like are cells.
        is_blank = not "".join(record).strip(" ") and (len(record) <= 1 or layout.delimiter == " ")
        if not is_blank or (len(layout.names) == 1 and layout.header > header_to_come):
            if not header_to_come:
                break
            header_to_come = False
        count += 1
    return count


def _read_cells(
    content: Content, layout: Layout, skip: int, missing: Sequence[str], booleans: bool, text: Collection[str]
) -> pl.DataFrame | None:
    """The cells of the file, each column of a type that holds all of them; None where polars cannot read it."""

    def read(**types: Any) -> pl.DataFrame:
        return pl.read_csv(
            content,
            has_header=False,
            skip_rows=skip,
            separator=layout.delimiter,
            decimal_comma=layout.decimal == ",",
            null_values=list(missing),
            raise_if_empty=False,
            glob=False,
            **types,
        )

    try:
        guess = read(n_rows=_ROWS_TO_GUESS_TYPES, infer_schema_length=_ROWS_TO_GUESS_TYPES).dtypes
    except POLARS_FAULTS:
        guess = [pl.String()] * len(layout.names)
    if len(guess) != len(layout.names):
        return None
    kept_as_text = (pl.Int128,) if booleans else (pl.Int128, pl.Boolean)
    guess = [
        pl.String() if kind in kept_as_text or name in text else kind
        for name, kind in zip(layout.names, guess, strict=True)
    ]
    whole = [name for name, kind in zip(layout.names, guess, strict=True) if kind.is_integer()]

    def cells(floats: Sequence[str] = (), text: Sequence[str] = ()) -> pl.DataFrame | None:
        types = dict(zip(layout.names, guess, strict=True))
        types |= dict.fromkeys(floats, pl.Float64()) | dict.fromkeys(text, pl.String())
        try:
            return read(schema=types)
        except (*POLARS_FAULTS, ValueError):
            return None

    if (frame := cells()) is not None:
        return frame
    # A late cell is no whole number of 64 bits: floats hold the others all the same, up to a size.
    frame = cells(floats=whole)
    if frame is not None and (inexact := [name for name in whole if are_inexact(frame[name])]):
        frame = cells(floats=whole, text=inexact)
    return cells(text=layout.names) if frame is None else frame.with_columns([narrowed(frame[name]) for name in whole])


def _read_plainly(content: Content, layout: Layout, skip: int, source: str) -> pl.DataFrame:
    """The cells of the file as text, or the error that says what is wrong in which line."""
    arguments = (content, layout.delimiter, len(layout.names), source, skip)
    for _ in plain_rows(*arguments):  # a fault is told before the cells of a large file take up memory
        pass
    rows = list(plain_rows(*arguments))
    while rows and not any(cell.strip() for cell in rows[-1]) and len(layout.names) == 1:
        rows.pop()
    return pl.DataFrame(rows, schema=dict.fromkeys(layout.names, pl.String), orient="row")


def _without_blank_lines(frame: pl.DataFrame, content: Content, layout: Layout, skip: int, source: str) -> pl.DataFrame:
    """The rows that are no blank lines; of a single column, blank lines before the last value are missing cells.

    Lines that are too short end in a missing cell, so only a table with some in its last column is looked at again.
    """
    if not frame.to_series(-1).null_count() or has_full_lines(content, layout.delimiter, frame.width):
        return frame
    blank = set(blank_rows(content, layout.delimiter, len(layout.names), source, skip))
    if frame.width == 1:
        height = max((row for row in range(frame.height) if row not in blank), default=-1) + 1
        return frame.head(height)
    return frame[[row for row in range(frame.height) if row not in blank]] if blank else frame


def _with_numbers(frame: pl.DataFrame, decimal: str, booleans: bool, kept: Collection[str]) -> pl.DataFrame:
    """The frame with columns of text that polars might have understood as what they are, but for those to keep."""
    text = [name for name, kind in frame.schema.items() if kind == pl.String]
    understood = [
        as_text(frame[name]) if name in kept else _understood(frame[name], decimal, booleans) for name in text
    ]
    return frame.with_columns(understood)


def _understood(column: pl.Series, decimal: str, booleans: bool) -> pl.Series:
    """Text that is numbers throughout as numbers (" 2", "+5", "1e5"), true and false as booleans, else as it is.

    Whole numbers stay whole, and exact: identifiers of 20 digits are no floats. Of over 38 digits, they are.
    Points are no decimal commas: a column with some stays text. Where most words are numbers, all those with decimal
    commas get points, so that what speaks against the others is their own fault.
    """
    text = as_text(column)
    if decimal == "." and _start_with_a_word(text):
        return text
    words = text.str.to_lowercase()
    if booleans and words.is_in(["true", "false"]).all() and words.is_not_null().any():
        return words == "true"
    plain = text.str.replace(",", ".", literal=True) if decimal == "," else text
    numbers = plain.cast(pl.Float64, strict=False)
    if decimal == ",":
        numbers = numbers.set(text.str.contains(".", literal=True).fill_null(False), None)
    unread = numbers.null_count() - text.null_count()
    if decimal == "," and 0 < unread < numbers.count():
        return text.zip_with(numbers.is_null(), plain)
    if unread:
        return text
    return exact(text, numbers)


def _start_with_a_word(text: pl.Series) -> bool:
    """Whether the first cell that is not missing is neither a number nor a truth value: then the column is words."""
    first = text.drop_nulls().head(1)
    is_truth_value = first.str.to_lowercase().is_in(["true", "false"])
    return len(first) == 1 and not is_truth_value.any() and first.cast(pl.Float64, strict=False).null_count() == 1
