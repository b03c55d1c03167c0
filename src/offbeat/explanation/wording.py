"""One plain sentence that says why a row scores as it does."""

from __future__ import annotations

import functools
import math
import re
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from offbeat.explanation.cells import Cell
from offbeat.explanation.findings import ColumnFinding, RunFinding
from offbeat.explanation.number_formatting import format_apart, format_number, format_p_value, format_share
from offbeat.shortening import shorten_apart

_LONGEST_TEXT = 40
_MANY_TIMES = 1e6
_ROUNDED_FROM = 1000
_WEIGHTY = 0.1
"""From this share of the score on a column is told though it is as expected by itself."""

_PLAIN_NAME = re.compile(r"[^\W\d][\w.+\-]*")
_NUMBERED_NAME = re.compile(r"\d+")


def sentence(
    row: int,
    score: float,
    threshold: float,
    findings: Sequence[ColumnFinding | RunFinding],
    *,
    p_value: float | None = None,
    columns: Collection[str] = (),
) -> str:
    """Which row, how far above or below the threshold, and what it is that does not fit.

    Args:
        row: Its number in the table, from 0.
        score: Higher = more anomalous.
        threshold: Rows that score above it are anomalous; the largest number stands for none.
        findings: What carries the score, in the order to say it; at most three read well.
        p_value: How likely a normal row is to score at least as high; left out where it is None.
        columns: All columns of the table: long names are shortened so that one is not taken for another.

    Example:
        >>> flow = ColumnFinding("flow", observed=2.31, expected=6.9, share=0.62)
        >>> valve = ColumnFinding("valve", observed=None, expected="open", share=0.21)
        >>> print(sentence(21, 9.66, 0.13, [flow, valve], p_value=0.0004))  # doctest: +NORMALIZE_WHITESPACE
        Row 21 scores 9.66, 74 times the threshold 0.13 (p = 0.0004): flow is 2.31 where 6.9 was expected
        (62 % of the score) and valve is missing where 'open' was expected (21 %).
    """
    opening = f"Row {row} scores {_against(score, threshold)}"
    if p_value is not None:
        opening += f" ({format_p_value(p_value)})"
    if not findings:
        return f"{opening}: every column is as expected."
    # A column that by itself is as expected has its share for what it is beside others: no cause where it is small.
    most = max(finding.share for finding in findings)
    told = [finding for finding in findings if finding.share >= _WEIGHTY or not _is_as_expected(finding)]
    findings = told or [finding for finding in findings if finding.share == most]
    is_odd = score > threshold and len(columns) != 1
    shares = [format_share(finding.share) for finding in findings]
    shares[0] += " of the score"
    findings = _with_short_names(findings, tuple(columns))
    return f"{opening}: {_listed([_clause(*pair, is_odd=is_odd) for pair in zip(findings, shares, strict=True)])}."


def _with_short_names(
    findings: Sequence[ColumnFinding | RunFinding], columns: tuple[str, ...]
) -> Sequence[ColumnFinding | RunFinding]:
    """The findings with their columns' names as they are to be written."""
    peaks = [finding if isinstance(finding, ColumnFinding) else finding.peak for finding in findings]
    named = {peak.name for peak in peaks}
    named |= {name for run in findings if isinstance(run, RunFinding) for name in (run.first, run.last)}
    if not any(_is_long(name) for name in named):
        return findings
    short = {name: name for name in named} | _short_names(columns or tuple(named))
    return [
        replace(finding, name=short[finding.name])
        if isinstance(finding, ColumnFinding)
        else replace(
            finding,
            first=short[finding.first],
            last=short[finding.last],
            peak=replace(finding.peak, name=short[finding.peak.name]),
        )
        for finding in findings
    ]


@functools.lru_cache(maxsize=8)  # a hundred rows of one table are explained one after another
def _short_names(columns: tuple[str, ...]) -> dict[str, str]:
    """What to write for each long name; the whole of it where nothing shorter is its own."""
    long = [name for name in columns if _is_long(name)]
    short = shorten_apart(long, most=_LONGEST_TEXT)
    written = Counter(short)
    return {name: shown if written[shown] == 1 else name for name, shown in zip(long, short, strict=True)}


