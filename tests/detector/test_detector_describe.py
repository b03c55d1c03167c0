"""A detector in words, and as values that JSON can hold."""

from __future__ import annotations

import json

import polars as pl
import pytest
from small_detectors import fitted, framed, readings

import offbeat


def test_inspect_holds_all_there_is_to_know(quick: offbeat.Detector) -> None:
    facts = json.loads(json.dumps(quick.inspect(), allow_nan=False))

    assert (facts["rows"], facts["trained_on"], facts["validated_on"]) == (60, 60, 0)
    assert facts["columns"] == ["flow", "rpm", "heat", "load"]
    assert facts["categories"] == []
    assert facts["features"] == 4 and facts["curves"] is False and facts["ignored"] == []
    assert facts["network"]["kind"] == "dense"
    assert facts["network"]["parameters"] == (4 + 1) * 2 + (2 + 1) * 4
    assert [(layer["units"], layer["activation"]) for layer in facts["network"]["layers"]] == [
        (2, "tanh"),
        (4, "linear"),
    ]
    assert facts["score"] == "squared"
    assert facts["threshold"]["rule"] == "mean+3std"
    assert facts["threshold"]["value"] == quick.threshold.value
    assert facts["training"]["epochs"] == facts["training"]["best_epoch"] == 20
    assert facts["settings"] == {
        "hidden": [2],
        "epochs": 20,
        "learning_rate": 0.05,
        "threshold": "mean+3std",
    }
    assert facts["resolved"]["network"] == "dense" and facts["resolved"]["score"] == "squared"


def test_inspect_of_the_default_detector(pumps: offbeat.Detector) -> None:
    facts = json.loads(json.dumps(pumps.inspect(), allow_nan=False))

    assert (facts["network"]["kind"], facts["score"]) == ("denoiser", "combined")
    assert facts["settings"] == {}
    assert facts["threshold"]["calibration_rows"] == 80 and facts["threshold"]["held_out"]
    assert [layer["units"] for layer in facts["network"]["layers"]] == [256, 256, facts["features"]]


def test_describe_says_it_in_words(quick: offbeat.Detector) -> None:
    text = quick.describe()

    assert text.startswith("Detector trained on 60 of 60 rows of the table, 4 columns as 4 features.\n")
    assert "Network: dense, 22 parameters" in text
    lines = [line.split() for line in text.splitlines()]
    assert ["input", "4"] in lines
    assert any(line[:3] == ["1", "2", "tanh"] for line in lines)
    assert any(line[:3] == ["2", "4", "linear"] for line in lines)
    assert "Training: 20 epochs in " in text and "weights of epoch 20." in text
    assert "Score: mean squared error of the reconstruction, in the scaled space." in text
    assert "Threshold (mean+3std): Flags rows that score above the mean plus 3 standard deviations" in text


def test_categories_are_told_with_their_levels() -> None:
    rows = framed(readings())
    words = {f"place {at}": [f"{row % (at + 1)}th" for row in range(rows.height)] for at in range(1, 8)}
    detector = fitted(rows.with_columns(**{name: pl.Series(cells) for name, cells in words.items()}), epochs=2)

    assert detector.inspect()["categories"][:2] == [
        {"column": "place 1", "levels": 2},
        {"column": "place 2", "levels": 3},
    ]
    line = (
        "Columns: 4 numbers, 7 categories (place 1: 2 levels, place 2: 3 levels, place 3: 4 levels, place 4: 5 levels, "
        "place 5: 6 levels and 2 more)."
    )
    assert detector.describe().splitlines()[1] == line
    only = fitted(pl.DataFrame({"place": ["a"] * 30 + ["b"] * 30}), epochs=2)
    assert "\nColumns: 1 category (place: 2 levels).\n" in only.describe()
    assert "\nColumns:" not in fitted(rows, epochs=2).describe()


def test_describe_says_what_was_left_out_and_why() -> None:
    table = framed(readings()).with_columns(day=framed(readings())["flow"])
    text = fitted(table, ignore=["day"], validation=0.1, epochs=3).describe()

    assert "Detector trained on 54 of 60 rows" in text
    assert "Left out: day (as asked)." in text
    assert ", validation " in text


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 0}, "Training: none; the weights are the first, random ones."),
        ({"patience": 1, "min_improvement": 0.99, "epochs": 50}, ", ended because the loss no longer fell; weights"),
        ({"max_seconds": 1e-9, "epochs": 100_000}, ", ended by the limit on time; weights of epoch "),
        ({"kind": "curves", "epochs": 3}, "4 columns as 4 features (each row one curve)."),
    ],
)
def test_describe_says_how_training_went(settings: dict[str, object], words: str) -> None:
    assert words in fitted(**settings).describe()


def test_columns_that_never_changed_are_told() -> None:
    detector = fitted(framed(readings()).with_columns(mode=pl.lit(3.0), valve=pl.lit("open")))
    assert detector.inspect()["constant"] == ["mode", "valve"]
    assert "Never changed in the training table: 'mode', 'valve'." in detector.describe().splitlines()
    assert "Never changed" not in fitted(framed(readings())).describe()
