"""`read`: whatever holds a table -> `Table`."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from offbeat.data.arrays import read_npy, read_npz, table_from_array
from offbeat.data.delimited import read_delimited
from offbeat.data.formats import format_of
from offbeat.data.frames import is_frame, table_from_frame, with_plain_types
from offbeat.data.local_files import file_content, readable_name, require_checksum
from offbeat.data.missing_words import with_missing
from offbeat.data.parquet_audit import require_sound_parquet
from offbeat.data.polars_faults import POLARS_FAULTS, first_line, is_panic
from offbeat.data.remote import download, forget
from offbeat.data.table import Table
from offbeat.data.text_file import Content
from offbeat.data.text_sizes import require_modest_text
from offbeat.data.urls import is_url, name_in_url
from offbeat.data.zipped import MOST_BYTES, gunzipped, only_file
from offbeat.errors import DataError

TableLike = Any
"""What `read` takes: a path or URL, a data frame, anything with `__arrow_c_stream__`, a NumPy array, or a `Table`."""


def read(
    source: TableLike,
    *,
    header: bool | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    missing: Sequence[str] = (),
    booleans: bool = True,
    text: Collection[str] = (),
    columns: Sequence[str] = (),
    sha256: str | None = None,
) -> Table:
    """A table from a file, a URL, a data frame or an array; rows count from 0, a header is no row.

    The format is told by the content, not by the suffix: CSV, TSV and other delimited text (also gzipped, or alone
    in a zip file), Parquet, Arrow IPC (Feather), NPY, and NPZ (X is the table; y, if there, its last column).

    Args:
        source: A path, an http(s) URL, a polars or pandas data frame, anything with `__arrow_c_stream__`, a NumPy array
            of rows and columns (not copied), or a `Table`, which is given back.
        header: Whether the first row of a text file holds names; worked out where None.
        delimiter: The character between the cells of a text file; worked out where None.
        decimal: "." or ",", the sign before decimals in a text file; worked out where None.
        missing: Words for a missing cell, beside the usual ones (see `MISSING_WORDS`); numbers count by value.
        booleans: Whether true and false in a text file, however spelled, are truth values; else they stay words.
        text: Columns of a text file that stay words as they are written, also where all of them spell numbers.
        columns: Those that the table should have, if that is known: the first row of a text file is the header where it
            names all of them, whatever it looks like.
        sha256: The checksum that the file must have, in hexadecimal.

    Raises:
        DataError: There is no such file, or it cannot be read, or it has no rows; says where and why.
        DownloadError: The URL could not be fetched.
        SettingsError: `delimiter` is no single character, `decimal` is neither "." nor ",", or both are points.

    Example:
        >>> read(pl.DataFrame({"flow": [1.5, 2.5]}))
        Table(the table: 2 rows x 1 columns)
    """
    if isinstance(source, str | os.PathLike):
        began = time.time()
        content, name = _find_file(os.fspath(source), sha256)
        layout = {"header": header, "delimiter": delimiter, "decimal": decimal}
        try:
            table = table_of_content(content, name, missing, booleans=booleans, text=text, columns=columns, **layout)
        except DataError:
            if is_url(os.fspath(source)) and sha256 is None:
                forget(os.fspath(source), began)  # it may be a page that said to come later
            raise
    else:
        table = _in_memory(source, missing)
    if not table.height or not table.width:
        size = f"{table.height} rows and {table.width} columns"
        raise DataError(f"{table.subject} has {size}; at least one of each is needed.")
    return table


def found_file(source: str) -> tuple[Content, str, bool]:
    """The file that a path or URL stands for, what to call it in errors, and whether it is text, which is unpacked.

    Args:
        source: A path or URL.

    Raises:
        DataError: There is no such file, or it is damaged, or of a format that is not read.
        DownloadError: The URL could not be fetched.
    """
    content, name = _find_file(source, None)
    match format_of(content, name):
        case "text":
            return content, name, True
        case "gzip":
            return gunzipped(content, name), name, True
        case "zip":
            packed = only_file(content, name)
            is_text = format_of(packed, name) == "text"
            return (packed if is_text else content), name, is_text
        case _:
            return content, name, False


def table_of_content(
    content: Content, name: str, missing: Sequence[str] = (), *, booleans: bool = True, **layout: Any
) -> Table:
    """A table from a file of any of the formats that are read; it may be without rows.

    Args:
        content: The file.
        name: What errors call it.
        missing: As for `read`.
        booleans: As for `read`.
        **layout: As for `read`: header, delimiter, decimal, text and columns.

    Raises:
        DataError: It cannot be read; says where and why.
        SettingsError: As `read`.
    """
    layout["booleans"] = booleans
    match format_of(content, name):
        case "text":
            return read_delimited(content, name, missing=missing, **layout)
        case "gzip":
            return read_delimited(gunzipped(content, name), name, missing=missing, **layout)
        case "zip":
            packed = only_file(content, name)
            if (kind := format_of(packed, name)) != "text":
                raise DataError(
                    f"{name} is a zip file, and the file in it is no text ({kind}). Unpack it, and give that."
                )
            return read_delimited(packed, name, missing=missing, **layout)
        case "npy":
            return with_missing(read_npy(content, name), missing)
        case "npz":
            return with_missing(read_npz(content, name), missing)
        case columnar:
            return with_missing(Table(with_plain_types(_read_columnar(content, columnar, name)), source=name), missing)


def _find_file(source: str, sha256: str | None) -> tuple[Content, str]:
    """The file that a path or URL stands for, and what to call it in errors."""
    if is_url(source):
        return download(source, sha256=sha256), name_in_url(source)
    content, name = file_content(Path(source)), readable_name(Path(source))
    if sha256 is not None:
        require_checksum(content, name, sha256)
    return content, name


def _in_memory(source: TableLike, missing: Sequence[str]) -> Table:
    """A table from what is no file."""
    if isinstance(source, Table):
        return with_missing(source, missing) if missing else source
    if is_frame(source):
        return with_missing(table_from_frame(source, "the table"), missing)
    if isinstance(source, np.ndarray) or hasattr(source, "__array__"):
        return with_missing(table_from_array(_array_of(source), "the table"), missing)
    raise DataError(
        f"{_subject(source)} is no table. A path, an http(s) URL, a polars or pandas data frame, an object with "
        f"__arrow_c_stream__, or a NumPy array was expected; {_way_to_a_table(source)}."
    )


def _array_of(source: Any) -> np.ndarray:
    """The array of what has one; columns by name would lose their names, and be taken by their places.

    Raises:
        DataError: It has such columns, or gives no array.
    """
    if isinstance(source, np.ndarray):
        return source
    if type(source).__module__.startswith("xarray."):  # whose axes and names an array has not
        raise DataError(f"{_subject(source)} is not read; {_way_to_a_table(source)}.")
    if hasattr(source, "columns"):
        module = type(source).__module__.partition(".")[0]
        way = next((way for way in ("compute", "to_pandas") if hasattr(source, way)), None)
        raise DataError(
            f"{_subject(source)} of {module} is not read: as an array it would lose the names of its columns. Give "
            f"{f'frame.{way}()' if way else 'pandas.DataFrame(frame)'}."
        )
    try:
        return np.asanyarray(source)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{_subject(source)} gives no array: {first_line(error)}") from error


def _subject(source: object) -> str:
    """The kind of it, with the article that it has when it is read aloud, as in "An H2OFrame"."""
    if source is None:
        return "None"
    kind = type(source).__name__
    return f"{'An' if kind[0].lower() in 'aeiou' or kind.startswith('H2O') else 'A'} {kind}"


def _way_to_a_table(source: object) -> str:
    if type(source).__module__.startswith("xarray."):
        return "array.to_pandas() makes a data frame of a DataArray, dataset.to_dataframe() of a Dataset"
    if hasattr(source, "as_data_frame"):
        return "frame.as_data_frame() makes one of an H2OFrame"
    if isinstance(source, Mapping):
        return "polars.DataFrame(columns) makes one of a dict of columns"
    if hasattr(source, "toarray"):
        return "matrix.toarray() makes one of a sparse matrix"
    if hasattr(source, "read"):
        return "give the path of the file, or what polars.read_csv(file) or polars.read_parquet(file) makes of it"
    if isinstance(source, bytes | bytearray | memoryview):
        return "polars.read_csv(content) makes one of the content of a CSV file, polars.read_parquet of a Parquet file"
    if isinstance(source, Sequence) and source and isinstance(source[0], Mapping):
        return "polars.DataFrame(rows) makes one of a list of dicts"
    if isinstance(source, Iterator):
        return 'polars.DataFrame(list(rows), orient="row") makes one of rows that come one by one'
    return "numpy.asarray(rows) makes one of a list of rows"


def _read_columnar(content: Content, kind: str, name: str) -> pl.DataFrame:
    """A frame from Parquet or Arrow IPC."""
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    try:
        if kind == "parquet":
            require_sound_parquet(content, name)
            frame = pl.read_parquet(source, glob=False, hive_partitioning=False)
        else:
            frame = pl.read_ipc_stream(source) if kind == "arrow stream" else pl.read_ipc(source)
        packed = len(content) if isinstance(content, bytes) else content.stat().st_size
        require_modest_text(frame, packed, name, MOST_BYTES)  # a file may unpack to as much
        return frame
    except DataError:
        raise
    except pl.exceptions.DuplicateError as error:
        twice = f"{name} has columns of the same name ({first_line(error)})"
        raise DataError(f"{twice}. Write it again, each column with its own name.") from error
    except (*POLARS_FAULTS, OSError, ValueError) as error:
        what = f"a damaged {kind}, or one that polars does not read ({first_line(error)})"
        # It panics where it lacks a type, or where two columns share a name.
        cure = ", with columns of plain types, each with its own name" if is_panic(error) else ""
        raise DataError(f"{name} is {what}. Fetch or write it again{cure}.") from error
