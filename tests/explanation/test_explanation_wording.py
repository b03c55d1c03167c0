"""The sentences, word by word."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offbeat.explanation import ColumnFinding, RunFinding, sentence
from offbeat.explanation.number_formatting import format_apart, format_number, format_p_value, format_share

PEAK = ColumnFinding("C140", observed=2.31, expected=6.9, share=0.18)
FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (6.9, "6.9"),
        (2.3149, "2.31"),
        (-2.3149, "-2.31"),
        (0.13, "0.13"),
        (9.999, "10"),
        (99.96, "100"),
        (1841, "1841"),
        (1841.0, "1841"),
        (1234.56, "1235"),
        (999_999.4, "999999"),
        (123_456_789, "123456789"),
        (1_000_000_000, "1e9"),
        (-2.5e9, "-2.5e9"),
        (1234567.5, "1.23e6"),
        (0.00041, "0.00041"),
        (0.0001, "0.0001"),
        (0.00009, "9e-5"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "4.94e-324"),
        (1.7976931348623157e308, "1.8e308"),
        (math.nan, "NaN"),
        (math.inf, "infinity"),
        (-math.inf, "-infinity"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert format_number(value) == text


@given(value=st.floats(-1e300, 1e300))
def test_numbers_keep_three_digits(value: float) -> None:
    # Rounding to three digits costs .5 % at most; subnormal numbers have fewer digits of their own.
    assert math.isclose(float(format_number(value)), value, rel_tol=0.0051, abs_tol=1e-320)


@given(first=FINITE, second=FINITE)
def test_different_numbers_look_different(first: float, second: float) -> None:
    texts = format_apart(first, second)
    assert (texts[0] == texts[1]) == (first == second)


@given(value=FINITE)
def test_neighbouring_numbers_look_different(value: float) -> None:
    above = math.nextafter(value, math.inf)
    if math.isfinite(above):
        assert len(set(format_apart(value, above))) == (2 if value != above else 1)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "under 1 %"),
        (0.0099, "under 1 %"),
        (0.01, "1 %"),
        (0.184, "18 %"),
        (0.99, "99 %"),
        (0.9901, "over 99 %"),
        (1 - 1e-12, "100 %"),
        (1.0, "100 %"),
    ],
)
def test_shares(share: float, text: str) -> None:
    assert format_share(share) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(1.0, "p = 1"), (0.0476190, "p = 0.048"), (0.0004, "p = 0.0004"), (3.14e-7, "p = 3.1e-7"), (1e-12, "p < 1e-12")],
)
def test_p_values(p_value: float, text: str) -> None:
    assert format_p_value(p_value) == text


def test_one_sentence_with_three_columns() -> None:
    findings = [PEAK, ColumnFinding("C141", 2.5, 6.75, 0.12), ColumnFinding("C139", -1, 0, 0.092)]
    assert sentence(21, 9.66, 0.13, findings, p_value=0.0004) == (
        "Row 21 scores 9.66, 74 times the threshold 0.13 (p = 0.0004): C140 is 2.31 where 6.9 was expected "
        "(18 % of the score), C141 is 2.5 where 6.75 was expected (12 %) and C139 is -1 where 0 was expected (9 %)."
    )


@pytest.mark.parametrize(
    ("score", "threshold", "words"),
    [
        (9.66, 0.13, "scores 9.66, 74 times the threshold 0.13:"),
        (0.3, 0.13, "scores 0.3, 2.3 times the threshold 0.13:"),
        (0.2, 0.13, "scores 0.2, 54 % above the threshold 0.13:"),
        (0.1305, 0.13, "scores 0.131, just above the threshold 0.13:"),
        (0.13, 0.13, "scores 0.13, exactly the threshold 0.13:"),
        (0.12999, 0.13, "scores 0.12999, below the threshold 0.13:"),
        (0.0, 0.13, "scores 0, below the threshold 0.13:"),
        (5.0, 0.0, "scores 5, above the threshold 0:"),
        (5.0, -1.0, "scores 5, above the threshold -1:"),
        (2.63e6 + 0.5, 17.1394, "scores 2.63e6, 150000 times the threshold 17.1:"),
        (1841.0, 1.0, "scores 1841, 1800 times the threshold 1:"),
        (841.3, 1.0, "scores 841, 841 times the threshold 1:"),
        (5e9, 0.5, "scores 5e9, more than a million times the threshold 0.5:"),
        (1.0, 5e-324, "scores 1, more than a million times the threshold 4.94e-324:"),
        (math.inf, 1.0, "scores infinity, more than a million times the threshold 1:"),
        (1.0, math.inf, "scores 1, below the threshold infinity:"),
        (9.66, sys.float_info.max, "scores 9.66; no threshold is set that a score could reach:"),
    ],
)
def test_how_the_score_compares(score: float, threshold: float, words: str) -> None:
    assert sentence(3, score, threshold, [PEAK]) == (
        f"Row 3 {words} C140 is 2.31 where 6.9 was expected (18 % of the score)."
    )


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (ColumnFinding("valve", "shut", "open", 0.5), "valve is 'shut' where 'open' was expected"),
        (ColumnFinding("valve", "open", "open", 0.5), "valve is 'open', unusual beside the other columns"),
        (ColumnFinding("valve", "open", None, 0.5), "valve is 'open'"),
        (ColumnFinding("valve", None, "open", 0.5), "valve is missing where 'open' was expected"),
        (ColumnFinding("flow", None, 4.25, 0.5), "flow is missing where 4.25 was expected"),
        (ColumnFinding("flow", None, None, 0.5), "flow is missing"),
        (
            ColumnFinding("valve", "ajar", "open", 0.5, is_unseen=True),
            "valve is 'ajar', never seen in training, where 'open' was expected",
        ),
        (ColumnFinding("valve", "ajar", None, 0.5, is_unseen=True), "valve is 'ajar', never seen in training"),
        (ColumnFinding("flow", 0.1, 0.10000001, 0.5), "flow is 0.1 where 0.10000001 was expected"),
        (ColumnFinding("flow", 5.0, 5, 0.5), "flow is 5, unusual beside the other columns"),
        (ColumnFinding("flow", -0.0, 1.0, 0.5), "flow is 0 where 1 was expected"),
        (ColumnFinding("code", 7, "A", 0.5), "code is 7 where 'A' was expected"),
        (ColumnFinding("inlet pressure", 1.0, 2.0, 0.5), "'inlet pressure' is 1 where 2 was expected"),
        (ColumnFinding("17", 1.0, 2.0, 0.5), "column 17 is 1 where 2 was expected"),
        (ColumnFinding("", 1.0, 2.0, 0.5), "'' is 1 where 2 was expected"),
        (ColumnFinding("Größe_1.5", 1.0, 2.0, 0.5), "Größe_1.5 is 1 where 2 was expected"),
        (ColumnFinding("a\nb", "x\x1b[2J", "y", 0.5), "'a\\nb' is 'x\\x1b[2J' where 'y' was expected"),
        (ColumnFinding("text", "a" * 50, "y", 0.5), f"text is '{'a' * 20}…{'a' * 19}' where 'y' was expected"),
        (ColumnFinding("text", "a" * 50, "a" * 51, 0.5), f"text is '{'a' * 50}' where '{'a' * 51}' was expected"),
        (
            ColumnFinding("text", f"{'a' * 50} on", f"{'a' * 50} off", 0.5),
            f"text is '{'a' * 20}…{'a' * 16} on' where '{'a' * 20}…{'a' * 15} off' was expected",
        ),
        (ColumnFinding("R+40ms", 1.0, 2.0, 0.5), "R+40ms is 1 where 2 was expected"),
    ],
)
def test_what_a_column_holds(finding: ColumnFinding, words: str) -> None:
    assert sentence(3, 6.0, 2.0, [finding]) == f"Row 3 scores 6, 3 times the threshold 2: {words} (50 % of the score)."


def test_a_column_that_is_as_expected_is_no_cause_beside_others() -> None:
    flow, valve = ColumnFinding("flow", 7.2, 1.6, 0.5), ColumnFinding("valve", "open", "open", 0.09)
    leading = ColumnFinding("valve", "open", "open", 0.7)
    stretch = RunFinding("C2", "C4", 0.6, ColumnFinding("C3", 5.0, 5.0, 0.4))
    opening = "Row 3 scores 6, 3 times the threshold 2: "

    assert sentence(3, 6.0, 2.0, [flow, valve]) == f"{opening}flow is 7.2 where 1.6 was expected (50 % of the score)."
    assert sentence(3, 6.0, 2.0, [leading, flow]) == (
        f"{opening}valve is 'open', unusual beside the other columns (70 % of the score) and flow is 7.2 where 1.6 was "
        "expected (50 %)."
    )
    assert sentence(3, 6.0, 2.0, [stretch]) == f"{opening}columns C2 to C4 carry 60 % of the score."


def test_of_what_is_as_expected_the_weighty_is_told_and_called_odd_only_in_odd_rows_of_several_columns() -> None:
    colour, shape = ColumnFinding("col", "red", "blue", 0.6), ColumnFinding("shape", "x", "x", 0.35)
    usual = [replace(colour, expected="red"), shape]

    odd, normal = sentence(0, 6.0, 2.0, [colour, shape]), sentence(0, 1.0, 2.0, usual)
    alone = sentence(0, 6.0, 2.0, usual[:1], columns=["col"])
    assert odd.endswith("and shape is 'x', unusual beside the other columns (35 %).")
    assert normal.endswith(": col is 'red', as expected (60 % of the score) and shape is 'x', as expected (35 %).")
    assert alone.endswith(": col is 'red', as expected (60 % of the score).")


def test_stretches_of_a_curve() -> None:
    second = RunFinding("C10", "C12", 0.081, ColumnFinding("C11", 0.5, 0.0, 0.04))
    assert sentence(21, 9.66, 0.13, [RunFinding("C130", "C152", 0.64, PEAK), second]) == (
        "Row 21 scores 9.66, 74 times the threshold 0.13: columns C130 to C152 carry 64 % of the score (above all "
        "C140, which is 2.31 where 6.9 was expected) and columns C10 to C12 carry 8 % (above all C11, which is 0.5 "
        "where 0 was expected)."
    )


def test_a_stretch_of_one_column_reads_like_a_column() -> None:
    assert sentence(21, 6.0, 2.0, [RunFinding("C140", "C140", 0.18, PEAK)]) == (
        "Row 21 scores 6, 3 times the threshold 2: C140 is 2.31 where 6.9 was expected (18 % of the score)."
    )


def test_both_ends_of_a_stretch_are_quoted_or_none() -> None:
    assert "columns R-75ms to R+40ms carry" in sentence(1, 6.0, 2.0, [RunFinding("R-75ms", "R+40ms", 1.0, PEAK)])
    assert "columns 'start' to 'at 40 ms' carry" in sentence(1, 6.0, 2.0, [RunFinding("start", "at 40 ms", 1.0, PEAK)])


def test_long_names_are_not_taken_for_those_of_other_columns() -> None:
    columns = [f"temperature of the bearing at the {side} side, mean" for side in ("left", "right", "far")]
    column = ColumnFinding(columns[0], 1.0, 2.0, 0.5)
    run = RunFinding(columns[1], columns[2], 0.4, ColumnFinding(columns[1], 1.0, 2.0, 0.3))
    assert sentence(1, 6.0, 2.0, [column, run], columns=columns).split(": ")[1] == (
        "'temperature of the b…the left side, mean' is 1 where 2 was expected (50 % of the score) and columns "
        "'temperature of the b…he right side, mean' to 'temperature of the b… the far side, mean' carry 40 % "
        "(above all 'temperature of the b…he right side, mean', which is 1 where 2 was expected)."
    )
    halls = [f"temperature of the bearing of pump 3 in hall {hall}, the mean of one minute" for hall in (1, 2)]
    said = sentence(1, 6.0, 2.0, [ColumnFinding(halls[1], 1.0, 2.0, 0.5)], columns=halls)
    assert "'…g of pump 3 in hall 2, the mean of one…' is 1" in said
    spaced = [f"x {'a' * length}" for length in (60, 61)]
    assert f"'{spaced[0]}' is 1" in sentence(1, 6.0, 2.0, [ColumnFinding(spaced[0], 1.0, 2.0, 0.5)], columns=spaced), (
        "whole where nothing shorter is its own"
    )
    plain = "temperature_of_the_bearing_at_the_left_side_mean"
    assert f" {plain} is 1" in sentence(1, 6.0, 2.0, [ColumnFinding(plain, 1.0, 2.0, 0.5)], columns=[plain])


def test_columns_called_by_number() -> None:
    finding = RunFinding("130", "152", 1.0, ColumnFinding("140", 2.31, 6.9, 0.18))
    assert "columns 130 to 152 carry 100 % of the score (above all column 140, which" in sentence(
        1, 6.0, 2.0, [finding]
    )


def test_nothing_to_say() -> None:
    assert sentence(3, 0.0, 0.13, [], p_value=1.0) == (
        "Row 3 scores 0, below the threshold 0.13 (p = 1): every column is as expected."
    )
