"""`import_file`: a path, URL or folder -> a frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from offbeat.errors import DataError, SettingsError, name_some
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.cell_choice import chosen_columns
from offbeat.h2o.column_types import asks_for_words
from offbeat.h2o.file_choice import files_of
from offbeat.h2o.file_tables import named_alike, tables_of_files
from offbeat.h2o.frame import H2OFrame
from offbeat.h2o.missing_cells import MissingWords, without_words, words_by_column
from offbeat.h2o.python_objects import frame_of, parsed, parsed_text, renamed, type_words
from offbeat.h2o.registry import free_key, key_of_file
from offbeat.h2o.words_of_errors import told_in_h2os_words

_HEADER = {0: None, 1: True, -1: False}
_OF_TYPED_COLUMNS = re.compile(r"\.(parquet|pq|arrow|feather)(\?.*)?$", re.IGNORECASE)


@told_in_h2os_words()
def import_file(
    path: Any,
    destination_frame: str | None = None,
    header: int = 0,
    sep: str | None = None,
    col_names: Sequence[str] | None = None,
    col_types: Sequence[str | None] | Mapping[str, str] | None = None,
    na_strings: MissingWords = None,
    pattern: Any = None,
    skipped_columns: Sequence[int | str] | None = None,
    custom_non_data_line_markers: Any = None,
    **of_h2o: Any,
) -> H2OFrame:
    """A frame from files: delimited text (also .gz and .zip), Parquet, Arrow or NumPy.

    Args:
        path: A path, an http(s) or file URL, a folder (all files in it and in the folders below, in the order of their
            names, without hidden and empty ones), or a list of those. Files that are read together must have the same
            columns; where some have a header, the others take its names.
        destination_frame: The frame's name; made from the file's where None.
        header: 1 (or True) where the first line holds names, -1 (or False) where not, 0 to work it out as H2O does: all
            its cells are words, and not all of the next line. Without names they are C1, C2, ...
        sep: The character between cells; worked out where None.
        col_names: Other names, one a column of the file, or one a column that is not skipped.
        col_types: H2O's words, one a column that is not skipped, or a dict from names to words.
        na_strings: Words that stand for a missing cell in all columns, a list of words for each column of the file, or
            a dict from names to words; a word that spells a number stands for the number too.
        pattern: A regular expression; only files of a folder in whose path, from the folder on, it is found are read.
        skipped_columns: Positions or names of columns to leave out.
        custom_non_data_line_markers: Characters; a line that starts with one, blanks before it or not, is no row. "#"
            where None; "" reads all.
        **of_h2o: Arguments that only H2O has; without effect, refused where H2O would do something else.

    Raises:
        DataError: A file cannot be read, the files differ in their columns, or all columns are skipped.
        DownloadError: The URL could not be fetched.
        SettingsError: `header` is none of 0, 1, -1, or `custom_non_data_line_markers` is no text.
        NotCarriedOver: An argument of H2O's would change what is read; says what to do instead.
    """
    check_arguments("h2o.import_file", of_h2o)
    if not isinstance(path, str | Path | list | tuple) or not path:
        raise DataError(f"import_file() takes a path, a URL or a list of them, not {path!r}.")
    if header not in _HEADER:
        raise SettingsError(
            f"header is 0 (work it out), 1 (the first line holds names) or -1 (it does not), not {header}."
        )
    sources = files_of(path, pattern)
    is_for_all = isinstance(na_strings, list | tuple) and all(isinstance(word, str) for word in na_strings)
    everywhere: Any = na_strings if is_for_all else ()
    layout: dict[str, Any] = {
        "header": False if header is False else _HEADER[header],
        "delimiter": sep,
        "missing": everywhere,
        "markers": _markers(custom_non_data_line_markers),
    }
    cells = _cells_of(sources, layout)
    are_typed = _hold_typed_columns(sources)
    if not are_typed and (as_written := _words_read_as_numbers(cells, skipped_columns or (), col_names, col_types)):
        cells = _cells_of(sources, layout, as_written)
    first = str(path if isinstance(path, str | Path) else path[0])
    if not is_for_all:
        named = col_names if col_names is not None and len(col_names) == cells.width else cells.columns
        words = words_by_column(na_strings, named)
        cells = without_words(
            cells, {old: words[new] for old, new in zip(cells.columns, named, strict=True) if new in words}
        )
    kept = _without(cells, skipped_columns or (), col_names)
    return H2OFrame.of(
        (parsed if are_typed else parsed_text)(kept, col_types),
        destination_frame or free_key(key_of_file(first)),
        is_named=destination_frame is not None,
    )


upload_file = import_file
"""H2O tells the server's files from the client's; here they are the same."""


def _markers(given: Any) -> str:
    """The characters that begin lines which are no rows."""
    if given is None or isinstance(given, str):
        return "#" if given is None else given
    raise SettingsError(
        "custom_non_data_line_markers is a text of characters that begin lines which are no rows, such as '#%', not "
        f"{given!r}."
    )


def _cells_of(sources: Sequence[str], layout: Mapping[str, Any], text: Sequence[int] = ()) -> pl.DataFrame:
    """The rows of all files, those with nothing but a header left out; some columns as written, whatever they spell."""
    tables = tables_of_files(sources, text=text, **layout)
    if not any(table.height for table in tables):
        way = "" if _hold_typed_columns(sources) else "; if the first row is data, say header=-1"
        raise DataError(
            f"{tables[0].subject} has a header and no rows (the columns are {name_some(tables[0].names)}). Give at "
            f"least one row{way}."
        )
    names = named_alike(tables)
    own = [frame_of(table, [table.names[at] for at in text if at < table.width]) for table in tables]
    frames = [renamed(frame, alike) for frame, alike in zip(own, names, strict=True)]
    _require_same_columns(frames)
    together = pl.concat(_alike([frame for frame in frames if frame.height]), how="vertical_relaxed")
    # As in H2O: a file of typed columns holds a duration as a number, in the unit that it was written in.
    return together.with_columns(pl.col(pl.Duration).to_physical())


def _words_read_as_numbers(
    cells: pl.DataFrame, skipped: Sequence[int | str], names: Sequence[str] | None, types: Any
) -> list[int]:
    """The places of columns of numbers that are asked for as words, for which 1 and 1.0 are two."""
    kept = _without(cells, skipped, names)
    left_out = chosen_columns(list(skipped), cells.columns)
    columns = [name for name in cells.columns if name not in left_out]
    asked = type_words(kept, types)
    are_words = [asks_for_words(asked.get(column.name, "")) and column.dtype.is_numeric() for column in kept]
    return [cells.columns.index(name) for name, is_word in zip(columns, are_words, strict=True) if is_word]


def _hold_typed_columns(sources: Sequence[str]) -> bool:
    """Whether words are words because the files say so, as in Parquet, and no numbers that are written as text."""
    return all(_OF_TYPED_COLUMNS.search(source) for source in sources)


def _without(cells: pl.DataFrame, skipped: Sequence[int | str], names: Sequence[str] | None) -> pl.DataFrame:
    """The cells without the skipped columns, under other names where there are some."""
    left_out = chosen_columns(list(skipped), cells.columns)
    kept = [name for name in cells.columns if name not in left_out]
    if not kept:
        raise DataError("skipped_columns names all columns; at least one is needed.")
    if names is not None and len(names) == cells.width:
        names = [new for new, old in zip(names, cells.columns, strict=True) if old in kept]
    return renamed(cells.select(kept), names)


def _require_same_columns(frames: Sequence[pl.DataFrame]) -> None:
    first = frames[0]
    for frame in frames:
        if frame.columns != first.columns:
            raise DataError(
                f"The files differ in their columns: {first.width} ({first.columns[0]}, ...) and {frame.width} "
                f"({frame.columns[0]}, ...). Import them one by one, or give header=-1 or col_names."
            )


def _alike(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Frames whose columns of the same name have the same type: numbers, or else words."""
    first = frames[0]
    mixed = [name for name in first.columns if len({frame[name].dtype.is_numeric() for frame in frames}) > 1]
    return [frame.with_columns(pl.col(mixed).cast(pl.String)) if mixed else frame for frame in frames]
