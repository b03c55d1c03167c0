"""What polars says of cells that it cannot work with, as errors of the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from offbeat.errors import DataError


@contextmanager
def told_as_data_errors() -> Iterator[None]:
    """Within it, errors and panics of polars become a `DataError`: it was the table that caused them.

    A panic is no Exception and would end the service; KeyboardInterrupt and its like pass.

    Example:
        >>> with told_as_data_errors():
        ...     pl.Series(["x"]).cast(pl.Float64)
        Traceback (most recent call last):
        offbeat.errors.DataError: The request cannot be worked with (InvalidOperationError). Are its cells plain?
    """
    try:
        yield
    except BaseException as error:
        name = type(error).__name__
        if isinstance(error, pl.exceptions.PolarsError) or name == "PanicException":
            raise DataError(f"The request cannot be worked with ({name}). Are its cells plain?") from error
        raise