def _is_long(name: str) -> bool:
    """Whether a name is to be shortened; one of letters, digits and signs that need no quotes is not."""
    return len(name) > _LONGEST_TEXT and not _PLAIN_NAME.fullmatch(name) and not _NUMBERED_NAME.fullmatch(name)


def _against(score: float, threshold: float) -> str:
    if threshold == sys.float_info.max and math.isfinite(score):
        return f"{format_number(score)}; no threshold is set that a score could reach"
    score_text, threshold_text = format_apart(score, threshold)
    return f"{score_text}, {_comparison(score, threshold)} the threshold {threshold_text}"


def _comparison(score: float, threshold: float) -> str:
    if not score > threshold:
        return "exactly" if score == threshold else "below"
    if threshold <= 0:
        return "above"
    ratio = score / threshold
    if ratio >= _MANY_TIMES:
        return "more than a million times"
    if ratio >= 2:
        return f"{_in_two_digits(ratio) if ratio >= _ROUNDED_FROM else format_number(ratio, 2)} times"
    return f"{(ratio - 1) * 100:.0f} % above" if ratio >= 1.01 else "just above"


def _in_two_digits(ratio: float) -> str:
    return f"{float(f'{ratio:.1e}'):.0f}"


def _clause(finding: ColumnFinding | RunFinding, share: str, *, is_odd: bool) -> str:
    if isinstance(finding, ColumnFinding):
        return f"{_named(finding.name)} {_deviation(finding, is_odd=is_odd)} ({share})"
    if finding.first == finding.last:
        return _clause(finding.peak, share, is_odd=is_odd)
    ends = [_quoted(finding.first), _quoted(finding.last)]
    if ends != [finding.first, finding.last]:
        ends = [_in_quotes(finding.first), _in_quotes(finding.last)]
    stretch = f"columns {' to '.join(ends)} carry {share}"
    if _is_as_expected(finding.peak):
        return stretch
    return f"{stretch} (above all {_named(finding.peak.name)}, which {_deviation(finding.peak, is_odd=is_odd)})"


def _is_as_expected(finding: ColumnFinding | RunFinding) -> bool:
    """Whether a column's value reads like the expected one; a stretch is told in any case."""
    if isinstance(finding, RunFinding):
        return finding.first == finding.last and _is_as_expected(finding.peak)
    observed, expected = _cell_texts(finding.observed, finding.expected)
    return observed is not None and observed == expected and not finding.is_unseen


def _deviation(finding: ColumnFinding, *, is_odd: bool) -> str:
    """What is said of a column's value; of an odd row one that is as expected must be odd beside the others."""
    observed, expected = _cell_texts(finding.observed, finding.expected)
    said = "is missing" if observed is None else f"is {observed}"
    if finding.is_unseen:
        said += ", never seen in training,"
    if expected is None:
        return said.removesuffix(",")
    if observed == expected:
        return f"{said.removesuffix(',')}, {'unusual beside the other columns' if is_odd else 'as expected'}"
    return f"{said} where {expected} was expected"


def _cell_texts(observed: Cell, expected: Cell) -> tuple[str | None, str | None]:
    if isinstance(observed, int | float) and isinstance(expected, int | float):
        return format_apart(observed, expected)
    words = list(dict.fromkeys(cell for cell in (observed, expected) if isinstance(cell, str)))
    short = shorten_apart(words, most=_LONGEST_TEXT)
    short = short if len(set(short)) == len(words) else words
    texts = dict(zip(words, short, strict=True))
    return _cell_text(observed, texts), _cell_text(expected, texts)


def _cell_text(cell: Cell, texts: Mapping[str, str]) -> str | None:
    if cell is None:
        return None
    return _in_quotes(texts[cell]) if isinstance(cell, str) else format_number(cell)


def _named(name: str) -> str:
    return f"column {name}" if _NUMBERED_NAME.fullmatch(name) else _quoted(name)


def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) or _NUMBERED_NAME.fullmatch(name) else _in_quotes(name)


def _in_quotes(text: str) -> str:
    # Line breaks and control characters would tear the sentence apart.
    return "'" + "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in text) + "'"


def _listed(clauses: list[str]) -> str:
    return clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} and {clauses[-1]}"
