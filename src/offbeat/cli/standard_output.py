"""Standard output, which says its name where it cannot be written to."""

from __future__ import annotations

import io
import os
from typing import Any, Final

from offbeat.files import naming

STANDARD_OUTPUT: Final = "Standard output"
"""What its errors say for the name of a file."""


class StandardOutput(io.TextIOWrapper):
    """Python's own, but that its errors name it: those of no other file without a name are taken for them."""

    def write(self, text: str) -> int:
        """Write, as a rule into memory."""
        with naming(STANDARD_OUTPUT):
            return super().write(text)

    def flush(self) -> None:
        """Write what is in memory."""
        with naming(STANDARD_OUTPUT):
            super().flush()


def standard_output(given: Any) -> StandardOutput:
    """The stream to print to.

    Args:
        given: `sys.stdout`. It is None where it was closed before the start: what is printed then fails, and no other
            file gets its number.
    """
    if given is None:
        return StandardOutput(os.fdopen(os.open(os.devnull, os.O_RDONLY), "wb"))
    look = {"line_buffering": given.line_buffering, "write_through": given.write_through}
    # Names of columns and files may hold what it cannot.
    return StandardOutput(given.detach(), encoding=given.encoding, errors="backslashreplace", **look)
