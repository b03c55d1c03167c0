"""`offbeat import`: models of H2O and Keras become detector files."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import Offbeat

import offbeat as library
from offbeat.integrations import open_keras, open_mojo

MODELS = Path(__file__).resolve().parents[1] / "files" / "imported"
MOJO, KERAS = MODELS / "tanh-dropout.zip", MODELS / "sequential.keras"
PUMPS, CURVES = MODELS / "pumps.csv", MODELS / "curves.csv"


def test_a_mojo_becomes_a_detector_file(offbeat: Offbeat, tmp_path: Path) -> None:
    answer = offbeat("import", MOJO, "--out", "pumps.offbeat")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Imported from tanh-dropout.zip, an autoencoder of H2O 3.46.0.6.")
    assert answer.out.endswith("Detector: pumps.offbeat\n")
    loaded = library.load(tmp_path / "pumps.offbeat")
    assert loaded.score(PUMPS).tolist() == open_mojo(MOJO).score(PUMPS).tolist()


def test_without_out_the_file_has_the_models_name(offbeat: Offbeat, tmp_path: Path) -> None:
    assert offbeat("import", MOJO, "--quiet").out == ""
    assert (tmp_path / "offbeat-output" / "tanh-dropout.offbeat").exists()


def test_a_keras_file_with_its_scaling_and_threshold_as_json(offbeat: Offbeat, tmp_path: Path) -> None:
    words = ("--minimum", "-2", "--maximum", "3.5", "--table", CURVES, "--threshold", "mean+1std", "--out", "a.offbeat")
    record = offbeat("import", KERAS, *words, "--json").json

    assert (record["detector"], record["source"]) == ("a.offbeat", "sequential.keras")
    assert record["origin"] == (
        "Imported from sequential.keras, a model of Keras 3.15.1 (Sequential). A missing cell counts as its column's "
        "mean."
    )
    expected = open_keras(KERAS, minimum=-2, maximum=3.5).with_threshold("mean+1std", table=CURVES)
    assert record["threshold"]["value"] == expected.threshold.value
    assert record["threshold"]["calibration_rows"] == 8
    assert library.load(tmp_path / "a.offbeat").score(CURVES).tolist() == expected.score(CURVES).tolist()


def test_what_is_not_known_of_normal_rows_is_null(offbeat: Offbeat) -> None:
    threshold = offbeat("import", KERAS, "--scaling", "none", "--json").json["threshold"]

    assert (threshold["rule"], threshold["calibration_rows"], threshold["expected_share"]) == ("none", 0, None)


def test_explain_says_that_no_threshold_is_set(offbeat: Offbeat) -> None:
    offbeat("import", KERAS, "--scaling", "none", "--out", "a.offbeat")
    answer = offbeat("explain", "a.offbeat", CURVES)

    assert answer.out == (
        "None of the 8 rows of curves.csv is anomalous. --rows 4,7 explains those that score highest.\n"
        "No threshold is set, so no row is flagged: set one on a table of normal rows.\n"
    )


def test_the_table_may_be_laid_out_in_any_way(offbeat: Offbeat, tmp_path: Path) -> None:
    (tmp_path / "curves.txt").write_text(CURVES.read_text().replace(",", "|"))
    words = ("--scaling", "none", "--threshold", "mean+1std", "--json")
    plain = offbeat("import", KERAS, *words, "--table", CURVES).json
    piped = offbeat("import", KERAS, *words, "--table", "curves.txt", "--delimiter", "|").json

    assert piped["threshold"] == plain["threshold"]


def test_the_layout_of_no_table_is_refused(offbeat: Offbeat) -> None:
    answer = offbeat("import", KERAS, "--scaling", "none", "--delimiter", "|")

    assert answer.code == 2
    assert (
        answer.err == "Error: Without --table, '--delimiter' would have no effect. Give the table, or leave it out.\n"
    )


def test_activations_of_a_class_of_its_own_are_said(offbeat: Offbeat) -> None:
    words = (
        "--scaling",
        "none",
        "--activation",
        "relu,relu,tanh,relu,relu",
        "--output-activation",
        "sigmoid",
        "--json",
    )
    layers = offbeat("import", MODELS / "tutorial.keras", *words).json["network"]["layers"]

    assert [layer["activation"] for layer in layers] == ["relu", "relu", "tanh", "relu", "relu", "sigmoid"]


@pytest.mark.parametrize(
    ("word", "activations"),
    [
        ("tanh", ["tanh"] * 5),
        ("relu, relu, tanh , relu, relu", ["relu", "relu", "tanh", "relu", "relu"]),
    ],
)
def test_one_activation_counts_for_all_and_blanks_for_nothing(
    word: str, activations: list[str], offbeat: Offbeat
) -> None:
    words = ("--scaling", "none", "--activation", word, "--output-activation", " linear", "--json")
    answer = offbeat("import", MODELS / "tutorial.keras", *words)

    assert answer.err == ""
    assert [layer["activation"] for layer in answer.json["network"]["layers"]] == [*activations, "linear"]


def test_columns_get_the_names_that_are_given_or_those_of_the_table(offbeat: Offbeat, tmp_path: Path) -> None:
    names = [f"t{step}" for step in range(12)]
    (tmp_path / "named.csv").write_text(",".join(names) + "\n" + CURVES.read_text())
    said = offbeat("import", KERAS, "--scaling", "none", "--names", ", ".join(names), "--json").json
    seen = offbeat("import", KERAS, "--scaling", "none", "--table", "named.csv", "--threshold", "0.2", "--json").json

    assert said["columns"] == seen["columns"] == names


def test_what_was_taken_for_granted_is_told_also_with_quiet(offbeat: Offbeat) -> None:
    answer = offbeat("import", MODELS / "tutorial.keras", "--scaling", "none", "--quiet")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith(f"Warning: {MODELS / 'tutorial.keras'}: the file of this 'AnomalyDetector' does not")
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((KERAS,), 2, "How were the rows scaled that the Keras model was trained on?"),
        ((KERAS, "--scaling", "standard"), 2, "'standard' was given; one of 'none' was expected"),
        ((MOJO, "--scaling", "none"), 2, "this is an H2O MOJO, which tells 'scaling' itself."),
        ((MOJO, "--threshold", "quantile:0.9"), 3, "Set it on a table of them: table=normal (--table NORMAL.csv)."),
        ((MOJO, "--threshold", "quantil:0.9"), 2, "Unknown threshold 'quantil:0.9'. Did you mean 'quantile:0.99'?"),
        (("absent.zip",), 7, "absent.zip cannot be read: No such file or directory."),
        ((CURVES,), 7, "an H2O MOJO (.zip) or a Keras file (.keras) was expected; it begins with the bytes"),
        ((MOJO, "--out", MOJO), 2, "this file is read, and would be overwritten."),
    ],
)
def test_words_and_exit_codes(words: tuple[object, ...], code: int, message: str, offbeat: Offbeat) -> None:
    answer = offbeat("import", *words)

    assert answer.code == code
    assert message in answer.err
    assert answer.out == ""
