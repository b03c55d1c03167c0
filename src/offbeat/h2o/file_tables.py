"""A file -> its table; text as H2O's parser reads it: comment lines, its header rule, Hive's separator."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import polars as pl

from offbeat.data.delimited import read_delimited
from offbeat.data.dialect import split_rows, told_delimiter
from offbeat.data.header import header_names
from offbeat.data.layout import find_layout
from offbeat.data.names import made_up_names
from offbeat.data.readers import found_file, table_of_content
from offbeat.data.remote import forget
from offbeat.data.table import Table
from offbeat.data.text_file import Content, sample_text, with_line_feeds
from offbeat.data.urls import is_url
from offbeat.errors import DataError
from offbeat.h2o.comment_lines import HIVES_SEPARATOR, without_comment_lines
from offbeat.h2o.header_guess import first_row_holds_names

_PAIR = r"\d+:[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_SVMLIGHT_LINE = re.compile(rf"[+-]?\d+(\.\d*)?( +qid:\d+)?( +{_PAIR})*\s*(#.*)?")
_LINES_TO_LOOK_AT = 100


def tables_of_files(sources: Sequence[str], *, header: bool | None, **layout: Any) -> list[Table]:
    """The tables of files that are to be read as one.

    A first row that holds the names of another file's header is a header too, whatever the row below it looks like.

    Args:
        sources: Paths or URLs.
        header: As for `table_of_file`.
        **layout: As for `table_of_file`.

    Raises:
        DataError: One cannot be read; says where and why.
        DownloadError: A URL could not be fetched.
        SettingsError: `delimiter` is no single character.
    """
    tables = [table_of_file(source, header=header, **layout) for source in sources]
    names = _names_of_some(tables)
    if header is not None or names is None:
        return tables
    return [
        table_of_file(source, header=None, names=names, **layout) if _may_begin_with(table, names) else table
        for source, table in zip(sources, tables, strict=True)
    ]


def table_of_file(
    source: str,
    *,
    header: bool | None,
    delimiter: str | None,
    missing: Sequence[str],
    markers: str,
    text: Sequence[int] = (),
    names: Sequence[str] = (),
) -> Table:
    """The table of a file; without rows where a file has nothing but the names of its columns.

    Args:
        source: A path or URL.
        header: Whether the first row of a text file holds names; by H2O's rule where None.
        delimiter: The character between the cells of a text file; worked out where None.
        missing: Words for a missing cell, beside the usual ones.
        markers: Characters; a line of text that starts with one is no row.
        text: Places of columns of a text file that stay words as they are written.
        names: A first row of a text file that holds these is its header, where `header` is None.

    Raises:
        DataError: It cannot be read; says where and why.
        DownloadError: The URL could not be fetched.
        SettingsError: `delimiter` is no single character.
    """
    began = time.time()
    try:
        content, name, is_text = found_file(source)
        if not is_text:
            return _with_columns(table_of_content(content, name, missing, booleans=False))
        content = with_line_feeds(content, sample_text(content, name), delimiter)
        content, shown = without_comment_lines(content, name, markers, delimiter)
        return _table_of_text(content, shown, header, delimiter, missing, text, names)
    except DataError:
        if is_url(source):
            forget(source, began)  # it may be a page that said to come later
        raise


def named_alike(tables: Sequence[Table]) -> list[list[str]]:
    """The column names of each table: where some have a header, those without take its names, if they are as many.

    Args:
        tables: Of files that are to be read as one.
    """
    first = _names_of_some(tables)
    return [
        first if first is not None and not table.named and table.width == len(first) else list(table.names)
        for table in tables
    ]


def _with_columns(table: Table) -> Table:
    if not table.width:
        raise DataError(f"{table.subject} has no columns; at least one is needed.")
    return table


def _names_of_some(tables: Sequence[Table]) -> list[str] | None:
    """The column names of the first table that has a header."""
    return next((list(table.names) for table in tables if table.named), None)


def _may_begin_with(table: Table, names: Sequence[str]) -> bool:
    """Whether the first row may be these names; a name can be read as a missing cell, or as a number, such as inf."""
    if table.named or table.width != len(names) or not table.height or not isinstance(table.cells, pl.DataFrame):
        return False
    return all(
        cell == name or cell is None or (isinstance(cell, float) and not isfinite(cell))
        for cell, name in zip(table.cells.row(0), names, strict=True)
    )


def _table_of_text(
    content: Content,
    name: str,
    header: bool | None,
    delimiter: str | None,
    missing: Sequence[str],
    text: Sequence[int],
    known: Sequence[str],
) -> Table:
    told, sample = told_delimiter(sample_text(content, name))
    if delimiter is None and told is None:
        _refuse_svmlight(sample, name)
        delimiter = HIVES_SEPARATOR if HIVES_SEPARATOR in sample.partition("\n")[0] else None
    layout = find_layout(sample, name, header=False, delimiter=delimiter or told)
    rows = split_rows(sample, layout.delimiter)
    named = _has_header(rows, layout.decimal, known) if header is None else header
    names = header_names(rows[0], name) if named else layout.names
    if named and len(rows) == 1:
        return Table(pl.DataFrame(schema=dict.fromkeys(names, pl.Float64)), source=name, named=True)
    words = [names[at] for at in text if at < len(names)]
    found: dict[str, Any] = {"header": named, "delimiter": layout.delimiter, "text": words}
    return read_delimited(content, name, missing=missing, booleans=False, **found)


def _has_header(rows: Sequence[Sequence[str]], decimal: str, known: Sequence[str]) -> bool:
    """Whether the first row holds names, those that are known or any by H2O's rule."""
    first = [cell or made_up for cell, made_up in zip(rows[0], made_up_names(len(rows[0])), strict=True)]
    return first == list(known) or first_row_holds_names(rows, decimal)


def _refuse_svmlight(sample: str, name: str) -> None:
    lines = [line.strip() for line in sample.split("\n")[:_LINES_TO_LOOK_AT] if line.strip()]
    if all(_SVMLIGHT_LINE.fullmatch(line) for line in lines) and any(":" in line for line in lines):
        raise DataError(
            f"{name} looks like an SVMLight file (its first line is '{lines[0][:40]}'), which is not read. Give "
            f"h2o.H2OFrame(sklearn.datasets.load_svmlight_file('{Path(name).name}')[0]), which leaves the labels out; "
            'if it is none, say what is between the cells: sep=" ".'
        )
