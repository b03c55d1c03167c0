"""Which columns of an H2O model were dates or times, from the description that it packs beside a model."""

from __future__ import annotations

import re
from typing import Final

TIME: Final = "Time"

_TYPES = re.compile(rb'"column_types"\s*:\s*(\["[\w", ]*"\])')


def read_time_columns(details: bytes, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that H2O read as milliseconds since 1970; none where the description does not tell types.

    The network's own text calls them numeric.

    Args:
        details: From `read_details`.
        columns: All that the network sees, in H2O's order.
    """
    found = _TYPES.search(details)
    types = [word.strip('" ') for word in found[1].decode()[1:-1].split(",")] if found else []
    if len(types) != len(columns):
        return ()
    return tuple(name for name, kind in zip(columns, types, strict=True) if kind == TIME)
