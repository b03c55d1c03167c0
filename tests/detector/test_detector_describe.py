"""A detector in words, and as values that JSON can hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
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


def test_every_auto_is_told_by_what_became_of_it(quick: offbeat.Detector) -> None:
    decided = {"kind": "rows", "contamination": "none", "missing_indicator": False, "category_loss": "error"}

    assert decided.items() <= quick.inspect()["resolved"].items()
    assert quick.describe().splitlines()[-3] == (
        "Settings: contamination=none, kind=rows, missing_indicator=false, network=dense, hidden=2, "
        "category_loss=error, learning_rate=0.05, epochs=20, score=squared, threshold=mean+3std."
    )


def test_the_default_detector_tells_what_it_chose(pumps: offbeat.Detector) -> None:
    assert "scaling=standard, missing_indicator=" in pumps.describe()
    assert ", schedule=cosine, batch_size=128, epochs=200, score=combined, neighbours=2." in pumps.describe()


def test_curves_are_told_with_their_noise() -> None:
    detector = offbeat.fit(readings(), kind="curves", epochs=1, seed=3, progress="none")

    assert "kind=curves, scaling=standard-global, " in detector.describe()
    assert "network=denoiser, noise_levels=0.5,1,2, category_loss=error, " in detector.describe()


@pytest.mark.parametrize(("columns", "told"), [((), False), ((0, 1, 2, 3), True), ((1,), "auto")])
def test_marks_of_missing_cells_are_told_unless_only_some_columns_have_them(
    columns: tuple[int, ...], told: object
) -> None:
    rows = readings()
    rows[5, columns] = np.nan

    assert fitted(rows).resolved.missing_indicator == told


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


def test_describe_says_which_categories_seem_to_be_amounts() -> None:
    table = framed(readings()).with_columns(
        price=pl.Series(["1,042", "2,500", "7"] * 20),
        share=pl.Series(["5%", "7.5%"] * 30),
        level=pl.Series(["1%"] * 60),
    )
    found = fitted(table, categorical=["level"], epochs=1, threshold="mean+3std")
    doubt = (
        "Learned as categories: 'price (thousands separators, as in '1,042'? Then write 1042; decimal commas? Then say "
        "decimal=',')', 'share (per cent, as in '5%'? Then write 5)'."
    )
    assert found.inspect()["categories_note"] == doubt
    assert f"\n{doubt}\n" in found.describe()
    assert fitted(table, categorical=[-3, 5, 6], epochs=1).inspect()["categories_note"] == ""


def test_amounts_of_a_file_with_decimal_commas_are_advised_with_commas(tmp_path: Path) -> None:
    rows = "".join(f"{row},5;{row % 4}0,0 %\n" for row in range(40))
    (tmp_path / "pumps.csv").write_text(f"flow;load\n{rows}")
    offbeat.fit(tmp_path / "pumps.csv", hidden=[1], epochs=1, progress="none").save(tmp_path / "pumps.offbeat")
    doubt = "Learned as categories: 'load (per cent, as in '00,0 %'? Then write 00,0)'."
    assert offbeat.load(tmp_path / "pumps.offbeat").inspect()["categories_note"] == doubt


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
