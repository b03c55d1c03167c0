"""A path, a folder, or a list of those -> the files to import, as H2O's server would find them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import url2pathname

from offbeat.errors import DataError, name_some
from offbeat.files import from_home


def files_of(path: str | Path | Sequence[Any], pattern: Any) -> list[str]:
    """The files that a path stands for.

    Of a folder these are all files in it and in the folders below, in the order of their names, without those that are
    hidden or empty, such as Spark's `_SUCCESS`. Links to folders are followed, also two to the same one, but not back
    to a folder that they are in. An address stands for itself, but for `file://`.

    Args:
        path: A path, an address, or a list of those.
        pattern: A regular expression that is searched for in what follows the path in a file's own, as in "/part-0.csv"
            of a folder, and "" of a file.

    Raises:
        DataError: There is no such file, or `pattern` is no regular expression, or one of the paths is none.
    """
    paths = [path] if isinstance(path, str | Path) else path
    for each in paths:
        _require_path(each)
    fitting = _search(pattern)
    found = [file for each in paths for file in _files_below(_local(str(each)), fitting)]
    if not found:
        raise _nothing_found(path, pattern)
    return found


def _require_path(path: Any) -> None:
    if not isinstance(path, str | Path) or path == "":
        raise DataError(f"import_file() takes a path, a URL or a list of them, not {path!r}.")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise DataError(f"The path {str(path)!r} holds half a character; no file has such a name.") from None


def _files_below(path: str, fitting: re.Pattern[str]) -> list[str]:
    """The files of one path, or of the folder that it is."""
    folder = from_home(Path(path))
    if "://" in path or not folder.is_dir():
        return [path if "://" in path else str(folder)] if fitting.search("") else []
    files = sorted(file for file in _all_below(folder) if file.stat().st_size)
    return [str(file) for file in files if fitting.search("/" + file.relative_to(folder).as_posix())]


def _all_below(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """The files of a folder and of those in it, hidden ones left out; a folder is not looked into within itself."""
    real = os.path.realpath(folder)
    if real in above:
        return
    with suppress(OSError):
        for at in sorted(at for at in folder.iterdir() if not at.name.startswith(".")):
            if at.is_dir():
                yield from _all_below(at, above | {real})
            elif at.is_file():
                yield at


def _local(path: str) -> str:
    """The path that a `file://` address stands for; others as they are."""
    if not path.lower().startswith("file://"):
        return path
    host, slash, rest = path[len("file://") :].partition("/")
    if host.lower() not in ("", "localhost"):
        raise DataError(
            f"{path} names a file of another computer, {host}. Three slashes begin the address of a file of this one: "
            f"file:///{host}/{rest}; or give its path."
        )
    # From Python 3.14 on a '#' or '?' would end the path unless it is quoted.
    return url2pathname(quote(slash + rest, safe="/:|%"))


def _search(pattern: Any) -> re.Pattern[str]:
    if not isinstance(pattern, str | None):
        raise DataError(f"pattern is a regular expression, as in r'\\.csv$', not {pattern!r}.")
    try:
        return re.compile(pattern or "")
    except re.error as error:
        raise DataError(
            f"pattern={pattern!r} is no regular expression ({error}). For all files that end in .csv, give "
            r'pattern=r"\.csv$".'
        ) from None


def _nothing_found(path: str | Path | Sequence[str | Path], pattern: str | None) -> DataError:
    if not isinstance(path, str | Path):
        where = f"The paths {name_some([str(each) for each in path])} hold"
    elif from_home(Path(_local(str(path)))).is_dir():
        where = f"The folder {_local(str(path))} holds"
    else:
        return DataError(
            f"pattern={pattern!r} leaves {path} out: it is searched for in what follows the given path, which is "
            "nothing where that is a file. Leave the pattern out, or give the folder."
        )
    if not pattern:
        return DataError(f"{where} no file with anything in it; at least one is needed.")
    return DataError(
        f"{where} no file in whose path '{pattern}' is found; at least one is needed. What follows the folder is "
        "searched, as in '/part-0.csv'."
    )
