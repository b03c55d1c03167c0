"""The errors for a table whose columns are not those that the detector was fitted on."""

from __future__ import annotations

from collections.abc import Sequence

from offbeat.data.names import nearest_name
from offbeat.errors import SchemaError, name_some

_MOST_RENAMINGS = 5
_MOST_COMPARED = 100
"""Each name with each: two tables of 10,000 columns that have none in common would take hours."""


def lacking_columns(subject: str, found: Sequence[str], fitted: Sequence[str], ignored: Sequence[str]) -> SchemaError:
    """The error for columns that are not there, with what they may be called instead.

    Args:
        subject: The table, as a sentence starts with it.
        found: The columns that the table has.
        fitted: The columns that the detector needs.
        ignored: The columns that the fitted table had and the detector does not need.

    Example:
        >>> print(lacking_columns("The table", ["flow", "RPM"], ["flow", "rpm"], []))
        The table lacks 1 column that the detector was fitted on: 'rpm'. It has 1 unknown column: 'RPM'. \
Rename 'RPM' to 'rpm'?
    """
    there = set(found)
    lacking = [name for name in fitted if name not in there]
    known = {*fitted, *ignored}
    unknown = [name for name in found if name not in known]
    words = f"{subject} lacks {count_columns(len(lacking))} that the detector was fitted on: {name_some(lacking)}."
    if unknown:
        words += f" It has {count_columns(len(unknown), 'unknown')}: {name_some(unknown)}."
    if renamings := _renamings(unknown, lacking):
        words += f" Rename {', '.join(renamings)}?"
    return SchemaError(words)


def wrong_width(
    subject: str, width: int, fitted: Sequence[str], full_width: int, *, named: bool, open_ended: bool = False
) -> SchemaError:
    """The error for a table that cannot be aligned by position.

    Args:
        subject: The table, as a sentence starts with it.
        width: How many columns it has.
        fitted: The columns that the detector needs.
        full_width: How many columns the fitted table had, the ignored ones included.
        named: Whether the fitted columns have names of their own.
        open_ended: Whether the fitted table may have had more columns than these.
    """
    wanted = f"{len(fitted)} were expected"
    if open_ended:
        wanted += f", or the first {full_width} and any more of a table without a header"
    elif full_width > len(fitted):
        wanted += f", or the {full_width} of the whole table that the detector was fitted on"
    names = f", or with their names: {name_some(fitted)}" if named else ""
    return SchemaError(
        f"{subject} has {count_columns(width)}; {wanted}. Where names are lacking, columns are taken by position: "
        f"give those that the detector was fitted on, in the same order{names}."
    )


def count_columns(count: int, adjective: str = "") -> str:
    """The count with its noun.

    Example:
        >>> count_columns(1, "unknown")
        '1 unknown column'
    """
    return " ".join([str(count), *([adjective] if adjective else []), "column" if count == 1 else "columns"])


def _renamings(unknown: Sequence[str], lacking: Sequence[str]) -> list[str]:
    """At most five likely renamings, each lacking name used once; of the first names only, where there are many."""
    free = list(lacking[:_MOST_COMPARED])
    renamings: list[str] = []
    for name in unknown[:_MOST_COMPARED]:
        near = nearest_name(name, free)
        if near is not None:
            free.remove(near)
            renamings.append(f"'{name}' to '{near}'")
        if len(renamings) == _MOST_RENAMINGS:
            break
    return renamings


def is_out_of_order(names: Sequence[str]) -> bool:
    """Whether names are the numbers from 0 on in another order, as those of a data frame whose columns were moved."""
    numbers = [str(number) for number in range(len(names))]
    return list(names) != numbers and sorted(names) == sorted(numbers)


def out_of_order(subject: str, names: Sequence[str]) -> SchemaError:
    """The error for a table whose columns stand in another order than they are numbered in.

    Args:
        subject: The table, as a sentence starts with it.
        names: Of its columns, for which `is_out_of_order` holds.
    """
    return SchemaError(
        f"{subject} has columns that are numbered from 0 but stand in another order: {name_some(names)}. The detector "
        "knows its columns by their places alone, which may be meant or not. Put them in the order of their numbers "
        "(in pandas frame.sort_index(axis=1)); or, where they stand in the right places, give them without these "
        "numbers (frame.to_numpy())."
    )
