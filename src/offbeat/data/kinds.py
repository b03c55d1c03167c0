"""What a column is: numbers, categories, or nothing that a network could learn from."""

from __future__ import annotations

import json
from typing import Literal

import polars as pl

from offbeat.data.names import as_option
from offbeat.data.numerals import TEXT_TYPES, as_text, numbers_of
from offbeat.data.spelled_amounts import doubts_about
from offbeat.data.time_numbers import DATES, reason_of_times
from offbeat.data.time_spellings import MONTH
from offbeat.errors import DataError

Kind = Literal["numeric", "categorical"]

_FEWEST_ROWS_FOR_AN_IDENTIFIER = 20
"""Up to this many rows, values that are all different may still be levels that come back."""

_LARGEST_SHARE_OF_STRAY_TEXT = 0.1
"""Up to this share, text among numbers is a slip or an undeclared word for missing, not a set of categories."""

_DATE = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{2}[-/.]\d{2}[-/.]\d{2})"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)? ?([AP]M|Z|[+-]\d{2}:?\d{2})?"
_WITH_A_WEEKDAY = r"((?i:mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(?i:day)?[,.]? +)?"
_WITH_A_MONTH = (
    rf"{_WITH_A_WEEKDAY}(\d{{1,2}}[-/. ]*{MONTH}[-/., ]*(\d{{4}}|\d{{2}})|\d{{4}}[-/. ]*{MONTH}[-/. ]*\d{{1,2}}"
    rf"|{MONTH}[-/. ]*\d{{1,2}}(st|nd|rd|th)?[-/, ]+\d{{4}}|{MONTH}[-/., ]*\d{{4}}|{MONTH}-\d{{2}}|\d{{4}}[-/ ]{MONTH})"
)
_YEAR_AND_MONTH = r"(19|20)\d{2}[-/](0?[1-9]|1[0-2])"
_COMPACT_DAY = r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_COMPACT_TIME = r"([01]\d|2[0-3])[0-5]\d([0-5]\d([.,]\d+)?)?(Z|[+-]\d{2}:?(\d{2})?)?"
_COMPACT = rf"{_COMPACT_DAY}[T _-]({_COMPACT_TIME}|{_TIME})"
_WEEK = r"(19|20)\d{2}-?W(0[1-9]|[1-4]\d|5[0-3])(-?[1-7])?"
_DATE_OR_TIME = rf"^(({_DATE}|{_WITH_A_MONTH})([T :]+{_TIME})?|{_TIME}|{_YEAR_AND_MONTH}|{_COMPACT}|{_WEEK})$"

