"""Columns whose words are mostly none that training showed: told, whether all rows are flagged for them or none."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from small_detectors import fitted, framed, new_readings, readings

import offbeat
from offbeat.cli import main

MODES = pl.Series("mode", ["auto", "eco", "auto", "hand"])


def _with_modes(rows: pl.DataFrame, modes: pl.Series = MODES) -> pl.DataFrame:
    return rows.with_columns(modes.gather([row % len(modes) for row in range(len(rows))]))


@pytest.fixture(scope="module")
def detector() -> offbeat.Detector:
    return fitted(_with_modes(framed(readings())))


def _note(detector: offbeat.Detector, modes: list[str | None]) -> str:
    return detector.detect(_with_modes(framed(new_readings()), pl.Series("mode", modes, dtype=pl.String))).table_note


def test_words_that_are_spelled_otherwise_are_told(detector: offbeat.Detector) -> None:
    found = detector.detect(_with_modes(framed(new_readings()), MODES.str.to_uppercase()))
    assert found.table_note == (
        "Training never showed what most cells hold in 'mode' (16 of 16, such as 'AUTO' where it showed 'auto'): the "
        "scores say little of what these mean. Spell words as in training, or fit on rows that have them."
    )
    assert found.threshold_record["note"].endswith(found.table_note)


@pytest.mark.parametrize(
    ("modes", "told"),
    [
        (["auto", "eco"], ""),
        (["auto", "AUTO"], ""),  # as many as are known
        (["auto", "AUTO", "ECO"], "'mode' (10 of 16, such as 'AUTO' where it showed 'auto')"),
        (["yes", "yes", "no"], "'mode' (16 of 16, such as 'yes' where it showed 'auto')"),  # near to none
        ([None], "'mode' (16 of 16, such as a missing cell where it showed 'auto')"),
        (["auto", None, None, "ECO"], "'mode' (12 of 16, such as a missing cell where it showed 'auto')"),
    ],
)
def test_what_outnumbers_the_known_words_is_told(
    modes: list[str | None], told: str, detector: offbeat.Detector
) -> None:
    note = _note(detector, modes)
    assert told in note and bool(told) == bool(note)


def test_gaps_such_as_training_had_are_neither_strange_nor_known() -> None:
    gaps = fitted(_with_modes(framed(readings()), pl.Series("mode", ["auto", None, None])))
    assert _note(gaps, [None]) == ""
    assert "'mode' (4 of 4, such as 'AUTO' where it showed 'auto')" in _note(gaps, ["AUTO", None, None, None])


def test_other_spellings_of_one_code_are_known() -> None:
    detector = fitted(framed(readings()).with_columns(code=pl.Series([1.0, 2.0] * 30)), categorical=["code"])
    assert detector.detect(framed(new_readings()).with_columns(code=pl.Series(["01", "2.0"] * 8))).table_note == ""


def test_a_few_rows_may_all_be_anomalies(detector: offbeat.Detector) -> None:
    strange = _with_modes(framed(new_readings()), MODES.str.to_uppercase())

    assert detector.detect(strange[:9]).table_note == ""
    assert "'mode' (10 of 10, such as" in detector.detect(strange[:10]).table_note


def test_many_such_columns_are_counted() -> None:
    words = [pl.Series(f"w{place}", ["a", "b"] * 30) for place in range(7)]
    other = [pl.Series(word.name, ["x", "y"] * 8) for word in words]
    note = fitted(framed(readings()).with_columns(words)).detect(framed(new_readings()).with_columns(other)).table_note
    assert "'w4' (16 of 16, such as 'x' where it showed 'a') and 2 more columns: the scores" in note


@pytest.mark.parametrize("words", [["score"], ["score", "--json"], ["explain"], ["explain", "--json"]])
def test_the_command_line_says_it(
    words: list[str],
    detector: offbeat.Detector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    detector.save("a.offbeat")
    _with_modes(framed(new_readings()), MODES.str.to_uppercase()).write_csv("new.csv")
    assert main([words[0], "a.offbeat", "new.csv", *words[1:]]) == 0
    told = capsys.readouterr()
    note = "Training never showed what most cells hold in 'mode' (16 of 16, such as 'AUTO' where it showed 'auto')"
    if "--json" in words:
        assert note in json.loads(told.out)["threshold"]["note"]
    else:
        assert note in (told.err if words == ["score"] else told.out)
