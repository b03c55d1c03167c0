"""Tables as the settings of a fit read them, and the columns that a fit learns from. Imports no JAX."""

from __future__ import annotations

from collections.abc import Sequence

from offbeat.data.readers import read
from offbeat.data.schema import Schema, infer_schema
from offbeat.data.table import Table
from offbeat.detector.config import Settings


def read_as(settings: Settings, source: object, columns: Sequence[str] = ()) -> Table:
    """Read a source the way the settings say; a table stays as it is.

    Args:
        settings: Those on the layout of the table are heeded.
        source: Whatever `offbeat.read` takes.
        columns: The names that the table should have, if that is known: a first row that holds them is the header.
    """
    return read(
        source,
        header=settings.header,
        delimiter=settings.delimiter,
        decimal=settings.decimal,
        missing=settings.missing,
        columns=columns,
    )


def schema_of(settings: Settings, table: Table) -> Schema:
    """The columns that a fit learns from.

    Args:
        settings: Of the fit; the label is no such column.
        table: The training rows.

    Raises:
        SettingsError: As `infer_schema`.
        DataError: As `infer_schema`.
    """
    label = () if settings.label is None else (settings.label,)
    return infer_schema(
        table,
        ignore=(*settings.ignore, *label),
        categorical=settings.categorical,
        numeric=settings.numeric,
    )