_DAYS = r"[+-]?\d+ days?,?( [+-]?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_ISO_DURATION = r"[+-]?P(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?"
_DURATION = rf"^({_DAYS}|{_ISO_DURATION}|{_TIME})$"
_WITH_A_CLOCK = r"\d:\d|T\d"
"""Days alone, 30 days or P30D, may be terms of payment or codes."""

_LIKE_THOUSANDS = r"^[+-]?[1-9]\d{0,2}(\.\d{3})+$"

_FEWEST_ROWS_OF_A_COUNT = 3
DURATIONS = "durations; to learn from them, write them as numbers, such as seconds"
A_COUNT = "a column without a name that counts the rows"
OF_PANDAS = "an index without a name, written by pandas"


def kind_of(column: pl.Series, source: str, decimal: str = ".") -> Kind:
    """Whether to treat a column as numbers or as categories, by its type and, for text, by its cells.

    Numbers are numeric, booleans categorical, and so is a column whose type says so. Text is numeric when every cell
    parses as a number, otherwise categorical, unless nearly all cells parse: then a word for missing was not declared.

    Args:
        column: A column that `reason_to_ignore` has nothing against.
        source: What errors call the table.
        decimal: The sign before decimals in the text that it was read from.

    Raises:
        DataError: Nearly all cells are numbers and a few are not; or the type holds neither numbers nor words.

    Example:
        >>> kind_of(pl.Series("valve", ["open", "shut", "open"]), "pumps.csv")
        'categorical'
    """
    if column.dtype in (pl.Boolean, pl.Categorical, pl.Enum):
        return "categorical"
    if column.dtype not in TEXT_TYPES:
        # Refuses lists, binary data and the like; and says what Python's objects are.
        numbers_of(column if column.dtype == pl.Object else column.head(0), source)
        return "numeric"
    words = as_text(column).drop_nulls()
    stray = words.filter(words.cast(pl.Float64, strict=False).is_null())
    if stray.is_empty():
        return "numeric"
    if _are_slips(stray, words):
        _refuse_slips(column, source, decimal)
    return "categorical"


def reason_to_ignore(column: pl.Series, decimal: str = ".") -> str | None:
    """Why a column is left out without being asked, or None.

    Dates and times differ in every row, and so do identifiers: a network that sees them learns the file, not what is
    normal. So do numbers that are times (see `time_numbers`). What points are among decimal commas is not clear: a
    version, a date, thousands, or decimals.

    Args:
        column: A column of any type.
        decimal: The sign before decimals in the text that it was read from.

    Example:
        >>> reason_to_ignore(pl.Series("at", ["2014-07-01 00:00:00", "2014-07-01 00:30:00"]))
        'dates or times'
    """
    if column.dtype.is_numeric():  # asked first: of hundreds of columns the other questions take milliseconds
        return reason_of_times(column)
    if column.dtype == pl.Duration:
        return DURATIONS
    if column.dtype.is_temporal():
        return DATES
    if column.dtype not in TEXT_TYPES:
        return None
    words = as_text(column).drop_nulls()
    if words.is_empty():
        return None
    stray = words.filter(words.cast(pl.Float64, strict=False).is_null())
    if stray.is_empty():
        return _points_among_commas(words, column.name) if decimal == "," else None
    if _are_slips(stray, words):  # which `kind_of` refuses
        return None
    if words.str.contains(_DATE_OR_TIME).all():
        return DATES
    if words.str.contains(_DURATION).all() and words.str.contains(_WITH_A_CLOCK).any():
        return DURATIONS
    if len(words) > _FEWEST_ROWS_FOR_AN_IDENTIFIER and words.is_unique().all():
        return "; ".join(["text that is different in every row", *doubts_about(words, decimal)])
    return None


def counts_the_rows(column: pl.Series) -> bool:
    """Whether a column of numbers rises by 1 from each row to the next, as the index that pandas writes.

    Args:
        column: A column of any type.

    Example:
        >>> counts_the_rows(pl.Series([7, 8, 9])), counts_the_rows(pl.Series([7, 8, 8]))
        (True, False)
    """
    if not column.dtype.is_numeric() or len(column) < _FEWEST_ROWS_OF_A_COUNT or column.null_count():
        return False
    if column[-1] - column[0] != len(column) - 1:  # nearly every column ends here, without a copy
        return False
    return bool((column.cast(pl.Float64).diff().drop_nulls() == 1).all())


def _points_among_commas(words: pl.Series, name: str) -> str | None:
    """The reason to leave out a column of numbers with points of a file of decimal commas."""
    pointed = words.filter(words.str.contains(".", literal=True))
    cell = (words if pointed.is_empty() else pointed)[0]
    if len(pointed) and pointed.str.contains(_LIKE_THOUSANDS).all():
        ways = f"thousands? Then write {cell.replace('.', '')}; decimals? Then say numeric={[name]!r}"
    else:
        ways = f"decimals? Then say numeric={[name]!r}"
    return f"points, as in '{cell}', among decimal commas; {ways}"


def _are_slips(stray: pl.Series, words: pl.Series) -> bool:
    """Whether the text among the numbers is a few slips, or one word for missing, rather than categories."""
    share = len(stray) / len(words)
    return share <= _LARGEST_SHARE_OF_STRAY_TEXT or (share < 0.5 and stray.n_unique() == 1)


def _refuse_slips(column: pl.Series, source: str, decimal: str) -> None:
    try:
        numbers_of(column, source, decimal)
    except DataError as error:
        name = [column.name]
        raise DataError(
            f"{error} If these are categories, say categorical={json.dumps(name, ensure_ascii=False)} "
            f"(--categorical {as_option(name)})."
        ) from None
