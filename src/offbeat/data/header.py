"""Whether the first row of a text file holds column names, and which.

One rule, on a sample of the file, which the user can always overrule:

1. Text over columns of numbers is a header, unless it is the rarer case there: a word for missing in a row of data.
2. Numbers over columns of numbers are data, unless they are a scale: integers in even steps (years, or 0, 1, 2, ...)
   or numbers with decimals in even steps (wavelengths) that the rows below do not resemble; beside names, integers in
   steps that a row like those below would next to never have. An empty cell and 0, 1, 2, ... over rows that begin with
   a count are what pandas writes over its index.
3. Over columns of text, the first row is a header when its words are all different and none is seen below, nor is a
   code or a date as those below are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import gcd, isfinite, prod

from offbeat.data.dialect import count_integers, count_numbers
from offbeat.data.names import made_up_names
from offbeat.errors import DataError, name_some

Row = Sequence[str]

_FEWEST_TO_TELL_A_SCALE = 3
"""Two numbers are always in even steps."""

_FEWEST_TO_TELL_A_COUNT = 5
"""A row of data that happens to count up by ones is next to impossible from five columns on."""

_RARE = 1e-3
"""Few files have no header, so that what is the first row of fewer than one table in a thousand hardly is data."""

_ROUNDING = 1e-6
"""What numpy.arange and numpy.linspace leave between even steps, as a share of one."""

_MOST_POSITIONS = 5


def first_row_is_header(rows: Sequence[Row], *, decimal: str = ".", missing: Sequence[str] = ("",)) -> bool:
    """Whether the first of the rows holds names.

    Args:
        rows: The cells of the sample, the first row included; rows of another width do not count.
        decimal: The sign before decimals.
        missing: The words for a missing cell.

    Example:
        >>> first_row_is_header([["flow", "rpm"], ["1.5", "1200"]])
        True
        >>> first_row_is_header([["2019", "2020", "2021"], ["1.5", "1.25", "3.0"], ["0.5", "2.25", "1.0"]])
        True
        >>> first_row_is_header([["2.10", "2.13"], ["1.5", "1.25"]])
        False
    """
    first, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if not body:
        return count_numbers(first, decimal) == 0
    columns = [[cell for cell in column if cell not in missing] for column in zip(*body, strict=True)]
    if _is_index_of_pandas(first, body):
        return True
    numeric = [at for at, column in enumerate(columns) if column and count_numbers(column, decimal) == len(column)]
    there = [at for at in numeric if first[at] not in missing]
    numbers = [at for at in there if count_numbers([first[at]], decimal)]
    words = len(there) - len(numbers)
    if words and words >= len(numbers):
        return True
    scale, below = [first[at] for at in numbers], [[row[at] for at in numbers] for row in body]
    if numbers and is_scale(scale, below, decimal):
        return True
    texts = sorted({at for at, column in enumerate(columns) if column} - set(numeric))
    are_names = _are_names([first[at] for at in texts], [columns[at] for at in texts], decimal)
    if not numbers:
        return are_names
    return (are_names if texts else words > 0) and _is_scale_beside_names(scale, below, decimal)


def is_scale(first: Row, body: Sequence[Row], decimal: str = ".") -> bool:
    """Whether numbers over columns of numbers are names, such as years, rather than one more row.

    They are in even steps, as no row below is, and either all cells below have decimals, or the numbers lie clearly
    outside of the columns below, or they count up by ones and are rarely met below. Numbers with decimals must be five
    or more, and either lie outside, or half of the rows below or more do not rise or fall throughout as they do: the
    first of many curves may be a straight line.

    Args:
        first: The numbers in question.
        body: The rows below, the same columns.
        decimal: The sign before decimals.

    Example:
        >>> is_scale(["0", "1", "2"], [["0.5", "0.1", "0.9"], ["0.4", "0.2", "0.8"]])
        True
        >>> is_scale(["1", "2", "3"], [["2", "3", "4"], ["3", "4", "5"]])
        False
    """
    if count_integers(first) < len(first):
        return _is_scale_of_decimals(first, body, decimal)
    step = _even_step(first)
    if step is None or len(first) < 2:
        return False
    if 2 * sum(_even_step(row) == step for row in body) >= len(body) and len(first) > 2:
        return False
    outside = len(body) > 2 and _is_clearly_outside(first, body, decimal)
    if len(first) < _FEWEST_TO_TELL_A_SCALE:
        return outside and step == 1 and _are_years(first)
    if outside or not any(count_integers(row) for row in body):
        return True
    return len(first) >= _FEWEST_TO_TELL_A_COUNT and step == 1 and _are_rarely_met(first, body)


def header_names(first: Row, source: str) -> tuple[str, ...]:
    """The column names of a header; C2 for the second column where its cell is empty.

    Args:
        first: The cells of the header.
        source: What errors call the file.

    Raises:
        DataError: Two columns have the same name.

    Example:
        >>> header_names(["", "flow"], "pumps.csv")
        ('C1', 'flow')
    """
    names = tuple(cell or made_up for cell, made_up in zip(first, made_up_names(len(first)), strict=True))
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        at = [position for position, name in enumerate(names) if name == twice[0]]
        raise DataError(
            f"{source}: the header names columns twice: {name_some(twice)} (columns {_some_positions(at)}, counted "
            f"from 0, are called '{twice[0]}'). Give every column its own name, or say header=False (--no-header) if "
            "the first row is data."
        )
    return names


def _some_positions(positions: Sequence[int]) -> str:
    """At most five of two or more."""
    shown, others = [str(position) for position in positions[:_MOST_POSITIONS]], len(positions) - _MOST_POSITIONS
    if others > 0:
        return f"{', '.join(shown)} and {others} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]])


def _are_names(first: Row, columns: Sequence[Row], decimal: str) -> bool:
    """Whether words over columns of text are names: all there, all different, and none like the cells below."""
    if not first or len(set(first)) < len(first):
        return False
    if "" in first or count_numbers(first, decimal):
        return False
    return not any(
        word in column or _has_the_form_of(word, column) for word, column in zip(first, columns, strict=True)
    )


def _has_the_form_of(word: str, column: Row) -> bool:
    """Whether a word with digits is built like all cells below: P001 over P002, a date over dates, q1 over a0."""
    form = _form(word)
    return "9" in form and all(_form(cell) == form for cell in column)


def _form(word: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", word))


def _even_step(row: Row) -> int | None:
    """The step between neighbours where all are integers in even steps, otherwise None."""
    if count_integers(row) < len(row):
        return None
    steps = {int(right) - int(left) for left, right in pairwise(row)}
    return steps.pop() if len(steps) == 1 and 0 not in steps else None


def _is_index_of_pandas(first: Row, body: Sequence[Row]) -> bool:
    """Whether an empty cell and 0, 1, 2, ... stand over rows that begin with a count."""
    counted = [row[0] for row in body]
    if (
        first[0]
        or list(first[1:]) != [str(number) for number in range(len(first) - 1)]
        or count_integers(counted) < len(body)
    ):
        return False
    if len(first) <= _FEWEST_TO_TELL_A_SCALE and len(body) < _FEWEST_TO_TELL_A_SCALE:
        return False
    return all(int(after) - int(before) == 1 for before, after in pairwise(counted))


def _is_scale_of_decimals(first: Row, body: Sequence[Row], decimal: str) -> bool:
    """As `is_scale`, of numbers with decimals."""
    steps = _steps(first, decimal)
    if len(first) < _FEWEST_TO_TELL_A_COUNT or not _are_even(steps):
        return False
    below = [_steps(row, decimal) for row in body]
    even = sum(_are_even(row) for row in below)
    if len(body) > 2 and 2 * even < len(body) and _is_clearly_outside(first, body, decimal):
        return True
    alike = sum(bool(row) and all(step * steps[0] > 0 for step in row) for row in below)
    return len(body) > 1 and even == 0 and 2 * alike < len(body)


def _is_scale_beside_names(first: Row, body: Sequence[Row], decimal: str) -> bool:
    """Whether integers are in even steps that a row like those below has by chance in fewer than one table of 1000.

    In the way of years, and of a count from 0 or 1, stands how often a column below is one more than the column before
    it; in the way of other even steps, how often a step is the same as the one before it. Rankings, whose rows all
    hold the numbers of the first one, are no scale.
    """
    step = _even_step(first)
    if step is None or len(first) < _FEWEST_TO_TELL_A_SCALE:
        return False
    below = [steps for row in body if (steps := _steps(row, decimal)) and all(map(isfinite, steps))]
    if len(below) < _FEWEST_TO_TELL_A_SCALE:
        return False
    if any(set(steps) == {step} for steps in below) or 2 * sum(set(row) <= set(first) for row in body) >= len(body):
        return False
    are_years = _are_years(first) and 2 * sum(_are_years(row) for row in body) < len(body)
    if (abs(step) == 1 and are_years) or (step == 1 and int(first[0]) in (0, 1)):
        return prod(_chance_of(step, column) for column in zip(*below, strict=True)) < _RARE
    changes = [[right - left for left, right in pairwise(steps)] for steps in below]
    return prod(_chance_of(0, column) for column in zip(*changes, strict=True)) < _RARE


def _are_years(row: Row) -> bool:
    return count_integers(row) == len(row) and all(1800 <= int(cell) <= 2200 for cell in row)


def _chance_of(number: int, column: Sequence[float]) -> float:
    """How likely a further cell of the column is the number: its share, or if higher that of each between extremes.

    Between these lie as many as the distances leave: round numbers, such as thousands, are fewer.
    """
    apart = [value - number for value in column]
    grid = gcd(*map(int, apart)) if all(map(float.is_integer, apart)) else 1
    return max(column.count(number) / len(column), 1 / ((max(column) - min(column)) / max(grid, 1) + 1))


def _steps(row: Row, decimal: str) -> list[float]:
    """The steps between neighbours; none where a cell is no number."""
    if count_numbers(row, decimal) < len(row):
        return []
    numbers = [float(cell.replace(decimal, ".")) for cell in row]
    return [right - left for left, right in pairwise(numbers)]


def _are_even(steps: Sequence[float]) -> bool:
    """Whether all steps are the same one, but for rounding, and not 0."""
    mean = sum(steps) / max(1, len(steps))
    return mean != 0 and isfinite(mean) and all(abs(step - mean) <= _ROUNDING * abs(mean) for step in steps)


def _is_clearly_outside(first: Row, body: Sequence[Row], decimal: str) -> bool:
    """Whether each number is further from the cells below it than these are from each other."""
    for cell, column in zip(first, zip(*body, strict=True), strict=True):
        below = [float(text.replace(decimal, ".")) for text in column if count_numbers([text], decimal)]
        spread = max(below) - min(below)
        if min(below) - spread <= float(cell.replace(decimal, ".")) <= max(below) + spread:
            return False
    return True


def _are_rarely_met(first: Row, body: Sequence[Row]) -> bool:
    """Whether fewer than half of the numbers also stand somewhere below in their column."""
    met = sum(cell in column for cell, column in zip(first, zip(*body, strict=True), strict=True))
    return 2 * met < len(first)
