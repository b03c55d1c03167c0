"""Numbers of rows, and times of rows, that are learned as amounts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from offbeat.data.kinds import counts_the_rows
from offbeat.data.names import as_option
from offbeat.data.schema import FEWEST_RISING, Column
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.errors import name_some


def note_on_row_counts(detector: Detector, table: Table) -> str:
    """Which columns number or date the rows, so that later rows are odd for being later; nothing where none does.

    Such a column rises by 1 from each row to the next; or it rose in the training rows and goes on rising beyond them.
    A named column may be meant to, so that it is told, and left out only where its name says nothing.

    Args:
        detector: Whose scores they are.
        table: Aligned with the detector's columns.
    """
    if table.height < FEWEST_RISING:
        return ""
    numeric = [column for column in detector.schema.columns if column.kind == "numeric"]
    rising = _going_on_rising(numeric, table)
    names = [column.name for column in numeric if column.name in rising or counts_the_rows(table.column(column.name))]
    if not names:
        return ""
    judged = (
        "rises from row to row and is judged as an amount"
        if len(names) == 1
        else "rise from row to row and are judged as amounts"
    )
    return (
        f"{name_some(names)} {judged}, so that later rows look odd for being later. What only numbers or dates the "
        f"rows should be left out of the fit: ignore={names!r} (--ignore {as_option(names)})."
    )


def _going_on_rising(columns: Sequence[Column], table: Table) -> set[str]:
    """Which columns that rose throughout the training rows do so in these too, which are all beyond their last."""
    last = {column.name: column.rises_to for column in columns if column.rises_to is not None}
    if not last:
        return set()
    numbers = table.numbers(list(last))
    rise = (numbers[0] > np.array(list(last.values()))) & (np.diff(numbers, axis=0) > 0).all(axis=0)
    return {name for name, is_rising in zip(last, rise, strict=True) if is_rising}
