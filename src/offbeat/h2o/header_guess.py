"""Whether the first row of a text file holds names, by H2O's rule, so that a script sees the same rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from offbeat.data.time_spellings import times_of

_NUMBER = re.compile(r"[+-]?(NaN|Infinity|(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[fFdD]?)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def first_row_holds_names(rows: Sequence[Sequence[str]], decimal: str = ".") -> bool:
    """Whether all cells of the first row are words, and not all of the second one; alone, words are names.

    An empty cell is a word here. No row further below is looked at.

    Args:
        rows: The cells of the first rows.
        decimal: The sign before decimals. (To H2O, a decimal comma makes a word.)

    Example:
        >>> first_row_holds_names([["flow", "kind"], ["1.5", "a"]])
        True
        >>> first_row_holds_names([["up", "left"], ["down", "right"]])
        False
        >>> first_row_holds_names([["2019", "2020"], ["1.5", "2.5"]])
        False
    """
    return _are_words(rows[0], decimal) and not (len(rows) > 1 and _are_words(rows[1], decimal))


def _are_words(cells: Sequence[str], decimal: str) -> bool:
    """Whether no cell is a number, a time or a UUID."""
    if any(_NUMBER.fullmatch(cell.replace(decimal, ".")) or _UUID.fullmatch(cell) for cell in cells):
        return False
    if not any(sign.isdigit() for cell in cells for sign in cell):
        return True  # thousands of small files are read in half the time
    return times_of(pl.Series(cells, dtype=pl.String)).null_count() == len(cells)
