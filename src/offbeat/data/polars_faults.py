"""What polars says of cells that it cannot work with, as errors of the library."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import polars as pl

from offbeat.errors import DataError

POLARS_FAULTS: Final = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What polars raises. A panic is no Exception: whoever catches only those would let it end a command or a service."""

_PANIC_WITHIN = re.compile(r'JoinError::Panic\(Id\(\d+\), "(.*)", \.\.\.\)')


@contextmanager
def told_as_data_errors() -> Iterator[None]:
    """Within it, errors and panics of polars become a `DataError`: it was the table that caused them.

    KeyboardInterrupt and its like pass.

    Example:
        >>> with told_as_data_errors():
        ...     pl.Series(["x"]).cast(pl.Float64)
        Traceback (most recent call last):
        offbeat.errors.DataError: The request cannot be worked with (InvalidOperationError). Are its cells plain?
    """
    try:
        yield
    except POLARS_FAULTS as error:
        name = type(error).__name__
        raise DataError(f"The request cannot be worked with ({name}). Are its cells plain?") from error


def is_panic(error: BaseException) -> bool:
    """Whether polars gave up in the middle, rather than refused.

    Args:
        error: Anything that was raised.
    """
    return isinstance(error, pl.exceptions.PanicException)


def first_line(error: BaseException) -> str:
    """What went wrong, in the words of who raised it, on one line.

    Args:
        error: Of polars or of Python; one that has no words is told by its name.

    Example:
        >>> first_line(ValueError("an odd cell\\nat row 3"))
        'an odd cell'
    """
    line = (str(error).splitlines() or [type(error).__name__])[0]
    # A panic in another thread is told by the thread that waited for it.
    within = _PANIC_WITHIN.search(line)
    return within[1].partition("\\n")[0] if within else line
