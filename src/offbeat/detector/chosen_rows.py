"""Which rows a user asked for, and how many at most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from offbeat.data.table import Table
from offbeat.errors import SettingsError

AskedRows = int | Sequence[int] | Sequence[bool] | np.ndarray
"""A row number from 0, several of these, or one mark a row."""


def row_numbers(rows: object, table: Table) -> Int[np.ndarray, "chosen"]:
    """The numbers of the rows asked for, in the order asked for; of marks in the table's order.

    Args:
        rows: `AskedRows`, or what a user takes for these.
        table: Whose rows they are.

    Raises:
        SettingsError: It is none of the three.
        DataError: A number lies outside of the table, or there are not as many marks as rows.
    """
    try:
        given = np.asarray(rows)
    except ValueError:  # lists of different lengths
        raise _not_rows(rows) from None
    chosen, marks = np.atleast_1d(given), given.dtype == bool and given.ndim == 1
    if chosen.ndim != 1 or not (marks or chosen.dtype.kind in "iu" or not chosen.size):
        raise _not_rows(rows)
    table.take(chosen if marks else chosen.astype(np.int64))  # says which row there is not
    return np.flatnonzero(chosen) if marks else chosen.astype(np.int64)


def require_most(most: object, what: str) -> None:
    """Refuse what is no whole number from 0 on.

    Args:
        most: As the user gave it.
        what: Whom there are at most so many of, such as "rows to explain".

    Raises:
        SettingsError: It is something else.
    """
    if isinstance(most, bool) or not isinstance(most, int | np.integer) or most < 0:
        raise SettingsError(f"most is {most!r}; how many {what} at most was expected, 0 or more.")


def _not_rows(rows: object) -> SettingsError:
    given = " ".join(repr(rows).split())
    return SettingsError(
        f"rows={given if len(given) <= 40 else given[:40] + '...'}: row numbers from 0, as in 3 or [3, 5], or one mark "
        "a row (found.flags) were expected."
    )
