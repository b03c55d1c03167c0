"""What a column is: numbers, categories, or nothing that a network could learn from."""

from __future__ import annotations

from typing import Literal

import polars as pl

from offbeat.data.numerals import TEXT_TYPES, as_text, numbers_of
from offbeat.data.spelled_amounts import doubts_about
from offbeat.errors import DataError

Kind = Literal["numeric", "categorical"]

_FEWEST_ROWS_FOR_AN_IDENTIFIER = 20
"""Up to this many rows, values that are all different may still be levels that come back."""

_LARGEST_SHARE_OF_STRAY_TEXT = 0.1
"""Up to this share, text among numbers is a slip or an undeclared word for missing, not a set of categories."""

_DATE = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{2}[-/.]\d{2}[-/.]\d{2})"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)? ?([AP]M|Z|[+-]\d{2}:?\d{2})?"
_DATE_OR_TIME = rf"^({_DATE}([T ]+{_TIME})?|{_TIME})$"


def kind_of(column: pl.Series, source: str) -> Kind:
    """Whether to treat a column as numbers or as categories, by its type and, for text, by its cells.

    Numbers are numeric, booleans categorical, and so is a column whose type says so. Text is numeric when every cell
    parses as a number, otherwise categorical, unless nearly all cells parse: then a word for missing was not declared.

    Args:
        column: A column that `reason_to_ignore` has nothing against.
        source: What errors call the table.

    Raises:
        DataError: Nearly all cells are numbers and a few are not; or the type holds neither numbers nor words.

    Example:
        >>> kind_of(pl.Series("valve", ["open", "shut", "open"]), "pumps.csv")
        'categorical'
    """
    if column.dtype in (pl.Boolean, pl.Categorical, pl.Enum):
        return "categorical"
    if column.dtype not in TEXT_TYPES:
        numbers_of(column.head(0), source)  # refuses lists, binary data and the like
        return "numeric"
    words = as_text(column).drop_nulls()
    stray = words.filter(words.cast(pl.Float64, strict=False).is_null())
    if stray.is_empty():
        return "numeric"
    if _are_slips(stray, words):
        _refuse_slips(column, source)
    return "categorical"


def reason_to_ignore(column: pl.Series, decimal: str = ".") -> str | None:
    """Why a column is left out without being asked, or None.

    Dates and times differ in every row, and so do identifiers: a network that sees them learns the file, not what is
    normal. Nor is it clear what points are among decimal commas: a version, a date, thousands, or decimals.

    Args:
        column: A column of any type.
        decimal: The sign before decimals in the text that it was read from.

    Example:
        >>> reason_to_ignore(pl.Series("at", ["2014-07-01 00:00:00", "2014-07-01 00:30:00"]))
        'dates or times'
    """
    if column.dtype.is_temporal():
        return "dates or times"
    if column.dtype not in TEXT_TYPES:
        return None
    words = as_text(column).drop_nulls()
    if words.is_empty():
        return None
    if words.head(1).cast(pl.Float64, strict=False).is_not_null().all():
        return _points_among_commas(words, column.name) if decimal == "," else None
    if words.str.contains(_DATE_OR_TIME).all():
        return "dates or times"
    if len(words) > _FEWEST_ROWS_FOR_AN_IDENTIFIER and words.is_unique().all():
        return "; ".join(["text that is different in every row", *doubts_about(words)])
    return None


def _points_among_commas(words: pl.Series, name: str) -> str | None:
    """The reason to leave out a column of numbers with points of a file of decimal commas; None for other columns."""
    if words.cast(pl.Float64, strict=False).null_count():
        return None
    return f"points, as in '{words[0]}', among decimal commas; decimals? Then say numeric=['{name}']"


def _are_slips(stray: pl.Series, words: pl.Series) -> bool:
    """Whether the text among the numbers is a few slips, or one word for missing, rather than categories."""
    share = len(stray) / len(words)
    return share <= _LARGEST_SHARE_OF_STRAY_TEXT or (share < 0.5 and stray.n_unique() == 1)


def _refuse_slips(column: pl.Series, source: str) -> None:
    try:
        numbers_of(column, source)
    except DataError as error:
        name = column.name
        raise DataError(
            f'{error} If these are categories, say categorical=["{name}"] (--categorical {name}).'
        ) from None
