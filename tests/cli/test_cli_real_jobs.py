"""Both public heartbeat jobs, as the real program runs them.

The ranges are those of H2O 3.46 (row 21: 9.66, 22: 7.40, 20: 2.80, the others at most 0.006) and of the Keras tutorial
(accuracy .948 to .951, precision of the normal class .991 to .993, recall .918 to .924), with room for other seeds.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from answers import Offbeat, run_program

pytestmark = pytest.mark.slow

H2O = "--hidden 50 --activation tanh --l1 1e-5 --epochs 100 --batch-size 1 --optimizer adadelta --scaling normalize"
KERAS = (
    "--hidden 32,16,8,16,32 --activation relu --output-activation sigmoid --scaling minmax-global --loss absolute "
    "--optimizer adam --epochs 20 --batch-size 512 --threshold mean+1std"
)
SPLIT = "--label -1 --normal 1 --test-size 0.2 --split-seed 21"


def test_the_three_bad_beats_are_found_with_no_option(real_data: Path, tmp_path: Path) -> None:
    tables = (real_data / "ecg_discord_train.csv", real_data / "ecg_discord_test.csv")
    answer = run_program("detect", *tables, "--json", folder=tmp_path)

    assert answer.code == 0
    record = answer.json
    assert sorted(anomaly["row"] for anomaly in record["anomalies"]) == [20, 21, 22]
    assert "Only 20 calibration rows" in record["threshold"]["note"]
    assert (tmp_path / record["detector"]).stat().st_size > 10_000
    assert (tmp_path / record["report"]).read_text().lower().startswith("<!doctype html>")
    assert record["seconds"]["total"] > record["seconds"]["fit"] > 0


@pytest.mark.parametrize("output", ["linear", "tanh"])
def test_h2o_settings_give_h2o_scores(output: str, real_data: Path, offbeat: Offbeat) -> None:
    tables = (real_data / "ecg_discord_train.csv", real_data / "ecg_discord_test.csv")
    for seed in range(3):
        words = (*H2O.split(), "--output-activation", output, "--seed", str(seed), "--no-report", "--json")
        record = offbeat("detect", *tables, *words).json
        scores = offbeat("score", record["detector"], tables[1], "--json").json["scores"]

        assert [anomaly["row"] for anomaly in record["anomalies"]] == [21, 22, 20]
        assert 8.5 < scores[21] < 10.5
        assert 6.4 < scores[22] < 8.1
        assert 2.3 < scores[20] < 3.1
        assert max(scores[:20]) < 0.01


def test_the_tutorials_settings_give_its_metrics(real_data: Path, offbeat: Offbeat) -> None:
    for seed in range(5):
        words = (*SPLIT.split(), *KERAS.split(), "--seed", str(seed), "--no-report", "--json")
        record = offbeat("detect", real_data / "ecg5000.csv", *words).json

        metrics = record["metrics"]
        assert record["rows"] == 1000
        assert metrics["accuracy"] >= 0.94
        assert metrics["normal"]["precision"] >= 0.985
        assert metrics["normal"]["recall"] >= 0.90


def test_the_default_detector_beats_the_tutorial(real_data: Path, offbeat: Offbeat) -> None:
    record = offbeat("detect", real_data / "ecg5000.csv", *SPLIT.split(), "--no-report", "--json").json

    assert record["metrics"]["roc_auc"] >= 0.985
    assert record["metrics"]["accuracy"] >= 0.965
