"""Which columns of an H2O model were dates or times, from the description that it packs beside a model."""

from __future__ import annotations

import re
from typing import Final

from offbeat.integrations.foreign_zip import ForeignZip
from offbeat.integrations.h2o_mojo.training_error import DETAILS, MAX_DETAILS_BYTES

TIME: Final = "Time"

_TYPES = re.compile(rb'"column_types"\s*:\s*(\["[\w", ]*"\])')


def read_time_columns(archive: ForeignZip, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that H2O read as milliseconds since 1970; none where the file does not tell types.

    The network's own text calls them numeric.

    Args:
        archive: The MOJO.
        columns: All that the network sees, in H2O's order.

    Raises:
        DetectorFileError: The description is damaged.
    """
    entry = archive.entries.get(DETAILS)
    if entry is None or entry.file_size > MAX_DETAILS_BYTES:
        return ()
    found = _TYPES.search(archive.read(DETAILS, MAX_DETAILS_BYTES))
    types = [word.strip('" ') for word in found[1].decode()[1:-1].split(",")] if found else []
    if len(types) != len(columns):
        return ()
    return tuple(name for name, kind in zip(columns, types, strict=True) if kind == TIME)
