"""How a text file separates its cells, and which sign it puts before decimals."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from offbeat.data.spelled_amounts import DECIMAL_COMMA

DELIMITERS = ("\t", ";", "|", ",", " ")
"""In order of preference where several fit: a tab or semicolon in every line is no accident, while commas may be
decimal commas and blanks may stand within dates."""

_EXCEL_LINE = re.compile(r'"?sep=(.)"?\r?\n')
_INTEGER = re.compile(r"[+-]?\d{1,400}")
"""Longer ones are no float, and count nothing; Python turns no text of over 4,300 digits into a number."""
_DECIMAL_COMMA = re.compile(DECIMAL_COMMA)
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[,.]\d{3}")
_MILLIONS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3}){2,}(\.\d+)?")


def told_delimiter(sample: str) -> tuple[str | None, str]:
    """The delimiter that a first line "sep=;" tells Excel, which is no row, and what follows; None without such a line.

    Args:
        sample: Whole lines.

    Example:
        >>> told_delimiter("sep=;\\nflow;rpm\\n"), told_delimiter("flow;rpm\\n")
        ((';', 'flow;rpm\\n'), (None, 'flow;rpm\\n'))
    """
    told = _EXCEL_LINE.match(sample)
    return (told[1], sample[told.end() :]) if told else (None, sample)


def split_rows(sample: str, delimiter: str) -> list[list[str]]:
    """The cells of each line that is not blank, without blanks around them; quoted cells may span lines.

    Args:
        sample: Whole lines.
        delimiter: One character; a blank stands for any number of blanks and tabs.

    Example:
        >>> split_rows('pump,"flow, mean"\\n\\nA,1.5\\n', ",")
        [['pump', 'flow, mean'], ['A', '1.5']]
    """
    # Not splitlines, which also splits at characters that other programs write within cells, such as U+2028.
    lines = list(io.StringIO(sample, newline=""))
    if delimiter == " ":
        lines = [re.sub(r"[ \t]+", " ", line.strip()) for line in lines]
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:  # a cell of over 131,072 characters: a quote that never closes
        return []
    return [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row) or len(row) > 1]


def find_delimiter(sample: str, decimal: str | None = None) -> str:
    """The separator that gives the most lines the same number of cells; a comma where none gives two or more.

    Args:
        sample: Whole lines, the first of them a header or not.
        decimal: The sign before decimals, where it is known: it separates no cells.

    Example:
        >>> find_delimiter("1,5;2,5\\n3,5;4,5\\n")
        ';'
    """
    candidates = [delimiter for delimiter in DELIMITERS if delimiter not in (" ", decimal)]
    evenness = {delimiter: _evenness(split_rows(sample, delimiter)) for delimiter in candidates}
    best = max(candidates, key=lambda delimiter: evenness[delimiter])
    if evenness[best] > 0:
        return best
    # Words are separated by blanks too, so blanks count only between numbers.
    rows = split_rows(sample, " ")
    cells = [cell for row in rows[1:] or rows for cell in row]
    numbers = max(count_numbers(cells, "."), count_numbers(cells, ","))
    if _evenness(rows) > 0 and 2 * numbers >= len(cells):
        return " "
    if decimal != ",":
        return ","
    # Between commas, only quoted cells hold commas: then both can be commas.
    rows = split_rows(sample, ",")
    return "," if _evenness(rows) == 1 and any(_DECIMAL_COMMA.fullmatch(cell) for row in rows for cell in row) else ";"


def find_decimal(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """ "," where more columns have cells like 1,5 than have cells like 1.5; otherwise ".".

    A column with both counts for neither; one with cells all like 1,042 or 1.042, which may be thousands, only where
    there is no clear one. Where commas separate the cells, one in quotes such as "1,5" may be two answers as well as a
    number: there decimal commas must be said.

    Args:
        rows: The cells of the sample; the first row, which may be a header, counts only when it is alone.
        delimiter: What separates them.

    Example:
        >>> find_decimal([["flow", "mass", "version"], ["1,5", "2,5", "2.1"]], ";")
        ','
    """
    body = rows[1:] or rows
    if delimiter == "," or not any("," in cell for row in body for cell in row):
        return "."
    columns = [[row[at] for row in body if at < len(row)] for at in range(len(rows[0]))]
    signs = Counter(_decimal_of(column) for column in columns)
    if signs[","] or signs["."]:
        return "," if signs[","] > signs["."] else "."
    return "," if signs[",?"] and not signs[".?"] else "."


def count_numbers(cells: Sequence[str], decimal: str = ".") -> int:
    """How many cells are written as numbers; "nan" and "inf" are, "1_000" is not.

    Args:
        cells: The text of the cells.
        decimal: The sign before decimals.

    Example:
        >>> count_numbers(["1,5", "-2e3", "flow", ""], decimal=",")
        2
    """
    count = 0
    for cell in cells:
        try:
            float(cell.replace(decimal, ".").replace("_", "no number"))
        except ValueError:
            continue
        count += 1
    return count


def count_integers(cells: Sequence[str]) -> int:
    """How many cells are written as whole numbers: "12" is, "12.0" is not.

    Args:
        cells: The text of the cells.

    Example:
        >>> count_integers(["12", "-3", "12.0"])
        2
    """
    return sum(_INTEGER.fullmatch(cell) is not None for cell in cells)


def _decimal_of(column: Sequence[str]) -> str | None:
    """The sign before the decimals of a column, with "?" where all may be thousands; None where it has none or both."""
    commas = [cell for cell in column if _DECIMAL_COMMA.fullmatch(cell)]
    points = [cell for cell in column if _DECIMAL_POINT.fullmatch(cell)]
    if not (commas or points) or (commas and points) or any(_MILLIONS.fullmatch(cell) for cell in column):
        return None
    sure = not all(_THOUSANDS.fullmatch(cell) for cell in commas or points)
    return ("," if commas else ".") + ("" if sure else "?")


def _evenness(rows: Sequence[Sequence[str]]) -> float:
    """The share of rows with the most frequent number of cells; 0 when that number is 1."""
    widths = Counter(len(row) for row in rows)
    if not widths:
        return 0.0
    width, count = widths.most_common(1)[0]
    return count / len(rows) if width > 1 else 0.0
