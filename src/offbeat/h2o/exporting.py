"""Frames -> files and lists."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import polars as pl

from offbeat.errors import DataError
from offbeat.h2o.arguments_not_carried_over import check_arguments
from offbeat.h2o.frame import H2OFrame
from offbeat.persistence import replace_file


def export_file(
    frame: H2OFrame, path: str | Path, force: bool = False, sep: str = ",", header: bool = True, **of_h2o: Any
) -> None:
    """Writes a frame as delimited text; as Parquet where the path ends in `.parquet`.

    Args:
        frame: The frame; a missing cell is written as nothing.
        path: The file; its folder must be there.
        force: Whether a file that is there may be replaced.
        sep: The character between cells.
        header: Whether the names come first.
        **of_h2o: Arguments that only H2O has; without effect, refused where H2O would do something else.

    Raises:
        NotCarriedOver: An argument of H2O's would change what is written; says what to do instead.
        DataError: The file is there and `force` is False, or its folder is not.
        FileError: The file cannot be written; one that was there is unchanged.
    """
    check_arguments("h2o.export_file", of_h2o)
    file = Path(path)
    if file.exists() and not force:
        raise DataError(f"{file} is there already. Give force=True to replace it, or another path.")
    if not file.parent.is_dir():
        raise DataError(f"The folder {file.parent} is not there; make it first.")
    words = frame.cells.with_columns(pl.col(pl.Enum).cast(pl.String))
    content = io.BytesIO()
    if file.suffix == ".parquet":
        words.write_parquet(content)
    else:
        words.write_csv(content, separator=sep, include_header=header, datetime_format="%Y-%m-%d %H:%M:%S%.3f")
    replace_file(file, (content.getbuffer(),))


def as_list(data: H2OFrame, use_pandas: bool = True, header: bool = True) -> Any:
    """The frame as pandas, or as a list of rows of text; the same as `data.as_data_frame(...)`.

    Args:
        data: The frame.
        use_pandas: Whether to give a pandas frame.
        header: Whether the list starts with the names.
    """
    return data.as_data_frame(use_pandas=use_pandas, header=header)
