"""Files that cannot be read line by line as they grow, told by their first bytes."""

from __future__ import annotations

from offbeat.data.formats import format_of
from offbeat.errors import DataError

FIRST_BYTES = 64
"""So many tell a format."""

_ZIP = b"PK\x03\x04"


def require_lines(start: bytes, name: str) -> None:
    """Refuses what is compressed or binary.

    Args:
        start: The first bytes of a file, `FIRST_BYTES` or fewer.
        name: What to call it.

    Raises:
        DataError: It is of a known format that has no lines; says what to do with it.
    """
    # Not the names within a zip file: it may not be whole.
    kind = "zip" if start.startswith(_ZIP) else format_of(start[:FIRST_BYTES], name)
    if kind != "text":
        raise DataError(
            f"{name} is no text that grows ({kind}); lines of CSV or NDJSON were expected. Put such a file into a "
            "folder and watch that (offbeat watch DETECTOR FOLDER), or score it (offbeat score DETECTOR FILE)."
        )
