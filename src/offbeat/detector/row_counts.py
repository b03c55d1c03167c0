"""Numbers of rows that are learned as amounts."""

from __future__ import annotations

from offbeat.data.kinds import counts_the_rows
from offbeat.data.names import as_option
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.errors import name_some

# Fewer rows may rise by 1 each by chance.
_FEWEST_ROWS = 10


def note_on_row_counts(detector: Detector, table: Table) -> str:
    """Which columns number the rows looked at, so that later rows are odd for being later; nothing where none does.

    A named column may be meant to count, so that it is told, and left out only where its name says nothing.

    Args:
        detector: Whose scores they are.
        table: Aligned with the detector's columns.
    """
    if table.height < _FEWEST_ROWS:
        return ""
    names = [name for name in detector.preprocessor.numeric.names if counts_the_rows(table.column(name))]
    if not names:
        return ""
    judged = (
        "rises by 1 from row to row and is judged as an amount"
        if len(names) == 1
        else ("rise by 1 from row to row and are judged as amounts")
    )
    return (
        f"{name_some(names)} {judged}, so that later rows look odd for being later. What only numbers the rows "
        f"should be left out of the fit: ignore=({names[0]!r},) (--ignore {as_option(names[:1])})."
    )
