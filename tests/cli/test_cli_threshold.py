"""threshold: another threshold in a file of its own, from the calibration rows or from labelled ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from answers import Offbeat

import offbeat as library
from offbeat.cli.output_files import default_file


@pytest.fixture
def beats(tmp_path: Path, offbeat: Offbeat) -> Path:
    """Labelled rows, every tenth far off; and a detector of the normal ones."""
    rows = np.random.default_rng(0).normal(size=(120, 6))
    rows[:, -1] = np.arange(120) % 10 > 0
    rows[rows[:, -1] == 0, :3] += 8
    np.savetxt(tmp_path / "beats.csv", rows, delimiter=",")
    words = ("--label", "-1", "--normal", "1", "--hidden", "2", "--epochs", "3", "--threshold", "mean+9std", "--quiet")
    assert offbeat("fit", tmp_path / "beats.csv", "--out", tmp_path / "beats.offbeat", *words).code == 0
    return tmp_path / "beats.offbeat"


def test_another_rule_on_the_same_rows(offbeat: Offbeat, beats: Path, tmp_path: Path) -> None:
    answer = offbeat("threshold", beats, "--threshold", "quantile:0.9", "--out", "strict.offbeat")

    before, after = library.load(beats), library.load(tmp_path / "strict.offbeat")
    assert answer.code == 0 and answer.err == ""
    assert answer.out.endswith("Detector: strict.offbeat\n")
    assert str(after.threshold.rule) == "quantile:0.9"
    assert after.threshold.value == pytest.approx(np.quantile(before.threshold.calibration.scores, 0.9))
    assert np.array_equal(after.score(str(tmp_path / "beats.csv")), before.score(str(tmp_path / "beats.csv")))


def test_without_a_name_the_detector_is_never_overwritten(offbeat: Offbeat, beats: Path) -> None:
    given = default_file(beats.stem, ".offbeat")
    given.parent.mkdir()
    beats.rename(given)

    assert offbeat("threshold", given, "--threshold", "nonsense").err.startswith(
        "Error: Unknown threshold 'nonsense'. "
    )
    answer = offbeat("threshold", given, "--threshold", "quantile:0.9")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith(f"Detector: {given.parent / 'beats-quantile-0.9.offbeat'}\n")
    other = offbeat("threshold", given, "--threshold", "tail", "--fdr", "0.2", "--json").json
    assert other["detector"] == str(given.parent / "beats-tail-fdr-0.2.offbeat")


def test_best_f1_finds_the_gap_between_the_classes(offbeat: Offbeat, beats: Path, tmp_path: Path) -> None:
    words = ("--threshold", "best-f1", "--table", tmp_path / "beats.csv", "--out", "best.offbeat", "--json")
    record = offbeat("threshold", beats, *words).json

    assert record["detector"] == "best.offbeat"
    assert record["threshold"]["rule"] == "best-f1"
    metrics = offbeat("evaluate", "best.offbeat", tmp_path / "beats.csv", "--json").json["metrics"]
    assert metrics["anomalous"]["f1"] == 1.0


def test_best_f1_without_labels_says_what_it_needs(offbeat: Offbeat, beats: Path, tmp_path: Path) -> None:
    answer = offbeat("threshold", beats, "--threshold", "best-f1", "--out", "best.offbeat")

    assert answer.code != 0
    assert "label" in answer.err
    assert not (tmp_path / "best.offbeat").exists()


@pytest.mark.parametrize("command", ["threshold", "score", "explain", "evaluate"])
def test_a_rate_of_false_alarms_that_the_rule_does_not_read_is_refused(
    command: str, offbeat: Offbeat, beats: Path, tmp_path: Path
) -> None:
    table = () if command == "threshold" else (tmp_path / "beats.csv",)
    answer = offbeat(command, beats, *table, "--fdr", "0.1")

    assert answer.code == 2
    assert answer.err == (
        "Error: The setting 'fdr' does not apply to threshold='mean+9std'. Leave it out, or take "
        "threshold='conformal'.\n"
    )


def test_the_rule_that_a_share_of_anomalies_chose_stays_unless_another_is_given(offbeat: Offbeat, beats: Path) -> None:
    words = ("--hidden", "2", "--epochs", "3", "--contamination", "0.1", "--quiet")
    assert offbeat("fit", "beats.csv", "--out", "share.offbeat", *words).code == 0

    record = offbeat("threshold", "share.offbeat", "--table", "beats.csv", "--out", "again.offbeat", "--json").json
    assert record["threshold"]["rule"] == "quantile:0.9"
    for command in (("threshold", "share.offbeat"), ("score", "share.offbeat", "beats.csv")):
        answer = offbeat(*command, "--fdr", "0.01")
        assert answer.code == 2
        assert answer.err.startswith("Error: The setting 'fdr' does not apply to threshold='quantile:0.9'. Leave it ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--label", "nonsense", "--normal", "zzz"), "Error: label=... and normal=... (--label, --normal) are about "),
        (
            ("--delimiter", ";", "--missing", "n/a"),
            "Error: Without --table, '--delimiter', '--missing' would have no effect",
        ),
    ],
)
def test_what_is_said_of_a_table_that_is_not_given_is_refused(
    words: tuple[str, ...], said: str, offbeat: Offbeat, beats: Path, tmp_path: Path
) -> None:
    answer = offbeat("threshold", beats, "--threshold", "quantile:0.9", *words, "--out", "q.offbeat")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(said)
    assert not (tmp_path / "q.offbeat").exists()
