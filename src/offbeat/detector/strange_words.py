"""Columns of categories of which most cells are none that training showed: then the column is odd, not its rows."""

from __future__ import annotations

import polars as pl

from offbeat.data.names import nearest_name
from offbeat.data.table import Table
from offbeat.detector.detector import Detector
from offbeat.preprocessing.categorical import CategoricalColumn
from offbeat.shortening import shorten

_FEWEST_ROWS = 10
_MOST_TOLD = 5
_MOST_LETTERS = 60
_MOST_COMPARED = 100
"""Levels that a strange word may be near to: a column may have very many."""


def note_on_strange_words(detector: Detector, table: Table) -> str:
    """In which columns more cells are strange to the detector than known, with one such word each; else nothing.

    Anomalies are the smaller part of the rows, so that more strange cells than known ones are a matter of the column:
    spelled otherwise, another one, or empty. Of fewer than ten rows nobody can tell. Some detectors flag all such rows
    and some none.

    Args:
        detector: Whose scores they are.
        table: Aligned with the detector's columns.
    """
    if table.height < _FEWEST_ROWS:  # a few rows may be anomalies, all of them
        return ""
    told = [words for column in detector.preprocessor.categorical if (words := _told(column, table))]
    if not told:
        return ""
    more = f" and {len(told) - _MOST_TOLD} more columns" if len(told) > _MOST_TOLD else ""
    return (
        f"Training never showed what most cells hold in {', '.join(told[:_MOST_TOLD])}{more}: the scores say little "
        "of what these mean. Spell words as in training, or fit on rows that have them."
    )


def _told(column: CategoricalColumn, table: Table) -> str:
    """A column with how many of its cells are strange, one of them, and a word of training; nothing where few are."""
    words = table.words(column.name)
    strange = column.slots_of(words) == len(column.slots) - 1
    # Gaps such as training had are neither strange nor known words.
    known = ~strange & words.is_not_null().to_numpy()
    count, others = int(strange.sum()), int(known.sum())
    if count <= others:
        return ""
    by_count = words.rename("word").filter(pl.Series(strange)).value_counts(name="count")
    word = by_count.sort(["count", "word"], descending=[True, False], nulls_last=True)["word"][0]
    levels = column.known.levels[:_MOST_COMPARED]
    near = (None if word is None else nearest_name(word, levels)) or next(iter(levels), None)
    such = "a missing cell" if word is None else f"'{shorten(word, most=_MOST_LETTERS)}'"
    shown = "" if near is None else f" where it showed '{shorten(near, most=_MOST_LETTERS)}'"
    return f"'{column.name}' ({count:,} of {count + others:,}, such as {such}{shown})"
