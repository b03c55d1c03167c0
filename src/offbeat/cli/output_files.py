"""Where results are written, unless the user says where."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from offbeat.errors import SettingsError

FOLDER: Final = Path("offbeat-output")
"""The folder, in the current one, for files that the user gave no name."""

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


def make_place(path: Path, *tables: str) -> Path:
    """Makes sure, before anything is trained, that the file can be written; makes its folder.

    Args:
        path: Of the file to write.
        tables: Paths or URLs that are read, which must not be overwritten.

    Raises:
        SettingsError: There is no way to write the file, or it is one of the tables.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise SettingsError(f"{path}: the folder {path.parent} cannot be made ({problem.strerror}).") from problem
    if path.is_dir():
        raise SettingsError(f"{path}: this is a folder; a file name was expected.")
    if not os.access(path.parent, os.W_OK):
        raise SettingsError(f"{path}: the folder {path.parent.resolve()} may not be written to. Choose another one.")
    if path.exists() and any(Path(table).exists() and path.samefile(table) for table in tables):
        raise SettingsError(f"{path}: this is the table that is read; it would be overwritten. Choose another name.")
    return path
