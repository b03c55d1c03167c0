"""Columns, one cell at a time: slow twins of what `offbeat.data` does with whole tables."""

from __future__ import annotations

import csv
import io
import math

MISSING = ("", "NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "?")


def read_cells(text: str, delimiter: str = ",") -> list[list[str | None]]:
    """The rows of a text file without header, missing cells None; blank lines are no rows."""
    rows: list[list[str | None]] = []
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if row and not (len(row) == 1 and not row[0].strip()):
            rows.append([None if cell.strip() in MISSING else cell.strip() for cell in row])
    return rows


def as_number(cell: str | None, decimal: str = ".") -> float:
    """The cell as a number, NaN where missing; ValueError where it is text."""
    if cell is None:
        return math.nan
    if decimal == ",":
        cell = cell.replace(",", ".")
    return float(cell)


def missing_and_constant(column: list[float]) -> tuple[int, bool]:
    """How many cells are NaN, and whether all others are equal."""
    missing = 0
    others: list[float] = []
    for cell in column:
        if math.isnan(cell):
            missing += 1
        else:
            others.append(cell)
    constant = len(others) > 0
    for cell in others:
        if cell != others[0]:
            constant = False
    return missing, constant


def first_bad_cell(column: list[str | None]) -> tuple[int, str, int] | None:
    """Row, text and number of the cells that are no numbers."""
    bad: list[tuple[int, str]] = []
    for row, cell in enumerate(column):
        try:
            as_number(cell)
        except ValueError:
            bad.append((row, str(cell)))
    return (bad[0][0], bad[0][1], len(bad)) if bad else None
