"""Where results are written, unless the user says where."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from offbeat.errors import FileError, SettingsError, unwritable
from offbeat.files import is_stream

FOLDER: Final = Path("offbeat-output")
"""The folder, in the current one, for files that the user gave no name."""

PARQUET: Final = ".parquet"

_ENDINGS_OF_CSV: Final = (".csv", ".txt", "")

_TABLE_SUFFIXES: Final = re.compile(r"(\.(csv|tsv|txt|dat|gz|parquet|arrow|feather|ipc|npy|npz))+$", re.IGNORECASE)


def default_file(table: str, suffix: str) -> Path:
    """The file for results on a table, such as "offbeat-output/pumps.offbeat" for "pumps.csv.gz".

    Args:
        table: What the table is called.
        suffix: Of the file, with its dot.

    Example:
        >>> default_file("pumps.csv.gz", ".html").as_posix()
        'offbeat-output/pumps.html'
    """
    return FOLDER / (_TABLE_SUFFIXES.sub("", table) + suffix)


def as_table_file(path: Path) -> Path:
    """The path of a table to write, where its ending is that of a form that is written; a stream may end in anything.

    Args:
        path: What the user gave.

    Raises:
        SettingsError: Another form was expected of it, such as a workbook of Excel.
    """
    if path.suffix.lower() in (*_ENDINGS_OF_CSV, PARQUET) or is_stream(path):
        return path
    raise SettingsError(
        f"{path}: a table is not written as '{path.suffix}'. Give a name that ends in .csv (or .txt, or nothing) for "
        "CSV, or in .parquet for Parquet."
    )


def make_place(path: Path, *read: str | Path | None, beside: Path | None = None) -> Path:
    """Makes sure, before anything is trained, that the file can be written; makes its folder.

    Args:
        path: Of the file to write.
        read: Paths or URLs that are read, which must not be overwritten; None for what was not given.
        beside: Another file that the same command writes.

    Raises:
        SettingsError: It is a folder or one of the files read, or both results would go into it.
        FileError: There is no way to write the file.
    """
    if path.is_dir():
        raise SettingsError(f"{path}: this is a folder; a file name was expected.")
    if is_stream(path):
        if not os.access(path, os.W_OK):
            raise FileError(f"{path}: this may not be written to. Choose another one.")
        return path
    folder = Path(os.path.realpath(path)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise unwritable(f"{path}: the folder {folder} cannot be made", problem, folder.parent) from problem
    if not os.access(folder, os.W_OK):
        raise FileError(f"{path}: the folder {folder} may not be written to. Choose another one.")
    if path.is_file() and any(Path(source).exists() and path.samefile(source) for source in read if source):
        raise SettingsError(f"{path}: this file is read, and would be overwritten. Choose another name.")
    if beside is not None and path.resolve() == beside.resolve():
        raise SettingsError(f"{path}: two results would be written to this file. Choose another name for one of them.")
    return path
