"""The whole flow once, small: what must work on every supported Python and JAX before anything finer is asked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import offbeat
from offbeat.cli import main
from offbeat.data.mixed_rows import mixed_rows
from offbeat.training.optimizers import OPTIMIZERS

pytestmark = pytest.mark.smoke

NORMAL = np.random.default_rng(0).normal(size=(80, 5))
ODD = np.vstack([np.random.default_rng(1).normal(size=(20, 5)), np.full((1, 5), 12.0)])


def test_from_rows_to_a_file_and_back(tmp_path: Path) -> None:
    detector = offbeat.fit(NORMAL, epochs=30, validation=0.2, progress="none")
    found = detector.detect(ODD)
    assert found.rows.tolist() == [20]
    (why,) = found.explain()
    assert sum(why.contributions.values()) == pytest.approx(found.scores[20])
    assert len(detector.history.loss) == len(detector.history.validation_loss) == 30

    loaded = offbeat.load(detector.save(tmp_path / "rows.offbeat"))
    assert np.array_equal(loaded.score(ODD), detector.score(ODD))
    assert found.report(tmp_path / "rows.html").stat().st_size > 10_000


def test_mixed_rows_with_text_and_missing_cells() -> None:
    pumps, others = mixed_rows(300).table, mixed_rows(100, seed=1, anomalies=5)
    detector = offbeat.fit(pumps, hidden=[16, 4, 16], epochs=20, progress="none")
    is_bad = np.array([kind != "normal" for kind in others.kinds])
    scores = detector.score(others.table)
    assert np.median(scores[is_bad]) > np.median(scores[~is_bad])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_lowers_the_loss(optimizer: str) -> None:
    history = offbeat.fit(NORMAL, hidden=[3], epochs=20, optimizer=optimizer, calibration=0, progress="none").history
    assert history.loss[-1] < history.loss[0]


def test_scikit_learns_signs() -> None:
    from offbeat.sklearn import AutoEncoderDetector

    estimator = AutoEncoderDetector(hidden=(3,), epochs=30).fit(NORMAL)
    assert estimator.predict(ODD)[20] == -1


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name, rows in (("good.csv", NORMAL), ("new.csv", ODD)):
        pl.DataFrame(rows, schema=list("abcde")).write_csv(name)
    assert main(["detect", "good.csv", "new.csv", "--hidden", "3", "--epochs", "30", "--json"]) == 0
    assert [anomaly["row"] for anomaly in json.loads(capsys.readouterr().out)["anomalies"]] == [20]
