"""Columns that pandas numbers where they have no names: which is which where they come in another order.

A frame with the labels 0, 1, 2, ... has no names, and neither has what learned from it or from an array; the labels of
one that was reordered, or of a part of one, still tell which columns they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from offbeat.data.table import Table

_NUMBER = re.compile("0|[1-9][0-9]*")


def matched_by_number(fitted: Sequence[str], *, named: bool, table: Table) -> dict[str, str]:
    """For fitted columns, the table's that have the same number; nothing where these are not told by numbers.

    They are where one of the two tables has numbers for names and the other the labels 0, 1, 2, ..., or no labels but
    places; and where none of these numbers is strange to the fitted table: 1, 2, 3 beside 0, 1, 2 may be the same
    columns, counted otherwise. One that had names may also be a part of a numbered table.

    Args:
        fitted: The names of all columns of the fitted table, in order.
        named: Whether these are its own.
        table: Another table.

    Example:
        >>> import pandas
        >>> from offbeat.data.frames import table_from_frame
        >>> frame = pandas.DataFrame([[1.0, 2.0, 3.0]])
        >>> matched_by_number(["C1", "C2", "C3"], named=False, table=table_from_frame(frame[[2, 0]], "the table"))
        {'C1': '0', 'C3': '2'}
        >>> matched_by_number(["2", "0"], named=True, table=table_from_frame(frame, "the table"))
        {'2': 'C3', '0': 'C1'}
        >>> matched_by_number(["C1", "C2"], named=False, table=table_from_frame(frame[[1, 2]], "the table"))
        {}
    """
    if named == table.named or not (table.named or table.numbered):
        return {}
    found = _by_number(table.names) if table.named else {str(int(name[1:]) - 1): name for name in table.names}
    if not found:  # told by the first name of nearly every table
        return {}
    own = _by_number(fitted) if named else {str(place): name for place, name in enumerate(fitted)}
    if not (found.keys() <= own.keys() or (named and own.keys() <= found.keys())):
        return {}
    return {name: found[number] for number, name in own.items() if number in found}


def _by_number(names: Sequence[str]) -> dict[str, str]:
    """The names by what they are, where all of them are numbers from 0 on as pandas has them; else nothing."""
    return {name: name for name in names} if all(_NUMBER.fullmatch(name) for name in names) else {}
